import { type CallNode, type Span, SqlError } from '../sql/index.js'
import { aggregateType } from './aggregate-functions.js'
import { callFunction } from './call-resolution.js'
import { castTo, untypedNull } from './coercion.js'
import { type AggregateCall, branchOf, type Expression } from './expression.js'
import type { DataType } from './type.js'
import { isNumeric, withNullable } from './type-family.js'
import { baseName } from './type-name.js'

/**
 * Aggregates that are computed of others: the variance and its root of SUM(x * x), SUM(x) and
 * COUNT(x), in the type that AVG has, so that of whole numbers all is cut. It is what Flink makes
 * of them.
 */
const reduced = ['STDDEV_POP', 'STDDEV_SAMP', 'VAR_POP', 'VAR_SAMP', 'STDDEV', 'VARIANCE'] as const

type ReducedName = (typeof reduced)[number]

export function reducedAggregateNames(): readonly string[] {
  return reduced
}

/** The aggregate of that name, in any case; undefined where there is none. */
export function reducedAggregateNamed(name: string): ReducedName | undefined {
  return reduced.find((each) => each === name.toUpperCase())
}

/** What the aggregate is computed of: the sum of squares, the sum and the count of its argument. */
export function reducedParts(
  name: ReducedName,
  node: CallNode,
  argument: Expression,
  filter: Expression | undefined,
): { parts: readonly AggregateCall[]; type: DataType } {
  const { type: given } = argument
  const type = isNumeric(given) ? aggregateType('avg', given, filter !== undefined) : undefined
  if (type === undefined || argument === untypedNull) {
    throw new SqlError(
      argument === untypedNull
        ? `${name} of NULL has no type`
        : `${name} is not defined for ${baseName(given)}`,
      node.at,
      'CAST it to a number',
    )
  }
  const value = castTo(argument, withNullable(type, given.nullable))
  const squared = callFunction('*', node.at, [value, value])
  const common = { distinct: node.distinct, ...(filter && { filter }) }
  const sumOf = (summed: Expression): AggregateCall => {
    const sumType = aggregateType('sum', summed.type, filter !== undefined)
    if (sumType === undefined) throw new Error('numbers have a sum')
    return { function: 'sum', argument: summed, ...common, type: withNullable(sumType, true) }
  }
  const count: AggregateCall = {
    function: 'count',
    argument: value,
    ...common,
    type: { kind: 'bigint', nullable: false },
  }
  return { parts: [sumOf(squared), sumOf(value), count], type: withNullable(type, true) }
}

/** The aggregate, given the values of its parts. */
export function reducedValue(
  name: ReducedName,
  at: Span,
  [sumOfSquares, sum, count]: readonly Expression[],
  type: DataType,
): Expression {
  if (sumOfSquares === undefined || sum === undefined || count === undefined) {
    throw new Error('there are three parts')
  }
  const call = (operator: string, ...values: readonly Expression[]) =>
    callFunction(operator, at, values)
  const whole = (value: bigint): Expression => {
    return { kind: 'literal', value, type: { kind: 'bigint', nullable: false } }
  }
  // No row, no division: the sums are NULL then.
  const rows = unless(call('=', count, whole(0n)), count)
  const typedSum = castTo(sum, type)
  const difference = call('-', sumOfSquares, call('/', call('*', typedSum, typedSum), rows))
  const ofAll = name === 'STDDEV_POP' || name === 'VAR_POP'
  const divisor = ofAll ? rows : unless(call('=', count, whole(1n)), call('-', rows, whole(1n)))
  const variance = call('/', difference, divisor)
  const isRoot = name.startsWith('STDDEV')
  const half: Expression = {
    kind: 'literal',
    value: '0.5',
    type: { kind: 'decimal', precision: 2, scale: 1, nullable: false },
  }
  return castTo(isRoot ? call('POWER', variance, half) : variance, type)
}

/** The value, or NULL where a condition holds. */
function unless(condition: Expression, value: Expression): Expression {
  const type = withNullable(value.type, true)
  const branches = [branchOf(condition, castTo(untypedNull, type))]
  return { kind: 'case', branches, otherwise: castTo(value, type), type }
}
