/** One row for each error a user can get: HTTP status, and what to do when nothing better is known. */
const table = {
  empty_statement: { status: 400, hint: 'Send one SELECT, for example: SELECT 1' },
  syntax_error: { status: 400, hint: 'Check the statement at the position that is given.' },
  not_read_only: {
    status: 400,
    hint: 'Only SELECT, WITH, VALUES, EXPLAIN, DESCRIBE, SUMMARIZE and SHOW TABLES are answered here. Rows come from topics: produce an event instead.',
  },
  several_statements: { status: 400, hint: 'Send one statement at a time.' },
  unknown_table: { status: 400, hint: 'GET /tables lists the tables.' },
  unknown_column: { status: 400, hint: 'GET /tables lists the tables with their columns.' },
  table_is_empty: {
    status: 400,
    hint: 'Its columns are known as soon as the first record arrives on its topic.',
  },
  forbidden_function: {
    status: 400,
    hint: 'Only tables of this project can be read, not files, networks or the engine itself.',
  },
  invalid_query: { status: 400, hint: 'Check names and types in the statement.' },
  execution_failed: {
    status: 400,
    hint: 'A value of a row does not fit; TRY_CAST gives NULL instead.',
  },
  bad_request: {
    status: 400,
    hint: 'Send JSON like {"sql": "SELECT 1"}, or the statement as text/plain.',
  },
  not_found: { status: 404, hint: 'There are POST /sql, POST /query/sql and GET /tables.' },
  time_limit: { status: 408, hint: 'Ask for less: a narrower WHERE, fewer joins.' },
  cancelled: { status: 408, hint: 'Whoever asked went away.' },
  statement_too_long: { status: 413, hint: 'Send a shorter statement.' },
  result_too_large: { status: 413, hint: 'Add LIMIT, or aggregate.' },
  memory_limit: { status: 413, hint: 'Ask for less: a narrower WHERE, fewer groups, a LIMIT.' },
  too_many_queries: { status: 429, hint: 'Try again in a moment, or send fewer queries at once.' },
  closed: { status: 503, hint: 'The server is stopping; try again when it is back.' },
  internal: { status: 500, hint: 'This is a fault of the server; its log says more.' },
} as const

export type QueryErrorCode = keyof typeof table

/** Where in the statement, both from 1. */
export interface Position {
  line: number
  column: number
}

/** Why a query was not answered. */
export class QueryError extends Error {
  readonly code: QueryErrorCode
  readonly status: number
  readonly hint: string
  readonly position: Position | undefined

  constructor(
    code: QueryErrorCode,
    message: string,
    options: { hint?: string | undefined; position?: Position | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'QueryError'
    this.code = code
    this.status = table[code].status
    this.hint = options.hint ?? table[code].hint
    this.position = options.position
  }

  /** What a client gets. */
  body(): { code: QueryErrorCode; message: string; hint: string; position?: Position } {
    const { code, message, hint, position } = this
    return { code, message, hint, ...(position && { position }) }
  }
}
