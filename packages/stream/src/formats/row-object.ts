import type { Field } from '../plan/type.js'
import type { ColumnBatch } from '../state/batch.js'
import type { Column, FixedColumn } from '../state/column.js'
import { formatDecimal, parseDecimal } from './decimal-text.js'
import { DecodeError } from './errors.js'
import { pushTimestamp } from './push-timestamp.js'
import {
  formatDate,
  formatTime,
  formatTimestamp,
  parseAnyTimestamp,
  parseDate,
  parseTime,
} from './time-text.js'

/**
 * Rows as plain objects, as a person writes them in a test: numbers, strings, booleans; times as
 * ISO strings; bytes in base64; a missing field is NULL. Throws a `DecodeError` that names the
 * field. Fields of the batch that `names` does not hold are left to the caller.
 */
export function pushRowObject(
  batch: ColumnBatch,
  names: ReadonlySet<string>,
  row: Readonly<Record<string, unknown>>,
): void {
  batch.fields.forEach((field, index) => {
    if (!names.has(field.name)) return
    const column = batch.column(index)
    const value = row[field.name]
    if (value === null || value === undefined) {
      column.pushNull()
      return
    }
    try {
      pushValue(column, field, value)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new DecodeError(`field '${field.name}': ${reason}`)
    }
  })
}

function pushValue(column: Column, field: Field, value: unknown): void {
  const { type } = field
  if (column.kind === 'bytes') {
    const isBinary = type.kind === 'binary' || type.kind === 'varbinary'
    if (isBinary) column.pushBytes(Buffer.from(String(value), 'base64'))
    else column.pushString(typeof value === 'object' ? JSON.stringify(value) : String(value))
    return
  }
  switch (type.kind) {
    case 'boolean':
      column.pushInt8(value === true || String(value).toLowerCase() === 'true' ? 1 : 0)
      return
    case 'float':
      column.pushFloat32(numberOf(value))
      return
    case 'double':
      column.pushFloat64(numberOf(value))
      return
    case 'decimal': {
      const unscaled = parseDecimal(String(value), type.precision, type.scale)
      if (unscaled === undefined) throw new DecodeError(`${value} has too many digits`)
      column.pushInteger(unscaled)
      return
    }
    case 'date':
      column.pushInt32(parseDate(dateText(value).slice(0, 10)))
      return
    case 'time':
      column.pushSafeInteger(parseTime(String(value)))
      return
    case 'timestamp':
    case 'timestampLtz': {
      const micros = typeof value === 'number' ? value * 1000 : parseAnyTimestamp(dateText(value))
      pushTimestamp(column, micros)
      return
    }
    default:
      pushWhole(column, value)
  }
}

function pushWhole(column: FixedColumn, value: unknown): void {
  if (typeof value !== 'bigint' && !/^[+-]?\d+$/.test(String(value))) {
    throw new DecodeError(`'${value}' is not an integer`)
  }
  const integer = BigInt(String(value))
  if (BigInt.asIntN(column.width * 8, integer) !== integer) {
    throw new DecodeError(`${value} does not fit ${column.type.kind.toUpperCase()}`)
  }
  column.pushInteger(integer)
}

function numberOf(value: unknown): number {
  const number = Number(value)
  if (Number.isNaN(number) && String(value) !== 'NaN') {
    throw new DecodeError(`'${value}' is not a number`)
  }
  return number
}

function dateText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value)
}

/**
 * A row as an object, its columns under these names. Integers and decimals that a number holds exactly are numbers, others
 * strings; timestamps are ISO 8601, with Z where they are points in time.
 */
export function readRowObject(
  batch: ColumnBatch,
  names: readonly string[],
  row: number,
): Record<string, unknown> {
  return Object.fromEntries(
    batch.fields.map((field, index) => [
      names[index] ?? field.name,
      readValue(batch.column(index), field, row),
    ]),
  )
}

function readValue(column: Column, { type }: Field, row: number): unknown {
  if (!column.validity.isValid(row)) return null
  if (column.kind === 'bytes') {
    const isBinary = type.kind === 'binary' || type.kind === 'varbinary'
    return isBinary ? column.bytesAt(row).toString('base64') : column.stringAt(row)
  }
  switch (type.kind) {
    case 'boolean':
      return column.int8[row] === 1
    case 'float':
      return column.float32[row]
    case 'double':
      return column.float64[row]
    case 'decimal': {
      const text = formatDecimal(column.integerAt(row), type.scale)
      return type.precision <= 15 ? Number(text) : text
    }
    case 'date':
      return formatDate(column.numberAt(row))
    case 'time':
      return formatTime(column.numberAt(row))
    case 'timestamp':
    case 'timestampLtz':
      return formatTimestamp(column.numberAt(row), 'ISO-8601', type.kind === 'timestampLtz')
    default: {
      const integer = column.integerAt(row)
      const number = Number(integer)
      return Number.isSafeInteger(number) ? number : String(integer)
    }
  }
}
