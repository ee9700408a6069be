import type { AggregateCall, Expression } from './expression.js'
import type { PlanNode } from './node.js'
import type { SortKey } from './sort-key.js'
import type { DataType, Field } from './type.js'

/**
 * MATCH_RECOGNIZE: of each partition the rows in their order, and in them the runs of rows that a
 * pattern matches; a row for each match, given out when the watermark has reached its last row and
 * no match that begins earlier can come before it. Rows from before the watermark are late: they
 * are dropped and counted. In the order in which rows come none is late, and the clock says when a
 * match has taken too long.
 *
 * `fields`: the partition's keys, then one a measure.
 */
export interface MatchNode {
  readonly kind: 'match'
  readonly input: PlanNode
  /** Column indexes of the input; none for one partition. */
  readonly partitionKeys: readonly number[]
  /** Event time; or, in the order in which rows come, the time of the step. */
  readonly timeColumn: number
  /** In the order in which rows come. */
  readonly isArrival?: true
  /** The order of rows of the same time; those that are equal in it stay as they came. */
  readonly order: readonly SortKey[]
  readonly pattern: readonly PatternTerm[]
  /** What conditions and measures read: their columns are places in this list. */
  readonly references: readonly MatchReference[]
  readonly measures: readonly Expression[]
  readonly skip: MatchSkip
  /** A match whose last row is so long after its first, or longer, is none. */
  readonly withinMs?: number
  readonly fields: readonly Field[]
}

/** A variable, and how many rows one after another it takes; any number where `to` is absent. */
export interface PatternTerm {
  readonly variable: string
  readonly from: number
  readonly to?: number
  readonly greedy: boolean
  /** What a row must hold, over the references; every row will do where it is absent. */
  readonly condition?: Expression
}

/** Where the search goes on after a match. `term` is a place in the pattern. */
export type MatchSkip =
  | { readonly to: 'next row' | 'past last row' }
  | { readonly to: 'first' | 'last'; readonly term: number }

/**
 * What an expression reads of the rows of a match; NULL where there is none. `term` is the variable
 * whose rows are meant, by its place in the pattern; all rows where it is absent. In a condition the
 * row that is looked at is among them, the last, as one of its own variable.
 */
export type MatchReference =
  /** Of the row that is `offset` rows from the first or the last. */
  | {
      readonly kind: 'row'
      readonly term?: number
      readonly from: 'first' | 'last'
      readonly offset: number
      /** Of the input. */
      readonly column: number
      readonly type: DataType
    }
  | {
      readonly kind: 'aggregate'
      readonly term?: number
      /** Over the input. */
      readonly call: AggregateCall
      readonly type: DataType
    }
