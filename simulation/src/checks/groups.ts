import type { Check } from './index.js'

/** A group's offset is that of the last transaction that was committed with one. */
export const checkGroups: Check = ({ partitions, groups }, ledger) => {
  const visible = new Set<string>()
  for (const { committed } of partitions) for (const { value } of committed) visible.add(value)
  const possible = new Map<string, Set<number | undefined>>()
  const torn = new Set<string>()
  for (const { group, offset, outcome, sends, isTorn } of ledger.transactions) {
    if (offset === undefined) continue
    if (isTorn) torn.add(group)
    const before = possible.get(group) ?? new Set([undefined])
    const values = sends.flatMap((send) => send.values)
    const isThere = values.some((value) => visible.has(value))
    if (outcome === 'committed' || isThere) possible.set(group, new Set([offset]))
    else if (outcome === 'unknown' && values.length === 0) possible.set(group, before.add(offset))
    else possible.set(group, before)
  }
  for (const [group, offsets] of possible) {
    if (torn.has(group)) continue
    const found = groups.get(group)
    if (offsets.has(found)) continue
    const detail = `${group} is at ${found}, and should be at ${[...offsets].join(' or ')}`
    ledger.fail('offsets go with their transaction', detail)
  }
}
