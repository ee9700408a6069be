import { notSupported } from '../error.js'
import type {
  CallNode,
  ExpressionNode,
  FrameBound,
  TableArgumentNode,
  WindowSpecification,
} from '../tree/expression.js'
import { lastOf, type Name, type NamePath } from '../tree/name.js'
import type { OrderItem } from '../tree/query.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './expression.js'
import { isJsonCall, parseJsonCall } from './json-call.js'
import { parseOrderItems, parseQuery, startsQuery } from './query.js'
import { parseTableName } from './table-expression.js'
import { parseTimeUnit, timeUnitAhead } from './time-unit.js'

/** The parentheses of a call and what may follow them; the name has been taken. */
export function parseCall(cursor: Cursor, name: NamePath): ExpressionNode {
  const { text, at } = lastOf(name)
  if (name.length === 1) {
    const special = parseSpecialCall(cursor, text.toUpperCase(), lastOf(name))
    if (special?.kind === 'call') return parseCallSuffixes(cursor, special)
  }
  cursor.expectSign('(')
  const distinct = cursor.acceptKeyword('DISTINCT')
  if (!distinct && cursor.isKeyword('ALL') && !cursor.isSign('(', 1)) cursor.take()
  const operands = cursor.isSign(')') ? [] : cursor.separated(() => parseArgument(cursor))
  const nulls = parseNulls(cursor, text)
  if (cursor.isKeyword('ORDER', 'BY')) {
    throw notSupported(
      `ORDER BY within ${text.toUpperCase()}`,
      cursor.token.at,
      'Flink takes it and does not obey it: leave it out',
    )
  }
  cursor.expectSign(')')
  const call: CallNode = {
    kind: 'call',
    at: cursor.since(name[0]?.at ?? at),
    name,
    arguments: operands,
    distinct,
    ...(nulls && { nulls }),
  }
  return parseCallSuffixes(cursor, call)
}

/** IGNORE NULLS or RESPECT NULLS, of the one aggregate that may take NULL for a value. */
function parseNulls(cursor: Cursor, name: string): CallNode['nulls'] {
  if (!cursor.isKeywordAhead(0, 'IGNORE', 'RESPECT') || !cursor.isKeywordAhead(1, 'NULLS')) {
    return undefined
  }
  const { token } = cursor
  if (name.toUpperCase() !== 'ARRAY_AGG') {
    throw notSupported(`${token.upper} NULLS`, token.at, 'leave it out')
  }
  const nulls = token.upper === 'IGNORE' ? 'IGNORE' : 'RESPECT'
  cursor.expectKeyword(nulls, 'NULLS')
  return nulls
}

function parseCallSuffixes(cursor: Cursor, call: CallNode): CallNode {
  const start = call.at
  let complete = call
  const nulls = parseNulls(cursor, lastOf(call.name).text)
  if (nulls !== undefined) complete = { ...complete, nulls }
  if (cursor.acceptKeyword('WITHIN', 'GROUP')) {
    cursor.expectSign('(')
    const withinGroup = parseOrderItems(cursor)
    cursor.expectSign(')')
    complete = { ...complete, withinGroup }
  }
  if (cursor.isKeyword('FILTER') && cursor.isSign('(', 1)) {
    cursor.take()
    cursor.expectSign('(')
    cursor.expectKeyword('WHERE')
    complete = { ...complete, filter: parseExpression(cursor) }
    cursor.expectSign(')')
  }
  if (cursor.acceptKeyword('OVER')) {
    const over = cursor.isSign('(')
      ? parseWindowSpecification(cursor)
      : cursor.expectName('a window')
    complete = { ...complete, over }
  }
  return complete === call ? call : { ...complete, at: cursor.since(start) }
}

function parseArgument(cursor: Cursor): ExpressionNode {
  const { token } = cursor
  if (cursor.isName() && cursor.isSign('=>', 1)) {
    const name = cursor.expectName('an argument name')
    cursor.expectSign('=>')
    const value = parseArgument(cursor)
    return { kind: 'namedArgument', at: cursor.since(token.at), name, value }
  }
  if (cursor.isKeyword('TABLE')) return parseTableArgument(cursor)
  if (cursor.isKeyword('DESCRIPTOR') && cursor.isSign('(', 1)) {
    cursor.take()
    const columns = cursor.expectNameList('a column name')
    return { kind: 'descriptor', at: cursor.since(token.at), columns }
  }
  if (startsQuery(cursor)) {
    const query = parseQuery(cursor)
    return { kind: 'subquery', at: cursor.since(token.at), query }
  }
  return parseExpression(cursor)
}

/** `TABLE name` or `TABLE (query)`, with PARTITION BY and ORDER BY. */
function parseTableArgument(cursor: Cursor): TableArgumentNode {
  const start = cursor.expectKeyword('TABLE').at
  const open = cursor.token.at
  let table: TableArgumentNode['table']
  if (cursor.acceptSign('(')) {
    const query = parseQuery(cursor)
    cursor.expectSign(')')
    table = { kind: 'derivedTable', at: cursor.since(open), query, lateral: false }
  } else table = parseTableName(cursor)
  let partitionBy: ExpressionNode[] = []
  if (cursor.acceptKeyword('PARTITION', 'BY')) partitionBy = parsePartitioning(cursor)
  const orderBy = cursor.acceptKeyword('ORDER', 'BY') ? parseOrderItems(cursor) : []
  return { kind: 'tableArgument', at: cursor.since(start), table, partitionBy, orderBy }
}

/** `a` or `(a, b)`: without parentheses a comma would begin the next argument. */
function parsePartitioning(cursor: Cursor): ExpressionNode[] {
  if (!cursor.acceptSign('(')) return [parseExpression(cursor)]
  const expressions = cursor.separated(() => parseExpression(cursor))
  cursor.expectSign(')')
  return expressions
}

