import type { Expression } from './expression.js'
import type { Field } from './type.js'

/** A table as a script's CREATE TABLE declares it, with names and types resolved. */
export interface TableDefinition {
  readonly name: string
  readonly columns: readonly TableColumn[]
  /** Names of the key's columns; empty without PRIMARY KEY … NOT ENFORCED. */
  readonly primaryKey: readonly string[]
  readonly watermark?: TableWatermark
  /** WITH (…), as written. Keys such as `connector`, `topic`, `format`, `key.fields`. */
  readonly options: ReadonlyMap<string, string>
}

/** `expression` is set for a computed column, over the table's physical columns by index. */
export interface TableColumn extends Field {
  readonly expression?: Expression
}

/** WATERMARK FOR column AS column - INTERVAL …; `delayMs` is 0 for AS column. */
export interface TableWatermark {
  readonly column: string
  readonly delayMs: number
}
