import { ColumnBatch } from '../state/batch.js'
import { DeferredRows } from '../state/deferred-rows.js'
import type { StateChange } from '../state/operator-state.js'
import { PlaceList } from '../state/place-list.js'
import type { CandidateParts } from './rank-candidates.js'
import { orderOf, type TouchedPartitions } from './rank-candidates.js'
import type { RankedChanges } from './ranked-changes.js'

/**
 * The first row of each partition that a step touches, over rows that only come: what a ranking of
 * one row is, without lists. Candidates are those of `Candidates`.
 *
 * A partition has one row, which is before all that come: so its number in the order in which rows
 * came tells nothing, and the row that takes its place takes its number too. Then the table replaces
 * it where it is.
 */
export class FirstRows {
  private readonly of: CandidateParts
  private readonly touched: TouchedPartitions
  /** For each partition the candidate that is first after the step. */
  private readonly firsts: Int32Array
  private readonly kept = new PlaceList()
  private readonly keptPartitions = new PlaceList()

  /** Each partition that is touched has one row at most. */
  constructor(of: CandidateParts, touched: TouchedPartitions) {
    this.of = of
    this.touched = touched
    const { places, groupOf, groupCount } = touched
    const storedCount = places.length
    const order = orderOf(of.layout, touched.stored, of.arrived)
    const firsts = new Int32Array(groupCount)
    for (let group = 0; group < groupCount; group++) firsts[group] = touched.onlyOf(group)
    const isLatestFirst = of.latestFirst
    for (let row = 0; row < groupOf.length; row++) {
      const group = groupOf[row] as number
      const first = firsts[group] as number
      const id = storedCount + row
      if (first >= 0) {
        const result = order(id, first)
        if (result > 0 || (result === 0 && !isLatestFirst)) continue
      }
      firsts[group] = id
    }
    this.firsts = firsts
  }

  /** Tells the changes, partition by partition, and notes how the state changes. */
  tell(changes: RankedChanges): void {
    const { firsts, touched } = this
    const storedCount = touched.places.length
    for (let group = 0; group < firsts.length; group++) {
      const had = touched.onlyOf(group)
      const has = firsts[group] as number
      if (had === has) continue
      this.kept.push(has - storedCount)
      this.keptPartitions.push(group)
      changes.replace(had, has)
    }
  }

  /** After all was told: the rows that the state keeps from now on, among those that came. */
  get rows(): DeferredRows {
    this.#rows ??= new DeferredRows(this.of.layout.dataFields, this.of.arrived, this.kept.values)
    return this.#rows
  }
  #rows: DeferredRows | undefined

  stateChange(): Omit<StateChange, 'state'> {
    const { layout } = this.of
    const { partitionCount, keyCount, fields } = layout
    if (this.kept.length === 0) return {}
    const { columns } = this.rows
    const arrivals = new ColumnBatch(fields.slice(partitionCount, keyCount)).fixed(0)
    for (const group of this.keptPartitions.values) {
      const had = this.touched.onlyOf(group)
      arrivals.pushSafeInteger(had < 0 ? 0 : this.touched.arrivalNumbers.numberAt(had))
    }
    const rows = new ColumnBatch(fields, [
      ...columns.slice(0, partitionCount),
      arrivals,
      ...columns.slice(partitionCount),
    ])
    return { rows }
  }
}
