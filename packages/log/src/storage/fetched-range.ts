import type { AbortedTransaction } from './aborted-run.js'

/** `read_committed`: only what lies below the last stable offset, aborted transactions told beside it. */
export type Isolation = 'read_uncommitted' | 'read_committed'

/** What a reader gets of a log. */
export interface FetchedRange {
  /** Whole record batches, the first of which may begin before the offset asked for. */
  batches: Buffer
  /** Where to go on from. */
  nextOffset: number
  /** Aborted transactions within them; only where read_committed was asked for. */
  aborted: AbortedTransaction[]
}
