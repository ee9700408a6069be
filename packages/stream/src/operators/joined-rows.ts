import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { Column } from '../state/column.js'
import type { ColumnOfRows } from '../state/deferred-rows.js'
import type { Rows } from '../state/rows.js'

/** One side of some pairs: its columns in the order of a table. */
export interface PairedRows {
  /** Which of the side's fields each column is; `ownColumn` for one that is none of them. */
  readonly order: readonly number[]
  readonly rows: Rows
  /** A place of the side's table, or -1 - i for row i of what the step brings. */
  readonly places: Int32Array
}

/** In place of a field: a column that the operator has for itself. */
export const ownColumn = -1

/** The columns in the order of the side's fields. */
export function inFieldOrder({ order, rows }: Omit<PairedRows, 'places'>): ColumnOfRows[] {
  const ordered: ColumnOfRows[] = []
  order.forEach((field, index) => {
    if (field !== ownColumn) ordered[field] = { rows, index }
  })
  return ordered
}

export const placeField: Field = { name: 'place', type: { kind: 'int', nullable: false } }

export function placesColumn(places: Int32Array): Column {
  const column = new ColumnBatch([placeField]).fixed(0)
  column.extend(places.length)
  column.int32.set(places)
  return column
}

/**
 * Rows of one side beside NULLs for the other: `fields` are those of both, and the side's begin at
 * `offset`.
 */
export function besideNulls(
  fields: readonly Field[],
  offset: number,
  order: readonly number[],
  rows: ColumnBatch,
): Column[] {
  const batch = new ColumnBatch(fields)
  const count = rows.rowCount
  const given = new Map<number, Column>()
  order.forEach((field, index) => {
    if (field !== ownColumn) given.set(field + offset, rows.column(index))
  })
  batch.columns.forEach((column, index) => {
    const source = given.get(index)
    if (source === undefined) for (let row = 0; row < count; row++) column.pushNull()
    else {
      const one = new ColumnBatch([fields[index] as Field], [column])
      one.appendRows([source], 0, count)
    }
  })
  return [...batch.columns]
}
