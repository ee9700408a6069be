import { asDecimal, decimalResult, decimalRound, decimalWhole } from './decimal.js'
import type { Expression } from './expression.js'
import { collectionFunctions, equatable, orderable } from './nested.js'
import { processingTimeFunction } from './processing-time.js'
import { type DataType, unboundedLength } from './type.js'
import { isBytes, isInteger, isNumeric, isTemporal, isText, isTimestamp } from './type-family.js'

/**
 * The scalar functions and operators that a plan may hold: what a `Call.function` can be, and what
 * it means. Whoever runs a plan gives each of these names its meaning; there are no others.
 *
 * Unless its line says otherwise, a function is NULL when any argument is.
 */
export interface FunctionDefinition {
  readonly name: string
  readonly meaning: string
  /** What each argument may be; the last one again for more when `variadic`. */
  readonly parameters: readonly Parameter[]
  /** How many arguments there must be; all parameters when absent. */
  readonly required?: number
  readonly variadic?: boolean
  /** Arguments (from the first, or from the index given) are cast to the one type they share. */
  readonly unify?: number
  /** Its type but for NULL, from the arguments as cast. */
  readonly result: (types: readonly DataType[], values: readonly Expression[]) => DataType
  /** When it may be NULL: if any argument may (absent), if all may, always, or never. */
  readonly nullable?: 'all' | 'always' | 'never'
}

/** A test of an argument's type, and the word for what passes it. */
export interface Parameter {
  readonly accepts: (type: DataType) => boolean
  readonly described: string
}

const any: Parameter = { accepts: (type) => type.kind !== 'interval', described: 'value' }
const number: Parameter = { accepts: isNumeric, described: 'number' }
const integer: Parameter = { accepts: isInteger, described: 'integer' }
const boolean: Parameter = { accepts: (type) => type.kind === 'boolean', described: 'boolean' }
const text: Parameter = { accepts: isText, described: 'string' }
const textOrBytes: Parameter = {
  accepts: (type) => isText(type) || isBytes(type),
  described: 'string',
}
const temporal: Parameter = { accepts: isTemporal, described: 'time' }
const dateOrTimestamp: Parameter = {
  accepts: (type) => isTimestamp(type) || type.kind === 'date',
  described: 'date or timestamp',
}
const unit: Parameter = { accepts: isText, described: 'unit of time' }

const always = (kind: 'boolean' | 'int' | 'bigint' | 'double') => (): DataType => ({
  kind,
  nullable: true,
})
const string = (): DataType => ({ kind: 'varchar', length: unboundedLength, nullable: true })
const same =
  (index: number) =>
  (types: readonly DataType[]): DataType => {
    const type = types[index]
    if (type === undefined) throw new Error(`there is no argument ${index}`)
    return type
  }

const comparison = (name: string, meaning: string, parameter = orderable): FunctionDefinition => ({
  name,
  meaning,
  parameters: [parameter, parameter],
  unify: 0,
  result: always('boolean'),
})
const test = (name: string, meaning: string, parameter = boolean): FunctionDefinition => ({
  name,
  meaning,
  parameters: [parameter],
  result: always('boolean'),
  nullable: 'never',
})
const double = (name: string, meaning: string, count = 1): FunctionDefinition => ({
  name,
  meaning,
  parameters: Array.from({ length: count }, () => number),
  result: always('double'),
})
const textual = (
  name: string,
  meaning: string,
  parameters: readonly Parameter[],
  required = parameters.length,
): FunctionDefinition => ({ name, meaning, parameters, required, result: string })

/** VARCHAR of the length of its first argument. */
const varying = (types: readonly DataType[]): DataType => {
  const type = same(0)(types)
  return isText(type) ? { kind: 'varchar', length: type.length, nullable: true } : type
}

