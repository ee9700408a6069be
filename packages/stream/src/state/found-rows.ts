import { StateError } from './errors.js'
import { equalRowsMax } from './limits.js'

/** Places of what was found: for row `i` of what was looked for those from `ends[i - 1]` to `ends[i]`. */
export interface FoundRows {
  readonly places: Int32Array
  readonly ends: Int32Array
}

/** Which of the rows that have the same key are wanted: what is looked for, and what is found. */
export type IsPair = (row: number, place: number) => boolean

export function grownTwice(places: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(places.length * 2)
  grown.set(places)
  return grown
}

/** Room for pairs of a join. Throws a `StateError` before there are too many of them for memory. */
export function withRoom(places: Int32Array): Int32Array<ArrayBuffer> {
  if (places.length >= equalRowsMax) {
    throw new StateError('MATCHES_TOO_MANY', `one step of a join makes over ${equalRowsMax} pairs`)
  }
  return grownTwice(places)
}
