import type { Running } from './aggregate.js'
import type { State } from './automaton.js'

/**
 * A match that may still come. The rows of a match lie side by side, and so do those of each
 * variable: where they begin and end is all that has to be known of them, by their places.
 */
export interface OpenMatch {
  readonly state: State
  readonly first: number
  /** Of each variable where its rows begin, and behind that where they end; both 0 for none. */
  readonly bounds: readonly number[]
  /** What the aggregates that conditions read came to. */
  readonly sums: readonly Running[]
  /** What is known of the row at hand: whether the condition of each variable holds. */
  answers: (boolean | undefined)[]
}

/** A match, and the place of its last row. */
export interface WholeMatch {
  readonly match: OpenMatch
  readonly last: number
}

/** Where the rows of a variable begin and end; of no variable all rows before `end`. */
export function rangeOf(
  { bounds, first }: OpenMatch,
  term: number | undefined,
  end: number,
): [number, number] {
  if (term === undefined) return [first, end]
  return [bounds[term * 2] as number, bounds[term * 2 + 1] as number]
}

/** The bounds with one more row, which comes behind all others, for a variable. */
export function withRow(bounds: readonly number[], term: number, place: number): number[] {
  const more = [...bounds]
  if (more[term * 2 + 1] === 0) more[term * 2] = place
  more[term * 2 + 1] = place + 1
  return more
}
