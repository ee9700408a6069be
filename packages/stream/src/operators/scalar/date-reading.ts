import type { DatePatternPart } from '../../plan/java/date-pattern.js'
import { daysOf, lengthOfMonth, monthNames, weekdayNames } from './calendar.js'

/** Milliseconds since 1970-01-01 00:00:00 in the zone of what was read. */
export interface ReadTime {
  readonly millis: number
  /** Minutes that its own zone is ahead of UTC, where it names one. */
  readonly zoneMinutes?: number
}

type Fields = Map<string, number>

/**
 * As Java's DateTimeFormatter reads: the whole text, each field in its range; a day that its month
 * has not is its last. What is not there is that of 1970-01-01 00:00:00. Undefined where it does
 * not fit. Fractions beyond milliseconds are cut.
 */
export function readStrictly(
  parts: readonly DatePatternPart[],
  text: string,
): ReadTime | undefined {
  const found = new RegExp(`^${parts.map(strictSource).join('')}$`, 'u').exec(text)
  if (found === null) return undefined
  const fields: Fields = new Map()
  let group = 1
  for (const part of parts) {
    if (part.kind === 'text') continue
    const value = strictValue(part.letter, part.count, found[group++] ?? '')
    if (value === undefined || (fields.get(part.letter) ?? value) !== value) return undefined
    fields.set(part.letter, value)
  }
  return strictTime(fields)
}

function strictSource(part: DatePatternPart): string {
  if (part.kind === 'text') return quoted(part.text)
  const { letter, count } = part
  switch (letter) {
    case 'y':
    case 'u':
      return count === 2 || count >= 4 ? `(\\d{${count}})` : `(\\d{${count},9})`
    case 'M':
    case 'L':
      if (count >= 3) return `(${monthNames.map((name) => shortened(name, count)).join('|')})`
      return count === 2 ? '(\\d{2})' : '(\\d{1,9})'
    case 'E':
      return `(${weekdayNames.map((name) => shortened(name, count)).join('|')})`
    case 'a':
      return '(AM|PM)'
    case 'S':
      return `(\\d{${count}})`
    case 'D':
      return count === 3 ? '(\\d{3})' : `(\\d{${count},9})`
    case 'X':
      return '(Z|[+-]\\d{2}(?::?\\d{2})?)'
    case 'Z':
      return '([+-]\\d{4})'
    case 'z':
      return '(UTC|GMT|Z)'
    default:
      return count === 2 ? '(\\d{2})' : '(\\d{1,9})'
  }
}

function shortened(name: string, count: number): string {
  return count < 4 ? name.slice(0, 3) : name
}

function quoted(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}/-]/gu, (sign) => (/[-]/.test(sign) ? '-' : `\\${sign}`))
}

/** The least and the most of each field. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  ...{ M: [1, 12], L: [1, 12], d: [1, 31], D: [1, 366], H: [0, 24], k: [1, 24] },
  ...{ K: [0, 11], h: [1, 12], m: [0, 59], s: [0, 59] },
}

function strictValue(letter: string, count: number, text: string): number | undefined {
  switch (letter) {
    case 'y':
    case 'u':
      return count === 2 ? 2000 + Number(text) : Number(text)
    case 'M':
    case 'L':
      if (count >= 3) return monthNames.findIndex((name) => shortened(name, count) === text) + 1
      break
    case 'E':
      return weekdayNames.findIndex((name) => shortened(name, count) === text)
    case 'a':
      return text === 'AM' ? 0 : 1
    case 'S':
      return Number(text.padEnd(9, '0'))
    case 'X':
    case 'Z':
    case 'z':
      return zoneMinutesOf(text)
  }
  const value = Number(text)
  const [least, most] = ranges[letter] ?? [0, Number.MAX_SAFE_INTEGER]
  return value < least || value > most ? undefined : value
}

function zoneMinutesOf(text: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(text) ?? []
  if (sign === undefined) return 0
  const value = Number(hours) * 60 + Number(minutes)
  return sign === '-' ? -value : value
}

function strictTime(fields: Fields): ReadTime | undefined {
  const year = fields.get('y') ?? fields.get('u')
  const month = fields.get('M') ?? fields.get('L')
  const day = fields.get('d')
  const dayOfYear = fields.get('D')
  const at = { year: year ?? 1970, month: month ?? 1 }
  let days = daysOf(at.year, at.month, Math.min(day ?? 1, lengthOfMonth(at.year, at.month)))
  if (dayOfYear !== undefined && year !== undefined) {
    if (dayOfYear > daysOf(year + 1, 1, 1) - daysOf(year, 1, 1)) return undefined
    days = daysOf(year, 1, dayOfYear)
  }
  const weekday = fields.get('E')
  const isWhole =
    year !== undefined && ((month !== undefined && day !== undefined) || dayOfYear !== undefined)
  if (weekday !== undefined && isWhole && (((days + 4) % 7) + 7) % 7 !== weekday) return undefined
  const minute = fields.get('m') ?? 0
  const second = fields.get('s') ?? 0
  const nano = fields.get('S') ?? 0
  const hour = strictHour(fields)
  // 24:00 is the beginning of the next day, and no later.
  if (hour === undefined || (hour === 24 && minute + second + nano > 0)) return undefined
  const zoneMinutes = fields.get('X') ?? fields.get('Z') ?? fields.get('z')
  const clock = ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(nano / 1_000_000)
  return { millis: days * 86_400_000 + clock, ...(zoneMinutes !== undefined && { zoneMinutes }) }
}

/** That of half a day without AM or PM is none. */
function strictHour(fields: Fields): number | undefined {
  const half = fields.get('a')
  const hours = [fields.get('H'), fields.get('k')]
  const ofHalf = fields.get('K') ?? fields.get('h')
  if (half !== undefined && ofHalf !== undefined) hours.push((ofHalf % 12) + 12 * half)
  const [hour, ...others] = hours.filter((each) => each !== undefined)
  if (others.some((each) => each !== hour)) return undefined
  const value = hour ?? 0
  return fields.get('k') === 24 ? 0 : value
}

