import { decimalAverage, decimalSum } from './decimal.js'
import type { AggregateCall } from './expression.js'
import { equatable, orderable } from './nested.js'
import { type DataType, unboundedLength } from './type.js'
import { isBytes, isNumeric, isText, withNullable } from './type-family.js'

export type AggregateName = AggregateCall['function']

const aggregates: readonly AggregateName[] = [
  ...(['count', 'sum', 'min', 'max', 'avg'] as const),
  ...(['first_value', 'last_value', 'listagg', 'array_agg', 'collect'] as const),
  ...(['json_arrayagg', 'json_objectagg', 'percentile'] as const),
]

export function aggregateNames(): readonly string[] {
  return aggregates
}

/** Is its value one of the order in which rows come? */
export function isOrdered(name: AggregateName): boolean {
  return isFirstOrLast(name) || ['listagg', 'array_agg', 'json_arrayagg'].includes(name)
}

/** FIRST_VALUE or LAST_VALUE. */
export function isFirstOrLast(name: AggregateName): boolean {
  return name === 'first_value' || name === 'last_value'
}

/** Is its value made of all values of the group? */
export function keepsValues(name: AggregateName): boolean {
  return isOrdered(name) || ['collect', 'json_objectagg', 'percentile'].includes(name)
}

/** Has it a value where there is no row? */
export function hasValueOfNone(name: AggregateName): boolean {
  return name === 'count' || name === 'collect' || isJsonAggregate(name)
}

/** JSON_ARRAYAGG or JSON_OBJECTAGG. */
export function isJsonAggregate(name: AggregateName): boolean {
  return name === 'json_arrayagg' || name === 'json_objectagg'
}

/** Aggregates of Flink that are known by name, so that the error can say more than 'unknown'. */
const unsupportedAggregates = new Set(`APPROX_COUNT_DISTINCT EVERY`.split(/\s+/))

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
  if (isFirstOrLast(name)) return withNullable(argument, nullable)
  if (name === 'array_agg') return { kind: 'array', element: argument, nullable }
  if (name === 'collect') {
    if (!equatable.accepts(argument)) return undefined
    return { kind: 'multiset', element: argument, nullable: false }
  }
  // Flink's type of a text that its planner knows no length of.
  if (isJsonAggregate(name)) return { kind: 'varchar', length: 2000, nullable: false }
  if (!isNumeric(argument)) return undefined
  if (name === 'percentile') return { kind: 'double', nullable: true }
  if (argument.kind !== 'decimal') return withNullable(argument, nullable)
  const type = name === 'sum' ? decimalSum(argument) : decimalAverage(argument)
  return withNullable(type, nullable)
}
