import { DecodeError } from './errors.js'

/**
 * '12.345' with scale 2 → 1235n: the digits without the point, rounded half up. Undefined when
 * the value needs more than `precision` digits, which Flink makes NULL.
 */
export function parseDecimal(text: string, precision: number, scale: number): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text.trim())
  const whole = match?.[2] ?? ''
  const fraction = match?.[3] ?? ''
  if (match === null || whole + fraction === '') {
    throw new DecodeError(`'${text}' is not a number`)
  }
  const digits = BigInt(whole + fraction)
  const shift = scale - fraction.length + Number(match[4] ?? 0)
  const unscaled = shiftDigits(digits, shift)
  if (unscaled >= 10n ** BigInt(precision)) return undefined
  return match[1] === '-' ? -unscaled : unscaled
}

/** `digits` × 10^shift, rounded half away from zero. */
export function shiftDigits(digits: bigint, shift: number): bigint {
  if (shift >= 0) return digits * 10n ** BigInt(shift)
  const unit = 10n ** BigInt(-shift)
  const half = digits < 0n ? -unit / 2n : unit / 2n
  return (digits + half) / unit
}

/** -1235n with scale 2 → '-12.35'. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled)
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
}

/**
 * As Java writes a decimal without zeros at its end: 12300.00 is 1.23E+4, and so is all that would
 * have zeros before the point, or more than five behind it.
 */
export function scientificDecimal(unscaled: bigint, scale: number): string {
  if (unscaled === 0n) return '0'
  const sign = unscaled < 0n ? '-' : ''
  const all = String(unscaled < 0n ? -unscaled : unscaled)
  const digits = all.replace(/0+$/, '')
  const kept = scale - (all.length - digits.length)
  const exponent = digits.length - 1 - kept
  if (kept >= 0 && exponent >= -6) return sign + formatDecimal(BigInt(digits), kept)
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : ''
  return `${sign}${digits[0]}${fraction}E${exponent < 0 ? '' : '+'}${exponent}`
}
