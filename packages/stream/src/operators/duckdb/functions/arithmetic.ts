import type { DataType } from '../../../plan/type.js'
import { isApproximate } from '../../../plan/type-family.js'
import { dividedDecimals } from '../decimals.js'
import { integerBits, isInteger, widerName, wrapped } from '../integers.js'
import { failure } from '../text.js'
import { duckdbTypeName } from '../types.js'
import { rounded, toDigits, truncated } from './digits.js'
import {
  argument,
  type FunctionRule,
  type FunctionRules,
  type Input,
  infix,
  named,
  scripted,
  template,
} from './rule.js'

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
    if (isApproximate(type)) return infix(operator)(promoted(inputs), type)
    if (type.kind === 'date') return onDate(operator, inputs, type)
    return infix(operator)(inputs, type)
  }

/** DuckDB's random numbers have 32 bits or more, a bound 31. */
const randomInteger: FunctionRule = (inputs) => {
  const bound = argument(inputs, 0).sql
  const number = `CAST(floor(random() * (${bound})) AS INTEGER)`
  return `CASE WHEN (${bound}) > 0 THEN ${number} WHEN (${bound}) <= 0 THEN ${failure('the bound of RAND_INTEGER is not positive')} END`
}

/** A date moves by the whole days of an interval, cut towards zero. */
const onDate = (operator: string, inputs: readonly Input[], type: DataType): string => {
  const interval = argument(inputs, 1)
  if (interval.type.kind !== 'interval' || interval.type.unit === 'month') {
    return infix(operator)(inputs, type)
  }
  const days = `CAST(trunc(epoch(${interval.sql}) / 86400) AS INTEGER)`
  return `(${argument(inputs, 0).sql}) ${operator} ${days}`
}

/** As Java promotes numbers: a FLOAT with a whole number is one, with anything else a DOUBLE. */
function promoted(inputs: readonly Input[]): readonly Input[] {
  const isFloat = inputs.every(({ type }) => type.kind === 'float' || isInteger(type))
  const name = isFloat ? 'FLOAT' : 'DOUBLE'
  return inputs.map((input) => ({ ...input, sql: `CAST(${input.sql} AS ${name})` }))
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
  if (!isInteger(type)) return infix('/')(promoted(inputs), type)
  const wider = widerName(type.kind)
  const divisor = `CAST(${nonZero(right.sql)} AS ${wider})`
  return wrapped(`(CAST(${left.sql} AS ${wider}) // ${divisor})`, type.kind)
}

const remainder: FunctionRule = (inputs, type) => {
  const { sql } = argument(inputs, 1)
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

/** Java's: NaN below zero and -Infinity at zero, where DuckDB fails. */
const logarithm = (name: string) =>
  template(
    `CASE WHEN $0 > 0 THEN ${name}(CAST($0 AS DOUBLE)) WHEN $0 = 0 THEN '-Infinity'::DOUBLE WHEN $0 < 0 THEN 'NaN'::DOUBLE END`,
  )

/** Of whole numbers: as they are. */
const whole =
  (name: 'ceil' | 'floor'): FunctionRule =>
  (inputs, type) =>
    isInteger(type) ? argument(inputs, 0).sql : named(name)(inputs, type)

const sign: FunctionRule = (inputs, type) => {
  const { sql } = argument(inputs, 0)
  return isApproximate(type)
    ? `CASE WHEN isnan(${sql}) THEN ${sql} ELSE sign(${sql}) END`
    : `sign(${sql})`
}

/** Of a double; beyond what the function is defined for it is NaN in Java, and fails in DuckDB. */
const within = (defined: string, sql: string) =>
  template(`CASE WHEN ${defined} THEN ${sql} WHEN $0 IS NOT NULL THEN 'NaN'::DOUBLE END`)
const ofAngle = (sql: string) => within('isfinite(CAST($0 AS DOUBLE))', sql)
const ofDouble = (name: string) => template(`${name}(CAST($0 AS DOUBLE))`)

/** Java's quotient of two natural logarithms. */
const logarithmToBase: FunctionRule = (inputs, type) => {
  const natural = (input: Input) => logarithm('ln')([input], type)
  const [first, second] = inputs
  if (first === undefined || second === undefined) return logarithm('ln')(inputs, type)
  return `(${natural(second)}) / (${natural(first)})`
}

/** In two's complement, of 64 bits where it is negative. */
const digits =
  (name: 'bin' | 'hex'): FunctionRule =>
  (inputs) => {
    const { sql, type } = argument(inputs, 0)
    return isInteger(type) ? `${name}(CAST(${sql} AS BIGINT))` : `${name}(${sql})`
  }

export const arithmeticFunctions: FunctionRules = [
  ['RAND', named('random')],
  ['RAND_INTEGER', randomInteger],
  ['+', arithmetic('+')],
  ['-', arithmetic('-')],
  ['*', arithmetic('*')],
  ['/', divide],
  ['%', remainder],
  ['NEGATE', negate],
  ['ABS', absolute],
  ['CEIL', whole('ceil')],
  ['FLOOR', whole('floor')],
  ['SIGN', sign],
  ['ROUND', toDigits(rounded)],
  ['TRUNCATE', toDigits(truncated)],
  ['POWER', template('power(CAST($0 AS DOUBLE), CAST($1 AS DOUBLE))')],
  ['SQRT', within('$0 >= 0', 'sqrt(CAST($0 AS DOUBLE))')],
  ['EXP', ofDouble('exp')],
  ['LN', logarithm('ln')],
  ['LOG10', logarithm('log10')],
  ['LOG2', (inputs, type) => `(${logarithm('ln')(inputs, type)}) / ln(2::DOUBLE)`],
  ['LOG', logarithmToBase],
  ['SIN', ofAngle('sin(CAST($0 AS DOUBLE))')],
  ['SINH', ofDouble('sinh')],
  ['COS', ofAngle('cos(CAST($0 AS DOUBLE))')],
  ['COSH', ofDouble('cosh')],
  ['TAN', ofAngle('tan(CAST($0 AS DOUBLE))')],
  ['TANH', ofDouble('tanh')],
  ['COT', ofAngle('1::DOUBLE / tan(CAST($0 AS DOUBLE))')],
  ['ASIN', within('abs(CAST($0 AS DOUBLE)) <= 1', 'asin(CAST($0 AS DOUBLE))')],
  ['ACOS', within('abs(CAST($0 AS DOUBLE)) <= 1', 'acos(CAST($0 AS DOUBLE))')],
  ['ATAN', ofDouble('atan')],
  ['ATAN2', template('atan2(CAST($0 AS DOUBLE), CAST($1 AS DOUBLE))')],
  // In Java's order of operations.
  ['DEGREES', template('CAST($0 AS DOUBLE) * (180::DOUBLE / pi())')],
  ['RADIANS', template('CAST($0 AS DOUBLE) * (pi() / 180::DOUBLE)')],
  ['PI', template('pi()')],
  ['E', template('exp(1::DOUBLE)')],
  ['BIN', digits('bin')],
  ['HEX', digits('hex')],
  ['UNHEX', scripted('unhex')],
]
