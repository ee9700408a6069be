import type { AggregateCall } from './expression.js'
import type { PlanNode } from './node.js'
import type { Field } from './type.js'

/**
 * Windows that begin at the same times for all rows. Of each kind all starts are `offsetMs` and
 * whole multiples of something away from the epoch:
 *
 * - tumble: `[start, start + sizeMs)`, a multiple of `sizeMs`: each row is in one.
 * - hop: `[start, start + sizeMs)`, a multiple of `slideMs`, which divides `sizeMs`.
 * - cumulate: `[start, start + n * stepMs)` for each `n` up to `sizeMs / stepMs`, a whole number;
 *   a multiple of `sizeMs`.
 */
export type AlignedWindows =
  | { readonly kind: 'tumble'; readonly sizeMs: number; readonly offsetMs: number }
  | {
      readonly kind: 'hop'
      readonly sizeMs: number
      readonly slideMs: number
      readonly offsetMs: number
    }
  | {
      readonly kind: 'cumulate'
      readonly sizeMs: number
      readonly stepMs: number
      readonly offsetMs: number
    }

/**
 * Sessions of the rows that are equal in some of the grouping's keys (by their places in `keys`):
 * rows no further apart than the gap are of one, which ends the gap after its last row.
 */
export interface SessionWindows {
  readonly kind: 'session'
  readonly gapMs: number
  readonly partitionKeys: readonly number[]
}

/** Windows that rows have already; `timeColumn` is the end of theirs. */
export type RowsWindows = AlignedWindows & { readonly timeColumn: number }

/**
 * Each row once for every window that it is in, in the order of their ends. Rows whose time is NULL
 * are left out, as in Flink.
 *
 * `fields`: those of the input, then `window_start`, `window_end`, `window_time`.
 */
export interface WindowTableNode {
  readonly kind: 'windowTable'
  readonly input: PlanNode
  readonly window: AlignedWindows & { readonly timeColumn: number }
  readonly fields: readonly Field[]
}

/**
 * Each row with the window of its session, when that ends: rows of a partition that are no further
 * apart than the gap are of one, which ends the gap after its last row. They come in the order of
 * the ends, those of a session as they came. Rows of sessions that were given out are late: they are
 * dropped and counted. Rows whose time is NULL are left out, as in Flink.
 *
 * `fields`: those of the input, then `window_start`, `window_end`, `window_time`.
 */
export interface SessionTableNode {
  readonly kind: 'sessionTable'
  readonly input: PlanNode
  readonly gapMs: number
  /** Column indexes of the input; none for one partition. */
  readonly partitionKeys: readonly number[]
  readonly timeColumn: number
  /** Of processing time: sessions end by the clock, and the end of the input ends none. */
  readonly isProcessingTime?: true
  readonly fields: readonly Field[]
}

/**
 * Grouping by a window and keys. A window is given out once, when the watermark passes
 * `end - 1 ms`, if any row is in it. Rows of which every window was given out are late: they are
 * dropped and counted. A row whose time is NULL is a failure, as in Flink.
 *
 * `fields`: the keys, the aggregates, then `window_start`, `window_end`, `window_time`.
 */
export interface WindowAggregateNode {
  readonly kind: 'windowAggregate'
  readonly input: PlanNode
  readonly window: (AlignedWindows | SessionWindows) & {
    readonly timeColumn: number
    /**
     * Present where the rows have windows of this kind already: then `timeColumn` is the end of
     * theirs, and each row is in that one window only.
     */
    readonly isEnd?: true
    /** Of processing time: windows end by the clock, and the end of the input ends none. */
    readonly isProcessingTime?: true
  }
  /** Column indexes of the input. */
  readonly keys: readonly number[]
  readonly aggregates: readonly AggregateCall[]
  readonly fields: readonly Field[]
}
