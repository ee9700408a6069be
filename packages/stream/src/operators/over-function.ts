import type { AggregateCall } from '../plan/expression.js'
import type { OverFunction } from '../plan/over-node.js'
import type { DataType, Field } from '../plan/type.js'
import {
  argumentType,
  averageSql,
  filteredArgument,
  filterSql,
  sumSql,
  sumType,
} from './aggregate.js'
import { expressionSql } from './duckdb/expression.js'
import { isInteger } from './duckdb/integers.js'
import { duckdbTypeName } from './duckdb/types.js'
import { appendedSql, inOrderSql, listField, listSql, valueOfList } from './listed.js'

/**
 * A function of the rows before each row, in parts that DuckDB computes over the rows of a step. Of
 * all rows before, what the steps before gave is merged into each part: of the last row of a
 * partition the merged parts are what the steps after need to know.
 */
export interface WindowedFunction {
  readonly parts: readonly {
    readonly field: Field
    /** Over windows of the step's rows. */
    readonly sql: (windows: WindowTexts) => string
    /** `before` is NULL for a new partition. */
    readonly merge: (before: string, part: string) => string
  }[]
  /** Given the names of the merged parts. */
  readonly final: (names: readonly string[]) => string
}

/** Windows in SQL, each with its parentheses. */
export interface WindowTexts {
  /** The frame of the query. */
  readonly frame: string
  /** All rows of the step up to the present one. */
  readonly rowByRow: string
  /** The place of each row in its order. */
  readonly place: string
}

const bigint: DataType = { kind: 'bigint', nullable: true }

export function windowedFunction(call: OverFunction, ordinal: number): WindowedFunction {
  const part = (
    suffix: string,
    type: DataType,
    sql: (windows: WindowTexts) => string,
    merge: (before: string, part: string) => string,
  ) => {
    const nullable = { ...type, nullable: true }
    const cast = (text: string) => `CAST(${text} AS ${duckdbTypeName(nullable)})`
    return {
      field: { name: `f${ordinal}_${suffix}`, type: nullable },
      sql: (windows: WindowTexts) => cast(sql(windows)),
      merge: (before: string, now: string) => cast(merge(before, now)),
    }
  }
  const added = (before: string, now: string) => `coalesce(${before}, 0) + coalesce(${now}, 0)`
  const asItIs = ([name]: readonly string[]) => `${name}`
  switch (call.function) {
    case 'row_number':
      return {
        parts: [part('rows', bigint, (w) => `row_number() OVER ${w.rowByRow}`, added)],
        final: asItIs,
      }
    case 'lag': {
      const argument = `(${expressionSql(call.argument)})`
      const otherwise = call.otherwise === undefined ? '' : `, (${expressionSql(call.otherwise)})`
      const sql = (w: WindowTexts) =>
        `lag(${argument}, ${call.offset}${otherwise}) OVER ${w.rowByRow}`
      return { parts: [part('lag', call.type, sql, (_, now) => now)], final: asItIs }
    }
    case 'first_value':
    case 'last_value': {
      const isFirst = call.function === 'first_value'
      const value = filteredArgument({ ...call, function: 'max', distinct: false })
      // Both pass over NULL, as in Flink.
      const sql = (w: WindowTexts) =>
        `${isFirst ? 'arg_min' : 'arg_max'}(${value}, ${w.place}) OVER ${w.frame}`
      const merge = (before: string, now: string) =>
        isFirst ? `coalesce(${before}, ${now})` : `coalesce(${now}, ${before})`
      return { parts: [part('value', call.type, sql, merge)], final: asItIs }
    }
    case 'min':
    case 'max': {
      const { function: name } = call
      const value = filteredArgument(call)
      const best = name === 'min' ? 'least' : 'greatest'
      // DuckDB's LEAST and GREATEST pass over NULL.
      const merge = (before: string, now: string) => `${best}(${before}, ${now})`
      const sql = (w: WindowTexts) => `${name}(${value}) OVER ${w.frame}`
      return { parts: [part(name, argumentType(call), sql, merge)], final: asItIs }
    }
    case 'array_agg':
    case 'collect':
    case 'listagg':
    case 'percentile':
      return listed(call, ordinal, part)
    default:
      return summed(call, part, added)
  }
}

type MakePart = (
  suffix: string,
  type: DataType,
  sql: (windows: WindowTexts) => string,
  merge: (before: string, part: string) => string,
) => WindowedFunction['parts'][number]

/** What is made of all values, in the order of their rows: a list of them. */
function listed(call: AggregateCall, ordinal: number, part: MakePart): WindowedFunction {
  const { type } = listField(call, ordinal)
  const sql = (w: WindowTexts) =>
    inOrderSql(`${listSql(call, filterSql(call), w.place)} OVER ${w.frame}`)
  return {
    parts: [part('list', type, sql, appendedSql)],
    final: ([list]) => valueOfList(call, `${list}`),
  }
}

/** COUNT, SUM and AVG. */
function summed(
  call: AggregateCall,
  part: MakePart,
  added: (before: string, now: string) => string,
): WindowedFunction {
  const distinct = call.distinct ? 'DISTINCT ' : ''
  const counted =
    call.argument === undefined
      ? `CASE WHEN ${call.filter === undefined ? 'TRUE' : expressionSql(call.filter)} THEN 1 END`
      : filteredArgument(call)
  const count = part('count', bigint, (w) => `count(${distinct}${counted}) OVER ${w.frame}`, added)
  if (call.function === 'count') return { parts: [count], final: ([n]) => `coalesce(${n}, 0)` }
  const type = argumentType(call)
  const wide = isInteger(type)
    ? `CAST(${filteredArgument(call)} AS HUGEINT)`
    : filteredArgument(call)
  const sum = part('sum', sumType(type), (w) => `sum(${distinct}${wide}) OVER ${w.frame}`, added)
  return {
    parts: [sum, count],
    final: ([s, n]) => {
      const result =
        call.function === 'sum'
          ? sumSql(`${s}`, call.type)
          : averageSql(`${s}`, `${n}`, type, call.type)
      return `CASE WHEN ${n} > 0 THEN ${result} END`
    },
  }
}
