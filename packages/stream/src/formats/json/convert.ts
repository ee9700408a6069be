import type { Field } from '../../plan/type.js'
import type { Column } from '../../state/column.js'
import { parseDecimal } from '../decimal-text.js'
import { DecodeError, FormatError } from '../errors.js'
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

const integerLimits = { tinyint: 7n, smallint: 15n, int: 31n, bigint: 63n } as const

/** Of a number (no text) with a fraction or an exponent INT and BIGINT take the whole part. */
function wholeOf(text: string, kind: keyof typeof integerLimits): string {
  const value = Number(text)
  const isCut = (kind === 'int' || kind === 'bigint') && /[.eE]/.test(text)
  return isCut && Number.isFinite(value) ? String(BigInt(Math.trunc(value))) : text
}

function integerOf(text: string, kind: keyof typeof integerLimits): bigint {
  const digits = text.trim()
  if (!/^[+-]?\d+$/.test(digits)) throw new DecodeError(`'${text}' is not an integer`)
  const value = BigInt(digits.startsWith('+') ? digits.slice(1) : digits)
  const limit = 1n << integerLimits[kind]
  if (value >= limit || value < -limit) {
    throw new DecodeError(`${text} does not fit ${kind.toUpperCase()}`)
  }
  return value
}

/** Digits that fit each type whatever they are. */
const smallDigits = { tinyint: 2, smallint: 4, int: 9, bigint: 15 } as const

/** An integer of few digits, read without making text of it; undefined for anything else. */
function smallIntegerOf(
  bytes: Buffer,
  start: number,
  end: number,
  digitsMax: number,
): number | undefined {
  const negative = bytes[start] === 0x2d
  const first = negative ? start + 1 : start
  if (end - first > digitsMax || end === first) return undefined
  let value = 0
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return negative ? -value : value
}

/**
 * A number of at most 15 digits with a point and no exponent. Digits and power of ten are then
 * exact doubles, so that their quotient is the double nearest to the text (Clinger, 1990).
 */
function shortDoubleOf(bytes: Buffer, start: number, end: number): number | undefined {
  if (end - start > 17) return undefined
  const negative = bytes[start] === 0x2d
  let digits = 0
  let value = 0
  let point = -1
  for (let at = negative ? start + 1 : start; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte === 0x2e && point === -1) {
      point = digits
      continue
    }
    if (byte < 0x30 || byte > 0x39) return undefined
    value = value * 10 + byte - 0x30
    digits++
  }
  if (digits === 0 || digits > 15) return undefined
  const scaled = point === -1 ? value : value / 10 ** (digits - point)
  return negative ? -scaled : scaled
}

/** What Java's parseDouble takes, but for hexadecimal digits: a letter may follow that is a type. */
const javaDouble = /^([+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))[fFdD]?$/

function doubleOf(text: string): number {
  const number = javaDouble.exec(text.trim())?.[1]
  if (number === undefined) throw new DecodeError(`'${text}' is not a number`)
  return number.endsWith('NaN') ? Number.NaN : Number(number)
}