const definitions: readonly FunctionDefinition[] = [
  comparison('=', 'equal', equatable),
  comparison('<>', 'not equal', equatable),
  comparison('<', 'less'),
  comparison('<=', 'less or equal'),
  comparison('>', 'greater'),
  comparison('>=', 'greater or equal'),
  {
    ...comparison('IS DISTINCT FROM', 'not equal, where NULL equals NULL; never NULL', equatable),
    nullable: 'never',
  },
  {
    ...comparison('IS NOT DISTINCT FROM', 'equal, where NULL equals NULL; never NULL', equatable),
    nullable: 'never',
  },
  {
    ...comparison('BETWEEN', 'from the second to the third, both included'),
    parameters: [orderable, orderable, orderable],
  },
  {
    ...comparison(
      'IN',
      'equal to any of those after the first; NULL if none is and one is NULL',
      equatable,
    ),
    variadic: true,
  },
  {
    name: 'AND',
    meaning: 'both; FALSE if any is FALSE, even when another is NULL',
    parameters: [boolean, boolean],
    variadic: true,
    result: always('boolean'),
  },
  {
    name: 'OR',
    meaning: 'any; TRUE if any is TRUE, even when another is NULL',
    parameters: [boolean, boolean],
    variadic: true,
    result: always('boolean'),
  },
  { name: 'NOT', meaning: 'the opposite', parameters: [boolean], result: always('boolean') },
  test('IS NULL', 'is it NULL?', any),
  test('IS NOT NULL', 'is it anything but NULL?', any),
  test('IS TRUE', 'is it TRUE, not FALSE and not NULL?'),
  test('IS NOT TRUE', 'is it FALSE or NULL?'),
  test('IS FALSE', 'is it FALSE, not TRUE and not NULL?'),
  test('IS NOT FALSE', 'is it TRUE or NULL?'),

  ...(['+', '-', '*', '/', '%'] as const).map(
    (name): FunctionDefinition => ({
      name,
      meaning: {
        '+': 'sum; integers wrap around; a time plus an interval',
        '-': 'difference; integers wrap around; a time minus an interval',
        '*': 'product; integers wrap around; an interval times an integer',
        '/': 'quotient; of integers cut towards zero; integers and decimals by zero fail',
        '%': 'remainder, with the sign of the first; integers and decimals by zero fail',
      }[name],
      parameters: [number, number],
      result: ([left, right]) => arithmeticResult(name, left, right),
    }),
  ),
  {
    name: 'NEGATE',
    meaning: 'the number with the other sign',
    parameters: [number],
    result: same(0),
  },
  { name: 'ABS', meaning: 'the number without its sign', parameters: [number], result: same(0) },
  { name: 'CEIL', meaning: 'the next whole number', parameters: [number], result: whole },
  { name: 'FLOOR', meaning: 'the whole number before', parameters: [number], result: whole },
  {
    name: 'ROUND',
    meaning: 'to the digits after the point that the second says (0 when absent), half away from 0',
    parameters: [number, integer],
    required: 1,
    result: roundResult,
  },
  double('POWER', 'the first to the power of the second', 2),
  double('SQRT', 'square root'),
  double('EXP', 'e to the power'),
  double('LN', 'natural logarithm'),
  double('LOG10', 'logarithm to base 10'),
  { name: 'SIGN', meaning: '-1, 0 or 1', parameters: [number], result: same(0) },

  {
    name: 'COALESCE',
    meaning: 'the first argument that is not NULL',
    parameters: [any],
    variadic: true,
    unify: 0,
    result: same(0),
    nullable: 'all',
  },
  {
    name: 'NULLIF',
    meaning: 'NULL if both are equal, otherwise the first',
    parameters: [equatable, equatable],
    result: same(0),
    nullable: 'always',
  },
  ...(['GREATEST', 'LEAST'] as const).map(
    (name): FunctionDefinition => ({
      name,
      meaning: `the ${name === 'GREATEST' ? 'largest' : 'smallest'} of its arguments`,
      parameters: [orderable],
      variadic: true,
      unify: 0,
      result: same(0),
    }),
  ),

  { name: 'UPPER', meaning: 'in upper case', parameters: [text], result: same(0) },
  { name: 'LOWER', meaning: 'in lower case', parameters: [text], result: same(0) },
  {
    name: 'CHAR_LENGTH',
    meaning: 'number of characters',
    parameters: [text],
    result: always('int'),
  },
  ...['TRIM', 'TRIM LEADING', 'TRIM TRAILING'].map(
    (name): FunctionDefinition => ({
      name,
      meaning: `without the characters of the second (a space when absent) ${
        { TRIM: 'at both ends', 'TRIM LEADING': 'at the front' }[name] ?? 'at the end'
      }`,
      parameters: [text, text],
      required: 1,
      result: varying,
    }),
  ),
  {
    name: 'SUBSTRING',
    meaning: 'from the character that the second counts from 1, as many as the third says, or all',
    parameters: [text, integer, integer],
    required: 2,
    result: varying,
  },
  {
    name: '||',
    meaning: 'both strings, one after the other',
    parameters: [textOrBytes, textOrBytes],
    result: concatenated,
  },
  { ...textual('CONCAT', 'all strings, one after the other', [text]), variadic: true },
  textual('REPLACE', 'the first, with each occurrence of the second made the third', [
    text,
    text,
    text,
  ]),
  {
    name: 'POSITION',
    meaning: 'where the first begins in the second, counted from 1; 0 if it does not',
    parameters: [text, text],
    result: always('int'),
  },
  {
    name: 'LIKE',
    meaning: 'matches the pattern with % and _; the third is the escape character',
    parameters: [text, text, text],
    required: 2,
    result: always('boolean'),
  },

  ...collectionFunctions,

  {
    name: 'EXTRACT',
    meaning: 'the field that the first names (YEAR, DOW, …) of a time; DOW is 1 on Sunday',
    parameters: [unit, temporal],
    result: always('bigint'),
  },
  {
    name: 'FLOOR_TO',
    meaning: 'the beginning of the unit that the first names, in which the time lies',
    parameters: [unit, dateOrTimestamp],
    result: same(1),
  },
  {
    name: 'CEIL_TO',
    meaning: 'the end of the unit that the first names, in which the time lies, or the time itself',
    parameters: [unit, dateOrTimestamp],
    result: same(1),
  },
  {
    name: 'TIMESTAMPDIFF',
    meaning: 'whole units that the first names from the second time to the third',
    parameters: [unit, dateOrTimestamp, dateOrTimestamp],
    unify: 1,
    result: always('int'),
  },
  {
    name: 'TIMESTAMPADD',
    meaning: 'the time of the third, later by as many of the units as the second says',
    parameters: [unit, integer, dateOrTimestamp],
    result: same(2),
  },
  {
    name: processingTimeFunction,
    meaning: 'the time of the step, the same for all its rows',
    parameters: [],
    result: () => ({ kind: 'timestampLtz', precision: 3, nullable: false }),
    nullable: 'never',
  },
  {
    name: 'TO_TIMESTAMP_LTZ',
    meaning: 'seconds (second argument 0) or milliseconds (3) since 1970 as a point in time',
    parameters: [number, integer],
    result: () => ({ kind: 'timestampLtz', precision: 3, nullable: true }),
    nullable: 'always',
  },
]

