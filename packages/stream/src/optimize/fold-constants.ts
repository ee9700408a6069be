import { branchOf, type Expression, type Literal } from '../plan/expression.js'
import type { PlanNode } from '../plan/node.js'
import { rewriteExpression } from '../plan/rewrite-expression.js'
import type { DataType } from '../plan/type.js'
import { isInteger, isText, isTimestamp, withNullable } from '../plan/type-family.js'
import { rewriteExpressionsOf, rewriteNode } from './rewrite.js'

/**
 * Computes what is constant: integers, booleans, intervals, casts of numbers, conditions that are
 * decided by one side. Only where the result is exactly what running it would give; division,
 * decimals and text are left to run.
 */
export function foldConstants(node: PlanNode): PlanNode {
  return rewriteNode(node, (each) => rewriteExpressionsOf(each, foldExpression))
}

/** The same expression, its constant parts computed. Its type stays but for NOT NULL. */
export function foldExpression(expression: Expression): Expression {
  return rewriteExpression(expression, fold)
}

function fold(expression: Expression): Expression {
  switch (expression.kind) {
    case 'call':
      return foldCall(expression)
    case 'cast':
      return foldCast(expression)
    case 'case':
      return foldCase(expression)
    default:
      return expression
  }
}

type CallOf = Extract<Expression, { kind: 'call' }>

function foldCall(call: CallOf): Expression {
  const [left, right] = call.arguments
  switch (call.function) {
    case 'AND':
      return foldLogic(call, false)
    case 'OR':
      return foldLogic(call, true)
    case 'NOT':
      return isBoolean(left) ? literal(left.value === null ? null : !left.value, call.type) : call
    case 'IS NULL':
    case 'IS NOT NULL':
      return foldNullTest(call)
    case '+':
    case '-':
    case '*':
      return foldArithmetic(call, left, right)
    case 'NEGATE':
      return foldNegation(call, left)
    default:
      return call
  }
}

function isBoolean(expression: Expression | undefined): expression is Literal {
  return expression?.kind === 'literal' && expression.type.kind === 'boolean'
}

function isValue(expression: Expression | undefined): expression is Literal {
  return expression?.kind === 'literal' && expression.value !== null
}

function literal(value: Literal['value'], type: DataType): Literal {
  return { kind: 'literal', value, type: withNullable(type, value === null) }
}

/** AND is decided by one FALSE, OR by one TRUE; the other constant drops out. */
function foldLogic(call: CallOf, decisive: boolean): Expression {
  const operands = call.arguments
  if (operands.some((each) => isBoolean(each) && each.value === decisive)) {
    return literal(decisive, call.type)
  }
  const rest = operands.filter((each) => !isBoolean(each) || each.value === null)
  const [only] = rest
  if (only === undefined) return literal(!decisive, call.type)
  if (rest.length === 1) return only
  return rest.length === operands.length ? call : { ...call, arguments: rest }
}

/** What is never NULL needs no test. */
function foldNullTest(call: CallOf): Expression {
  const [operand] = call.arguments
  if (operand === undefined) return call
  const wantsNull = call.function === 'IS NULL'
  if (operand.kind === 'literal') {
    return literal((operand.value === null) === wantsNull, call.type)
  }
  return operand.type.nullable ? call : literal(!wantsNull, call.type)
}

const integerBits = { tinyint: 8, smallint: 16, int: 32, bigint: 64 } as const

/** An integer that wraps around at the ends of its type, as it does in Flink. */
function integerLiteral(value: bigint, type: DataType): Expression | undefined {
  if (!isIntegerKind(type.kind)) return undefined
  const wrapped = BigInt.asIntN(integerBits[type.kind], value)
  return literal(type.kind === 'bigint' ? wrapped : Number(wrapped), type)
}

function isIntegerKind(kind: DataType['kind']): kind is keyof typeof integerBits {
  return Object.hasOwn(integerBits, kind)
}

function foldArithmetic(
  call: CallOf,
  left: Expression | undefined,
  right: Expression | undefined,
): Expression {
  if (!isValue(left) || !isValue(right)) return call
  if (isInteger(left.type) && isInteger(right.type)) {
    const [first, second] = [BigInt(String(left.value)), BigInt(String(right.value))]
    const result = { '+': first + second, '-': first - second, '*': first * second }
    const value = result[call.function as keyof typeof result]
    return integerLiteral(value, call.type) ?? call
  }
  if (call.type.kind !== 'interval' || call.function === '*') return call
  const [first, second] = [Number(left.value), Number(right.value)]
  return literal(call.function === '+' ? first + second : first - second, call.type)
}

function foldNegation(call: CallOf, operand: Expression | undefined): Expression {
  if (!isValue(operand)) return call
  switch (operand.type.kind) {
    case 'decimal': {
      const digits = String(operand.value)
      const zero = /^[-0.]*$/.test(digits)
      if (zero) return operand
      return literal(digits.startsWith('-') ? digits.slice(1) : `-${digits}`, call.type)
    }
    case 'double':
    case 'float':
    case 'interval':
      return literal(-Number(operand.value), call.type)
    default:
      return integerLiteral(-BigInt(String(operand.value)), call.type) ?? call
  }
}

/** A NULL of another type, and numbers, texts and times that lose nothing. */
function foldCast(cast: Extract<Expression, { kind: 'cast' }>): Expression {
  const { input, type } = cast
  if (input.kind !== 'literal') return cast
  if (input.value === null) return literal(null, type)
  const from = input.type
  if (isInteger(from)) {
    if (type.kind === 'double') {
      const exact = Number.isSafeInteger(Number(input.value))
      return exact ? literal(Number(input.value), type) : cast
    }
    if (isInteger(type)) return integerLiteral(BigInt(String(input.value)), type) ?? cast
    return cast
  }
  if (isText(from) && type.kind === 'varchar') {
    return type.length >= from.length ? literal(input.value, type) : cast
  }
  if (isTimestamp(from) && type.kind === from.kind) {
    return 'precision' in type && type.precision >= from.precision
      ? literal(input.value, type)
      : cast
  }
  if (from.kind === 'decimal' && type.kind === 'double') {
    return literal(Number(input.value), type)
  }
  if (from.kind === 'decimal' && type.kind === 'decimal') {
    const digits = type.precision - type.scale
    const grows = type.scale >= from.scale && digits >= from.precision - from.scale
    if (!grows) return cast
    const [whole = '0', fraction = ''] = String(input.value).split('.')
    const padded = fraction.padEnd(type.scale, '0')
    return literal(type.scale === 0 ? whole : `${whole}.${padded}`, type)
  }
  return cast
}

/** Branches that never come are left out, and what follows one that always comes. */
function foldCase(expression: Extract<Expression, { kind: 'case' }>): Expression {
  const branches: (typeof expression.branches)[number][] = []
  let { otherwise } = expression
  for (const { when, then } of expression.branches) {
    if (isBoolean(when) && when.value !== true) continue
    if (isBoolean(when)) {
      otherwise = then
      break
    }
    branches.push(branchOf(when, then))
  }
  return branches.length === 0 ? otherwise : { ...expression, branches, otherwise }
}
