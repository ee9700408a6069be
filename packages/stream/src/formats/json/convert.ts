import type { Field } from '../../plan/type.js'
import type { Column } from '../../state/column.js'
import { parseDecimal } from '../decimal-text.js'
import { FormatError } from '../errors.js'
import {
  doubleOf,
  type IntegerKind,
  integerOf,
  shortDoubleOf,
  smallDigits,
  smallIntegerOf,
} from '../number-text.js'
import { pushTimestamp } from '../push-timestamp.js'
import {
  commonTimestampOf,
  parseDate,
  parseSecondOfDay,
  parseTimestamp,
  type TimestampStandard,
} from '../time-text.js'

/**
 * Puts the JSON value that lies in bytes[start … end), which is not null, into a column. `isText`
 * says that it is a string; `escaped`, that the string has escapes. Throws a `DecodeError`.
 */
export type JsonConverter = (bytes: Buffer, start: number, end: number, escaped: boolean) => void

/** Flink's conversions: a number may also come as a string, and a string column takes anything. */
export function jsonConverter(
  field: Field,
  column: Column,
  standard: TimestampStandard,
): JsonConverter {
  if (column.kind === 'bytes') {
    if (field.type.kind === 'binary' || field.type.kind === 'varbinary') {
      return (bytes, start, end, escaped) => {
        column.pushBytes(Buffer.from(textOf(bytes, start, end, escaped), 'base64'))
      }
    }
    return (bytes, start, end, escaped) => {
      const first = bytes[start]
      if (first === 0x7b || first === 0x5b) column.pushString(compact(bytes, start, end))
      else if (first !== 0x22) column.pushBytes(bytes, start, end)
      else if (escaped) column.pushString(textOf(bytes, start, end, true))
      else column.pushBytes(bytes, start + 1, end - 1)
    }
  }
  const { type } = field
  switch (type.kind) {
    case 'boolean':
      return (bytes, start, end, escaped) => {
        column.pushInt8(textOf(bytes, start, end, escaped).trim().toLowerCase() === 'true' ? 1 : 0)
      }
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint': {
      const { kind } = type
      return (bytes, start, end, escaped) => {
        const small = smallIntegerOf(bytes, start, end, smallDigits[kind])
        if (small === undefined) {
          const text = textOf(bytes, start, end, escaped)
          const isNumber = bytes[start] !== 0x22
          column.pushInteger(integerOf(isNumber ? wholeOf(text, kind) : text, kind))
        } else {
          column.pushSmallInteger(small)
        }
      }
    }
    case 'float':
    case 'double': {
      const push = type.kind === 'float' ? column.pushFloat32 : column.pushFloat64
      return (bytes, start, end, escaped) => {
        const short = shortDoubleOf(bytes, start, end)
        push.call(column, short ?? doubleOf(textOf(bytes, start, end, escaped)))
      }
    }
    case 'decimal':
      return (bytes, start, end, escaped) => {
        const text = textOf(bytes, start, end, escaped)
        const unscaled = parseDecimal(text, type.precision, type.scale)
        if (unscaled === undefined) column.pushNull()
        else column.pushInteger(unscaled)
      }
    case 'date':
      return (bytes, start, end, escaped) => {
        column.pushInt32(parseDate(textOf(bytes, start, end, escaped)))
      }
    case 'time':
      return (bytes, start, end, escaped) => {
        column.pushSafeInteger(parseSecondOfDay(textOf(bytes, start, end, escaped)))
      }
    case 'timestamp':
    case 'timestampLtz': {
      const isInstant = type.kind === 'timestampLtz'
      const unit = 10 ** Math.max(6 - type.precision, 0)
      return (bytes, start, end, escaped) => {
        // Without its quotes and, of an instant, without its Z.
        const textEnd = isInstant && bytes[end - 2] === 0x5a ? end - 2 : end - 1
        const common =
          escaped || (isInstant && textEnd === end - 1)
            ? undefined
            : commonTimestampOf(bytes, start + 1, textEnd, standard)
        const micros =
          common ?? parseTimestamp(textOf(bytes, start, end, escaped), standard, isInstant)
        pushTimestamp(column, Math.floor(micros / unit) * unit)
      }
    }
    default:
      throw new FormatError('TYPE_UNSUPPORTED', `${field.name}: JSON has no ${type.kind}`)
  }
}

/** JSON inside of JSON, without white space and with no more escapes than it needs, as in Flink. */
function compact(bytes: Buffer, start: number, end: number): string {
  return bytes
    .toString('utf8', start, end)
    .replace(/"(?:[^"\\]|\\.)*"|\s+/g, (part) =>
      part.startsWith('"') ? JSON.stringify(JSON.parse(part)) : '',
    )
}

/** A string without its quotes, anything else as it stands. */
function textOf(bytes: Buffer, start: number, end: number, escaped: boolean): string {
  if (bytes[start] !== 0x22) return bytes.toString('utf8', start, end)
  if (!escaped) return bytes.toString('utf8', start + 1, end - 1)
  // The scanner has checked its escapes.
  return JSON.parse(bytes.toString('utf8', start, end))
}

/** Of a number (no text) with a fraction or an exponent INT and BIGINT take the whole part. */
function wholeOf(text: string, kind: IntegerKind): string {
  const value = Number(text)
  const isCut = (kind === 'int' || kind === 'bigint') && /[.eE]/.test(text)
  return isCut && Number.isFinite(value) ? String(BigInt(Math.trunc(value))) : text
}
