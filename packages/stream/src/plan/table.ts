import type { Expression } from './expression.js'
import type { DataType, Field } from './type.js'

/** A table as a script's CREATE TABLE declares it, with names and types resolved. */
export interface TableDefinition {
  readonly name: string
  readonly columns: readonly TableColumn[]
  /** Names of the key's columns; empty without PRIMARY KEY … NOT ENFORCED. */
  readonly primaryKey: readonly string[]
  readonly watermark?: TableWatermark
  /** Columns that are folders and not in the records, in their order; mostly none. */
  readonly partitionedBy?: readonly string[]
  /** WITH (…), as written. Keys such as `connector`, `topic`, `format`, `key.fields`. */
  readonly options: ReadonlyMap<string, string>
}

/**
 * A column of the record where it has neither of the two. `expression` is set for a computed
 * column, over the table's other columns by name; `metadata` for one of what a record has beside
 * its key and value.
 */
export interface TableColumn extends Field {
  readonly expression?: Expression
  readonly metadata?: ColumnMetadata
  /** `*` passes over it. */
  readonly hidden?: true
}

/** METADATA FROM 'key'. The column's own type may be another than that of the metadata. */
export interface ColumnMetadata {
  readonly key: string
  readonly type: DataType
  /** VIRTUAL: it is read, and no column of what is written. */
  readonly isVirtual: boolean
}

/** Is the column part of a record's key or value? */
export function isPhysical(column: TableColumn): boolean {
  return column.expression === undefined && column.metadata === undefined
}

/** The columns of a row that is inserted, in their order. */
export function storedColumns(table: TableDefinition): readonly TableColumn[] {
  return table.columns.filter(
    ({ expression, metadata }) => expression === undefined && metadata?.isVirtual !== true,
  )
}

/**
 * WATERMARK FOR column AS column - INTERVAL …; `delayMs` is 0 for AS column. AS anything else is an
 * `expression` over the table's columns, without a delay: the watermark is the latest of its values
 * that are not NULL.
 */
export interface TableWatermark {
  readonly column: string
  readonly delayMs: number
  readonly expression?: Expression
}
