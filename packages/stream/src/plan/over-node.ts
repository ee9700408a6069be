import type { AggregateCall, Expression } from './expression.js'
import type { PlanNode } from './node.js'
import type { DataType, Field } from './type.js'

/**
 * Each row with functions of the rows of its partition before it: those from `preceding` on, in
 * milliseconds (and of the same time) or in rows, or all where that is absent. In the order of event
 * time a row is given out when the watermark reaches it; rows from before that are late: they are
 * dropped and counted. In the order in which rows come each is given out when it comes.
 *
 * `fields`: those of the input, then one a function.
 */
export interface OverNode {
  readonly kind: 'over'
  readonly input: PlanNode
  /** Column indexes of the input; none for one partition. */
  readonly partitionKeys: readonly number[]
  /**
   * Event time; or, where the order is that in which rows come and the frame is a range, the time of
   * the step. Absent for that order and a frame of rows.
   */
  readonly timeColumn?: number
  /** In the order in which rows come. */
  readonly isArrival?: true
  readonly frame: OverFrame
  readonly functions: readonly OverFunction[]
  readonly fields: readonly Field[]
}

export interface OverFrame {
  readonly unit: 'rows' | 'range'
  readonly preceding?: number
}

/** An aggregate, or one that only rows in an order have. */
export type OverFunction =
  | AggregateCall
  | { readonly function: 'row_number'; readonly type: DataType }
  | {
      readonly function: 'first_value' | 'last_value'
      readonly argument: Expression
      readonly filter?: Expression
      readonly type: DataType
    }
  | {
      readonly function: 'lag'
      readonly argument: Expression
      readonly offset: number
      /** Where there is no such row; NULL where absent. */
      readonly otherwise?: Expression
      readonly type: DataType
    }
