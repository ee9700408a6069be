const form =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * The moment that an RFC 3339 date-time names, in microseconds since 1970-01-01T00:00:00Z
 * (what is finer is cut off), or undefined when the text is none: an offset is required, days
 * and hours must exist, and a leap second is refused.
 */
export function parseRfc3339(text: string): number | undefined {
  const parts = form.exec(text)
  if (parts === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] =
    parts
  const days = daysSince1970(Number(year), Number(month), Number(day))
  if (days === undefined) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  let minutes = days * 1440 + Number(hour) * 60 + Number(minute)
  if (sign !== undefined) {
    if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined
    const offset = Number(offsetHour) * 60 + Number(offsetMinute)
    minutes += sign === '+' ? -offset : offset
  }
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'))
  return (minutes * 60 + Number(second)) * 1_000_000 + micros
}

/** Days from 1970-01-01 to an RFC 3339 full-date (`2026-01-04`), or undefined when it is none. */
export function parseFullDate(text: string): number | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (parts === null) return undefined
  return daysSince1970(Number(parts[1]), Number(parts[2]), Number(parts[3]))
}

function daysSince1970(year: number, month: number, day: number): number | undefined {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const daysInMonth = month === 2 && leap ? 29 : (monthDays[month - 1] ?? 0)
  if (day < 1 || day > daysInMonth) return undefined
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; setUTCFullYear does not.
  return new Date(0).setUTCFullYear(year, month - 1, day) / 86_400_000
}
