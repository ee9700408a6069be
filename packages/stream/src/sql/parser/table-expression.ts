import { notSupported, SqlError } from '../error.js'
import { spanning } from '../source.js'
import type { CallNode } from '../tree/expression.js'
import type { Join, TableAlias, TableExpression, TableName } from '../tree/query.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './expression.js'
import { parseHints } from './hint.js'
import { parseMatchRecognize } from './match-recognize.js'
import { parseAlias, parseQuery, startsQuery } from './query.js'

/** What follows FROM: tables with commas and joins between them. A comma is a cross join. */
export function parseTableExpressions(cursor: Cursor): TableExpression {
  let left = parseJoins(cursor)
  while (cursor.acceptSign(',')) {
    const right = parseJoins(cursor)
    const at = spanning(left.at, right.at)
    left = { kind: 'join', at, type: 'CROSS', natural: false, left, right }
  }
  return left
}

function parseJoins(cursor: Cursor): TableExpression {
  let left = parseTable(cursor)
  for (;;) {
    const natural = cursor.acceptKeyword('NATURAL')
    const type = acceptJoinType(cursor)
    if (type === undefined) {
      if (natural) throw cursor.unexpected('JOIN')
      return left
    }
    const right = parseTable(cursor)
    const join = { kind: 'join', type, natural, left, right } as const
    if (type === 'CROSS' || natural) left = { ...join, at: spanning(left.at, right.at) }
    else if (cursor.acceptKeyword('USING')) {
      const using = cursor.expectNameList('a column name')
      left = { ...join, using, at: cursor.since(left.at) }
    } else {
      cursor.expectKeyword('ON')
      left = { ...join, on: parseExpression(cursor), at: cursor.since(left.at) }
    }
  }
}

function acceptJoinType(cursor: Cursor): Join['type'] | undefined {
  if (cursor.acceptKeyword('JOIN') || cursor.acceptKeyword('INNER', 'JOIN')) return 'INNER'
  if (cursor.acceptKeyword('CROSS', 'JOIN')) return 'CROSS'
  const side = (['LEFT', 'RIGHT', 'FULL'] as const).find((word) => cursor.isKeyword(word))
  if (side === undefined) return undefined
  cursor.take()
  cursor.acceptKeyword('OUTER')
  cursor.expectKeyword('JOIN')
  return side
}

function parseTable(cursor: Cursor): TableExpression {
  const table = cursor.nested(() => parseTablePrimary(cursor))
  if (cursor.isKeyword('MATCH_RECOGNIZE')) {
    return withAlias(cursor, parseMatchRecognize(cursor, table))
  }
  if (cursor.isKeywordAhead(0, 'PIVOT', 'UNPIVOT', 'TABLESAMPLE')) {
    const { token } = cursor
    throw notSupported(token.upper, token.at, 'write it with windows and CASE where that will do')
  }
  return table
}

function parseTablePrimary(cursor: Cursor): TableExpression {
  const start = cursor.token.at
  const lateral = cursor.acceptKeyword('LATERAL')
  if (cursor.isKeyword('TABLE') && cursor.isSign('(', 1)) {
    cursor.take()
    cursor.expectSign('(')
    const call = parseTableCall(cursor)
    cursor.expectSign(')')
    const at = cursor.since(start)
    return withAlias(cursor, { kind: 'tableFunction', at, call, lateral })
  }
  if (cursor.acceptKeyword('UNNEST')) {
    cursor.expectSign('(')
    const expression = parseExpression(cursor)
    cursor.expectSign(')')
    const ordinality = cursor.acceptKeyword('WITH', 'ORDINALITY')
    return withAlias(cursor, { kind: 'unnest', at: cursor.since(start), expression, ordinality })
  }
  if (cursor.isSign('(')) {
    if (!startsQuery(cursor) || beginsWithTable(cursor)) {
      cursor.take()
      const inner = parseTableExpressions(cursor)
      cursor.expectSign(')')
      return inner
    }
    cursor.take()
    const query = parseQuery(cursor)
    cursor.expectSign(')')
    return withAlias(cursor, { kind: 'derivedTable', at: cursor.since(start), query, lateral })
  }
  if (cursor.isName() && cursor.isSign('(', 1)) {
    const call = parseTableCall(cursor)
    return withAlias(cursor, { kind: 'tableFunction', at: cursor.since(start), call, lateral })
  }
  return withAlias(cursor, parseTableName(cursor))
}

/**
 * `((SELECT …) AS a JOIN …)`: the query in the inner parentheses is a table of a join, and not a
 * part of a query. What comes after it tells.
 */
function beginsWithTable(cursor: Cursor): boolean {
  if (!cursor.isSign('(', 1)) return false
  let depth = 0
  for (let ahead = 1; cursor.peek(ahead).kind !== 'end'; ahead++) {
    if (cursor.isSign('(', ahead)) depth++
    else if (cursor.isSign(')', ahead)) depth--
    if (depth > 0) continue
    const after = ahead + 1
    const goesOn = cursor.isKeywordAhead(after, 'UNION', 'INTERSECT', 'EXCEPT', 'MINUS')
    const isOrdered = cursor.isKeywordAhead(after, 'ORDER', 'LIMIT', 'OFFSET', 'FETCH')
    return !goesOn && !isOrdered && !cursor.isSign(')', after)
  }
  return false
}

function parseTableCall(cursor: Cursor): CallNode {
  const expression = parseExpression(cursor)
  if (expression.kind === 'call') return expression
  throw new SqlError(
    'TABLE(…) takes a table function',
    expression.at,
    "such as TABLE(TUMBLE(TABLE t, DESCRIPTOR(time_column), INTERVAL '15' MINUTE))",
  )
}

/** A table by its name, with hints and FOR SYSTEM_TIME, without an alias. */
export function parseTableName(cursor: Cursor): TableName {
  const start = cursor.token.at
  const path = cursor.expectNamePath('a table')
  const hints = parseHints(cursor)
  if (!cursor.acceptKeyword('FOR')) {
    return { kind: 'tableName', at: cursor.since(start), path, hints }
  }
  cursor.expectKeyword('SYSTEM_TIME', 'AS', 'OF')
  const asOf = parseExpression(cursor)
  return { kind: 'tableName', at: cursor.since(start), path, hints, asOf }
}

function withAlias(cursor: Cursor, table: Exclude<TableExpression, Join>): TableExpression {
  const name = parseAlias(cursor)
  if (name === undefined) return table
  const columns = cursor.isSign('(') ? cursor.expectNameList('a column name') : []
  const alias: TableAlias = { name, columns }
  return { ...table, alias }
}
