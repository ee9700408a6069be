import type { PlanNode } from './node.js'
import type { Field } from './type.js'

/**
 * Of each key of a sink the row that came last of those that are there, as rows and deletions by key:
 * what stands between rows that are told apart otherwise and a sink that knows them by its key.
 *
 * `fields`: those of the input.
 */
export interface MaterializeNode {
  readonly kind: 'materialize'
  readonly input: PlanNode
  /** Column indexes of the input: the sink's PRIMARY KEY. */
  readonly keys: readonly number[]
  /** What tells the rows of the input apart; all columns where nothing is known. */
  readonly rowKey: readonly number[]
  readonly fields: readonly Field[]
}
