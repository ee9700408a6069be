import { DecodeError } from './errors.js'

/** Bits of each type without its sign. */
const integerLimits = { tinyint: 7n, smallint: 15n, int: 31n, bigint: 63n } as const

export type IntegerKind = keyof typeof integerLimits

/** As Java reads an integer, white space around it aside. */
export function integerOf(text: string, kind: IntegerKind): bigint {
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
export const smallDigits = { tinyint: 2, smallint: 4, int: 9, bigint: 15 } as const

/** An integer of few digits, read without making text of it; undefined for anything else. */
export function smallIntegerOf(
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
export function shortDoubleOf(bytes: Buffer, start: number, end: number): number | undefined {
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

export function doubleOf(text: string): number {
  const number = javaDouble.exec(text.trim())?.[1]
  if (number === undefined) throw new DecodeError(`'${text}' is not a number`)
  return number.endsWith('NaN') ? Number.NaN : Number(number)
}
