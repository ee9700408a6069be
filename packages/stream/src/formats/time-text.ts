import { DecodeError } from './errors.js'

const microsPerSecond = 1_000_000
const microsPerDay = 86_400 * microsPerSecond

/** How a timestamp is written as text: Flink's `timestamp-format.standard`. */
export type TimestampStandard = 'SQL' | 'ISO-8601'

/** '2026-01-04' → days since 1970-01-01. */
export function parseDate(text: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) throw new DecodeError(`'${text}' is not a date of the form 2026-01-31`)
  return daysOf(Number(match[1]), Number(match[2]), Number(match[3]), text)
}

/**
 * A date as java.sql.Date reads it: month and day may have one digit, and a day up to the 31st that
 * its month has not is one of the next.
 */
export function parseLenientDate(text: string): number {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text)
  const [year, month, day] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])]
  if (match === null || month < 1 || month > 12 || day < 1 || day > 31) {
    throw new DecodeError(`'${text}' is not a date of the form 2026-01-31`)
  }
  return civilDays(year, month, day)
}

/** '05:06:07.089' → microseconds since midnight. */
export function parseTime(text: string): number {
  const match = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/.exec(text)
  if (match === null) throw new DecodeError(`'${text}' is not a time of the form 23:59:59.999`)
  return timeOf(match[1], match[2], match[3] ?? '0', match[4] ?? '', text)
}

/**
 * A TIME of a JSON record, as Flink reads it: '05:06:07' with a fraction that is passed over →
 * microseconds since midnight. 24:00:00 is midnight.
 */
export function parseSecondOfDay(text: string): number {
  const match = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{0,9}))?$/.exec(text)
  if (match === null) throw new DecodeError(`'${text}' is not a time of the form 23:59:59`)
  if (isEndOfDay(match[1], match[2], match[3], match[4])) return 0
  return timeOf(match[1], match[2], match[3] ?? '', '', text)
}

const sqlPattern = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{0,9}))?(Z?)$/
const isoPattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z?)$/

/**
 * Microseconds since 1970-01-01T00:00:00Z; digits beyond are cut. An instant (TIMESTAMP_LTZ) ends
 * in Z, a TIMESTAMP does not: that is Flink's rule in both standards. In the standard SQL, as in
 * Flink, a day up to the 31st that its month has not is its last, and 24:00:00 the end of the day.
 */
export function parseTimestamp(
  text: string,
  standard: TimestampStandard,
  isInstant: boolean,
): number {
  const match = (standard === 'SQL' ? sqlPattern : isoPattern).exec(text)
  if (match === null || (match[8] === 'Z') !== isInstant) {
    const example = standard === 'SQL' ? '2026-01-31 23:59:59.999' : '2026-01-31T23:59:59.999'
    throw new DecodeError(
      `'${text}' is not of the form ${example}${isInstant ? 'Z' : ''} (${standard}${isInstant ? ', TIMESTAMP_LTZ' : ', TIMESTAMP'})`,
    )
  }
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const isLenient = standard === 'SQL' && day <= 31 && month >= 1 && month <= 12
  const days = daysOf(year, month, isLenient ? Math.min(day, lastDayOf(year, month)) : day, text)
  if (standard === 'SQL' && isEndOfDay(match[4], match[5], match[6], match[7])) {
    return (days + 1) * microsPerDay
  }
  return days * microsPerDay + timeOf(match[4], match[5], match[6] ?? '0', match[7] ?? '', text)
}

/**
 * The same for bytes of exactly the form `2026-01-31 23:59:59` with an optional fraction of three
 * digits, which is how most timestamps come; undefined for any other, and for times that do not
 * exist. Costs no text and no pattern.
 */
export function commonTimestampOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  standard: TimestampStandard,
): number | undefined {
  const length = end - start
  if (length !== 19 && length !== 23) return undefined
  const days = commonDays(bytes, start)
  const hour = digitsAt(bytes, start + 11, 2)
  const minute = digitsAt(bytes, start + 14, 2)
  const second = digitsAt(bytes, start + 17, 2)
  const millisecond = length === 23 ? digitsAt(bytes, start + 20, 3) : 0
  const separators =
    bytes[start + 10] === (standard === 'SQL' ? 0x20 : 0x54) &&
    bytes[start + 13] === 0x3a &&
    bytes[start + 16] === 0x3a &&
    (length === 19 || bytes[start + 19] === 0x2e)
  const exists = hour <= 23 && minute <= 59 && second <= 59
  if (days === undefined || !separators || !exists || Number.isNaN(hour + minute + millisecond)) {
    return undefined
  }
  return (((days * 24 + hour) * 3600 + minute * 60 + second) * 1000 + millisecond) * 1000
}

