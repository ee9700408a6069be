import type { Check } from './index.js'

/** What a reader was given is still there, the same, at the same offset. */
export const checkSeen: Check = ({ partitions }, ledger) => {
  for (const [at, { startOffset, entries }] of partitions.entries()) {
    const values = new Map(entries.map(({ offset, value }) => [offset, value]))
    for (const [offset, value] of ledger.seen(at)) {
      if (offset < startOffset || values.get(offset) === value) continue
      const detail = `partition ${at}, offset ${offset}: a reader saw ${value}, there is ${values.get(offset)}`
      ledger.fail('what was read stays so', detail)
    }
  }
}
