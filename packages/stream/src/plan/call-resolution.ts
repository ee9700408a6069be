import { type ExpressionNode, notSupported, type Span, SqlError } from '../sql/index.js'
import { castTo, commonType, untypedNull } from './coercion.js'
import { branchOf, type Expression } from './expression.js'
import type { FunctionDefinition } from './functions/definition.js'
import { checkUnit, isUnitOfClock } from './functions/time-unit.js'
import { unknownFunction } from './functions/unknown.js'
import { functionSynonyms, functions, signatureOf } from './functions.js'
import { parseTemporal } from './literal.js'
import { type DataType, unboundedLength } from './type.js'
import { isNumeric, isTemporal, isText, withNullable } from './type-family.js'
import { baseName, fullTypeName, typeName } from './type-name.js'

const arithmetic = ['+', '-', '*', '/', '%']
const comparisons = ['=', '<>', '<', '<=', '>', '>=', 'IN', 'BETWEEN']
/**
 * A call of the catalogue, its arguments checked and cast. `spans` and `nodes` are those of the
 * arguments, where the script has them.
 * @throws SqlError for an unknown function, or arguments that do not fit.
 */
export function callFunction(
  written: string,
  at: Span,
  values: readonly Expression[],
  spans: readonly Span[] = [],
  nodes: readonly ExpressionNode[] = [],
): Expression {
  const upper = written.toUpperCase()
  if (upper === 'IF') return callIf(at, values)
  const known = knownWhenPlanned(upper, at, values)
  if (known !== undefined) return known
  const special =
    callOfRows(upper, at, values) ??
    callOfTimes(upper, at, values) ??
    callWithUnit(upper, at, values, nodes)
  if (special !== undefined) return special
  const definition = functions.get(functionSynonyms.get(upper) ?? upper)
  if (definition === undefined) throw unknownFunction(written, at)
  return callDefinition(definition, at, values, spans)
}

/** Rows that are written out are compared field by field, with what NULL makes of that. */
function callOfRows(name: string, at: Span, values: readonly Expression[]): Expression | undefined {
  const rows = values.flatMap((value) => {
    return value.kind === 'call' && value.function === 'ROW' ? [value.arguments] : []
  })
  const [first, ...others] = rows
  if (first === undefined || others.length === 0 || rows.length < values.length) return undefined
  if (rows.some((row) => row.length !== first.length)) return undefined
  const joined = (operator: 'AND' | 'OR', parts: readonly Expression[]): Expression => {
    const [only, second] = parts
    return only !== undefined && second === undefined ? only : callFunction(operator, at, parts)
  }
  const equal = (row: readonly Expression[]) =>
    joined(
      'AND',
      first.map((value, index) => callFunction('=', at, [value, row[index] ?? value])),
    )
  switch (name) {
    case '=':
      return equal(others[0] ?? first)
    case '<>':
      return callFunction('NOT', at, [equal(others[0] ?? first)])
    case 'IN':
      return joined('OR', others.map(equal))
    default:
      return undefined
  }
}

function callDefinition(
  definition: FunctionDefinition,
  at: Span,
  values: readonly Expression[],
  spans: readonly Span[],
): Expression {
  checkCount(definition, at, values.length)
  const typed = typedArguments(definition, at, values)
  typed.forEach((value, index) => {
    const parameter = definition.parameters[Math.min(index, definition.parameters.length - 1)]
    if (parameter?.accepts(value.type) === false) {
      throw misfit(definition, spans[index] ?? at, value.type, parameter.described)
    }
  })
  const refusal = definition.refuses?.(typed)
  if (refusal !== undefined) {
    throw notSupported(refusal.what, spans[refusal.index] ?? at, refusal.hint)
  }
  const types = typed.map(({ type }) => type)
  const type = withNullable(definition.result(types, typed), mayBeNull(definition, types))
  return { kind: 'call', function: definition.name, arguments: typed, type }
}

function typedArguments(
  definition: FunctionDefinition,
  at: Span,
  values: readonly Expression[],
): readonly Expression[] {
  if (definition.coerce === undefined) {
    const typed = values.map((value, index) => typeNull(definition, value, index))
    return shareType(definition, at, typed)
  }
  const coerced = definition.coerce(values)
  if (coerced !== undefined) return coerced
  const names = values.map(({ type }) => typeName(withNullable(type, true)))
  throw new SqlError(
    `the arguments of ${definition.name} do not fit together: ${names.join(', ')}`,
    at,
    'CAST one of them',
  )
}

function checkCount(definition: FunctionDefinition, at: Span, count: number): void {
  const required = definition.required ?? definition.parameters.length
  const most = definition.variadic ? Number.POSITIVE_INFINITY : definition.parameters.length
  if (count >= required && count <= most) return
  const given = count === 1 ? '1 argument' : `${count} arguments`
  throw new SqlError(
    `${definition.name} does not take ${given}`,
    at,
    `write ${signatureOf(definition)}`,
  )
}

