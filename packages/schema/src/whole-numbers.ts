/** Whole numbers beyond 2^53, which `parseJson` reads as bigints, for libraries that know none. */

/** Whether a number that `is` so stands anywhere in a JSON value. */
export function holdsNumber(value: unknown, is: (number: number | bigint) => boolean): boolean {
  if (typeof value === 'number' || typeof value === 'bigint') return is(value)
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some((each) => holdsNumber(each, is))
  for (const name in value) {
    if (holdsNumber((value as Record<string, unknown>)[name], is)) return true
  }
  return false
}

/** The same value with the nearest number for each bigint. */
export function rounded(value: unknown): unknown {
  return holdsNumber(value, isBigint) ? round(value) : value
}

function isBigint(value: number | bigint): boolean {
  return typeof value === 'bigint'
}

function round(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(round)
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, round(each)]))
}
