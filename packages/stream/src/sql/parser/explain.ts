import { notSupported, SqlError } from '../error.js'
import type { Name } from '../tree/name.js'
import type { ExplainStatement } from '../tree/session-statement.js'
import type { Statement } from '../tree/statement.js'
import type { Cursor } from './cursor.js'

const details = ['ESTIMATED_COST', 'CHANGELOG_MODE', 'JSON_EXECUTION_PLAN', 'PLAN_ADVICE']

/** EXPLAIN [PLAN FOR | detail, …] statement. */
export function parseExplain(cursor: Cursor, parseInner: () => Statement): ExplainStatement {
  const start = cursor.expectKeyword('EXPLAIN').at
  const asked: Name[] = []
  if (!cursor.acceptKeyword('PLAN', 'FOR') && cursor.isKeywordAhead(0, ...details)) {
    asked.push(
      ...cursor.separated((): Name => {
        if (!cursor.isKeywordAhead(0, ...details)) throw cursor.unexpected(details.join(', '))
        const { at, upper } = cursor.take()
        if (upper === 'CHANGELOG_MODE') return { at, text: upper }
        throw notSupported(upper, at, 'write EXPLAIN CHANGELOG_MODE, or EXPLAIN alone')
      }),
    )
  }
  const statement = parseInner()
  switch (statement.kind) {
    case 'queryStatement':
    case 'insert':
    case 'statementSet':
      return { kind: 'explain', at: cursor.since(start), details: asked, statement }
    default:
      throw new SqlError(
        'only a query, an INSERT and a STATEMENT SET have a plan',
        statement.at,
        'write EXPLAIN before one of them',
      )
  }
}