/** A NULL without a type takes the one that the function would accept. */
function typeNull(definition: FunctionDefinition, value: Expression, index: number): Expression {
  if (value !== untypedNull || definition.unify !== undefined) return value
  const parameter = definition.parameters[Math.min(index, definition.parameters.length - 1)]
  const candidates: readonly DataType[] = [
    { kind: 'int', nullable: true },
    { kind: 'boolean', nullable: true },
    { kind: 'varchar', length: 1, nullable: true },
    { kind: 'timestamp', precision: 3, nullable: true },
  ]
  const type = candidates.find((candidate) => parameter?.accepts(candidate))
  return type === undefined ? value : castTo(value, type)
}

/** Casts to the one type they share those arguments that must share one. */
function shareType(
  definition: FunctionDefinition,
  at: Span,
  values: readonly Expression[],
): readonly Expression[] {
  const from = definition.unify
  if (from === undefined) return values
  const sharing = timesFromText(values.slice(from))
  if (sharing.every((value) => value === untypedNull)) {
    return [
      ...values.slice(0, from),
      ...sharing.map((value) => castTo(value, { kind: 'int', nullable: true })),
    ]
  }
  const type = commonType(sharing)
  if (type !== undefined) {
    return [...values.slice(0, from), ...sharing.map((value) => castTo(value, type))]
  }
  const names = [
    ...new Set(
      sharing.filter((value) => value !== untypedNull).map((value) => baseName(value.type)),
    ),
  ]
  const comparison = comparisons.includes(definition.name) || definition.name.startsWith('IS ')
  throw new SqlError(
    comparison
      ? `${names.join(' and ')} cannot be compared with ${definition.name}`
      : `the arguments of ${definition.name} have no common type: ${names.join(', ')}`,
    at,
    'CAST one of them to the type of the other',
  )
}

/** A string literal beside times is read as a time, as Flink does in comparisons. */
function timesFromText(values: readonly Expression[]): readonly Expression[] {
  const time = values.find(({ type }) => isTemporal(type))?.type
  if (time === undefined) return values
  return values.map((value) => {
    if (value.kind !== 'literal' || !isText(value.type) || value === untypedNull) return value
    const name = time.kind === 'date' ? 'DATE' : time.kind === 'time' ? 'TIME' : 'TIMESTAMP'
    const parsed = parseTemporal(name, String(value.value).trim())
    if (parsed === undefined) return value
    // The session's time zone is UTC: a reading of the clock is a point in time.
    return time.kind === 'timestampLtz' && parsed.type.kind === 'timestamp'
      ? { ...parsed, type: { ...parsed.type, kind: 'timestampLtz' } }
      : parsed
  })
}

function mayBeNull(definition: FunctionDefinition, types: readonly DataType[]): boolean {
  switch (definition.nullable) {
    case 'never':
      return false
    case 'always':
      return true
    case 'first':
      return types[0]?.nullable !== false
    case 'last':
      return types.at(-1)?.nullable !== false
    case 'all':
      return types.every(({ nullable }) => nullable)
    default:
      return types.some(({ nullable }) => nullable)
  }
}

function misfit(
  definition: FunctionDefinition,
  at: Span,
  type: DataType,
  wanted: string,
): SqlError {
  const { name } = definition
  const article = /^[aeiou]/.test(wanted) ? 'an' : 'a'
  if (type.kind === 'interval') {
    return new SqlError(`${name} takes no interval`, at, 'add it to a time first')
  }
  const hint =
    arithmetic.includes(name) && isText(type)
      ? 'CAST it to a number, or use || to join strings'
      : `CAST it to ${article} ${wanted}`
  return new SqlError(`${name} takes ${article} ${wanted}, not ${baseName(type)}`, at, hint)
}

/** Plus and minus between times and intervals, and an interval times a number. */
function callOfTimes(
  operator: string,
  at: Span,
  [left, right]: readonly Expression[],
): Expression | undefined {
  if (operator === 'NEGATE' && left?.type.kind === 'interval') {
    return { kind: 'call', function: 'NEGATE', arguments: [left], type: left.type }
  }
  if (left === undefined || right === undefined || !arithmetic.includes(operator)) return undefined
  if (isTemporal(left.type) && isTemporal(right.type)) {
    throw new SqlError(
      `${operator} between two times is not defined`,
      at,
      'use TIMESTAMPDIFF(SECOND, earlier, later), with the unit that you want',
    )
  }
  if (right.type.kind !== 'interval' && left.type.kind !== 'interval') return undefined
  const nullable = left.type.nullable || right.type.nullable
  const call = (type: DataType, first = left, second = right): Expression => ({
    kind: 'call',
    function: operator,
    arguments: [first, second],
    type: withNullable(type, nullable),
  })
  if (operator === '*') {
    if (left.type.kind === 'interval' && isNumeric(right.type)) return call(left.type)
    if (right.type.kind === 'interval' && isNumeric(left.type)) return call(right.type, right, left)
  }
  if (operator === '+' && left.type.kind === 'interval' && isTemporal(right.type)) {
    return call(right.type, right, left)
  }
  const sum = operator === '+' || operator === '-'
  if (sum && isTemporal(left.type) && right.type.kind === 'interval') return call(left.type)
  if (sum && left.type.kind === 'interval' && right.type.kind === 'interval') {
    if (left.type.unit === right.type.unit) return call(left.type)
  }
  throw new SqlError(
    `${operator} is not defined between ${baseName(left.type)} and ${baseName(right.type)}`,
    at,
    "an interval is added to a time, as in ts + INTERVAL '5' MINUTE",
  )
}

