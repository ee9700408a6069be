import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { Column } from '../state/column.js'
import { ChosenColumns, DeferredRows } from '../state/deferred-rows.js'
import type { Rows } from '../state/rows.js'
import { columnName, type Engine, placeName, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { type Flow, kindField } from './operator.js'

/**
 * Rows of a batch in memory that a flow passes on. What it leaves as it is need not go through
 * DuckDB: a query tells the places of the rows that stay and computes the other columns.
 */
export interface Passed {
  /** To be asked only where the flow has rows. */
  readonly batch: () => Rows
  /** For each column of the flow that of the batch which it is; undefined where it is computed. */
  readonly columns: readonly (number | undefined)[]
  /** The column of the batch that is the kind of each change, where rows are taken back. */
  readonly kinds?: number
  /** Does it pass on every row? Where not, its query gives their places (`placeName`). */
  readonly isWhole: boolean
}

/**
 * Columns of what an operator reads, in the operator's order, and behind them the kind of each
 * change where rows are taken back. They may be those of the batch that was read: nobody may
 * change them.
 */
export class InputRows {
  private readonly input: Flow
  private readonly fields: readonly Field[]
  /** For each field the column of the batch that it is. */
  private readonly taken: readonly (number | undefined)[]
  /** Places where they are needed, then the computed fields; absent where nothing is asked. */
  private readonly query: Statement | undefined

  private constructor(
    input: Flow,
    fields: readonly Field[],
    taken: readonly (number | undefined)[],
    query: Statement | undefined,
  ) {
    this.input = input
    this.fields = fields
    this.taken = taken
    this.query = query
  }

  /** `columns`: which of the flow's each of the fields is; `lane`: that of the query. */
  static async compile(
    engine: Engine,
    input: Flow,
    columns: readonly number[],
    columnFields: readonly Field[],
    lane = 0,
  ): Promise<InputRows> {
    const { passed } = input
    const kinds = input.changelog === 'append' ? [] : [kindField]
    const fields = [...columnFields, ...kinds]
    const taken = [
      ...columns.map((column) => passed?.columns[column]),
      ...kinds.map(() => passed?.kinds),
    ]
    const names = [...columns.map((column) => columnName(column)), ...kinds.map(() => 'k')]
    const isNoneTaken = taken.every((column) => column === undefined)
    const places = isNoneTaken || passed?.isWhole === true ? [] : [placeName]
    const items = [...places, ...names.filter((_, index) => taken[index] === undefined)]
    if (items.length === 0) return new InputRows(input, fields, taken, undefined)
    const computedFields = fields.filter((_, index) => taken[index] === undefined)
    const query = await engine.statement(
      `SELECT ${aliased(items)} FROM (${input.sql})`,
      [...places.map(() => placeField), ...computedFields],
      lane,
    )
    return new InputRows(input, fields, taken, query)
  }

  /** The rows of the present step. */
  async read(): Promise<ColumnBatch> {
    const rows = await this.readDeferred()
    return new ColumnBatch(this.fields, rows.columns)
  }

  /** The same, of which a column is copied when it is asked for, within the step. */
  async readDeferred(): Promise<Rows> {
    const { input, fields, taken, query } = this
    if (!input.hasRows) return new ColumnBatch(fields)
    const answered = await query?.run()
    const next = [...(answered?.columns ?? [])]
    const { passed } = input
    if (passed === undefined || taken.every((column) => column === undefined)) {
      return new ColumnBatch(fields, next)
    }
    const batch = passed.batch()
    const places = passed.isWhole ? undefined : next.shift()
    const rows = places === undefined ? batch : rowsAt(batch, places)
    const chosen = taken.map((index) => {
      if (index !== undefined) return { rows, index }
      const computed = next.shift() as Column
      return () => computed
    })
    return new ChosenColumns(fields, rows.rowCount, chosen)
  }
}

const placeField: Field = { name: 'place', type: { kind: 'int', nullable: false } }

function rowsAt(batch: Rows, places: Column): Rows {
  if (places.kind !== 'fixed') throw new TypeError('places are numbers')
  return new DeferredRows(batch.fields, batch, places.int32.subarray(0, places.length))
}