/**
 * As Java's SimpleDateFormat reads: from the beginning as far as the pattern goes, what follows is
 * left; blanks before a number are passed over, and fields that run over move the next ones.
 */
export function readLeniently(
  parts: readonly DatePatternPart[],
  text: string,
): ReadTime | undefined {
  const fields: Fields = new Map()
  let at = 0
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'text') {
      for (const character of part.text) {
        if (character === ' ') while (text[at + 1] === ' ') at++
        if (!text.startsWith(character, at)) return undefined
        at += character.length
      }
      continue
    }
    while (text[at] === ' ' || text[at] === '\t') at++
    const next = parts[index + 1]
    const isTight = next?.kind === 'field' && isNumber(next.letter, next.count)
    const read = lenientField(part.letter, part.count, text.slice(at), isTight)
    if (read === undefined) return undefined
    fields.set(part.letter, read.value)
    at += read.length
  }
  return lenientTime(fields)
}

function isNumber(letter: string, count: number): boolean {
  return !'aEXZz'.includes(letter) && !('ML'.includes(letter) && count >= 3)
}

function lenientField(
  letter: string,
  count: number,
  rest: string,
  isTight: boolean,
): { value: number; length: number } | undefined {
  const among = (names: readonly string[]) => {
    const lowered = rest.toLowerCase()
    for (const [index, name] of names.entries()) {
      for (const form of [name, name.slice(0, 3)]) {
        if (lowered.startsWith(form.toLowerCase())) return { value: index, length: form.length }
      }
    }
    return undefined
  }
  if (isNumber(letter, count)) {
    const [digits] = new RegExp(isTight ? `^-?\\d{1,${count}}` : '^-?\\d{1,18}').exec(rest) ?? []
    return digits === undefined ? undefined : { value: Number(digits), length: digits.length }
  }
  switch (letter) {
    case 'a':
      return among(['AM', 'PM'])
    case 'E':
      return among(weekdayNames)
    case 'X':
    case 'Z':
    case 'z': {
      const [zone] = /^(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)/.exec(rest) ?? []
      if (zone === undefined) return undefined
      return { value: zoneMinutesOf(zone), length: zone.length }
    }
    default: {
      const month = among(monthNames)
      return month && { value: month.value + 1, length: month.length }
    }
  }
}

function lenientTime(fields: Fields): ReadTime {
  const year = fields.get('y') ?? 1970
  const month = fields.get('M') ?? fields.get('L') ?? 1
  const dayOfYear = fields.get('D')
  const isByYear = dayOfYear !== undefined && fields.get('d') === undefined
  const days = isByYear ? daysOf(year, 1, dayOfYear) : daysOf(year, month, fields.get('d') ?? 1)
  const half = (fields.get('a') ?? 0) * 12
  const ofHalf = fields.get('K') ?? (fields.get('h') === 12 ? 0 : fields.get('h'))
  const ofDay = fields.get('H') ?? (fields.get('k') === 24 ? 0 : fields.get('k'))
  const hour = ofDay ?? (ofHalf ?? 0) + half
  const minutes = hour * 60 + (fields.get('m') ?? 0)
  const millis = (minutes * 60 + (fields.get('s') ?? 0)) * 1000 + (fields.get('S') ?? 0)
  const zoneMinutes = fields.get('X') ?? fields.get('Z') ?? fields.get('z')
  return { millis: days * 86_400_000 + millis, ...(zoneMinutes !== undefined && { zoneMinutes }) }
}
