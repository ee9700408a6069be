import type { DatePatternDialect, DatePatternPart } from '../../plan/java/date-pattern.js'
import { monthNames, type Reading, weekdayNames, weekOf, weekOfMonth } from './calendar.js'

/** A time in the form of a pattern; zones are written as UTC. */
export function writtenDate(
  parts: readonly DatePatternPart[],
  dialect: DatePatternDialect,
  reading: Reading,
): string {
  return parts
    .map((part) =>
      part.kind === 'text' ? part.text : writtenField(part.letter, part.count, dialect, reading),
    )
    .join('')
}

function writtenField(
  letter: string,
  count: number,
  dialect: DatePatternDialect,
  reading: Reading,
): string {
  const { year, month, day, hour, minute, second, nano, weekday, dayOfYear } = reading
  const number = (value: number) => String(value).padStart(count, '0')
  const isSimple = dialect === 'simple'
  switch (letter) {
    case 'y':
      return yearText(year, count, isSimple)
    case 'Y':
      return yearText(weekOf(reading).weekYear, count, isSimple)
    case 'u':
      return isSimple ? number(weekday === 0 ? 7 : weekday) : yearText(year, count, isSimple)
    case 'M':
    case 'L':
      return count < 3 ? number(month) : nameText(monthNames[month - 1] ?? '', count, isSimple)
    case 'd':
      return number(day)
    case 'D':
      return number(dayOfYear)
    case 'H':
      return number(hour)
    case 'k':
      return number(hour === 0 ? 24 : hour)
    case 'K':
      return number(hour % 12)
    case 'h':
      return number(hour % 12 === 0 ? 12 : hour % 12)
    case 'm':
      return number(minute)
    case 's':
      return number(second)
    case 'S':
      return isSimple
        ? number(Math.floor(nano / 1_000_000))
        : String(nano).padStart(9, '0').slice(0, count)
    case 'a':
      return hour < 12 ? 'AM' : 'PM'
    case 'E':
      return nameText(weekdayNames[weekday] ?? '', count, isSimple)
    case 'e':
      return count < 3
        ? number(weekday + 1)
        : nameText(weekdayNames[weekday] ?? '', count, isSimple)
    case 'Q': {
      const quarter = Math.ceil(month / 3)
      if (count < 3) return number(quarter)
      return count === 3
        ? `Q${quarter}`
        : `${['1st', '2nd', '3rd', '4th'][quarter - 1] ?? ''} quarter`
    }
    case 'w':
      return number(weekOf(reading).week)
    case 'W':
      return number(weekOfMonth(reading))
    case 'F':
      return number(Math.floor((day - 1) / 7) + 1)
    case 'n':
      return number(nano)
    case 'N':
      return String((hour * 3600 + minute * 60 + second) * 1_000_000_000 + nano).padStart(
        count,
        '0',
      )
    case 'A':
      return number((hour * 3600 + minute * 60 + second) * 1000 + Math.floor(nano / 1_000_000))
    case 'G':
      return year > 0 ? 'AD' : 'BC'
    case 'X':
      return 'Z'
    case 'Z':
      return '+0000'
    default:
      return count < 4 ? 'UTC' : 'Coordinated Universal Time'
  }
}

function yearText(year: number, count: number, isSimple: boolean): string {
  if (count === 2) return String(year % 100).padStart(2, '0')
  const digits = String(year).padStart(count, '0')
  return !isSimple && count >= 4 && String(year).length > count ? `+${digits}` : digits
}

function nameText(name: string, count: number, isSimple: boolean): string {
  if (count < 4) return name.slice(0, 3)
  return count === 5 && !isSimple ? name.slice(0, 1) : name
}
