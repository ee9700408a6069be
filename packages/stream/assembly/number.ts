// Numbers out of digits. A function that reads answers where it ended, or 0 for what it does not
// take; what it read is in `value`.

/** The whole number that was read last. */
export let value: i64 = 0
/** How many digits it had. */
export let digitCount: i32 = 0

/** Digits that surely fit 64 bits. */
const digitsMax: i32 = 18

const powers: StaticArray<i64> = [
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
  100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
  10000000000000000, 100000000000000000, 1000000000000000000,
]

@inline
export function power(exponent: i32): i64 {
  return unchecked(powers[exponent])
}

/**
 * Goes on reading into `value`, up to eight digits at a time. Eight bytes less '0' are digits up to
 * the first that is above 9; shifted so that zeros stand before them, they are added up in pairs
 * (tens and ones, then hundreds, then ten thousands).
 */
export function readDigits(at: usize): usize {
  while (true) {
    let digits = load<u64>(at) ^ 0x3030303030303030
    const others = (digits | (digits + 0x7676767676767676)) & 0x8080808080808080
    const count = others == 0 ? 8 : <i32>(ctz(others) >> 3)
    if (count == 0) return at
    digitCount += count
    if (digitCount > digitsMax) return 0
    digits <<= (8 - count) << 3
    digits = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ff
    digits = (digits * 100 + (digits >> 16)) & 0x0000ffff0000ffff
    digits = (digits * 10000 + (digits >> 32)) & 0xffffffff
    value = value * power(count) + <i64>digits
    at += count
    if (count < 8) return at
  }
}

/** An integer with its sign. A number as JSON has it begins with no zero; one within quotes may. */
export function readInteger(at: usize, isQuoted: bool): usize {
  const isNegative = load<u8>(at) == 0x2d
  if (isNegative) at++
  const first = at
  value = 0
  digitCount = 0
  at = readDigits(at)
  if (at == 0 || digitCount == 0) return 0
  if (!isQuoted && digitCount > 1 && load<u8>(first) == 0x30) return 0
  if (isNegative) value = -value
  return at
}

/** Of the number that was read last: digits behind the point, and whether it is negative. */
export let fractionDigits: i32 = 0
export let isNegative: bool = false

/** Digits with a point, and no exponent, into `value` as if there were no point, without its sign. */
export function readPointNumber(at: usize, isQuoted: bool): usize {
  isNegative = load<u8>(at) == 0x2d
  if (isNegative) at++
  const first = at
  value = 0
  digitCount = 0
  fractionDigits = 0
  at = readDigits(at)
  if (at == 0 || digitCount == 0) return 0
  if (!isQuoted && digitCount > 1 && load<u8>(first) == 0x30) return 0
  if (load<u8>(at) != 0x2e) return at
  const whole = digitCount
  at = readDigits(at + 1)
  if (at == 0 || digitCount == whole) return 0
  fractionDigits = digitCount - whole
  return at
}
