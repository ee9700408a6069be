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

/** '05:06:07.089' → microseconds since midnight. */
export function parseTime(text: string): number {
  const match = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/.exec(text)
  if (match === null) throw new DecodeError(`'${text}' is not a time of the form 23:59:59.999`)
  return timeOf(match[1], match[2], match[3] ?? '0', match[4] ?? '', text)
}

const sqlPattern = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z?)$/
const isoPattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z?)$/

/**
 * Microseconds since 1970-01-01T00:00:00Z; digits beyond are cut. An instant (TIMESTAMP_LTZ) ends
 * in Z, a TIMESTAMP does not: that is Flink's rule in both standards.
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
  const days = daysOf(Number(match[1]), Number(match[2]), Number(match[3]), text)
  return days * microsPerDay + timeOf(match[4], match[5], match[6] ?? '0', match[7] ?? '', text)
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
  return new Date(days * 86_400_000).toISOString().slice(0, 10)
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

export function formatTimestamp(
  micros: number,
  standard: TimestampStandard,
  isInstant: boolean,
): string {
  const days = Math.floor(micros / microsPerDay)
  const separator = standard === 'SQL' ? ' ' : 'T'
  const time = formatTime(micros - days * microsPerDay)
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
