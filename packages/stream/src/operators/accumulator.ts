import type { AggregateCall } from '../plan/expression.js'
import type { DataType, Field } from '../plan/type.js'
import {
  argumentType,
  averageSql,
  filteredArgument,
  filterSql,
  orderedSql,
  sumSql,
  sumType,
} from './aggregate.js'
import { expressionSql } from './duckdb/expression.js'
import { isInteger } from './duckdb/integers.js'
import { quoted } from './duckdb/text.js'
import { duckdbTypeName } from './duckdb/types.js'
import { appendedSql, listField, listSql, orEmpty, valueOfList } from './listed.js'

/**
 * An aggregate of groups that live on, one row of accumulators a group:
 *
 *     partial(changes)          columns made of the changes of one step
 *     merge(before, partial)    the accumulators of the group after the step
 *     final(after)              the aggregate's value
 *
 * COUNT and SUM add up signed, and know by a count when nothing is left; AVG is both. MIN and MAX
 * are what the better of two is, until their extreme is taken back: then the group's other values
 * are asked (`retracted-extreme.ts`), and the partial column is the whole answer.
 */
export interface Accumulator {
  /**
   * What it is made of: the input's rows, the changes of a set of values, or how many came into a
   * set of seen values, which that counts itself.
   */
  readonly over: 'rows' | 'values' | 'counts'
  /** Aggregates over that. */
  readonly partials: readonly { readonly field: Field; readonly sql: string }[]
  /** `before` is NULL for a new group; `partial` are the names of the partial columns. */
  readonly columns: readonly {
    readonly field: Field
    readonly merge: (before: string, partial: readonly string[]) => string
  }[]
  /** Of the columns, by their names. */
  readonly final: (names: readonly string[]) => string
}

const bigint: DataType = { kind: 'bigint', nullable: false }

/**
 * COUNT, SUM and AVG. `sign` is SQL that is 1 for what comes and -1 for what is taken back;
 * undefined where nothing ever is. `value` is the argument over what it is made of, NULL where it
 * does not count.
 */
export function sumAccumulator(
  call: AggregateCall,
  ordinal: number,
  over: Accumulator['over'],
  value: string,
  sign: string | undefined,
): Accumulator {
  const isThere =
    call.argument === undefined
      ? call.filter === undefined
        ? 'TRUE'
        : `(${expressionSql(call.filter)})`
      : `(${value}) IS NOT NULL`
  const added = (suffix: string, type: DataType, sql: string) => {
    const field = { name: `a${ordinal}_${suffix}`, type }
    const cast = (expression: string) => `CAST(${expression} AS ${duckdbTypeName(type)})`
    return {
      partial: { field, sql: cast(sql) },
      merged: (place: number) => ({
        field,
        merge: (before: string, partial: readonly string[]) =>
          cast(`coalesce(${before}, 0) + coalesce(${partial[place]}, 0)`),
      }),
    }
  }
  const count = added('count', bigint, `sum(CASE WHEN ${isThere} THEN ${sign ?? '1'} ELSE 0 END)`)
  if (call.function === 'count') {
    const columns = [count.merged(0)]
    return { over, partials: [count.partial], columns, final: ([n]) => `coalesce(${n}, 0)` }
  }
  const type = argumentType(call)
  const sum = added('sum', sumType(type), `sum(${signed(value, type, sign)})`)
  return {
    over,
    partials: [sum.partial, count.partial],
    columns: [sum.merged(0), count.merged(1)],
    final: ([s, n]) => {
      const result =
        call.function === 'sum'
          ? sumSql(`${s}`, call.type)
          : averageSql(`${s}`, `${n}`, type, call.type)
      return `CASE WHEN ${n} > 0 THEN ${result} END`
    },
  }
}

/** The wider type comes first, so that the least integer has a negative too. */
function signed(value: string, type: DataType, sign: string | undefined): string {
  if (sign === undefined) return value
  const wide = isInteger(type) ? `CAST(${value} AS HUGEINT)` : `(${value})`
  return `CASE WHEN ${sign} > 0 THEN ${wide} ELSE -${wide} END`
}

/** FIRST_VALUE, LAST_VALUE or LISTAGG over rows of which none is taken back. */
export function orderedAccumulator(call: AggregateCall, ordinal: number): Accumulator {
  const field = { name: `a${ordinal}_${call.function}`, type: { ...call.type, nullable: true } }
  const cast = (sql: string) => `CAST(${sql} AS ${duckdbTypeName(field.type)})`
  const merged = (before: string, partial: string) => {
    if (call.function === 'first_value') return `coalesce(${before}, ${partial})`
    if (call.function === 'last_value') return `coalesce(${partial}, ${before})`
    const separator = quoted(call.separator ?? '')
    return `coalesce(${before} || ${separator} || ${partial}, ${before}, ${partial})`
  }
  return {
    over: 'rows',
    partials: [{ field, sql: cast(orderedSql(call, filteredArgument(call))) }],
    columns: [{ field, merge: (before, [partial]) => cast(merged(before, partial ?? 'NULL')) }],
    final: ([value]) => `${value}`,
  }
}

