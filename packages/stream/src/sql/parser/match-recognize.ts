import { notSupported, SqlError } from '../error.js'
import type {
  MatchRecognize,
  Measure,
  PatternDefinition,
  SkipClause,
} from '../tree/match-recognize.js'
import type { TableExpression } from '../tree/query.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './expression.js'
import { parsePattern } from './pattern.js'
import { parseOrderItems } from './query.js'

/** What follows a table: MATCH_RECOGNIZE and its clauses in parentheses, without an alias. */
export function parseMatchRecognize(cursor: Cursor, table: TableExpression): MatchRecognize {
  const keyword = cursor.expectKeyword('MATCH_RECOGNIZE')
  if (table.kind !== 'join' && table.alias !== undefined) {
    throw new SqlError(
      'MATCH_RECOGNIZE stands before the name that a table is given',
      keyword.at,
      'write FROM t MATCH_RECOGNIZE (…) AS m',
    )
  }
  cursor.expectSign('(')
  const partitionBy = cursor.acceptKeyword('PARTITION', 'BY')
    ? cursor.separated(() => parseExpression(cursor))
    : []
  const orderBy = cursor.acceptKeyword('ORDER', 'BY') ? parseOrderItems(cursor) : []
  const measures = cursor.acceptKeyword('MEASURES')
    ? cursor.separated(() => parseMeasure(cursor))
    : []
  parseRowsPerMatch(cursor)
  const skip = cursor.acceptKeyword('AFTER') ? parseSkip(cursor) : undefined
  const pattern = parsePattern(cursor)
  const within = cursor.acceptKeyword('WITHIN') ? parseExpression(cursor) : undefined
  if (cursor.isKeyword('SUBSET')) {
    throw notSupported('SUBSET', cursor.token.at, 'name each variable where you mean it')
  }
  cursor.expectKeyword('DEFINE')
  const definitions = cursor.separated(() => parseDefinition(cursor))
  cursor.expectSign(')')
  return {
    kind: 'matchRecognize',
    at: cursor.since(keyword.at),
    table,
    partitionBy,
    orderBy,
    measures,
    ...(skip && { skip }),
    pattern,
    ...(within && { within }),
    definitions,
  }
}

/** FINAL says what is so in any case: a measure is one of the whole match. */
function parseMeasure(cursor: Cursor): Measure {
  if (cursor.isKeyword('RUNNING')) {
    throw notSupported('RUNNING', cursor.token.at, 'leave it out: a measure is of the whole match')
  }
  if (cursor.isKeyword('FINAL') && cursor.peek(1).kind === 'word') cursor.take()
  const expression = parseExpression(cursor)
  if (!cursor.acceptKeyword('AS')) {
    throw cursor.unexpected('AS', 'give each measure a name: A.price AS first_price')
  }
  return { expression, name: cursor.expectName('the name of a measure') }
}

function parseRowsPerMatch(cursor: Cursor): void {
  if (cursor.isKeyword('ALL', 'ROWS', 'PER', 'MATCH')) {
    throw notSupported('ALL ROWS PER MATCH', cursor.token.at, 'write ONE ROW PER MATCH')
  }
  cursor.acceptKeyword('ONE', 'ROW', 'PER', 'MATCH')
}

function parseSkip(cursor: Cursor): SkipClause {
  const start = cursor.previous.at
  cursor.expectKeyword('MATCH', 'SKIP')
  if (cursor.acceptKeyword('PAST')) {
    cursor.expectKeyword('LAST', 'ROW')
    return { kind: 'PAST LAST ROW', at: cursor.since(start) }
  }
  cursor.expectKeyword('TO')
  if (cursor.acceptKeyword('NEXT', 'ROW')) return { kind: 'TO NEXT ROW', at: cursor.since(start) }
  const isFirst = cursor.acceptKeyword('FIRST')
  // LAST is what a variable alone means.
  if (!isFirst) cursor.acceptKeyword('LAST')
  const variable = cursor.expectName('NEXT ROW, FIRST or LAST and a variable of the pattern')
  return { kind: isFirst ? 'TO FIRST' : 'TO LAST', at: cursor.since(start), variable }
}

function parseDefinition(cursor: Cursor): PatternDefinition {
  const variable = cursor.expectName('a variable of the pattern')
  cursor.expectKeyword('AS')
  return { variable, condition: parseExpression(cursor) }
}
