import type { Check } from './index.js'

/** What was acknowledged is there, at the offset that was given. */
export const checkAcknowledged: Check = ({ partitions }, ledger) => {
  const values = partitions.map(
    ({ entries }) => new Map(entries.map((each) => [each.offset, each])),
  )
  const present = partitions.map(({ entries }) => new Set(entries.map(({ value }) => value)))
  for (const send of ledger.sends) {
    if (send.outcome !== 'acknowledged') continue
    for (const [at, value] of send.values.entries()) {
      const where = `${value.slice(0, 40)} in partition ${send.partition}`
      if (!present[send.partition]?.has(value)) {
        ledger.fail(
          'what is acknowledged is there',
          `${where} is gone, was at ${send.baseOffset + at}`,
        )
        continue
      }
      if (send.baseOffset < 0) continue
      const there = values[send.partition]?.get(send.baseOffset + at)
      if (there?.value !== value) {
        const detail = `${where} was said to be at ${send.baseOffset + at}; there is ${there?.value}`
        ledger.fail('offsets are given once', detail)
      }
    }
  }
}
