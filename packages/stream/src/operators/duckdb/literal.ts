import type { Literal } from '../../plan/expression.js'
import { quoted } from './text.js'
import { duckdbTypeName } from './types.js'

/** A constant, of exactly its planned type. */
export function literalSql(literal: Literal): string {
  const { type, value } = literal
  if (value === null) return `CAST(NULL AS ${duckdbTypeName(type)})`
  const name = duckdbTypeName(type)
  switch (type.kind) {
    case 'char':
    case 'varchar':
      return quoted(String(value))
    case 'binary':
    case 'varbinary':
      return `unhex(${quoted(String(value))})`
    case 'boolean':
      return value === true ? 'TRUE' : 'FALSE'
    case 'date':
      return `(DATE '1970-01-01' + ${Number(value)})`
    case 'time':
      return `CAST(make_timestamp(${microseconds(value)}) AS TIME)`
    case 'timestamp':
    case 'timestampLtz':
      return `make_timestamp(${microseconds(value)})`
    case 'interval':
      return type.unit === 'month' ? `to_months(${Number(value)})` : intervalSql(Number(value))
    default:
      return `CAST(${quoted(String(value))} AS ${name})`
  }
}

/** Without DuckDB's days, which are not always 24 hours to it. */
function intervalSql(milliseconds: number): string {
  return `to_milliseconds(${milliseconds})`
}

/** Milliseconds may carry a fraction; what is left of a microsecond is rounded away. */
function microseconds(value: Literal['value']): string {
  return `${Math.round(Number(value) * 1000)}::BIGINT`
}
