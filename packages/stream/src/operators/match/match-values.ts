import type { MatchReference } from '../../plan/match-node.js'
import type { Running, RunningAggregate } from './aggregate.js'
import { type OpenMatch, rangeOf, type WholeMatch } from './open-match.js'
import type { PartitionRows } from './partition-rows.js'
import type { Pattern } from './pattern.js'
import { computedValue } from './row-values.js'
import type { Value } from './value.js'

/** What conditions and measures read of the rows of matches, by its place among the references. */
export class MatchValues {
  private readonly pattern: Pattern
  private readonly rows: PartitionRows

  constructor(pattern: Pattern, rows: PartitionRows) {
    this.pattern = pattern
    this.rows = rows
  }

  /** What the condition of a variable reads, as if the row that came last were one of its rows. */
  ofCondition(match: OpenMatch, term: number, place: number): Value {
    const reference = this.referenceAt(place)
    const now = this.rows.last
    const isOwn = reference.term === undefined || reference.term === term
    if (reference.kind === 'aggregate') {
      const before = match.sums[this.pattern.running.indexOf(place)]
      const aggregate = this.aggregateAt(place)
      return aggregate.result(isOwn ? aggregate.add(before, this.argument(place, now)) : before)
    }
    const [from, to] = rangeOf(match, reference.term, now)
    const index = indexIn(reference, to - from + (isOwn ? 1 : 0))
    if (index === undefined) return null
    return this.cell(place, from + index >= to ? now : from + index)
  }

  /** What the measures read of a whole match; NULL for what only conditions read. */
  ofMeasures({ match, last }: WholeMatch): Value[] {
    const { node, measured } = this.pattern
    return node.references.map((reference, place) => {
      if (!measured.has(place)) return null
      const [from, to] = rangeOf(match, reference.term, last + 1)
      if (reference.kind === 'row') {
        const index = indexIn(reference, to - from)
        return index === undefined ? null : this.cell(place, from + index)
      }
      const aggregate = this.aggregateAt(place)
      let running = aggregate.initial
      for (let row = from; row < to; row++) {
        running = aggregate.add(running, this.argument(place, row))
      }
      return aggregate.result(running)
    })
  }

  /** What the aggregates of conditions come to when the row that came last is of a variable. */
  sumsWith(sums: readonly Running[], term: number): Running[] {
    const { running } = this.pattern
    return sums.map((sum, index) => {
      const place = running[index] as number
      const { term: of } = this.referenceAt(place)
      if (of !== undefined && of !== term) return sum
      return this.aggregateAt(place).add(sum, this.argument(place, this.rows.last))
    })
  }

  private referenceAt(place: number): MatchReference {
    const reference = this.pattern.node.references[place]
    if (reference === undefined) throw new RangeError(`no reference ${place}`)
    return reference
  }

  private aggregateAt(place: number): RunningAggregate {
    const aggregate = this.pattern.aggregates[place]
    if (aggregate === undefined) throw new RangeError(`the reference ${place} is no aggregate`)
    return aggregate
  }

  private cell(place: number, row: number): Value {
    return computedValue(this.rows.at(row).values[this.pattern.places[place] as number])
  }

  /** What an aggregate takes of a row: of COUNT(*) anything that is not NULL. */
  private argument(place: number, row: number): Value {
    return this.pattern.places[place] === undefined ? true : this.cell(place, row)
  }
}

function indexIn(
  { from, offset }: Extract<MatchReference, { kind: 'row' }>,
  count: number,
): number | undefined {
  if (offset >= count) return undefined
  return from === 'first' ? offset : count - 1 - offset
}
