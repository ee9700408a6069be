import { decimalAverage, decimalSum } from './decimal.js'
import type { AggregateCall } from './expression.js'
import { orderable } from './nested.js'
import { type DataType, unboundedLength } from './type.js'
import { isBytes, isNumeric, isText, withNullable } from './type-family.js'

export type AggregateName = AggregateCall['function']

const aggregates: readonly AggregateName[] = [
  ...(['count', 'sum', 'min', 'max', 'avg'] as const),
  ...(['first_value', 'last_value', 'listagg'] as const),
]

export function aggregateNames(): readonly string[] {
  return aggregates
}

/** Is its value one of the order in which rows come? */
export function isOrdered(name: AggregateName): boolean {
  return name === 'first_value' || name === 'last_value' || name === 'listagg'
}

/** Aggregates of Flink that are known by name, so that the error can say more than 'unknown'. */
const unsupportedAggregates = new Set(
  `ARRAY_AGG COLLECT JSON_ARRAYAGG JSON_OBJECTAGG PERCENTILE APPROX_COUNT_DISTINCT EVERY`.split(
    /\s+/,
  ),
)

/** The aggregate of that name, in any case; undefined where there is none. */
export function aggregateNamed(name: string): AggregateName | undefined {
  return aggregates.find((aggregate) => aggregate === name.toLowerCase())
}

export function isUnsupportedAggregate(name: string): boolean {
  return unsupportedAggregates.has(name.toUpperCase())
}

/**
 * The type of an aggregate in a grouping with keys: SUM and AVG of an integer keep its type (AVG
 * is cut towards zero, SUM wraps around), those of a decimal have 38 digits. With FILTER a group
 * may have no row, and then the result is NULL. Undefined where the argument does not fit.
 */
export function aggregateType(
  name: AggregateName,
  argument: DataType | undefined,
  filtered: boolean,
): DataType | undefined {
  if (name === 'count') return { kind: 'bigint', nullable: false }
  if (argument === undefined || argument.kind === 'interval') return undefined
  const nullable = filtered || argument.nullable
  if (name === 'min' || name === 'max') {
    const comparable = orderable.accepts(argument) && !isBytes(argument)
    return comparable ? withNullable(argument, nullable) : undefined
  }
  if (name === 'listagg') {
    return isText(argument) ? { kind: 'varchar', length: unboundedLength, nullable } : undefined
  }
  if (name === 'first_value' || name === 'last_value') return withNullable(argument, nullable)
  if (!isNumeric(argument)) return undefined
  if (argument.kind !== 'decimal') return withNullable(argument, nullable)
  const type = name === 'sum' ? decimalSum(argument) : decimalAverage(argument)
  return withNullable(type, nullable)
}
