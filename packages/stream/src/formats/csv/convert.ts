import type { Field } from '../../plan/type.js'
import { isBytes } from '../../plan/type-family.js'
import type { Column, FixedColumn } from '../../state/column.js'
import { parseDecimal } from '../decimal-text.js'
import { DecodeError, FormatError } from '../errors.js'
import { doubleOf, integerOf, shortDoubleOf, smallDigits, smallIntegerOf } from '../number-text.js'
import { pushTimestamp } from '../push-timestamp.js'
import { commonTimestampOf, parseLenientDate, parseTime, parseTimestamp } from '../time-text.js'

/** Puts the text in bytes[start … end), which is no NULL, into a column. Throws a `DecodeError`. */
export type CsvConverter = (bytes: Buffer, start: number, end: number) => void

/** Flink's conversions of a field: white space around numbers but DECIMAL, booleans and timestamps is no part of them. */
export function csvConverter({ name, type }: Field, column: Column): CsvConverter {
  if (column.kind === 'bytes') {
    if (!isBytes(type)) return (bytes, start, end) => column.pushBytes(bytes, start, end)
    return (bytes, start, end) => column.pushBytes(bytesOf(bytes.toString('latin1', start, end)))
  }
  switch (type.kind) {
    case 'boolean':
      return (bytes, start, end) => {
        const isTrue = bytes.toString('latin1', start, end).trim().toLowerCase() === 'true'
        column.pushInt8(isTrue ? 1 : 0)
      }
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint': {
      const { kind } = type
      return (bytes, start, end) => {
        const small = smallIntegerOf(bytes, start, end, smallDigits[kind])
        if (small !== undefined) column.pushSmallInteger(small)
        else column.pushInteger(integerOf(bytes.toString('utf8', start, end), kind))
      }
    }
    case 'float':
    case 'double': {
      const push = type.kind === 'float' ? column.pushFloat32 : column.pushFloat64
      return (bytes, start, end) => {
        const short = shortDoubleOf(bytes, start, end)
        push.call(column, short ?? doubleOf(bytes.toString('utf8', start, end)))
      }
    }
    case 'decimal':
      return (bytes, start, end) => {
        const text = bytes.toString('utf8', start, end)
        if (text !== text.trim()) throw new DecodeError(`'${text}' is not a number`)
        const unscaled = parseDecimal(text, type.precision, type.scale)
        if (unscaled === undefined) column.pushNull()
        else column.pushInteger(unscaled)
      }
    case 'date':
      return (bytes, start, end) => {
        column.pushInt32(parseLenientDate(bytes.toString('utf8', start, end)))
      }
    case 'time':
      return (bytes, start, end) => {
        const micros = parseTime(bytes.toString('utf8', start, end))
        column.pushSafeInteger(Math.floor(micros / 1_000_000) * 1_000_000)
      }
    case 'timestamp':
    case 'timestampLtz':
      return timestampConverter(column, type.kind === 'timestampLtz', type.precision)
    default:
      throw new FormatError('TYPE_UNSUPPORTED', `${name}: CSV has no ${type.kind}`)
  }
}

function timestampConverter(
  column: FixedColumn,
  isInstant: boolean,
  precision: number,
): CsvConverter {
  const unit = 10 ** Math.max(6 - precision, 0)
  return (bytes, start, end) => {
    const hasZone = bytes[end - 1] === 0x5a
    const common =
      hasZone === isInstant
        ? commonTimestampOf(bytes, start, hasZone ? end - 1 : end, 'SQL')
        : undefined
    const micros =
      common ?? parseTimestamp(bytes.toString('utf8', start, end).trim(), 'SQL', isInstant)
    pushTimestamp(column, Math.floor(micros / unit) * unit)
  }
}

/** Base64 to its last letter, padding included. */
function bytesOf(text: string): Buffer {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new DecodeError(`'${text}' is not base64`)
  }
  return Buffer.from(text, 'base64')
}
