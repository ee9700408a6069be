import type { DataType } from '../plan/type.js'
import { isBytes } from '../plan/type-family.js'
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

/** Puts a plain value as a person writes it into a column of its type; bytes are in base64. */
export function pushValue(column: Column, type: DataType, value: unknown): void {
  if (column.kind === 'bytes') {
    if (isBytes(type)) column.pushBytes(Buffer.from(String(value), 'base64'))
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

/** A plain value as a person would write it. */
export function readValue(column: Column, type: DataType, row: number): unknown {
  if (!column.validity.isValid(row)) return null
  if (column.kind === 'bytes') {
    return isBytes(type) ? column.bytesAt(row).toString('base64') : column.stringAt(row)
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
