import type { MatchSkip } from '../../plan/match-node.js'
import { OperatorError } from '../errors.js'
import type { State, Transition } from './automaton.js'
import { MatchQueue } from './match-queue.js'
import { MatchValues } from './match-values.js'
import { type OpenMatch, rangeOf, type WholeMatch, withRow } from './open-match.js'
import { type MatchRow, PartitionRows } from './partition-rows.js'
import type { Pattern } from './pattern.js'
import { computedValue } from './row-values.js'
import type { Value } from './value.js'

/** A match that is given out: what its measures read, by their place among the references. */
export interface Match {
  /** When it was certain: at a row, or when an earlier match could not come any more. */
  readonly certainAtMs: number
  readonly isAtRow: boolean
  /** The number of that row; of the first row of the match otherwise. */
  readonly number: number
  /** What tells its partition apart. */
  readonly key: readonly Value[]
  readonly values: readonly Value[]
}

/**
 * The matches of one partition, row by row, in the order in which Flink finds them.
 *
 * Every row may begin a match, and every way in which an open match can take it is followed; one
 * that cannot take it is given up. A whole match is given out once no match that begins earlier is
 * open: then it decides where the next may begin, and those that begin before that are given up.
 *
 * Invariants. Open matches are in the order of their first rows, those with the same first row in
 * the order in which they came about. Rows are kept from the first row on of the match that was the
 * first open one when no whole match waited last. Replaying them alone comes to the same: all that
 * was given out before then began earlier, and gave up all that began no later; and of the whole
 * matches that wait, whose order depends on those that waited beside them, all came since.
 */
export class Matcher {
  /** What tells the partition apart. */
  readonly key: readonly Value[]
  readonly values: MatchValues
  private readonly pattern: Pattern
  private readonly rows = new PartitionRows()
  private open: OpenMatch[] = []
  private readonly whole = new MatchQueue<WholeMatch>(({ match }) => match.first)
  /** The place from which on rows are kept. */
  private keptFrom = 0

  constructor(pattern: Pattern, key: readonly Value[]) {
    this.pattern = pattern
    this.key = key
    this.values = new MatchValues(pattern, this.rows)
  }

  get keptRows(): readonly MatchRow[] {
    return this.rows.all
  }

  /** The least time of the last rows of the whole matches that wait; Infinity for none. */
  get waitingSinceMs(): number {
    let least = Number.POSITIVE_INFINITY
    for (const { last } of this.whole) least = Math.min(least, this.rows.at(last).timeMs)
    return least
  }

  /** When the first open match will have taken too long; Infinity for never. */
  get deadlineMs(): number {
    const { withinMs } = this.pattern.node
    const [first] = this.open
    if (withinMs === undefined || first === undefined) return Number.POSITIVE_INFINITY
    return this.rows.at(first.first).timeMs + withinMs
  }

  /** The next row comes. Answers the open matches that may take it, and one that it may begin. */
  arrive(row: MatchRow): OpenMatch[] {
    this.rows.push(row)
    const { start, running, aggregates, node } = this.pattern
    const beginning: OpenMatch = {
      state: start,
      first: this.rows.last,
      bounds: new Array(node.pattern.length * 2).fill(0),
      sums: running.map((place) => aggregates[place]?.initial),
      answers: [],
    }
    for (const each of this.open) each.answers = []
    return [...this.open, beginning]
  }

  /** Takes the row that came, to the matches that `arrive` gave; answers what is given out. */
  take(candidates: readonly OpenMatch[]): Match[] {
    const { last } = this.rows
    const open: OpenMatch[] = []
    for (const candidate of candidates) {
      for (const next of this.nextOf(candidate)) {
        if (next.state.isFinal) this.whole.add({ match: next, last })
        else open.push(next)
      }
    }
    this.open = open
    const { timeMs, number } = this.rows.at(last)
    return this.giveOut({ certainAtMs: timeMs, isAtRow: true, number })
  }

  /** Gives up what takes too long by now; answers the matches that waited for it. */
  expire(nowMs: number): Match[] {
    const given: Match[] = []
    if (this.pattern.node.withinMs === undefined) return given
    for (let at = this.deadlineMs; at <= nowMs && this.open.length > 0; at = this.deadlineMs) {
      const [first] = this.open as [OpenMatch]
      this.open = this.open.filter((each) => each.first !== first.first)
      for (const match of this.giveOut({ certainAtMs: at, isAtRow: false })) given.push(match)
    }
    return given
  }

