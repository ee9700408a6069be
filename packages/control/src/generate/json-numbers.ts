/** Numbers within bounds. */
import type { Random } from '@millrace/host'

type Keywords = { readonly [keyword: string]: unknown }

/** Where only one bound is given, the other is this far away. */
const widthDefault = 1_000
/** A double holds no more digits. */
const digitsMax = 15

export interface NumberBounds {
  readonly low: number
  readonly high: number
  /** Numbers are multiples of this; 1 for whole ones, undefined for any. */
  readonly step: number | undefined
}

/** The bounds of schemas that hold all at once. Bounds that leave no room are crossed. */
export function numberBounds(all: readonly Keywords[], isWhole: boolean): NumberBounds {
  const steps = [...numbersOf(all, 'multipleOf'), ...(isWhole ? [1] : [])]
  const step = steps.length === 0 ? undefined : steps.reduce(commonMultiple)
  const nudge = step ?? 1e-6
  const lows = all.flatMap(({ minimum, exclusiveMinimum: open }) => [
    // In draft 4 the other bound is made open by `true`.
    ...(typeof minimum === 'number' ? [open === true ? minimum + nudge : minimum] : []),
    ...(typeof open === 'number' ? [open + nudge] : []),
  ])
  const highs = all.flatMap(({ maximum, exclusiveMaximum: open }) => [
    ...(typeof maximum === 'number' ? [open === true ? maximum - nudge : maximum] : []),
    ...(typeof open === 'number' ? [open - nudge] : []),
  ])
  const [low, high] = [Math.max(...lows), Math.min(...highs)]
  const width = Math.max(widthDefault, 10 * (step ?? 0))
  if (Number.isFinite(low)) {
    return { low, high: Number.isFinite(high) ? high : low + width, step }
  }
  if (Number.isFinite(high)) return { low: Math.min(0, high - width), high, step }
  return { low: 0, high: width, step }
}

/** A number within bounds; undefined where there is none. */
export function numberWithin(
  { low, high, step }: NumberBounds,
  random: Random,
): number | undefined {
  if (step === undefined) {
    if (low > high) return undefined
    const value = low + random.float() * (high - low)
    const rounded = Number(value.toFixed(6))
    return rounded >= low && rounded <= high ? rounded : value
  }
  const [first, last] = [Math.ceil(low / step), Math.floor(high / step)]
  if (first > last) return undefined
  const at = first + Math.floor(random.float() * (last - first + 1))
  // 3 * 0.1 is 0.30000000000000004, which is no multiple of 0.1.
  return Number((at * step).toPrecision(digitsMax))
}

/** Is a number within bounds? */
export function isWithin(value: number, { low, high, step }: NumberBounds): boolean {
  return value >= low && value <= high && (step === undefined || Number.isInteger(value / step))
}

/** What schemas say under a keyword, where it is a number. */
export function numbersOf(all: readonly Keywords[], keyword: string): number[] {
  return all.flatMap((each) => {
    const number = each[keyword]
    return typeof number === 'number' ? [number] : []
  })
}

/** The least common multiple; of parts of a whole, too: 0.5 and 1 are 1. */
function commonMultiple(a: number, b: number): number {
  const scale = 10 ** Math.max(decimals(a), decimals(b))
  const [x, y] = [Math.round(a * scale), Math.round(b * scale)]
  return (x / greatestDivisor(x, y)) * (y / scale)
}

function decimals(value: number): number {
  const [digits = '', exponent = '0'] = value.toString().split('e')
  return Math.max(0, (digits.split('.')[1] ?? '').length - Number(exponent))
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}
