import type { PlanNode } from './node.js'
import type { SortKey } from './sort-key.js'
import type { Field } from './type.js'
import type { RowsWindows } from './window-node.js'

/**
 * The rows of each partition whose number in the order is within a range: the first is 1. Of rows
 * that are equal in the order the one that came first is before the others, or behind them where
 * `latestFirst` says so.
 *
 * `fields`: those of the input, and, where `numbered`, the row's number, a BIGINT.
 */
export interface RankNode {
  readonly kind: 'rank'
  readonly input: PlanNode
  /** Column indexes of the input; none for one partition. */
  readonly partitionKeys: readonly number[]
  /** None for the order in which rows came. */
  readonly order: readonly SortKey[]
  readonly latestFirst: boolean
  /** The order is that of event time alone. */
  readonly byTime: boolean
  /** Both included. Absent only while a query is planned, until a condition on the number is met. */
  readonly range?: { readonly from: number; readonly to: number }
  /** Only while a query is planned: the windows that the rows have, which the partition tells apart. */
  readonly window?: RowsWindows
  readonly numbered: boolean
  readonly fields: readonly Field[]
}

/**
 * A ranking of the rows of each window: the partition has the window's start and end among its
 * keys. It is given out once, when the watermark passes the window's last instant. Rows of windows
 * that were given out are late: they are dropped and counted.
 *
 * `fields`: as of `RankNode`.
 */
export interface WindowRankNode {
  readonly kind: 'windowRank'
  readonly input: PlanNode
  readonly window: RowsWindows
  /** Column indexes of the input. */
  readonly partitionKeys: readonly number[]
  readonly order: readonly SortKey[]
  readonly latestFirst: boolean
  readonly range: { readonly from: number; readonly to: number }
  readonly numbered: boolean
  readonly fields: readonly Field[]
}

/**
 * Of each partition the row with the least event time, given out once, when the watermark reaches
 * it; of rows at the same time the one that came first. Rows from before the watermark are late:
 * they are dropped and counted.
 *
 * `fields`: those of the input.
 */
export interface FirstRowNode {
  readonly kind: 'firstRow'
  readonly input: PlanNode
  /** Column indexes of the input; none for one partition. */
  readonly partitionKeys: readonly number[]
  readonly timeColumn: number
  readonly fields: readonly Field[]
}

/**
 * The rows in an order whose first key is event time, ascending: each is given out when the
 * watermark reaches it. Rows from before the watermark are late: they are dropped and counted. Of
 * rows that are equal in the order the one that came first is before the others.
 *
 * `fields`: those of the input.
 */
export interface SortNode {
  readonly kind: 'sort'
  readonly input: PlanNode
  readonly order: readonly SortKey[]
  readonly fields: readonly Field[]
}
