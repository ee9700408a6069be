/** A reading of calendar and clock. */
export interface Reading {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nano: number
  /** From 0 on Sunday. */
  readonly weekday: number
  readonly dayOfYear: number
}

const microsPerDay = 86_400_000_000n
const millisPerDay = 86_400_000

export function readingOf(micros: bigint): Reading {
  const rest = ((micros % microsPerDay) + microsPerDay) % microsPerDay
  const days = Number((micros - rest) / microsPerDay)
  const date = new Date(days * millisPerDay)
  const seconds = Number(rest / 1_000_000n)
  const year = date.getUTCFullYear()
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    nano: Number(rest % 1_000_000n) * 1000,
    weekday: date.getUTCDay(),
    dayOfYear: days - daysOf(year, 1, 1) + 1,
  }
}

/** Days since 1970-01-01; months and days may run over. */
export function daysOf(year: number, month: number, day: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return Math.round(date.getTime() / millisPerDay)
}

export function lengthOfMonth(year: number, month: number): number {
  return daysOf(year, month + 1, 1) - daysOf(year, month, 1)
}

/** Weeks of America: they begin on Sunday, and the first is that of 1 January. */
export function weekOf({ year, dayOfYear }: Reading): { week: number; weekYear: number } {
  const first = weekdayOf(year, 1, 1)
  const next = weekdayOf(year + 1, 1, 1)
  const length = daysOf(year + 1, 1, 1) - daysOf(year, 1, 1)
  if (dayOfYear > length - next) return { week: 1, weekYear: year + 1 }
  return { week: Math.floor((dayOfYear - 1 + first) / 7) + 1, weekYear: year }
}

export function weekOfMonth({ year, month, day }: Reading): number {
  return Math.floor((day - 1 + weekdayOf(year, month, 1)) / 7) + 1
}

function weekdayOf(year: number, month: number, day: number): number {
  return (((daysOf(year, month, day) + 4) % 7) + 7) % 7
}

export const monthNames =
  'January February March April May June July August September October November December'.split(' ')
export const weekdayNames = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')
