import type { Moment, ValuesOptions } from './values.js'

/** How far a moment lies from now, at most: events come a little out of order. */
const awayMsMax = 5_000

/** A moment for a field of this name, in milliseconds since 1970: before now, but for deadlines. */
export function momentNear(field: string, { now }: Moment, options: ValuesOptions): number {
  const { random, timeField } = options
  const isAhead = field !== timeField && /deadline|until|expire|due|end/i.test(field)
  const away = random.below(awayMsMax)
  return Math.floor(now) + (isAhead ? away : -away)
}
