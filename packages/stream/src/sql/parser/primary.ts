import { notSupported } from '../error.js'
import { isBareFunction, isCallable, isReserved } from '../keywords.js'
import type { Token } from '../token.js'
import { type CaseNode, callOf, type ExpressionNode } from '../tree/expression.js'
import type { Name } from '../tree/name.js'
import { parseCall } from './call.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './expression.js'
import { parseQuery, startsQuery } from './query.js'
import { parseTimeUnit } from './time-unit.js'
import { parseType } from './type.js'

/** An expression without operators around it, with `.field` and `[index]` after it. */
export function parsePrimary(cursor: Cursor): ExpressionNode {
  const start = cursor.token.at
  let operand = parseAtom(cursor)
  for (;;) {
    if (cursor.acceptSign('[')) {
      const index = parseExpression(cursor)
      cursor.expectSign(']')
      operand = { kind: 'element', at: cursor.since(start), operand, index }
    } else if (cursor.isSign('.') && operand.kind !== 'star') {
      cursor.take()
      const field = cursor.expectName('a field name')
      operand = { kind: 'fieldAccess', at: cursor.since(start), operand, field }
    } else return operand
  }
}

function parseAtom(cursor: Cursor): ExpressionNode {
  const { token } = cursor
  switch (token.kind) {
    case 'number':
      cursor.take()
      return { kind: 'number', at: token.at, text: token.text }
    case 'string':
      return parseString(cursor)
    case 'sign':
      if (token.text === '(') return parseParenthesised(cursor)
      if (token.text === '*') {
        cursor.take()
        return { kind: 'star', at: token.at, qualifier: [] }
      }
      throw cursor.unexpected('an expression')
    case 'word':
      return parseKeywordForm(cursor, token) ?? parseNameOrCall(cursor)
    case 'quoted':
      return parseNameOrCall(cursor)
    default:
      throw cursor.unexpected('an expression')
  }
}

function parseString(cursor: Cursor): ExpressionNode {
  const { prefix, text, at } = cursor.take()
  if (prefix === 'X') {
    if (/^([0-9a-fA-F]{2})*$/.test(text)) return { kind: 'bytes', at, hex: text.toLowerCase() }
    throw notSupported('a binary literal that is not pairs of hexadecimal digits', at, "X'0aff'")
  }
  if (prefix === 'U&') {
    const value = text.replaceAll(/\\(\\|\+[0-9a-fA-F]{6}|[0-9a-fA-F]{4})/g, (_, code: string) =>
      code === '\\' ? '\\' : codePoint(Number.parseInt(code.replace('+', ''), 16)),
    )
    return { kind: 'string', at, value }
  }
  return { kind: 'string', at, value: text }
}

function codePoint(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD'
}

function parseParenthesised(cursor: Cursor): ExpressionNode {
  const open = cursor.expectSign('(')
  if (startsQuery(cursor)) {
    const query = parseQuery(cursor)
    cursor.expectSign(')')
    return { kind: 'subquery', at: cursor.since(open.at), query }
  }
  const items = cursor.separated(() => parseExpression(cursor))
  cursor.expectSign(')')
  const [only] = items
  if (only !== undefined && items.length === 1) return only
  return { kind: 'constructor', at: cursor.since(open.at), type: 'ROW', items }
}

/** What begins with a keyword and is neither a name nor a plain call. */
function parseKeywordForm(cursor: Cursor, token: Token): ExpressionNode | undefined {
  switch (token.upper) {
    case 'TRUE':
    case 'FALSE':
    case 'UNKNOWN':
      cursor.take()
      return {
        kind: 'boolean',
        at: token.at,
        value: token.upper === 'UNKNOWN' ? null : token.upper === 'TRUE',
      }
    case 'NULL':
      cursor.take()
      return { kind: 'null', at: token.at }
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      if (cursor.peek(1).kind !== 'string') return undefined
      cursor.take()
      return {
        kind: 'temporal',
        type: token.upper,
        value: cursor.take().text,
        at: cursor.since(token.at),
      }
    case 'INTERVAL':
      return parseInterval(cursor)
    case 'CASE':
      return parseCase(cursor)
    case 'CAST':
    case 'TRY_CAST':
      return parseCast(cursor)
    case 'EXISTS': {
      cursor.take()
      cursor.expectSign('(')
      const query = parseQuery(cursor)
      cursor.expectSign(')')
      return { kind: 'exists', at: cursor.since(token.at), query }
    }
    case 'ROW':
    case 'ARRAY':
    case 'MAP':
      return parseConstructor(cursor, token.upper)
    default:
      return undefined
  }
}

