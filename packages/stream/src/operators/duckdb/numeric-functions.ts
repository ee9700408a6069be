import type { DataType } from '../../plan/type.js'
import { dividedDecimals } from './decimals.js'
import {
  argument,
  type FunctionRule,
  type FunctionRules,
  type Input,
  infix,
  literalText,
  named,
  template,
} from './function-rule.js'
import { integerBits, isInteger, widerName, wrapped } from './integers.js'
import { failure } from './text.js'
import { duckdbTypeName } from './types.js'

/** Digits of the largest value of each integer type: its DECIMAL. */
const integerDigits = { 8: 3, 16: 5, 32: 10, 64: 19 } as const

/** Integers in a wider type, cut back; decimals exact or NULL; times and intervals as they are. */
const arithmetic =
  (operator: '+' | '-' | '*'): FunctionRule =>
  (inputs, type) => {
    if (isInteger(type)) {
      const wider = widerName(type.kind)
      const widened = inputs.map(({ sql }) => `CAST(${sql} AS ${wider})`)
      return wrapped(`(${widened.join(` ${operator} `)})`, type.kind)
    }
    if (type.kind === 'decimal') return decimalOrNull(exactInfix(operator, inputs), type)
    return infix(operator)(inputs, type)
  }

/** A decimal with more digits than its type holds is NULL, in Flink. */
function decimalOrNull(sql: string, type: DataType): string {
  return `TRY_CAST(${sql} AS ${duckdbTypeName(type)})`
}

/** Integers beside decimals become decimals of all their digits. */
function exactInfix(operator: string, inputs: readonly Input[]): string {
  const exact = inputs.map(({ sql, type }) => {
    if (!isInteger(type)) return `(${sql})`
    const digits = integerDigits[integerBits(type.kind) as keyof typeof integerDigits]
    return `CAST(${sql} AS DECIMAL(${digits}, 0))`
  })
  return exact.join(` ${operator} `)
}

const divide: FunctionRule = (inputs, type) => {
  const left = argument(inputs, 0)
  const right = argument(inputs, 1)
  if (type.kind === 'decimal') return dividedDecimals(left, right, type)
  if (!isInteger(type)) return `CAST(${left.sql} AS DOUBLE) / CAST(${right.sql} AS DOUBLE)`
  const wider = widerName(type.kind)
  const divisor = `CAST(${nonZero(right.sql)} AS ${wider})`
  return wrapped(`(CAST(${left.sql} AS ${wider}) // ${divisor})`, type.kind)
}

const remainder: FunctionRule = (inputs, type) => {
  const { sql } = argument(inputs, 1)
  const isApproximate = type.kind === 'double' || type.kind === 'float'
  if (isApproximate) return `(${argument(inputs, 0).sql}) % (${sql})`
  if (!isInteger(type)) return `(${argument(inputs, 0).sql}) % (${nonZero(sql)})`
  // The least BIGINT by -1 overflows on the way, though its remainder is 0.
  const [left, right] = [argument(inputs, 0).sql, nonZero(sql)]
  return `CAST(${left} AS HUGEINT) % CAST(${right} AS HUGEINT)`
}

function nonZero(sql: string): string {
  return `CASE WHEN ${sql} = 0 THEN ${failure('Division by zero')} ELSE ${sql} END`
}

const negate: FunctionRule = (inputs, type) => {
  const { sql } = argument(inputs, 0)
  if (!isInteger(type)) return `-(${sql})`
  return wrapped(`(-CAST(${sql} AS ${widerName(type.kind)}))`, type.kind)
}

const absolute: FunctionRule = (inputs, type) => {
  const { sql } = argument(inputs, 0)
  if (!isInteger(type)) return `abs(${sql})`
  return wrapped(`abs(CAST(${sql} AS ${widerName(type.kind)}))`, type.kind)
}

/** NULL if any argument is: DuckDB's own skip NULLs. */
const extreme =
  (name: 'greatest' | 'least'): FunctionRule =>
  (inputs, type) => {
    const anyNull = inputs.map(({ sql }) => `(${sql}) IS NULL`).join(' OR ')
    return `CASE WHEN ${anyNull} THEN NULL ELSE ${named(name)(inputs, type)} END`
  }

/** Java's: NaN below zero and -Infinity at zero, where DuckDB fails. */
const logarithm = (name: string) =>
  template(
    `CASE WHEN $0 > 0 THEN ${name}(CAST($0 AS DOUBLE)) WHEN $0 = 0 THEN '-Infinity'::DOUBLE WHEN $0 < 0 THEN 'NaN'::DOUBLE END`,
  )

/**
 * Of a double, what is rounded are the digits that it is written with, as Java's BigDecimal.valueOf
 * has them: 1.005 becomes 1.01, though the nearest double lies below it. Beyond 10^17 a double has
 * no digits after the point; those beyond 20 of a small one decide nothing.
 */
const round: FunctionRule = (inputs, type) => {
  const { sql } = argument(inputs, 0)
  const digits = inputs[1]
  const isConstant = digits === undefined || digits.expression.kind === 'literal'
  if (type.kind !== 'double' || !isConstant) return named('round')(inputs, type)
  const places = digits === undefined ? 0 : Number(literalText(inputs, 1))
  const written = `CAST(CAST(${sql} AS VARCHAR) AS DECIMAL(38, 20))`
  const large = places < 0 ? `round(${sql}, ${places})` : sql
  return `CASE WHEN abs(${sql}) < 1e17 THEN CAST(round(${written}, ${places}) AS DOUBLE) ELSE ${large} END`
}

const sign: FunctionRule = (inputs, type) => {
  const { sql } = argument(inputs, 0)
  const isApproximate = type.kind === 'double' || type.kind === 'float'
  return isApproximate
    ? `CASE WHEN isnan(${sql}) THEN ${sql} ELSE sign(${sql}) END`
    : `sign(${sql})`
}

export const numericFunctions: FunctionRules = [
  ['+', arithmetic('+')],
  ['-', arithmetic('-')],
  ['*', arithmetic('*')],
  ['/', divide],
  ['%', remainder],
  ['NEGATE', negate],
  ['ABS', absolute],
  ['CEIL', named('ceil')],
  ['FLOOR', named('floor')],
  ['ROUND', round],
  ['POWER', template('power(CAST($0 AS DOUBLE), CAST($1 AS DOUBLE))')],
  [
    'SQRT',
    template(
      `CASE WHEN $0 < 0 THEN 'NaN'::DOUBLE WHEN $0 IS NOT NULL THEN sqrt(CAST($0 AS DOUBLE)) END`,
    ),
  ],
  ['EXP', template('exp(CAST($0 AS DOUBLE))')],
  ['LN', logarithm('ln')],
  ['LOG10', logarithm('log10')],
  ['SIGN', sign],
  ['GREATEST', extreme('greatest')],
  ['LEAST', extreme('least')],
]
