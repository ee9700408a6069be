import type { Expression } from '../../plan/expression.js'
import type { DataType, Field } from '../../plan/type.js'
import type { ColumnBatch } from '../../state/batch.js'
import { placeName } from '../duckdb/engine.js'
import { expressionSql } from '../duckdb/expression.js'
import { duckdbTypeName } from '../duckdb/types.js'
import { OperatorError } from '../errors.js'
import { type Value, valueAt } from './value.js'

/** What stands for a value that could not be computed, until somebody asks for it. */
const failed = Symbol('failed')

export type RowValue = Value | typeof failed

/**
 * What is read of each row alone, computed for all rows of a step at once. Not every row is asked:
 * what fails for a row fails the job only when it is asked.
 */
export class RowValues {
  private readonly sqls: string[] = []
  private readonly types: DataType[] = []
  private readonly areUnsafe: boolean[] = []

  /** The place of a value, for `at`. */
  place(expression: Expression): number {
    return this.placeOf(expressionSql(expression), expression.type)
  }

  placeOf(sql: string, type: DataType): number {
    const known = this.sqls.indexOf(sql)
    if (known >= 0) return known
    this.types.push(type)
    this.areUnsafe.push(mayFail(sql))
    return this.sqls.push(sql) - 1
  }

  /** The columns that hold the values: of what may fail a second one that says that it does not. */
  get columns(): readonly { readonly sql: string; readonly field: Field }[] {
    return this.sqls.flatMap((sql, place) => {
      const type: DataType = { ...(this.types[place] as DataType), nullable: true }
      const field: Field = { name: `value${place}`, type }
      const cast = `CAST(${sql} AS ${duckdbTypeName(type)})`
      if (!this.areUnsafe[place]) return [{ sql: cast, field }]
      const isThere = `${tried(`(${sql}) IS NULL`)} IS NOT NULL`
      return [
        { sql: tried(cast), field },
        { sql: isThere, field: { name: `computed${place}`, type: isThereType } },
      ]
    })
  }

  /** The values of a row of a batch whose column `from` is the first of `columns`. */
  of(batch: ColumnBatch, row: number, from: number): RowValue[] {
    const values: RowValue[] = []
    let at = from
    for (const isUnsafe of this.areUnsafe) {
      const value = valueAt(batch.column(at++), row)
      const isThere = !isUnsafe || batch.fixed(at++).int8[row] === 1
      values.push(isThere ? value : failed)
    }
    return values
  }
}

const isThereType: DataType = { kind: 'boolean', nullable: false }

/** Only columns, literals and comparisons of them can never fail. */
function mayFail(sql: string): boolean {
  return /[a-z_]\(|CAST\(/.test(sql)
}

/**
 * NULL where it fails. Within a CASE, for DuckDB would compute what two such have in common once, and
 * outside of both.
 */
function tried(sql: string): string {
  return `TRY(CASE WHEN ${placeName} >= 0 THEN ${withoutError(sql)} END)`
}

/**
 * DuckDB tries nothing that calls `error`, since its value might be another each time: a CAST of the
 * message fails as well, and has no type of its own either.
 */
function withoutError(sql: string): string {
  const call = [...sql.matchAll(/'(?:[^']|'')*'|\berror\(/g)].find(([text]) => text === 'error(')
  if (call === undefined) return sql
  const from = call.index + call[0].length
  const to = closing(sql, from)
  const message = withoutError(sql.slice(from, to))
  const failing = `CAST(CAST(${message} AS INTEGER) AS "NULL")`
  return `${sql.slice(0, call.index)}${failing}${withoutError(sql.slice(to + 1))}`
}

/** Where the parenthesis is that closes the one before `from`. */
function closing(sql: string, from: number): number {
  const parts = /'(?:[^']|'')*'|[()]/g
  parts.lastIndex = from
  let depth = 1
  for (let part = parts.exec(sql); part !== null; part = parts.exec(sql)) {
    if (part[0] === '(') depth++
    else if (part[0] === ')') depth--
    if (depth === 0) return part.index
  }
  throw new Error('a parenthesis is not closed')
}

/** The value, which is asked for now. */
export function computedValue(value: RowValue | undefined): Value {
  if (value !== failed && value !== undefined) return value
  throw new OperatorError(
    'COMPUTATION_FAILED',
    'a value that a pattern asks for cannot be computed for a row: a division by zero, or a CAST of what does not fit',
  )
}