/** The day that was asked for last, and its bytes: the next record is mostly of the same. */
const lastDay = { text: new Uint8Array(10), days: 0 }

/** Days since 1970-01-01 of `2026-01-31`; undefined for any other form, and for unusual days. */
function commonDays(bytes: Uint8Array, start: number): number | undefined {
  const { text } = lastDay
  let same = 0
  while (same < 10 && bytes[start + same] === text[same]) same++
  if (same === 10) return lastDay.days
  const year = digitsAt(bytes, start, 4)
  const month = digitsAt(bytes, start + 5, 2)
  const day = digitsAt(bytes, start + 8, 2)
  const separators = bytes[start + 4] === 0x2d && bytes[start + 7] === 0x2d
  // Days up to the 28th exist in every month; the others are left to the pattern.
  const exists = year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 28
  if (!separators || !exists) return undefined
  lastDay.days = civilDays(year, month, day)
  for (let at = 0; at < 10; at++) text[at] = bytes[start + at] as number
  return lastDay.days
}

/** Digits as a number, NaN when one of them is none. */
function digitsAt(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let at = start; at < start + count; at++) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, `days_from_civil`). */
function civilDays(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** Either standard, with or without Z or an offset: what a person would write in a test. */
export function parseAnyTimestamp(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T]([\d:.]+)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text)
  if (match === null) throw new DecodeError(`'${text}' is not a timestamp`)
  const zone = match[3] ?? 'Z'
  const offsetMinutes =
    zone === 'Z'
      ? 0
      : (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * (zone[0] === '-' ? -1 : 1)
  const time = match[2] === undefined ? 0 : parseTime(match[2])
  return parseDate(match[1] ?? '') * microsPerDay + time - offsetMinutes * 60 * microsPerSecond
}

export function formatDate(days: number): string {
  const [date = ''] = new Date(days * 86_400_000).toISOString().split('T')
  // JavaScript writes a year of more than four digits with six, Java with those that it has.
  return date.replace(/^\+0*/, '+')
}

/** As many digits of the second as there are, none at the end that are zero. */
export function formatTime(micros: number): string {
  const seconds = Math.floor(micros / microsPerSecond)
  const two = (value: number) => String(value).padStart(2, '0')
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const fraction = String(micros % microsPerSecond)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return fraction === '' ? text : `${text}.${fraction}`
}

/** Of microseconds that a number does not hold exactly (after 2255) the milliseconds are meant. */
export function formatTimestamp(
  micros: number,
  standard: TimestampStandard,
  isInstant: boolean,
): string {
  const isExact = Number.isSafeInteger(micros)
  const millis = Math.round(micros / 1000)
  const days = Math.floor(isExact ? micros / microsPerDay : millis / 86_400_000)
  const separator = standard === 'SQL' ? ' ' : 'T'
  const time = formatTime(
    isExact ? micros - days * microsPerDay : (millis - days * 86_400_000) * 1000,
  )
  return `${formatDate(days)}${separator}${time}${isInstant ? 'Z' : ''}`
}

function daysOf(year: number, month: number, day: number, text: string): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    throw new DecodeError(`there is no day '${text}'`)
  }
  return date.getTime() / 86_400_000
}

function lastDayOf(year: number, month: number): number {
  const next = month === 12 ? civilDays(year + 1, 1, 1) : civilDays(year, month + 1, 1)
  return next - civilDays(year, month, 1)
}

/** 24:00:00, and nothing behind it. */
function isEndOfDay(hours = '', minutes = '', seconds = '', fraction = ''): boolean {
  return hours === '24' && Number(minutes) + Number(seconds) + Number(fraction) === 0
}

function timeOf(
  hours: string | undefined,
  minutes: string | undefined,
  seconds: string,
  fraction: string,
  text: string,
): number {
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)]
  if (hour > 23 || minute > 59 || second > 59) throw new DecodeError(`there is no time '${text}'`)
  return (
    (hour * 3600 + minute * 60 + second) * microsPerSecond +
    Number(fraction.padEnd(6, '0').slice(0, 6))
  )
}
