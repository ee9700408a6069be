import { type Column, parseType } from './column.js'
import { OlapError } from './errors.js'
import { nameCharactersMax } from './limits.js'

/** A fresh table, as a project declares it. */
export interface TableSpec {
  /** What users write in FROM: letters, digits and `_`, not starting with a digit. */
  name: string
  topic: string
  /** Columns that together name a row; needed for `upsert`, else may be empty. */
  key: string[]
  /** The column that says when the row happened. A JSON topic's column of this name is a TIMESTAMP. */
  time?: string
  /** true: one row a key, the last record wins, a record without a value deletes. false: all rows. */
  upsert: boolean
  /** Columns known beforehand, for JSON topics; what is not named here is inferred. Types as in SQL. */
  columns?: { name: string; type: string }[]
}

/** Throws an `OlapError` that names the field that is wrong. */
export function checkTableSpec(spec: TableSpec): void {
  const bad = (detail: string) => new OlapError('bad_table', detail)
  if (!/^[A-Za-z_]\w*$/.test(spec.name) || spec.name.length > nameCharactersMax) {
    throw bad(`name '${spec.name}' must be letters, digits and _, and not start with a digit.`)
  }
  if (!spec.topic) throw bad(`table ${spec.name} names no topic.`)
  if (spec.upsert && spec.key.length === 0) {
    throw bad(`table ${spec.name} has upsert and no key; name the key's columns, or drop upsert.`)
  }
  if (new Set(spec.key.map((name) => name.toLowerCase())).size !== spec.key.length) {
    throw bad(`table ${spec.name} names a key column twice.`)
  }
  declaredColumns(spec)
}

/** `spec.columns`, understood. */
export function declaredColumns(spec: TableSpec): Column[] {
  return (spec.columns ?? []).map(({ name, type }) => {
    const parsed = parseType(type)
    if (!parsed) {
      throw new OlapError(
        'bad_table',
        `column ${name} of table ${spec.name} has no known type: ${type}.`,
      )
    }
    return { name, type: parsed }
  })
}