/** The catalogue, by name. */
export const functions: ReadonlyMap<string, FunctionDefinition> = new Map(
  definitions.map((definition) => [definition.name, definition]),
)

/** May a script call it by its name? The others stand for signs and special forms. */
export function isCalledByName(name: string): boolean {
  return /^[A-Z]/.test(name) && !name.includes(' ') && !special.has(name)
}

const special = new Set([
  'AND',
  'OR',
  'NOT',
  'IN',
  'BETWEEN',
  'LIKE',
  'NEGATE',
  'FLOOR_TO',
  'CEIL_TO',
])

/** Other names that a script may use. */
export const functionSynonyms: ReadonlyMap<string, string> = new Map([
  ['CEILING', 'CEIL'],
  ['CHARACTER_LENGTH', 'CHAR_LENGTH'],
  ['MOD', '%'],
  ['SUBSTR', 'SUBSTRING'],
])

/** `NAME(number, string)`, for messages. */
export function signatureOf(definition: FunctionDefinition): string {
  const required = definition.required ?? definition.parameters.length
  const parameters = definition.parameters.map(({ described }, index) =>
    index < required ? described : `[${described}]`,
  )
  if (definition.variadic) parameters.push('…')
  return `${definition.name}(${parameters.join(', ')})`
}

/** Flink's type of an arithmetic operation on two numbers, but for NULL. */
function arithmeticResult(
  operator: '+' | '-' | '*' | '/' | '%',
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
  const float = [left, right].every((type) => type.kind === 'float' || isInteger(type))
  return { kind: float ? 'float' : 'double', nullable: true }
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

function concatenated(types: readonly DataType[]): DataType {
  const [left, right] = types
  if (left === undefined || right === undefined) throw new Error('|| has two operands')
  if (isText(left) && isText(right)) {
    const length = Math.min(unboundedLength, left.length + right.length)
    const kind = left.kind === 'char' && right.kind === 'char' ? 'char' : 'varchar'
    return { kind, length, nullable: true }
  }
  if (isBytes(left) && isBytes(right)) {
    return { kind: 'varbinary', length: unboundedLength, nullable: true }
  }
  return string()
}
