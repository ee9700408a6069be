import { isOrdered } from '../plan/aggregate-functions.js'
import type { AggregateCall } from '../plan/expression.js'
import type { DataType, Field } from '../plan/type.js'
import { roundedQuotientOfSum } from './duckdb/decimals.js'
import { expressionSql } from './duckdb/expression.js'
import { isInteger, wrapped } from './duckdb/integers.js'
import { quoted } from './duckdb/text.js'
import { duckdbTypeName } from './duckdb/types.js'
import { OperatorError } from './errors.js'
import { inOrderSql, isListed, listField, listSql, mergedListsSql, valueOfList } from './listed.js'

/**
 * An aggregate cut in three, so that a batch is aggregated before it meets the state:
 *
 *     partial(rows)        one row of `columns` for each group of a batch
 *     merge(partials)      several such rows into one that means the same
 *     final(partials)      the aggregate's value
 *
 * with final(merge(partial(A), partial(B))) = final(partial(A ∪ B)): COUNT and SUM add up, MIN
 * and MAX take the extreme, AVG is a sum and a count. A DISTINCT aggregate has no such partial;
 * its argument becomes one more column of the group (NULL where FILTER rejects the row, which
 * every aggregate skips), so that the state holds each distinct value once after compaction.
 */
export interface SplitAggregate {
  /** Columns of the group that DISTINCT needs. */
  readonly groupColumns: readonly PartialColumn[]
  readonly columns: readonly (PartialColumn & { readonly merge: (name: string) => string })[]
  /** Given the names of the group columns and of the columns, in this order. */
  readonly final: (names: readonly string[]) => string
}

export interface PartialColumn {
  readonly field: Field
  /** Over the input's rows; an aggregate, unless it is of the group. */
  readonly sql: string
}

const bigint: DataType = { kind: 'bigint', nullable: false }

/** Sums of integers are kept exact, in 128 bits; Flink's overflow is put on at the end. */
const exactInteger: DataType = { kind: 'decimal', precision: 38, scale: 0, nullable: true }

/** `arrival` is SQL for the number with which a row arrived, where rows are not kept in order. */
export function splitAggregate(
  call: AggregateCall,
  ordinal: number,
  arrival?: string,
): SplitAggregate {
  if (isListed(call) || (arrival !== undefined && isOrdered(call.function))) {
    return splitListed(call, ordinal, isOrdered(call.function) ? arrival : undefined)
  }
  if (call.distinct && call.argument !== undefined) return splitDistinct(call, ordinal)
  const argument = call.argument === undefined ? undefined : filteredArgument(call)
  // DuckDB computes an argument for rows that FILTER rejects too, where it may fail.
  const isFilter = call.filter !== undefined && call.argument === undefined
  const filter = isFilter ? ` FILTER (WHERE ${filterSql(call)})` : ''
  const column = (suffix: string, type: DataType, sql: string, merge: string) => ({
    field: { name: `a${ordinal}_${suffix}`, type },
    sql: `CAST(${sql}${filter} AS ${duckdbTypeName(type)})`,
    merge: (name: string) => `CAST(${merge}(${name}) AS ${duckdbTypeName(type)})`,
  })
  const count = () => column('count', bigint, `count(${argument ?? '*'})`, 'sum')

  if (call.function === 'count') {
    return {
      groupColumns: [],
      columns: [count()],
      final: ([name]) => `CAST(coalesce(sum(${name}), 0) AS BIGINT)`,
    }
  }
  const type = argumentType(call)
  if (call.function === 'min' || call.function === 'max') {
    const name = call.function
    return {
      groupColumns: [],
      columns: [column(name, { ...type, nullable: true }, `${name}(${argument})`, name)],
      final: ([value]) => `${name}(${value})`,
    }
  }
  if (isOrdered(call.function)) return splitOrdered(call, ordinal)
  const sum = column('sum', sumType(type), `sum(${argument})`, 'sum')
  if (call.function === 'sum') {
    return {
      groupColumns: [],
      columns: [sum],
      final: ([name]) => sumSql(`sum(${name})`, call.type),
    }
  }
  return {
    groupColumns: [],
    columns: [sum, count()],
    final: ([total, rows]) => averageSql(`sum(${total})`, `sum(${rows})`, type, call.type),
  }
}