/** FLOOR and CEIL of a time to a unit, and the units that EXTRACT and its like take. */
function callWithUnit(
  name: string,
  at: Span,
  values: readonly Expression[],
  nodes: readonly ExpressionNode[],
): Expression | undefined {
  const unitAt = nodes.findIndex(({ kind }) => kind === 'timeUnit')
  const unitNode = nodes[unitAt]
  if (unitNode?.kind !== 'timeUnit') return undefined
  const { unit: written } = unitNode
  checkUnit(
    name,
    written,
    (name === 'TIMESTAMPADD' ? values[2] : values[1 - unitAt])?.type,
    unitNode.at,
  )
  const [first, count, date] = values
  if (name === 'TIMESTAMPADD' && first !== undefined && count !== undefined && date !== undefined) {
    // A date and a part of a day are a timestamp.
    if (date.type.kind === 'date' && isUnitOfClock(written)) {
      const timestamp = castTo(date, { kind: 'timestamp', precision: 6, nullable: true })
      return callFunction(name, at, [first, count, timestamp])
    }
  }
  if (unitAt !== 1) return undefined
  const definition = functions.get(name === 'FLOOR' ? 'FLOOR_TO' : 'CEIL_TO')
  const [value, unit] = values
  if (definition === undefined || value === undefined || unit === undefined) return undefined
  return callDefinition(definition, at, [unit, value], [unitNode.at, nodes[0]?.at ?? at])
}

/** Calls whose value follows from the plan alone. */
function knownWhenPlanned(
  name: string,
  at: Span,
  values: readonly Expression[],
): Expression | undefined {
  const [value, inFull] = values
  const type: DataType = { kind: 'varchar', length: unboundedLength, nullable: true }
  if (name === 'CURRENT_DATABASE' && value === undefined) {
    return { kind: 'literal', value: 'default_database', type: withNullable(type, false) }
  }
  if (name !== 'TYPEOF' || value === undefined) return undefined
  if (inFull !== undefined && inFull.kind !== 'literal') {
    throw new SqlError(
      'the second argument of TYPEOF is a constant',
      at,
      'write TRUE, or leave it out',
    )
  }
  const text = inFull?.kind === 'literal' && inFull.value === true ? fullTypeName : typeName
  return { kind: 'literal', value: value === untypedNull ? 'NULL' : text(value.type), type }
}

/** IF(condition, then, else) is a CASE. */
function callIf(at: Span, values: readonly Expression[]): Expression {
  const [condition, then, otherwise] = values
  if (
    condition === undefined ||
    then === undefined ||
    otherwise === undefined ||
    values.length > 3
  ) {
    throw new SqlError('IF takes 3 arguments', at, 'write IF(condition, then, else)')
  }
  const type = commonType([then, otherwise])
  if (type === undefined) {
    throw new SqlError(
      `the results of IF have no common type: ${baseName(then.type)}, ${baseName(otherwise.type)}`,
      at,
      'CAST them to one type',
    )
  }
  const when = requireBoolean(condition, at, 'the condition of IF')
  return {
    kind: 'case',
    branches: [branchOf(when, castTo(then, type))],
    otherwise: castTo(otherwise, type),
    // Unlike a CASE, in Flink.
    type: withNullable(type, true),
  }
}

/** The expression, if it is a condition. */
export function requireBoolean(value: Expression, at: Span, where: string): Expression {
  if (value === untypedNull) return castTo(value, { kind: 'boolean', nullable: true })
  if (value.type.kind === 'boolean') return value
  throw new SqlError(
    `${where} takes a condition, not ${baseName(value.type)}`,
    at,
    'compare it with something, as in x > 0',
  )
}

/**
 * Refuses names that no script can call: those of no function, and operators. To be asked before
 * the arguments are looked at, whose errors would hide a name that is merely misspelt.
 */
export function checkCallable(name: string, at: Span): void {
  const upper = name.toUpperCase()
  if (upper === 'IF') return
  const definition = functions.get(functionSynonyms.get(upper) ?? upper)
  // EXTRACT and its like are read as calls, with their words between the arguments.
  const written = functions.get(upper)?.written
  const isOperator = written !== undefined && !written.startsWith(`${upper.split(' ')[0]}(`)
  if (definition === undefined || isOperator) throw unknownFunction(name, at)
}
