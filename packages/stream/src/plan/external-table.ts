import { type CreateTable, type Name, parseScript, SqlError } from '../sql/index.js'
import type { ExternalTable } from './external-catalog.js'
import type { TableDefinition } from './table.js'
import { declareTable } from './table-declaration.js'

/**
 * A topic of a catalog as a table.
 * @throws SqlError where it is none, at the place where it is named.
 */
export function declareExternalTable(
  { declaration, refusal }: ExternalTable,
  { at, text }: Name,
  defaults: Readonly<Record<string, string>>,
): { readonly statement: CreateTable; readonly table: TableDefinition } {
  if (refusal !== undefined) throw new SqlError(refusal.message, at, refusal.hint)
  if (declaration === undefined) throw new TypeError(`nobody asked for the schema of ${text}`)
  try {
    const [parsed] = parseScript(declaration)
    if (parsed?.kind !== 'createTable') throw new TypeError(`no CREATE TABLE: ${declaration}`)
    const statement = withSystemColumns(parsed)
    return { statement, table: declareTable(statement, defaults) }
  } catch (cause) {
    // Its text is nowhere in the script, so that a place in it would say nothing.
    if (!(cause instanceof SqlError)) throw cause
    throw new SqlError(
      `the topic \`${text}\` cannot be a table: ${cause.message}`,
      at,
      'declare one with CREATE TABLE',
    )
  }
}

function withSystemColumns(statement: CreateTable): CreateTable {
  const columns = statement.columns.map((column) => {
    return column.kind === 'metadata' ? { ...column, hidden: true as const } : column
  })
  return { ...statement, columns }
}
