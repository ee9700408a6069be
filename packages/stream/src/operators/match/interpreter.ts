import type { Call, Case, Cast, Expression, Literal } from '../../plan/expression.js'
import type { DataType } from '../../plan/type.js'
import { isApproximate, isText, isTimestamp } from '../../plan/type-family.js'
import { isInteger } from '../duckdb/integers.js'
import { arithmetic } from './interpreted-arithmetic.js'
import { compareValues, type Value } from './value.js'

/** The value of an expression, given those of its columns by their indexes. */
export type Interpreted = (column: (index: number) => Value) => Value

/**
 * An expression that is computed here, one value at a time, with what DuckDB would make of it:
 * comparisons, logic, sums and products, and what they need. Undefined for any other.
 */
export function interpreted(expression: Expression): Interpreted | undefined {
  switch (expression.kind) {
    case 'column': {
      const { index } = expression
      return isInterpretable(expression.type) ? (column) => column(index) : undefined
    }
    case 'literal':
      return interpretedLiteral(expression)
    case 'cast':
      return interpretedCast(expression)
    case 'case':
      return interpretedCase(expression)
    case 'call':
      return interpretedCall(expression)
  }
}

/** Values that are compared as they lie; of texts in CHAR the blanks behind them would count. */
function isInterpretable({ kind }: DataType): boolean {
  return !['array', 'map', 'multiset', 'row', 'char'].includes(kind)
}

function interpretedLiteral({ value, type }: Literal): Interpreted | undefined {
  const constant = literalValue(value, type)
  return constant === undefined ? undefined : () => constant
}

function literalValue(value: Literal['value'], type: DataType): Value | undefined {
  if (value === null) return null
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'date':
    case 'double':
      return value
    case 'bigint':
      return BigInt(value)
    case 'char':
    case 'varchar':
      return String(value)
    case 'decimal': {
      const [whole = '', fraction = ''] = String(value).split('.')
      if (!/^-?\d*$/.test(whole) || !/^\d*$/.test(fraction)) return undefined
      return BigInt(`${whole}${fraction.padEnd(type.scale, '0')}`)
    }
    case 'time':
    case 'timestamp':
    case 'timestampLtz':
      return BigInt(Math.round(Number(value) * 1000))
    // Of months nothing is computed here.
    case 'interval':
      return type.unit === 'millisecond' ? BigInt(Math.round(Number(value) * 1000)) : undefined
    default:
      return undefined
  }
}

/** Digits of the largest value of each integer type, the narrowest first. */
const digits = { tinyint: 3, smallint: 5, int: 10, bigint: 19 } as const

function interpretedCast({ input, type }: Cast): Interpreted | undefined {
  const value = interpreted(input)
  const convert = conversion(input.type, type)
  if (value === undefined || convert === undefined) return undefined
  return (column) => {
    const before = value(column)
    return before === null ? null : convert(before)
  }
}

type Convert = (value: Exclude<Value, null>) => Value

/** Conversions that lose nothing and never fail. */
function conversion(from: DataType, to: DataType): Convert | undefined {
  const asItIs: Convert = (value) => value
  if (isInteger(from)) {
    if (isInteger(to) && digits[from.kind] <= digits[to.kind]) {
      return to.kind === 'bigint' ? (value) => BigInt(value as number | bigint) : asItIs
    }
    if (to.kind === 'double') return (value) => Number(value)
    if (to.kind === 'decimal' && to.precision - to.scale >= digits[from.kind]) {
      const scale = 10n ** BigInt(to.scale)
      return (value) => BigInt(value as number | bigint) * scale
    }
    return undefined
  }
  if (from.kind === 'decimal' && to.kind === 'decimal') {
    if (to.scale < from.scale || to.precision - to.scale < from.precision - from.scale) {
      return undefined
    }
    const scale = 10n ** BigInt(to.scale - from.scale)
    return (value) => (value as bigint) * scale
  }
  if (from.kind === 'float' && to.kind === 'double') return asItIs
  if (isText(from) && to.kind === 'varchar' && to.length >= from.length) return asItIs
  if (isTimestamp(from) && from.kind === to.kind && to.precision >= from.precision) return asItIs
  return from.kind === to.kind && ['boolean', 'double', 'float', 'date'].includes(to.kind)
    ? asItIs
    : undefined
}

