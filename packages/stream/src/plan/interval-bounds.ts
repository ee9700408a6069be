import type { Expression } from './expression.js'

/** How far apart the times of two rows may be: the left's less the right's. */
export interface IntervalBounds {
  /** Columns over the fields of both sides. */
  readonly leftTime: number
  readonly rightTime: number
  readonly lowerMs: number
  readonly upperMs: number
}

/**
 * Finds among conditions those that hold the times of two sides together from both ends, and
 * answers with the bounds and the conditions that are left. Undefined where they do not.
 *
 * A bound compares (`=`, `<`, `<=`, `>`, `>=`, BETWEEN) a time of one side with a time of the other,
 * constant intervals added or taken away on either. Times are whole milliseconds, so what is less
 * is less by one at least.
 */
export function intervalBounds(
  conditions: readonly Expression[],
  isLeft: (column: number) => boolean,
  isTime: (column: number) => boolean,
): { bounds: IntervalBounds; rest: Expression[] } | undefined {
  const found: Bound[] = []
  const rest: Expression[] = []
  let columns: Pick<IntervalBounds, 'leftTime' | 'rightTime'> | undefined
  for (const condition of conditions.flatMap(comparisons)) {
    const bound = boundOf(condition, isLeft, isTime)
    // The bounds are of one pair of times; what is said of others is a condition like any other.
    const { leftTime, rightTime } = bound ?? {}
    const fits = columns?.leftTime === leftTime && columns?.rightTime === rightTime
    if (bound === undefined || (columns !== undefined && !fits)) {
      rest.push(condition)
      continue
    }
    columns ??= bound
    found.push(bound)
  }
  if (columns === undefined) return undefined
  const { leftTime, rightTime } = columns
  const lowerMs = Math.max(...found.map((bound) => bound.lowerMs))
  const upperMs = Math.min(...found.map((bound) => bound.upperMs))
  if (!Number.isFinite(lowerMs) || !Number.isFinite(upperMs)) return undefined
  return { bounds: { leftTime, rightTime, lowerMs, upperMs }, rest }
}

type Bound = IntervalBounds

type CallOf = Extract<Expression, { kind: 'call' }>

/** BETWEEN as the two comparisons that it stands for. */
function comparisons(condition: Expression): readonly Expression[] {
  if (condition.kind !== 'call' || condition.function !== 'BETWEEN') return [condition]
  const [operand, low, high] = condition.arguments
  if (operand === undefined || low === undefined || high === undefined) return [condition]
  return [
    { ...condition, function: '>=', arguments: [operand, low] },
    { ...condition, function: '<=', arguments: [operand, high] },
  ]
}

function boundOf(
  condition: Expression,
  isLeft: (column: number) => boolean,
  isTime: (column: number) => boolean,
): Bound | undefined {
  if (condition.kind !== 'call') return undefined
  const [one, other] = operandsOf(condition).map((operand) => shiftedTime(operand, isTime))
  if (one === undefined || other === undefined) return undefined
  if (isLeft(one.column) === isLeft(other.column)) return undefined
  const straight = isLeft(one.column)
  const operator = straight ? condition.function : mirrored.get(condition.function)
  const [left, right] = straight ? [one, other] : [other, one]
  // left + a OP right + b, so left - right OP b - a.
  const limitMs = right.shiftMs - left.shiftMs
  const none = { lowerMs: Number.NEGATIVE_INFINITY, upperMs: Number.POSITIVE_INFINITY }
  const columns = { leftTime: left.column, rightTime: right.column, ...none }
  switch (operator) {
    case '=':
      return { ...columns, lowerMs: limitMs, upperMs: limitMs }
    case '>':
      return { ...columns, lowerMs: limitMs + 1 }
    case '>=':
      return { ...columns, lowerMs: limitMs }
    case '<':
      return { ...columns, upperMs: limitMs - 1 }
    case '<=':
      return { ...columns, upperMs: limitMs }
    default:
      return undefined
  }
}

const mirrored = new Map([
  ['=', '='],
  ['>', '<'],
  ['>=', '<='],
  ['<', '>'],
  ['<=', '>='],
])

function operandsOf({ arguments: operands }: CallOf): readonly Expression[] {
  return operands.length === 2 ? operands : []
}

/** A time, and what is added to it. */
function shiftedTime(
  expression: Expression,
  isTime: (column: number) => boolean,
): { column: number; shiftMs: number } | undefined {
  if (expression.kind === 'column') {
    return isTime(expression.index) ? { column: expression.index, shiftMs: 0 } : undefined
  }
  // Between times of up to three digits a cast changes no value.
  if (expression.kind === 'cast') {
    const { input, type } = expression
    return input.type.kind === type.kind ? shiftedTime(input, isTime) : undefined
  }
  if (expression.kind !== 'call') return undefined
  const [one, other] = operandsOf(expression)
  if (one === undefined || other === undefined) return undefined
  if (expression.function === '-') return added(one, constantMs(other), -1, isTime)
  if (expression.function !== '+') return undefined
  return added(one, constantMs(other), 1, isTime) ?? added(other, constantMs(one), 1, isTime)
}

function added(
  time: Expression,
  byMs: number | undefined,
  sign: 1 | -1,
  isTime: (column: number) => boolean,
) {
  const shifted = byMs === undefined ? undefined : shiftedTime(time, isTime)
  if (shifted === undefined || byMs === undefined) return undefined
  return { column: shifted.column, shiftMs: shifted.shiftMs + sign * byMs }
}

/** An interval of a fixed length; undefined for one of months, and for what is not constant. */
function constantMs(expression: Expression): number | undefined {
  const { type } = expression
  if (type.kind !== 'interval' || type.unit !== 'millisecond') return undefined
  if (expression.kind === 'literal') {
    return expression.value === null ? undefined : Number(expression.value)
  }
  if (expression.kind !== 'call') return undefined
  const values = expression.arguments.map(constantMs)
  const [one, other] = values
  if (one === undefined) return undefined
  if (expression.function === 'NEGATE') return -one
  if (other === undefined) return undefined
  if (expression.function === '+') return one + other
  if (expression.function === '-') return one - other
  return undefined
}
