import type { Check } from './index.js'

/** Offsets are dense: every one from the first to the last is there, and none twice. */
export const checkOffsets: Check = ({ partitions }, ledger) => {
  for (const [at, { startOffset, endOffset, entries }] of partitions.entries()) {
    let next = startOffset
    for (const { offset } of entries) {
      if (offset !== next) {
        ledger.fail('offsets are dense', `partition ${at}: ${offset} where ${next} is next`)
      }
      next = offset + 1
    }
    if (next !== endOffset) {
      ledger.fail('offsets are dense', `partition ${at} ends at ${next}, and says ${endOffset}`)
    }
  }
}
