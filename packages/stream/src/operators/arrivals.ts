import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { KeyedTable } from '../state/keyed-table.js'
import { columnName, type Engine, type Relation } from './duckdb/engine.js'

/**
 * The numbers with which rows arrive at an operator, where it brings rows together in another order.
 * They only tell which of two rows came first; so they go on from the greatest that the state has.
 */
export class Arrivals {
  private readonly relation: Relation
  private next: number | undefined

  constructor(engine: Engine, relation: string) {
    this.relation = engine.relation(relation, [arrivalField])
  }

  /** SQL for the number of a row, over the step's input. */
  get sql(): string {
    return `((SELECT ${columnName(0)} FROM ${this.relation.name}()) + row_number() OVER ())`
  }

  /** To be called before a step's rows are read; `field` of the rows kept has their numbers. */
  beginStep(kept: KeyedTable, field: number): void {
    this.next ??= Math.max(0, kept.greatest(field))
    const number = new ColumnBatch([arrivalField])
    number.fixed(0).pushSafeInteger(this.next)
    this.relation.load([number])
  }

  endStep(rows: number): void {
    this.next = (this.next ?? 0) + rows
  }
}

export const arrivalField: Field = { name: 'arrival', type: { kind: 'bigint', nullable: false } }