/** An aggregate of all values over rows of which none is taken back. */
export function listAccumulator(call: AggregateCall, ordinal: number): Accumulator {
  const field = listField(call, ordinal)
  const cast = (sql: string) => `CAST(${sql} AS ${duckdbTypeName(field.type)})`
  const partial = { field, sql: cast(listSql(call, filterSql(call))) }
  const merge = (before: string, [list]: readonly string[]) =>
    cast(appendedSql(before, list ?? 'NULL'))
  return {
    over: 'rows',
    partials: [partial],
    columns: [{ field, merge }],
    final: ([list]) => valueOfList(call, `${list}`),
  }
}

/**
 * An aggregate of all values of a group, which are there whenever one of them changes. `value` and
 * `isThere` are those of the list of values.
 */
export function wholeListAccumulator(
  call: AggregateCall,
  ordinal: number,
  of: { value: string; isThere: string },
): Accumulator {
  const field: Field = {
    name: `a${ordinal}_${call.function}`,
    type: { ...call.type, nullable: true },
  }
  // What comes twice and counts once is not in the list twice.
  const value = valueOfList(
    { ...call, distinct: false },
    `list(${of.value}) FILTER (WHERE ${of.isThere})`,
  )
  const wholeField: Field = { name: `a${ordinal}_whole`, type: { kind: 'boolean', nullable: true } }
  return {
    over: 'values',
    partials: [
      { field, sql: `CAST(${value} AS ${duckdbTypeName(field.type)})` },
      { field: wholeField, sql: 'TRUE' },
    ],
    columns: [
      {
        field,
        merge: (before, [partial, whole]) =>
          `CASE WHEN ${whole} THEN ${partial} ELSE ${before} END`,
      },
    ],
    final: ([last]) => orEmpty(call, `${last}`),
  }
}

/** MIN or MAX over rows of which none is taken back. */
export function extremeAccumulator(call: AggregateCall, ordinal: number): Accumulator {
  const { name, field } = extremeOf(call, ordinal)
  const sql = `CAST(${name}(${filteredArgument(call)}) AS ${duckdbTypeName(field.type)})`
  return {
    over: 'rows',
    partials: [{ field, sql }],
    columns: [{ field, merge: (before, [partial]) => better(name, before, partial ?? 'NULL') }],
    final: ([value]) => `${value}`,
  }
}

/**
 * MIN or MAX over a set of values. `value` and `sign` are those of the set's changes; `whole` and
 * `extreme` are TRUE and the answer for groups whose extreme was taken back.
 */
export function retractedExtremeAccumulator(
  call: AggregateCall,
  ordinal: number,
  of: { value: string; sign: string; whole: string; extreme: string },
): Accumulator {
  const { name, field } = extremeOf(call, ordinal)
  const entered = `${name}(CASE WHEN ${of.sign} > 0 THEN ${of.value} END)`
  const sql = `CASE WHEN bool_or(${of.whole}) THEN any_value(${of.extreme}) ELSE ${entered} END`
  const wholeField: Field = { name: `a${ordinal}_whole`, type: { kind: 'boolean', nullable: true } }
  return {
    over: 'values',
    partials: [
      { field, sql: `CAST(${sql} AS ${duckdbTypeName(field.type)})` },
      { field: wholeField, sql: `coalesce(bool_or(${of.whole}), FALSE)` },
    ],
    columns: [
      {
        field,
        merge: (before, [partial, whole]) =>
          `CASE WHEN ${whole} THEN ${partial} ELSE ${better(name, before, partial ?? 'NULL')} END`,
      },
    ],
    final: ([value]) => `${value}`,
  }
}

function extremeOf(call: AggregateCall, ordinal: number) {
  const name = call.function === 'min' ? 'min' : 'max'
  const type = { ...argumentType(call), nullable: true }
  return { name, field: { name: `a${ordinal}_${name}`, type } } as const
}

function better(name: 'min' | 'max', before: string, partial: string): string {
  const comparison = name === 'min' ? '<' : '>'
  return `CASE WHEN ${before} IS NULL OR ${partial} ${comparison} ${before} THEN ${partial} ELSE ${before} END`
}
