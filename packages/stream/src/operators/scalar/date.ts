import {
  type DatePatternDialect,
  DatePatternError,
  type DatePatternPart,
  parseDatePattern,
} from '../../plan/java/date-pattern.js'
import { daysOf, readingOf } from './calendar.js'
import { type ReadTime, readLeniently, readStrictly } from './date-reading.js'
import { writtenDate } from './date-writing.js'
import { remembering, ScalarError, scalar } from './scalar-function.js'
import { instantOf, zoneNamed } from './time-zone.js'

/** Dates and times in the forms of Java's patterns; the session's zone is UTC. */
export const dateFunctions = [
  scalar('date_format', ['bigint', 'text'], 'text', (micros, pattern) =>
    writtenDate(formatterToWrite(pattern), 'formatter', readingOf(micros)),
  ),
  scalar('date_format_text', ['text', 'text'], 'text', (text, pattern) => {
    const read = readLeniently(usual, text)
    if (read === undefined) return null
    return writtenDate(simpleToWrite(pattern), 'simple', readingOf(BigInt(read.millis) * 1000n))
  }),
  scalar('from_unixtime', ['bigint', 'text'], 'text', (seconds, pattern) => {
    // Milliseconds overflow as Java's long does.
    const millis = BigInt.asIntN(64, seconds * 1000n)
    return writtenDate(simpleToWrite(pattern), 'simple', readingOf(millis * 1000n))
  }),
  scalar('unix_timestamp', ['text', 'text'], 'bigint', (text, pattern) => {
    const read = readLeniently(simpleToRead(pattern), text)
    return read === undefined ? -(2n ** 63n) : BigInt(Math.trunc(instant(read) / 1000))
  }),
  scalar('to_date', ['text', 'text'], 'int', (text, pattern) => {
    const read = readLeniently(simpleToRead(pattern), text)
    return read === undefined ? null : Math.floor(instant(read) / millisPerDay)
  }),
  scalar('to_timestamp', ['text', 'text'], 'bigint', (text, pattern) => {
    const read = readStrictly(formatterToRead(pattern), text)
    const millis = read === undefined ? asJdbc(text.trim()) : read.millis
    return millis === undefined ? null : BigInt(millis) * 1000n
  }),
  scalar('convert_tz', ['text', 'text', 'text'], 'text', (text, from, to) => {
    const read = readLeniently(usual, text)
    if (read === undefined) return null
    const moment = instantOf(read.millis, zoneNamed(from))
    const local = moment + zoneNamed(to)(moment) * 60_000
    return writtenDate(usual, 'simple', readingOf(BigInt(local) * 1000n))
  }),
]

const millisPerDay = 86_400_000

function patternFor(
  dialect: DatePatternDialect,
  use: 'read' | 'write',
): (pattern: string) => readonly DatePatternPart[] {
  return remembering((pattern) => {
    try {
      return parseDatePattern(pattern, dialect, use)
    } catch (error) {
      if (error instanceof DatePatternError) throw new ScalarError(error.message)
      throw error
    }
  })
}

const formatterToWrite = patternFor('formatter', 'write')
const formatterToRead = patternFor('formatter', 'read')
const simpleToWrite = patternFor('simple', 'write')
const simpleToRead = patternFor('simple', 'read')

/** What Flink takes where it is given no pattern. */
const usual = parseDatePattern('yyyy-MM-dd HH:mm:ss', 'simple', 'read')

function instant({ millis, zoneMinutes = 0 }: ReadTime): number {
  return millis - zoneMinutes * 60_000
}

/**
 * What does not fit its pattern is read as JDBC writes times: yyyy-[m]m-[d]d, and perhaps a time of
 * day, whose fields may run over.
 */
function asJdbc(text: string): number | undefined {
  const [matched, year, month, day, hour = '0', minute = '0', second = '0', fraction = ''] =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?)?$/.exec(text) ??
    []
  if (matched === undefined) return undefined
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31)
    return undefined
  const days = daysOf(Number(year), Number(month), Number(day))
  const minutes = Number(hour) * 60 + Number(minute)
  const clock = (minutes * 60 + Number(second)) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3))
  return days * millisPerDay + clock
}