/** What is made of all values: a list of them, and each value beside its number where it has one. */
function splitListed(call: AggregateCall, ordinal: number, arrival?: string): SplitAggregate {
  const field = listField(call, ordinal, arrival !== undefined)
  const cast = (sql: string) => `CAST(${sql} AS ${duckdbTypeName(field.type)})`
  const sql = cast(listSql(call, filterSql(call), arrival))
  const merged = (name: string) => cast(mergedListsSql(name))
  return {
    groupColumns: [],
    columns: [{ field, sql, merge: merged }],
    final: ([name]) => {
      const list = merged(`${name}`)
      return valueOfList(call, arrival === undefined ? list : inOrderSql(list))
    },
  }
}

/** What goes by the order of rows is merged in their order too. */
function splitOrdered(call: AggregateCall, ordinal: number): SplitAggregate {
  const field = { name: `a${ordinal}_${call.function}`, type: { ...call.type, nullable: true } }
  const cast = (sql: string) => `CAST(${sql} AS ${duckdbTypeName(field.type)})`
  const of = (value: string) => cast(orderedSql(call, value))
  return {
    groupColumns: [],
    columns: [{ field, sql: of(filteredArgument(call)), merge: of }],
    final: ([name]) => of(`${name}`),
  }
}

/** FIRST_VALUE, LAST_VALUE or LISTAGG of values in the order of their rows; NULL is passed over. */
export function orderedSql(call: AggregateCall, value: string): string {
  const filter = `FILTER (WHERE (${value}) IS NOT NULL)`
  switch (call.function) {
    case 'first_value':
      return `first(${value}) ${filter}`
    case 'last_value':
      return `last(${value}) ${filter}`
    default:
      return `string_agg(${value}, ${quoted(call.separator ?? '')}) ${filter}`
  }
}

function splitDistinct(call: AggregateCall, ordinal: number): SplitAggregate {
  const type = { ...argumentType(call), nullable: true }
  return {
    groupColumns: [
      {
        field: { name: `a${ordinal}_distinct`, type },
        sql: `CAST(${filteredArgument(call)} AS ${duckdbTypeName(type)})`,
      },
    ],
    columns: [],
    final: ([name]) => {
      switch (call.function) {
        case 'count':
          return `count(DISTINCT ${name})`
        case 'sum':
          return sumSql(`sum(DISTINCT ${name})`, call.type)
        case 'avg':
          return averageSql(`sum(DISTINCT ${name})`, `count(DISTINCT ${name})`, type, call.type)
        default:
          return `${call.function}(${name})`
      }
    },
  }
}

/** NULL, which every aggregate skips, where FILTER rejects the row. */
export function filteredArgument(call: AggregateCall): string {
  const argument = call.argument === undefined ? 'NULL' : expressionSql(call.argument)
  return call.filter === undefined ? argument : `CASE WHEN ${filterSql(call)} THEN ${argument} END`
}

/** TRUE for the rows that the aggregate is over. */
export function filterSql({ filter }: AggregateCall): string {
  return filter === undefined ? 'TRUE' : expressionSql(filter)
}

export function argumentType(call: AggregateCall): DataType {
  if (call.argument === undefined) {
    throw new OperatorError('FUNCTION_UNSUPPORTED', `${call.function.toUpperCase()}(*)`)
  }
  return call.argument.type
}

/** In which sums of values of a type are kept: exact for whole numbers and decimals. */
export function sumType(type: DataType): DataType {
  if (isInteger(type)) return exactInteger
  if (type.kind === 'decimal') {
    return { kind: 'decimal', precision: 38, scale: type.scale, nullable: true }
  }
  return { kind: 'double', nullable: true }
}

/** SUM of a type, given the exact sum as SQL: of integers it wraps around, as in Java. */
export function sumSql(sum: string, type: DataType): string {
  return isInteger(type) ? wrapped(`CAST(${sum} AS HUGEINT)`, type.kind) : sum
}

/** AVG, given sum and count as SQL. Of integers: cut towards zero. Of decimals: exact, rounded half up. */
export function averageSql(sum: string, count: string, input: DataType, type: DataType): string {
  if (isInteger(type)) {
    const quotient = `CAST(${sum} AS HUGEINT) // nullif(CAST(${count} AS HUGEINT), 0)`
    return wrapped(`(${quotient})`, type.kind)
  }
  if (type.kind === 'decimal') return roundedQuotientOfSum(sum, count, input, type)
  return `CAST(${sum} AS DOUBLE) / nullif(CAST(${count} AS DOUBLE), 0)`
}
