import { BOOLEAN, type DuckDBConnection, DuckDBDataChunk, type DuckDBValue } from '@duckdb/node-api'
import type { Change } from '../change.js'
import type { Column } from '../column.js'
import { quoted } from './names.js'
import { stagedType, stagedValue } from './values.js'

/** Rows in one of DuckDB's data chunks. */
const chunkRows = 2048

/**
 * Puts the changes, in bulk, into a temporary table of this connection and returns its name:
 * the table's columns, and `"staged removal"`. What an earlier call staged is gone.
 */
export async function stage(
  connection: DuckDBConnection,
  tableName: string,
  columns: readonly Column[],
  changes: Iterable<Change>,
): Promise<string> {
  const name = `staged ${tableName}`
  const types = [...columns.map((column) => stagedType(column.type)), BOOLEAN]
  const definitions = [
    ...columns.map((column, at) => `${quoted(column.name)} ${types[at]}`),
    '"staged removal" BOOLEAN',
  ]
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${quoted(name)} (${definitions.join(', ')})`)
  const appender = await connection.createAppender(name, 'main', 'temp')
  try {
    let part: Change[] = []
    const flush = () => {
      const chunk = DuckDBDataChunk.create(types, part.length)
      columns.forEach((column, at) => {
        const values: DuckDBValue[] = part.map(({ row }) =>
          stagedValue(row[at] ?? null, column.type),
        )
        chunk.setColumnValues(at, values)
      })
      chunk.setColumnValues(
        columns.length,
        part.map(({ kind }) => kind === 'remove'),
      )
      appender.appendDataChunk(chunk)
      part = []
    }
    for (const change of changes) {
      part.push(change)
      if (part.length === chunkRows) flush()
    }
    if (part.length > 0) flush()
  } finally {
    appender.closeSync()
  }
  return `temp.main.${quoted(name)}`
}
