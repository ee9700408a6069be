import { asDecimal, decimalResult, decimalRound, decimalWhole } from '../decimal.js'
import type { Expression } from '../expression.js'
import type { DataType } from '../type.js'
import { isInteger, isText } from '../type-family.js'
import {
  always,
  byteString,
  exactNumber,
  type FunctionDefinition,
  integer,
  number,
  same,
  string,
  text,
  textual,
} from './definition.js'

const operators = {
  '+': 'sum; integers wrap around; a time plus an interval',
  '-': 'difference; integers wrap around; a time minus an interval',
  '*': 'product; integers wrap around; an interval times an integer',
  '/': 'quotient; of integers cut towards zero; integers and decimals by zero fail',
  '%': 'remainder, with the sign of the first; by zero it fails',
} as const

type Operator = keyof typeof operators

/** DOUBLE of numbers. */
const double = (name: string, meaning: string, count = 1): FunctionDefinition => ({
  name,
  meaning,
  parameters: Array.from({ length: count }, () => number),
  result: always('double'),
})

const constant = (name: string, meaning: string): FunctionDefinition => ({
  ...double(name, meaning, 0),
  nullable: 'never',
})

/** Of the type of its argument. */
const keeping = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning,
  parameters: [number],
  result: same(0),
})

const toDigits = (name: string, meaning: string): FunctionDefinition => ({
  name,
  meaning: `to the digits after the point that the second says (0 when absent), ${meaning}`,
  parameters: [number, integer],
  required: 1,
  result: roundResult,
})

export const arithmeticFunctions: readonly FunctionDefinition[] = [
  ...(Object.keys(operators) as Operator[]).map(
    (name): FunctionDefinition => ({
      name,
      meaning: operators[name],
      written: `number ${name} number`,
      parameters: name === '%' ? [exactNumber, exactNumber] : [number, number],
      result: ([left, right]) => arithmeticResult(name, left, right),
    }),
  ),
  { ...keeping('NEGATE', 'the number with the other sign'), written: '-number' },
  keeping('ABS', 'the number without its sign'),
  { ...keeping('CEIL', 'the next whole number'), result: whole },
  { ...keeping('FLOOR', 'the whole number before'), result: whole },
  keeping('SIGN', '-1, 0 or 1'),
  toDigits('ROUND', 'half away from 0'),
  toDigits('TRUNCATE', 'cut'),
  double('POWER', 'the first to the power of the second', 2),
  double('SQRT', 'square root'),
  double('EXP', 'e to the power'),
  double('LN', 'natural logarithm'),
  double('LOG10', 'logarithm to base 10'),
  double('LOG2', 'logarithm to base 2'),
  {
    ...double('LOG', 'natural logarithm; of two, that of the second to the base of the first', 2),
    required: 1,
  },
  double('SIN', 'sine'),
  double('SINH', 'hyperbolic sine'),
  double('COS', 'cosine'),
  double('COSH', 'hyperbolic cosine'),
  double('TAN', 'tangent'),
  double('TANH', 'hyperbolic tangent'),
  double('COT', 'cotangent'),
  double('ASIN', 'arc sine'),
  double('ACOS', 'arc cosine'),
  double('ATAN', 'arc tangent'),
  double('ATAN2', 'the angle of the point (second, first)', 2),
  double('DEGREES', 'an angle in radians, in degrees'),
  double('RADIANS', 'an angle in degrees, in radians'),
  constant('PI', 'the double nearest to pi'),
  constant('E', 'the double nearest to e'),
  {
    ...double('RAND', 'a number from 0 (included) to 1 (excluded), another one for each row'),
    parameters: [integer],
    required: 0,
    nullable: 'never',
    volatile: true,
    refuses: withoutSeed('RAND', 0),
  },
  {
    name: 'RAND_INTEGER',
    meaning: 'a whole number from 0 (included) to the bound (excluded), which is positive',
    parameters: [integer, integer],
    required: 1,
    result: always('int'),
    volatile: true,
    refuses: withoutSeed('RAND_INTEGER', 1),
  },
  { ...keeping('BIN', 'an integer in binary digits'), parameters: [integer], result: string },
  {
    ...textual('HEX', 'an integer, or the bytes of a string, in hexadecimal digits', []),
    parameters: [
      { accepts: (type) => isInteger(type) || isText(type), described: 'integer or string' },
    ],
  },
  {
    name: 'UNHEX',
    meaning: 'the bytes that hexadecimal digits stand for; NULL where they are none',
    parameters: [text],
    result: byteString,
    nullable: 'always',
  },
]

/** `most`: how many arguments it has without a seed. */
function withoutSeed(name: string, most: number): FunctionDefinition['refuses'] {
  return ({ length }) => {
    if (length <= most) return undefined
    const hint = 'leave the seed out: its numbers would begin again whenever the job is started'
    return { index: 0, what: `${name} with a seed`, hint }
  }
}

/** Flink's type of an arithmetic operation on two numbers, but for NULL. */
function arithmeticResult(
  operator: Operator,
  left: DataType | undefined,
  right: DataType | undefined,
): DataType {
  if (left === undefined || right === undefined) throw new Error(`${operator} has two operands`)
  const leftDecimal = asDecimal(left)
  const rightDecimal = asDecimal(right)
  if (leftDecimal === undefined || rightDecimal === undefined) return approximate(left, right)
  if (left.kind === 'decimal' || right.kind === 'decimal') {
    return decimalResult(operator, leftDecimal, rightDecimal)
  }
  if (operator === '%') return right
  // The wider integer has more digits.
  return leftDecimal.precision >= rightDecimal.precision ? left : right
}

function approximate(left: DataType, right: DataType): DataType {
  // A FLOAT on the left of a DOUBLE makes a FLOAT, in Flink.
  const float = left.kind === 'float' && right.kind !== 'decimal'
  const both = float || (isInteger(left) && right.kind === 'float')
  return { kind: both ? 'float' : 'double', nullable: true }
}

function whole(types: readonly DataType[]): DataType {
  const type = same(0)(types)
  return type.kind === 'decimal' ? decimalWhole(type) : type
}

function roundResult(types: readonly DataType[], values: readonly Expression[]): DataType {
  const type = same(0)(types)
  if (type.kind !== 'decimal') return type
  const digits = values[1]
  if (digits === undefined) return decimalRound(type, 0)
  return digits.kind === 'literal' ? decimalRound(type, Number(digits.value)) : type
}
