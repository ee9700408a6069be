import type { PlanNode } from './node.js'
import type { TableDefinition } from './table.js'

/** A planned script: one entry for each INSERT, in the order of the script. */
export interface Plan {
  readonly inserts: readonly InsertNode[]
  /** What the script sets about the state it begins from. */
  readonly recovery?: Recovery
  /** `state.memory.max`: how many bytes all operators together may keep in memory. */
  readonly stateBytesMax?: number
}

export interface Recovery {
  /** `execution.state-recovery.path`: a savepoint. */
  readonly savepoint?: string
  /** `execution.state-recovery.ignore-unclaimed-state` */
  readonly mayLose?: boolean
}

/** Rows of `input`, in the order of the sink's columns and cast to their types, into `table`. */
export interface InsertNode {
  readonly kind: 'insert'
  readonly table: TableDefinition
  readonly input: PlanNode
  /** What the sink takes: never less than what `input` gives (`changelog.ts`). */
  readonly mode: SinkMode
  /** Of a row that changes the row before is told to a sink by key, too: as a deletion. */
  readonly tellsBefore?: true
  /** `table.exec.state.ttl`: what is kept for ever otherwise is forgotten so long after it was written. */
  readonly stateTtlMs?: number
  /** Of its statement in the script, counted from 1. */
  readonly line?: number
}

/**
 * `append`: new rows only. `upsert`: of each key of the table the row that counts now, and its
 * deletion. `retract`: every change, with the row as it was before.
 */
export type SinkMode = 'append' | 'upsert' | 'retract'

/** Has a sink to be told of a row that changes what it was before? */
export function tellsBefore({ mode, tellsBefore }: InsertNode): boolean {
  return mode === 'retract' || tellsBefore === true
}
