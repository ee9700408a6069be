import type { Changelog } from '../plan/changelog.js'
import type { Field } from '../plan/type.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import type { Passed } from './input-rows.js'
import type { LateRows } from './late-rows.js'

/**
 * What a node of the plan gives in the present step, as a query for whatever is above it. The
 * nodes below are stepped before it is run; it may be run several times, or never.
 */
export interface Flow {
  readonly changelog: Changelog
  /**
   * Columns `c0`, `c1`, … are the node's fields; where it is not append-only, `k` is the kind of
   * the change (`rowKind`). Of a row that changed, the row before comes before the row after.
   */
  readonly sql: string
  /** Rows in memory of which it leaves columns as they are; whoever reads these needs no query. */
  readonly passed?: Passed
  readonly hasRows: boolean
  /** No row with an event time before this comes any more. */
  readonly watermarkMs: number
  /** More is due than one step may give: the same step goes on in the next. */
  readonly behind: boolean
  /**
   * Its query gives the place of each row (`placeName`) in the batch of a source whose late records
   * are wanted.
   */
  readonly tellsLate?: boolean
}

export { rowKind } from '../plan/row-kind.js'

/** The kind of a change (`rowKind`), where it is a column. */
export const kindField: Field = { name: '$kind', type: { kind: 'tinyint', nullable: false } }

/**
 * A node that keeps something between steps. Nothing lasting changes in `step`: its changes are
 * committed by the runtime, or the whole dataflow is discarded.
 */
export interface Operator {
  readonly flow: Flow
  /** By names that no other operator of the job has. */
  readonly states: ReadonlyMap<string, OperatorState>
  /** Between steps, with the rows of some tables that are looked up at hand; all before the first. */
  prepare?(tables: ReadonlySet<string>): Promise<void>
  /** With `drain` all windows close. Its input was stepped before. */
  step(drain: boolean): Promise<OperatorStep>
  /** After the step's changes were committed. */
  settle(): Promise<void>
  /** Is there something to give out by the clock, though no rows come? */
  isDue?(nowMs: number): boolean
  /** The earliest time that the next step may have. */
  readonly clockAtLeastMs?: number
}

export interface OperatorStep {
  readonly changes: readonly StateChange[]
  /** Rows that came too late. */
  readonly late: number
  /**
   * Rows that came of each input, what is late included; of changes that a query brings together
   * before they meet the state, what is left. Absent where nothing was read.
   */
  readonly recordsIn?: readonly number[]
  /** Those of them that are late and that are to be told. */
  readonly lateRows?: readonly LateRows[]
}