function parseSpecialCall(cursor: Cursor, upper: string, name: Name): ExpressionNode | undefined {
  switch (upper) {
    case 'EXTRACT': {
      cursor.expectSign('(')
      const unitAt = cursor.token.at
      const unit = parseTimeUnit(cursor)
      cursor.expectKeyword('FROM')
      const operand = parseExpression(cursor)
      return finish(cursor, name, [{ kind: 'timeUnit', at: unitAt, unit }, operand])
    }
    case 'CEIL':
    case 'CEILING':
    case 'FLOOR': {
      cursor.expectSign('(')
      const operands = cursor.separated(() => parseExpression(cursor))
      if (cursor.acceptKeyword('TO')) {
        const at = cursor.token.at
        operands.push({ kind: 'timeUnit', at, unit: parseTimeUnit(cursor) })
      }
      return finish(cursor, name, operands)
    }
    case 'TIMESTAMPADD':
    case 'TIMESTAMPDIFF': {
      cursor.expectSign('(')
      const at = cursor.token.at
      const unit = parseTimeUnit(cursor)
      cursor.expectSign(',')
      const operands = cursor.separated(() => parseExpression(cursor))
      return finish(cursor, name, [{ kind: 'timeUnit', at, unit }, ...operands])
    }
    case 'TRIM':
      return parseTrim(cursor, name)
    case 'POSITION': {
      cursor.expectSign('(')
      const needle = parseExpression(cursor, inBindsMoreWeaklyThan)
      cursor.expectKeyword('IN')
      return finish(cursor, name, [needle, parseExpression(cursor)])
    }
    case 'SUBSTRING':
      return parseSeparated(cursor, name, ['FROM', 'FOR'])
    case 'OVERLAY':
      return parseSeparated(cursor, name, ['PLACING', 'FROM', 'FOR'])
    default:
      return isJsonCall(upper) ? parseJsonCall(cursor, upper, name) : undefined
  }
}

/** The precedence at which IN is left to POSITION. */
const inBindsMoreWeaklyThan = 32

/** Arguments with words between them, or with commas. */
function parseSeparated(cursor: Cursor, name: Name, words: readonly string[]): ExpressionNode {
  cursor.expectSign('(')
  const operands = [parseExpression(cursor)]
  while (cursor.acceptSign(',') || words.some((word) => cursor.acceptKeyword(word))) {
    operands.push(parseExpression(cursor))
  }
  return finish(cursor, name, operands)
}

function parseTrim(cursor: Cursor, name: Name): ExpressionNode {
  cursor.expectSign('(')
  const side = ['LEADING', 'TRAILING'].find((word) => cursor.acceptKeyword(word))
  const sided = cursor.acceptKeyword('BOTH') || side !== undefined
  const trim = { text: side === undefined ? 'TRIM' : `TRIM ${side}`, at: name.at }
  if (sided && cursor.acceptKeyword('FROM')) return finish(cursor, trim, [parseExpression(cursor)])
  const first = parseExpression(cursor)
  if (sided && !cursor.isKeyword('FROM')) throw cursor.unexpected('FROM')
  if (!cursor.acceptKeyword('FROM')) return finish(cursor, trim, [first])
  return finish(cursor, trim, [parseExpression(cursor), first])
}

function finish(cursor: Cursor, name: Name, operands: readonly ExpressionNode[]): ExpressionNode {
  if (timeUnitAhead(cursor) !== undefined) throw cursor.unexpected("',' or ')'")
  cursor.expectSign(')')
  const at = cursor.since(name.at)
  return { kind: 'call', at, name: [name], arguments: operands, distinct: false }
}

/** OVER (…) and the windows of a WINDOW clause. */
export function parseWindowSpecification(cursor: Cursor): WindowSpecification {
  const start = cursor.expectSign('(').at
  const base = cursor.isName() ? cursor.expectName('a window') : undefined
  const partitionBy = cursor.acceptKeyword('PARTITION', 'BY')
    ? cursor.separated(() => parseExpression(cursor))
    : []
  const orderBy: OrderItem[] = cursor.acceptKeyword('ORDER', 'BY') ? parseOrderItems(cursor) : []
  const frame = parseFrame(cursor)
  cursor.expectSign(')')
  const at = cursor.since(start)
  return { at, ...(base && { base }), partitionBy, orderBy, ...(frame && { frame }) }
}

function parseFrame(cursor: Cursor): WindowSpecification['frame'] {
  if (!cursor.isKeywordAhead(0, 'ROWS', 'RANGE')) return undefined
  const unit = cursor.take().upper === 'ROWS' ? 'ROWS' : 'RANGE'
  if (!cursor.acceptKeyword('BETWEEN')) return { unit, from: parseFrameBound(cursor) }
  const from = parseFrameBound(cursor)
  cursor.expectKeyword('AND')
  return { unit, from, to: parseFrameBound(cursor) }
}

function parseFrameBound(cursor: Cursor): FrameBound {
  if (cursor.acceptKeyword('UNBOUNDED', 'PRECEDING')) return { kind: 'unboundedPreceding' }
  if (cursor.acceptKeyword('UNBOUNDED', 'FOLLOWING')) return { kind: 'unboundedFollowing' }
  if (cursor.acceptKeyword('CURRENT', 'ROW')) return { kind: 'currentRow' }
  const offset = parseExpression(cursor)
  if (cursor.acceptKeyword('FOLLOWING')) return { kind: 'following', offset }
  cursor.expectKeyword('PRECEDING')
  return { kind: 'preceding', offset }
}