function interpretedCase({ branches, otherwise }: Case): Interpreted | undefined {
  const last = interpreted(otherwise)
  const arms = branches.map(({ when, then }) => [interpreted(when), interpreted(then)] as const)
  if (last === undefined) return undefined
  const known: (readonly [Interpreted, Interpreted])[] = []
  for (const [when, result] of arms) {
    if (when === undefined || result === undefined) return undefined
    known.push([when, result])
  }
  return (column) => {
    for (const [when, result] of known) if (when(column) === true) return result(column)
    return last(column)
  }
}

function interpretedCall(call: Call): Interpreted | undefined {
  if (call.user !== undefined) return undefined
  const operands = call.arguments.map(interpreted)
  const values = operands.filter((each) => each !== undefined)
  if (values.length < operands.length) return undefined
  const [first, second, third] = values
  if (first === undefined) return undefined
  switch (call.function) {
    case 'AND':
      return logic(values, false)
    case 'OR':
      return logic(values, true)
    case 'NOT':
      return (column) => {
        const value = first(column)
        return value === null ? null : value !== true
      }
    case 'IS NULL':
      return (column) => first(column) === null
    case 'IS NOT NULL':
      return (column) => first(column) !== null
    case 'IS TRUE':
      return (column) => first(column) === true
    case 'IS NOT TRUE':
      return (column) => first(column) !== true
    case 'IS FALSE':
      return (column) => first(column) === false
    case 'IS NOT FALSE':
      return (column) => first(column) !== false
  }
  if (second === undefined) return undefined
  if (call.function === 'BETWEEN' && third !== undefined) {
    const [above, below] = [comparison('>=', call.arguments), comparison('<=', call.arguments)]
    if (above === undefined || below === undefined) return undefined
    return logic([(c) => above(first(c), second(c)), (c) => below(first(c), third(c))], false)
  }
  if (call.function === 'IN') {
    const equal = comparison('=', call.arguments)
    if (equal === undefined) return undefined
    return logic(
      values.slice(1).map(
        (each): Interpreted =>
          (column) =>
            equal(first(column), each(column)),
      ),
      true,
    )
  }
  const compute = comparison(call.function, call.arguments) ?? arithmetic(call)
  return compute && ((column) => compute(first(column), second(column)))
}

/** AND, which FALSE decides, or OR, which TRUE does. */
function logic(operands: readonly Interpreted[], decisive: boolean): Interpreted {
  return (column) => {
    let isUnknown = false
    for (const operand of operands) {
      const value = operand(column)
      if (value === decisive) return decisive
      isUnknown ||= value === null
    }
    return isUnknown ? null : !decisive
  }
}

const outcomes: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** Of values of one type. In Java NaN equals nothing and is in no order. */
function comparison(
  operator: string,
  operands: readonly Expression[],
): ((left: Value, right: Value) => Value) | undefined {
  const outcome = outcomes[operator]
  const [left] = operands
  if (outcome === undefined || left === undefined) return undefined
  if (operands.some(({ type }) => kindOf(type) !== kindOf(left.type))) return undefined
  const isFloating = isApproximate(left.type)
  return (one, other) => {
    if (one === null || other === null) return null
    if (isFloating && (Number.isNaN(one) || Number.isNaN(other))) return operator === '<>'
    return outcome(compareValues(one, other))
  }
}

/** What two types must have in common for their values to be compared as they are. */
function kindOf(type: DataType): string {
  if (isText(type)) return 'text'
  if (isInteger(type)) return type.kind === 'bigint' ? 'bigint' : 'int'
  return type.kind === 'decimal' ? `decimal ${type.scale}` : type.kind
}
