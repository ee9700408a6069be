import type { AggregateCall } from '../plan/expression.js'
import type { DataType, Field } from '../plan/type.js'
import { argumentType, filteredArgument } from './aggregate.js'
import { rowFieldName } from './duckdb/nested.js'
import { quoted } from './duckdb/text.js'
import { duckdbTypeName } from './duckdb/types.js'

/**
 * Aggregates whose value is made of all values of the group, as a list in the order in which their
 * rows came:
 *
 *     partial(rows)      the list of a batch's values; NULL for none
 *     merge(lists)       one list after another
 *     final(list)        the aggregate's value
 *
 * Where lists of different rows are brought together in no order, as in sessions, each value has
 * the number with which its row arrived beside it, and is put in its place at the end.
 */
export function isListed({ function: name, distinct }: AggregateCall): boolean {
  const isText = name === 'first_value' || name === 'last_value' || name === 'listagg'
  return (isText && distinct) || listed.has(name)
}

const listed: ReadonlySet<string> = new Set([
  ...['array_agg', 'collect', 'json_arrayagg', 'json_objectagg', 'percentile'],
])

/** The column of a list; `isNumbered` where each value has its row's number beside it. */
export function listField(call: AggregateCall, ordinal: number, isNumbered = false): Field {
  const value = { ...argumentType(call), nullable: true }
  const numbered: DataType = {
    kind: 'row',
    fields: [
      { name: 'arrival', type: { kind: 'bigint', nullable: false } },
      { name: 'value', type: value },
    ],
    nullable: false,
  }
  const element = isNumbered ? numbered : value
  return { name: `a${ordinal}_list`, type: { kind: 'array', element, nullable: true } }
}

/** A condition: does the row have a value in the list? */
export function isCounted(call: AggregateCall, value: string, filter: string): string {
  return call.keepsNull === true ? `(${filter})` : `(${value}) IS NOT NULL`
}

/** The list of a batch's rows. `number` is SQL for the number with which a row arrived. */
export function listSql(call: AggregateCall, filter: string, number?: string): string {
  const value = filteredArgument(call)
  const element =
    number === undefined
      ? value
      : `{'${rowFieldName(0)}': CAST(${number} AS BIGINT), '${rowFieldName(1)}': ${value}}`
  return `list(${element}) FILTER (WHERE ${isCounted(call, value, filter)})`
}

/** Lists one after another. */
export function mergedListsSql(name: string): string {
  return `flatten(list(${name}) FILTER (WHERE ${name} IS NOT NULL))`
}

/** One list behind another, where each may be NULL. */
export function appendedSql(before: string, list: string): string {
  return `CASE WHEN ${before} IS NULL THEN ${list} WHEN ${list} IS NULL THEN ${before} ELSE list_concat(${before}, ${list}) END`
}

/** The values of a list with numbers, by their numbers. */
export function inOrderSql(list: string): string {
  return `list_transform(list_sort(${list}), lambda each: each.${rowFieldName(1)})`
}

/** The aggregate's value, given the list, which is NULL where there is no value. */
export function valueOfList(call: AggregateCall, given: string): string {
  const list = call.distinct ? eachOnce(given) : given
  switch (call.function) {
    case 'first_value':
      return `(${list})[1]`
    case 'last_value':
      return `(${list})[-1]`
    case 'listagg':
      return `array_to_string(${list}, ${quoted(call.separator ?? '')})`
    case 'collect':
      return orEmpty(call, `list_aggregate(${list}, 'histogram')`)
    case 'json_arrayagg':
      return orEmpty(call, `('[' || array_to_string(${list}, ',') || ']')`)
    case 'json_objectagg':
      return orEmpty(call, `millrace_json_members(CAST(to_json(${list}) AS VARCHAR))`)
    case 'percentile': {
      const { shares = [] } = call
      const given = call.type.kind === 'array' ? `[${shares.join(', ')}]` : `${shares[0]}`
      return `list_aggregate(${list}, 'quantile_cont', ${given})`
    }
    default:
      return list
  }
}

/** `value`, or what the aggregate is of no value. */
export function orEmpty(call: AggregateCall, value: string): string {
  switch (call.function) {
    case 'collect': {
      const type = duckdbTypeName(call.type)
      return `coalesce(CAST(${value} AS ${type}), CAST(MAP {} AS ${type}))`
    }
    case 'json_arrayagg':
      return `coalesce(${value}, '[]')`
    case 'json_objectagg':
      return `coalesce(${value}, '{}')`
    default:
      return value
  }
}

/** Each value where it comes first; NULL is one of them. */
function eachOnce(list: string): string {
  const first = 'lambda each, place: list_position(whole, each) = place'
  return `list_transform([${list}], lambda whole: list_filter(whole, ${first}))[1]`
}
