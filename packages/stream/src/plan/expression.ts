import { type DataType, type Field, fieldAt } from './type.js'
import type { UserFunction } from './user-function.js'

/**
 * A typed expression. Names are resolved, implicit conversions are spelled out as casts, and
 * each function is one of the catalogue: nothing that runs it needs Flink's rules again.
 */
export type Expression = ColumnReference | Literal | Call | Cast | Case

/** Column `index` of the node's input. */
export interface ColumnReference {
  readonly kind: 'column'
  readonly index: number
  readonly name: string
  readonly type: DataType
}

/** @throws RangeError where the node has no such field. */
export function columnAt(fields: readonly Field[], index: number): ColumnReference {
  const { name, type } = fieldAt(fields, index)
  return { kind: 'column', index, name, type }
}

/** All columns of a node that has these fields. */
export function allColumns(fields: readonly Field[]): ColumnReference[] {
  return fields.map(({ name, type }, index) => ({ kind: 'column', index, name, type }))
}

/**
 * A constant. `value` by type: boolean; number for tinyint to int, float and double; bigint for
 * bigint; decimal as its digits in a string; char and varchar as a string; binary as hexadecimal
 * digits; date as days since
 * 1970-01-01; time and timestamps as milliseconds (number); interval in its unit; or null.
 */
export interface Literal {
  readonly kind: 'literal'
  readonly value: boolean | number | bigint | string | null
  readonly type: DataType
}

/** A function or operator of the catalogue (`plan/functions.ts`), by its name there. */
export interface Call {
  readonly kind: 'call'
  readonly function: string
  readonly arguments: readonly Expression[]
  readonly type: DataType
  /** Of the script's own, which is in no catalogue. */
  readonly user?: UserFunction
}

/** `tryCast` gives NULL where a cast would fail. */
export interface Cast {
  readonly kind: 'cast'
  readonly input: Expression
  readonly type: DataType
  readonly tryCast: boolean
}

/** CASE WHEN … THEN … ELSE …; a simple CASE is resolved into this one. */
export interface Case {
  readonly kind: 'case'
  readonly branches: readonly CaseBranch[]
  readonly otherwise: Expression
  readonly type: DataType
}

export interface CaseBranch {
  readonly when: Expression
  readonly then: Expression
}

/** WHEN when THEN then. */
export function branchOf(when: Expression, result: Expression): CaseBranch {
  // biome-ignore lint/suspicious/noThenProperty: the word of SQL; a branch is never awaited
  return { when, then: result }
}

/** One aggregate of a grouping. */
export interface AggregateCall {
  readonly function:
    | ('count' | 'sum' | 'min' | 'max' | 'avg')
    /** Of the values that are not NULL, in the order in which rows come. */
    | ('first_value' | 'last_value' | 'listagg' | 'array_agg')
    /** How often each value is there, without an order. */
    | 'collect'
    /** Of values and members that are written as JSON already. */
    | ('json_arrayagg' | 'json_objectagg')
    /** Between the values, by their place in their order. */
    | 'percentile'
  /** Absent for COUNT(*). */
  readonly argument?: Expression
  /** FILTER (WHERE …): only rows for which it is TRUE. */
  readonly filter?: Expression
  readonly distinct: boolean
  /** What stands between the texts of LISTAGG. */
  readonly separator?: string
  /** Of PERCENTILE, from 0 to 1: one, or several where its value is an array. */
  readonly shares?: readonly number[]
  /** ARRAY_AGG without IGNORE NULLS: NULL is a value like any other. */
  readonly keepsNull?: true
  readonly type: DataType
}
