import { notSupported, SqlError } from '../error.js'
import { operatorChainMax } from '../limits.js'
import { spanning } from '../source.js'
import {
  type BinaryOperator,
  binaryOf,
  type ExpressionNode,
  type IsNode,
} from '../tree/expression.js'
import type { Cursor } from './cursor.js'
import { parsePrimary } from './primary.js'
import { parseQuery, startsQuery } from './query.js'

/** How strongly an operator binds; those of Apache Calcite, whose grammar Flink's is. */
const precedence = {
  or: 22,
  and: 24,
  not: 26,
  is: 28,
  comparison: 30,
  range: 32,
  additive: 40,
  multiplicative: 60,
  sign: 80,
} as const

const binaryPrecedence = new Map<string, number>([
  ['OR', precedence.or],
  ['AND', precedence.and],
  ...['=', '<>', '!=', '<', '<=', '>', '>='].map((sign) => [sign, precedence.comparison] as const),
  ...['+', '-'].map((sign) => [sign, precedence.additive] as const),
  ...['*', '/', '%', '||'].map((sign) => [sign, precedence.multiplicative] as const),
])

/** An expression, as far as operators that bind more strongly than `weakest` carry it. */
export function parseExpression(cursor: Cursor, weakest = 0): ExpressionNode {
  return cursor.nested(() => {
    let left = parsePrefix(cursor)
    for (let operators = 0; ; operators++) {
      const longer = parseInfix(cursor, left, weakest)
      if (longer === undefined) return left
      if (operators === operatorChainMax) {
        throw new SqlError(
          `more than ${operatorChainMax} operators follow one another`,
          cursor.previous.at,
          'split the expression',
        )
      }
      left = longer
    }
  })
}

function parsePrefix(cursor: Cursor): ExpressionNode {
  const start = cursor.token.at
  if (cursor.acceptKeyword('NOT')) {
    const operand = parseExpression(cursor, precedence.not)
    return { kind: 'unary', at: spanning(start, operand.at), operator: 'NOT', operand }
  }
  if (cursor.isSign('-') || cursor.isSign('+')) {
    const operator = cursor.take().text === '-' ? '-' : '+'
    const operand = parseExpression(cursor, precedence.sign)
    return { kind: 'unary', at: spanning(start, operand.at), operator, operand }
  }
  return parsePrimary(cursor)
}

/** `left` and the operator after it with its other operands; undefined where none follows. */
function parseInfix(
  cursor: Cursor,
  left: ExpressionNode,
  weakest: number,
): ExpressionNode | undefined {
  const { token } = cursor
  if (token.kind !== 'sign' && token.kind !== 'word') return undefined
  const binary = binaryPrecedence.get(token.upper)
  if (binary !== undefined) {
    if (binary <= weakest) return undefined
    cursor.take()
    refuseQuantifier(cursor)
    const right = parseExpression(cursor, binary)
    return binaryOf(token.upper === '!=' ? '<>' : (token.upper as BinaryOperator), left, right)
  }
  if (token.kind === 'sign') return undefined
  if (token.upper === 'IS') {
    return precedence.is <= weakest ? undefined : parseIs(cursor, left)
  }
  return precedence.range <= weakest ? undefined : parseRange(cursor, left)
}

function refuseQuantifier(cursor: Cursor): void {
  if (!cursor.isKeywordAhead(0, 'ANY', 'ALL', 'SOME') || !cursor.isSign('(', 1)) return
  const { token } = cursor
  throw notSupported(`a comparison with ${token.upper}`, token.at, 'use IN, EXISTS or a join')
}

function parseIs(cursor: Cursor, operand: ExpressionNode): ExpressionNode {
  cursor.expectKeyword('IS')
  const negated = cursor.acceptKeyword('NOT')
  if (cursor.acceptKeyword('DISTINCT', 'FROM')) {
    const operator = negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM'
    return binaryOf(operator, operand, parseExpression(cursor, precedence.is))
  }
  const tests: readonly IsNode['test'][] = ['NULL', 'TRUE', 'FALSE', 'UNKNOWN', 'JSON']
  const test = tests.find((word) => cursor.isKeyword(word))
  if (test === undefined) {
    throw cursor.unexpected('NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS')
  }
  cursor.take()
  const kinds = ['OBJECT', 'ARRAY', 'SCALAR'] as const
  const kind = test === 'JSON' ? kinds.find((word) => cursor.acceptKeyword(word)) : undefined
  if (test === 'JSON' && kind === undefined) cursor.acceptKeyword('VALUE')
  const tested = kind === undefined ? test : (`JSON ${kind}` as const)
  return { kind: 'is', at: cursor.since(operand.at), operand, negated, test: tested }
}

/** OVERLAPS; BETWEEN, IN, LIKE and SIMILAR TO, each with NOT before it or without. */
function parseRange(cursor: Cursor, operand: ExpressionNode): ExpressionNode | undefined {
  if (cursor.acceptKeyword('OVERLAPS')) {
    return binaryOf('OVERLAPS', operand, parseExpression(cursor, precedence.range))
  }
  const ahead = cursor.isKeyword('NOT') ? 1 : 0
  if (!cursor.isKeywordAhead(ahead, 'BETWEEN', 'IN', 'LIKE', 'SIMILAR')) return undefined
  const negated = cursor.acceptKeyword('NOT')
  if (cursor.acceptKeyword('BETWEEN')) {
    const symmetric = cursor.acceptKeyword('SYMMETRIC')
    if (!symmetric) cursor.acceptKeyword('ASYMMETRIC')
    const low = parseExpression(cursor, precedence.range)
    cursor.expectKeyword('AND')
    const high = parseExpression(cursor, precedence.range)
    const at = spanning(operand.at, high.at)
    return { kind: 'between', at, operand, negated, symmetric, low, high }
  }
  if (cursor.acceptKeyword('IN')) return parseIn(cursor, operand, negated)
  const operator = cursor.acceptKeyword('LIKE') ? 'LIKE' : 'SIMILAR TO'
  if (operator === 'SIMILAR TO') cursor.expectKeyword('SIMILAR', 'TO')
  const pattern = parseExpression(cursor, precedence.range)
  const escapeWith = cursor.acceptKeyword('ESCAPE')
    ? parseExpression(cursor, precedence.range)
    : undefined
  const at = cursor.since(operand.at)
  return {
    kind: 'like',
    at,
    operator,
    operand,
    negated,
    pattern,
    ...(escapeWith && { escape: escapeWith }),
  }
}

function parseIn(cursor: Cursor, operand: ExpressionNode, negated: boolean): ExpressionNode {
  cursor.expectSign('(')
  if (startsQuery(cursor)) {
    const query = parseQuery(cursor)
    cursor.expectSign(')')
    return { kind: 'inQuery', at: cursor.since(operand.at), operand, negated, query }
  }
  const items = cursor.separated(() => parseExpression(cursor))
  cursor.expectSign(')')
  return { kind: 'inList', at: cursor.since(operand.at), operand, negated, items }
}
