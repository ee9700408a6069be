// Dates and times out of text, as `src/formats/time-text.ts` has them. What is rare (a day that
// does not exist, 24:00:00, a year far away) is not taken.

const microsPerDay: i64 = 86_400_000_000
/** Up to here microseconds are numbers that JavaScript holds exactly. */
const yearMax: i32 = 2250

/** What was read last: days, or microseconds. */
export let time: i64 = 0

/** The day that was asked for last, and its ten bytes: the next record is mostly of the same. */
let lastStart: u64 = 0
let lastEnd: u16 = 0
let lastDays: i32 = 0

/** Two digits as a number, or one above 99. */
@inline
function twoDigits(at: usize): u32 {
  const tens = <u32>load<u8>(at) - 0x30
  const ones = <u32>load<u8>(at, 1) - 0x30
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : 100
}

/** `2026-01-31` → days since 1970-01-01, in `time`; answers where it ended, or 0. */
export function readDate(at: usize): usize {
  const start = load<u64>(at)
  const end = load<u16>(at, 8)
  if (start != lastStart || end != lastEnd) {
    if (!isDate(at)) return 0
    lastStart = start
    lastEnd = end
  }
  time = lastDays
  return at + 10
}

function isDate(at: usize): bool {
  const century = twoDigits(at)
  const yearOfCentury = twoDigits(at + 2)
  const month = twoDigits(at + 5)
  const day = twoDigits(at + 8)
  if (century > 99 || yearOfCentury > 99 || load<u8>(at, 4) != 0x2d || load<u8>(at, 7) != 0x2d) {
    return false
  }
  const year = <i32>(century * 100 + yearOfCentury)
  if (year < 1 || year > yearMax || month < 1 || month > 12 || day < 1) return false
  if (<i32>day > lastDayOf(year, month)) return false
  lastDays = civilDays(year, month, day)
  return true
}

function lastDayOf(year: i32, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, `days_from_civil`). */
function civilDays(year: i32, month: i32, day: i32): i32 {
  const shifted = month <= 2 ? year - 1 : year
  const era = shifted / 400
  const yearOfEra = shifted - era * 400
  const dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/**
 * `2026-01-31 23:59:59` and up to nine digits behind a point → microseconds in `time`, digits beyond
 * them cut; answers where it ended, or 0.
 */
export function readTimestamp(at: usize, separator: u8): usize {
  if (readDate(at) == 0 || load<u8>(at, 10) != separator) return 0
  const hour = twoDigits(at + 11)
  const minute = twoDigits(at + 14)
  const second = twoDigits(at + 17)
  if (hour > 23 || minute > 59 || second > 59) return 0
  if (load<u8>(at, 13) != 0x3a || load<u8>(at, 16) != 0x3a) return 0
  time = time * microsPerDay + <i64>((hour * 60 + minute) * 60 + second) * 1_000_000
  at += 19
  if (load<u8>(at) != 0x2e) return at
  at++
  let unit: i64 = 100_000
  for (let digits = 0; digits < 9; digits++) {
    const digit = <u32>load<u8>(at) - 0x30
    if (digit > 9) return digits == 0 ? 0 : at
    time += <i64>digit * unit
    unit /= 10
    at++
  }
  return at
}
