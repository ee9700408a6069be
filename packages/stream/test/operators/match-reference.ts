import { MatchQueue } from '../../src/operators/match/match-queue.js'

/**
 * A pattern of rows, and what it matches in the rows of a partition, told all at once: every row is
 * given a variable, in every way there is. It knows nothing of states; only which of several whole
 * matches with the same first row counts is asked of the same queue.
 */
export interface ReferencePattern {
  readonly terms: readonly ReferenceTerm[]
  readonly skip: 'next' | 'past' | { readonly to: 'first' | 'last'; readonly term: number }
  readonly withinMs?: number
  /** Through which time no more rows come. */
  readonly untilMs: number
}

export interface ReferenceTerm {
  readonly name: string
  readonly from: number
  readonly to: number
  /** It takes as many rows as it can, and not always the same number. */
  readonly isGreedy: boolean
  readonly holds: (rows: RowsSoFar) => boolean
}

export interface ReferenceRow {
  readonly timeMs: number
  readonly [column: string]: unknown
}

/** The rows of a match, with the one that is looked at; each with its variable. */
export class RowsSoFar {
  readonly all: readonly ReferenceRow[]
  private readonly labels: readonly number[]

  constructor(all: readonly ReferenceRow[], labels: readonly number[]) {
    this.all = all
    this.labels = labels
  }

  of(term: number): ReferenceRow[] {
    return this.all.filter((_, place) => this.labels[place] === term)
  }
}

interface Found {
  readonly first: number
  readonly labels: readonly number[]
}

/** The matches of a partition, in the order in which they are given out. */
export function matchesOf(pattern: ReferencePattern, rows: readonly ReferenceRow[]): RowsSoFar[] {
  const { terms, untilMs, withinMs = Number.POSITIVE_INFINITY } = pattern
  const given: RowsSoFar[] = []
  const whole = new MatchQueue<Found>(({ first }) => first)
  let open: Found[] = []
  const timeOf = (place: number) => rows[place]?.timeMs ?? 0
  const see = ({ first, labels }: Found) =>
    new RowsSoFar(rows.slice(first, first + labels.length), labels)
  const holds = (term: number, found: Found) =>
    terms[term]?.holds(see({ ...found, labels: [...found.labels, term] })) ?? false
  const release = () => {
    for (let next = whole.first; next !== undefined; next = whole.first) {
      if (open.some(({ first }) => first < (next?.first ?? 0))) return
      whole.take()
      given.push(see(next))
      const from = nextFirst(next)
      open = open.filter(({ first }) => first >= from)
      whole.keep(({ first }) => first >= from)
    }
  }
  const nextFirst = ({ first, labels }: Found): number => {
    if (pattern.skip === 'next') return first + 1
    if (pattern.skip === 'past') return first + labels.length
    const { to, term } = pattern.skip
    return first + (to === 'first' ? labels.indexOf(term) : labels.lastIndexOf(term))
  }
  const expire = (timeMs: number) => {
    open = open.filter(({ first }) => timeMs - timeOf(first) < withinMs)
    release()
  }
  rows.forEach((row, place) => {
    expire(row.timeMs)
    const next: Found[] = []
    for (const found of [...open, { first: place, labels: [] }]) {
      const last = found.labels.at(-1) ?? -1
      const taken = (term: number) => found.labels.filter((each) => each === term).length
      const wantsMore = (from: number, to: number) =>
        terms.some((each, term) => term >= from && term < to && each.isGreedy && holds(term, found))
      const mayLeave = (from: number, to: number, count: (term: number) => number) =>
        terms.every((each, term) => term < from || term >= to || count(term) >= each.from)
      terms.forEach(({ to }, term) => {
        if (term < last || taken(term) >= to) return
        if (!mayLeave(Math.max(0, last), term, taken) || wantsMore(Math.max(0, last), term)) return
        if (!holds(term, found)) return
        const more = { ...found, labels: [...found.labels, term] }
        const isFull = term === terms.length - 1 && taken(term) + 1 === to
        if (!isFull) next.push(more)
        const withThis = (each: number) => taken(each) + (each === term ? 1 : 0)
        const ends = mayLeave(term, terms.length, withThis)
        if (ends && !wantsMore(term, terms.length - 1)) whole.add(more)
      })
    }
    open = next
    release()
  })
  if (withinMs < Number.POSITIVE_INFINITY) expire(untilMs)
  return given
}