  /** Drops the rows that no match can need any more; answers how many of the first. */
  forget(): number {
    return this.rows.dropBefore(this.keptFrom)
  }

  private holds(candidate: OpenMatch, term: number): boolean {
    const known = candidate.answers[term]
    if (known !== undefined) return known
    const answer = this.computed(candidate, term)
    candidate.answers[term] = answer
    return answer
  }

  private computed(candidate: OpenMatch, term: number): boolean {
    const condition = this.pattern.conditions[term]
    switch (condition?.kind) {
      case undefined:
      case 'none':
        return true
      case 'ofRow':
        return computedValue(this.rows.at(this.rows.last).values[condition.place]) === true
      case 'interpreted':
        return (
          condition.evaluate((place) => this.values.ofCondition(candidate, term, place)) === true
        )
      case 'asked':
        throw new Error('the condition was not asked')
    }
  }

  private passes(candidate: OpenMatch, { takes, unless }: Transition): boolean {
    if (takes !== undefined && !this.holds(candidate, takes)) return false
    return unless.every((term) => !this.holds(candidate, term))
  }

  /** What becomes of a match with the row that came, in the order in which Flink tries it. */
  private nextOf(candidate: OpenMatch): OpenMatch[] {
    const states = [candidate.state]
    const next: OpenMatch[] = []
    for (let state = states.pop(); state !== undefined; state = states.pop()) {
      for (const transition of state.transitions) {
        if (!this.passes(candidate, transition)) continue
        const { takes, target } = transition
        if (takes === undefined) states.push(target)
        else next.push(...this.taken(candidate, takes, target))
      }
    }
    return next
  }

  /** The match with one more row, and, where it may end with that, the whole match. */
  private taken(candidate: OpenMatch, term: number, state: State): OpenMatch[] {
    const open: OpenMatch = {
      state,
      first: candidate.first,
      bounds: withRow(candidate.bounds, term, this.rows.last),
      sums: this.values.sumsWith(candidate.sums, term),
      answers: [],
    }
    const end = state.isFinal ? undefined : this.endBehind(candidate, state)
    return end === undefined ? [open] : [open, { ...open, state: end }]
  }

  private endBehind(candidate: OpenMatch, from: State): State | undefined {
    const states = [from]
    for (let state = states.pop(); state !== undefined; state = states.pop()) {
      for (const transition of state.transitions) {
        if (transition.takes !== undefined || !this.passes(candidate, transition)) continue
        if (transition.target.isFinal) return transition.target
        states.push(transition.target)
      }
    }
    return undefined
  }

  private giveOut(at: { certainAtMs: number; isAtRow: boolean; number?: number }): Match[] {
    const given: Match[] = []
    for (;;) {
      const { first: next } = this.whole
      const [earliest] = this.open
      if (next === undefined) this.keptFrom = earliest?.first ?? this.rows.last + 1
      if (next === undefined || (earliest?.first ?? Number.POSITIVE_INFINITY) < next.match.first) {
        return given
      }
      const whole = this.whole.take()
      const values = this.values.ofMeasures(whole)
      const number = at.number ?? this.rows.at(whole.match.first).number
      given.push({ ...at, number, key: this.key, values })
      const from = this.nextFirst(whole)
      this.open = this.open.filter(({ first }) => first >= from)
      this.whole.keep((each) => each.match.first >= from)
    }
  }

  /** Where matches that come behind one that is given out may begin. */
  private nextFirst({ match, last }: WholeMatch): number {
    const { skip, pattern } = this.pattern.node
    if (!('term' in skip)) return (skip.to === 'next row' ? match.first : last) + 1
    const [from, to] = rangeOf(match, skip.term, last + 1)
    const target = skip.to === 'first' ? from : to - 1
    if (to > 0 && target > match.first) return target
    throw new OperatorError('PATTERN_STUCK', stuckText(skip, pattern[skip.term]?.variable, to > 0))
  }
}

function stuckText({ to }: MatchSkip, variable: string | undefined, isThere: boolean): string {
  const target = `AFTER MATCH SKIP TO ${to.toUpperCase()} ${variable}`
  return isThere
    ? `${target}: that is the first row of the match, and the next would begin there again`
    : `${target}: a match has no such row`
}
