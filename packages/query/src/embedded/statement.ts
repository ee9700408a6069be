import {
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  StatementType,
} from '@duckdb/node-api'
import { QueryError } from '../errors.js'
import { closestName } from './closest-name.js'
import { positionAt } from './duckdb-error.js'
import { referencesOf } from './references.js'
import type { VisibleTable } from './relation-views.js'

/** What `json_serialize_sql` answers. */
interface ParsedText {
  error: boolean
  error_type?: string
  error_message?: string
  position?: string
  statements?: unknown[]
}

/** EXPLAIN and EXPLAIN ANALYZE, behind blanks and comments. */
const explain = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*explain\s+(?:analyze\s+)?/i

/**
 * Lets through exactly one statement that only reads these tables, bound and ready to run.
 *
 * Three gates, each DuckDB's own: its parser makes the tree whose references are checked; its
 * extraction counts the statements; its planner says what kind of statement it is.
 */
export async function readOnlyStatement(
  connection: DuckDBConnection,
  sql: string,
  tables: readonly VisibleTable[],
): Promise<DuckDBPreparedStatement> {
  const prefix = explain.exec(sql)?.[0] ?? ''
  const tree = await parse(connection, sql, prefix)
  checkTables(sql, referencesOf(tree).tables, Buffer.byteLength(prefix), tables)
  const extracted = await connection.extractStatements(sql)
  if (extracted.count !== 1) throw several(extracted.count)
  const prepared = await extracted.prepare(0)
  const expected = prefix ? StatementType.EXPLAIN : StatementType.SELECT
  if (prepared.statementType !== expected) throw notReadOnly()
  if (prepared.parameterCount > 0) {
    throw new QueryError(
      'invalid_query',
      'The statement has parameters, which cannot be given here.',
      {
        hint: 'Write the values into the statement.',
      },
    )
  }
  return prepared
}

async function parse(connection: DuckDBConnection, sql: string, prefix: string): Promise<unknown> {
  const answer = await connection.runAndReadAll(
    'SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true)',
    [sql.slice(prefix.length)],
  )
  const parsed = JSON.parse(String(answer.getRowsJson()[0]?.[0])) as ParsedText
  if (parsed.error && parsed.error_type !== 'parser') throw notReadOnly()
  if (parsed.error) {
    const at = parsed.position === undefined ? undefined : Number(parsed.position)
    throw new QueryError('syntax_error', firstLine(parsed.error_message), {
      position: positionAt(sql, at === undefined ? undefined : at + Buffer.byteLength(prefix)),
    })
  }
  const statements = parsed.statements ?? []
  if (statements.length === 0) throw new QueryError('empty_statement', 'There is no statement.')
  if (statements.length > 1) throw several(statements.length)
  return statements[0]
}

function checkTables(
  sql: string,
  used: readonly { name: string; offset: number | undefined }[],
  prefixBytes: number,
  tables: readonly VisibleTable[],
): void {
  for (const { name, offset } of used) {
    const position = positionAt(sql, offset === undefined ? undefined : offset + prefixBytes)
    const known = tables.find((table) => table.name.toLowerCase() === name.toLowerCase())
    if (known && known.columns.length > 0) continue
    if (known) {
      throw new QueryError('table_is_empty', `The table ${known.name} has no columns yet.`, {
        position,
      })
    }
    const names = tables.map((table) => table.name).sort()
    const closest = closestName(name, names)
    const list =
      names.length > 0 ? `The tables are: ${names.join(', ')}.` : 'There are no tables yet.'
    throw new QueryError('unknown_table', `There is no table ${name}.`, {
      hint: closest ? `Did you mean ${closest}? ${list}` : list,
      position,
    })
  }
}

function notReadOnly(): QueryError {
  return new QueryError('not_read_only', 'The statement does more than read.')
}

function several(count: number): QueryError {
  return new QueryError('several_statements', `There are ${count} statements.`)
}

function firstLine(text: string | undefined): string {
  return text?.split('\n')[0] ?? 'The statement is not SQL.'
}