function parseInterval(cursor: Cursor): ExpressionNode {
  const start = cursor.expectKeyword('INTERVAL').at
  const negative = cursor.acceptSign('-')
  if (!negative) cursor.acceptSign('+')
  const { value, from, to } = parseIntervalBody(cursor)
  const at = cursor.since(start)
  return { kind: 'interval', at, negative, value, from, ...(to && { to }) }
}

function parseIntervalBody(cursor: Cursor) {
  const number = cursor.token.text
  const value = cursor.expectString(
    'a quoted number',
    cursor.token.kind === 'number' ? `quote the number: INTERVAL '${number}' …` : undefined,
  ).text
  const from = parseTimeUnit(cursor)
  skipIntervalPrecision(cursor)
  if (!cursor.acceptKeyword('TO')) return { value, from, to: undefined }
  const to = parseTimeUnit(cursor)
  skipIntervalPrecision(cursor)
  return { value, from, to }
}

function skipIntervalPrecision(cursor: Cursor): void {
  if (!cursor.isSign('(') || cursor.peek(1).kind !== 'number') return
  cursor.take()
  cursor.take()
  if (cursor.acceptSign(',')) cursor.take()
  cursor.expectSign(')')
}

function parseCase(cursor: Cursor): CaseNode {
  const start = cursor.expectKeyword('CASE').at
  const operand = cursor.isKeyword('WHEN') ? undefined : parseExpression(cursor)
  const branches: { when: ExpressionNode; result: ExpressionNode }[] = []
  while (cursor.acceptKeyword('WHEN')) {
    const when = parseExpression(cursor)
    cursor.expectKeyword('THEN')
    branches.push({ when, result: parseExpression(cursor) })
  }
  if (branches.length === 0) throw cursor.unexpected('WHEN')
  const otherwise = cursor.acceptKeyword('ELSE') ? parseExpression(cursor) : undefined
  cursor.expectKeyword('END')
  const at = cursor.since(start)
  return {
    kind: 'case',
    at,
    ...(operand && { operand }),
    branches,
    ...(otherwise && { otherwise }),
  }
}

function parseCast(cursor: Cursor): ExpressionNode {
  const start = cursor.take()
  cursor.expectSign('(')
  const operand = parseExpression(cursor)
  cursor.expectKeyword('AS')
  const type = parseType(cursor)
  cursor.expectSign(')')
  const tryCast = start.upper === 'TRY_CAST'
  return { kind: 'cast', at: cursor.since(start.at), operand, type, tryCast }
}

function parseConstructor(
  cursor: Cursor,
  type: 'ROW' | 'ARRAY' | 'MAP',
): ExpressionNode | undefined {
  const [open, close] = type === 'ROW' ? ['(', ')'] : ['[', ']']
  if (!cursor.isSign(open, 1)) return undefined
  const start = cursor.take().at
  cursor.expectSign(open)
  const items = cursor.isSign(close) ? [] : cursor.separated(() => parseExpression(cursor))
  cursor.expectSign(close)
  return { kind: 'constructor', at: cursor.since(start), type, items }
}

function parseNameOrCall(cursor: Cursor): ExpressionNode {
  const { token } = cursor
  if (token.kind === 'word' && isReserved(token.upper)) return parseReserved(cursor, token)
  const path: Name[] = [cursor.expectName('an expression')]
  while (cursor.isSign('.')) {
    if (cursor.isSign('*', 1)) {
      cursor.take()
      cursor.take()
      return { kind: 'star', at: cursor.since(token.at), qualifier: path }
    }
    cursor.take()
    path.push(cursor.expectNameAfterDot())
  }
  if (cursor.isSign('(')) return parseCall(cursor, path)
  return { kind: 'column', at: cursor.since(token.at), path }
}

function parseReserved(cursor: Cursor, token: Token): ExpressionNode {
  const name: Name = { text: token.upper, at: token.at }
  if (cursor.isSign('(', 1) && (isCallable(token.upper) || isSpecialCall(token.upper))) {
    cursor.take()
    return parseCall(cursor, [name])
  }
  if (isBareFunction(token.upper)) {
    cursor.take()
    return callOf(token.at, name)
  }
  throw cursor.unexpected('an expression')
}

/** Reserved words whose call has a grammar of its own (see `call.ts`). */
function isSpecialCall(upper: string): boolean {
  return ['EXTRACT', 'TRIM', 'SUBSTRING', 'POSITION', 'OVERLAY', 'INTERSECTION'].includes(upper)
}
