import { type Position, QueryError, type QueryErrorCode } from '../errors.js'

/** DuckDB's errors under `errors_as_json`. */
interface Details {
  exception_type?: string
  exception_message?: string
  error_subtype?: string
  position?: string
  candidates?: string
}

const byType: Readonly<Record<string, QueryErrorCode>> = {
  Parser: 'syntax_error',
  Permission: 'forbidden_function',
  Conversion: 'execution_failed',
  'Out of Range': 'execution_failed',
  'Invalid Input': 'execution_failed',
  'Out of Memory': 'memory_limit',
  FATAL: 'internal',
  INTERNAL: 'internal',
  IO: 'internal',
}

/** What went wrong in DuckDB, as a user reads it. */
export function fromDuckDB(error: unknown, sql: string): QueryError {
  if (error instanceof QueryError) return error
  const text = error instanceof Error ? error.message : String(error)
  const details = detailsIn(text)
  const type = details.exception_type ?? ''
  let code = byType[type] ?? 'invalid_query'
  if (details.error_subtype === 'COLUMN_NOT_FOUND') code = 'unknown_column'
  const [line = ''] = (details.exception_message ?? text).split('\n')
  // What follows is advice for DuckDB's own users.
  const message = line.replace(/\.?\s*You might need to add explicit type casts\.?.*$/, '.')
  return new QueryError(code, message, {
    hint: suggestion(details.candidates),
    position: positionAt(
      sql,
      details.position === undefined ? undefined : Number(details.position),
    ),
    cause: error,
  })
}

/** For a call of the wrong types DuckDB lists every overload there is: no help on one line. */
function suggestion(candidates: string | undefined): string | undefined {
  if (!candidates) return undefined
  if (candidates.includes('(')) return 'CAST the arguments to types that it takes.'
  return `Did you mean ${candidates.split(',').join(', ')}?`
}

function detailsIn(text: string): Details {
  const at = text.indexOf('{')
  try {
    return at < 0 ? {} : (JSON.parse(text.slice(at)) as Details)
  } catch {
    return {}
  }
}

/** The position of a byte of the statement. */
export function positionAt(sql: string, byteOffset: number | undefined): Position | undefined {
  if (byteOffset === undefined) return undefined
  const before = Buffer.from(sql).subarray(0, byteOffset).toString('utf8').split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}
