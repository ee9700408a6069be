import type { Field } from '../plan/type.js'
import type { BytesColumn, Column, FixedColumn } from './column.js'

/** Where values lie, column by column, each at a place. */
export interface RowSource {
  /** Adds the values of a column at these places to a column of the same storage. */
  gatherColumn(index: number, places: Int32Array, target: Column): void
}

/** Rows as columns, of which some may be made only when they are asked for. Places are from 0 on. */
export interface Rows extends RowSource {
  readonly fields: readonly Field[]
  readonly rowCount: number
  /** All columns: whoever wants a few of them asks for these. */
  readonly columns: readonly Column[]
  column(index: number): Column
  /** A column that is known to be of fixed width. */
  fixed(index: number): FixedColumn
  /** A column that is known to hold text or bytes. */
  bytes(index: number): BytesColumn
}
