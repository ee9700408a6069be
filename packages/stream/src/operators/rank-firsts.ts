import { ColumnBatch } from '../state/batch.js'
import { DeferredRows } from '../state/deferred-rows.js'
import { groupByKey } from '../state/key-groups.js'
import type { StateChange } from '../state/operator-state.js'
import { PlaceList } from '../state/place-list.js'
import { type CandidateParts, orderOf } from './rank-candidates.js'
import type { RankedChanges } from './ranked-changes.js'

/**
 * The first row of each partition that a step touches, over rows that only come: what a ranking of
 * one row is, without lists.
 *
 * A partition has one row, which is before all that come: so the order in which they came tells
 * nothing, and the table knows the row by its partition alone. A candidate is known by its place in
 * a sequence: for each partition the row that the state has, then the rows that came.
 */
export class FirstRows {
  /** For each partition where its row lies in the table; -1 for one that has none. */
  readonly places: Int32Array
  private readonly of: Omit<CandidateParts, 'to'>
  /** For each partition the candidate that is first after the step. */
  private readonly firsts: Int32Array
  private readonly kept = new PlaceList()
  private readonly keptPartitions = new PlaceList()

  constructor(of: Omit<CandidateParts, 'to'>) {
    this.of = of
    const { layout, table, arrived, latestFirst } = of
    const { partitionCount, orderInData, dataInTable, dataFields } = layout
    const keys = dataFields.slice(0, partitionCount).map((_, index) => arrived.column(index))
    const { heads, groupOf } = groupByKey(keys, partitionCount, arrived.rowCount)
    const partitions = new ColumnBatch(dataFields.slice(0, partitionCount))
    partitions.appendTaken(keys, heads)
    this.places = table.find(partitions)
    const orderInTable = orderInData.map((column) => dataInTable[column] as number)
    const order = orderOf(layout, table.take(this.places, orderInTable), arrived)
    const partitionsCount = heads.length
    const firsts = this.places.map((place, partition) => (place < 0 ? -1 : partition))
    for (let row = 0; row < groupOf.length; row++) {
      const partition = groupOf[row] as number
      const first = firsts[partition] as number
      const id = partitionsCount + row
      if (first >= 0) {
        const result = order(id, first)
        if (result > 0 || (result === 0 && !latestFirst)) continue
      }
      firsts[partition] = id
    }
    this.firsts = firsts
  }

  /** Tells the changes, partition by partition, and notes how the state changes. */
  tell(changes: RankedChanges): void {
    const { firsts, places } = this
    for (let partition = 0; partition < firsts.length; partition++) {
      const has = firsts[partition] as number
      if (has === partition) continue
      this.kept.push(has - firsts.length)
      this.keptPartitions.push(partition)
      changes.replace((places[partition] as number) < 0 ? -1 : partition, has)
    }
  }

  /** After all was told: the rows that the state keeps from now on, among those that came. */
  get rows(): DeferredRows {
    this.#rows ??= new DeferredRows(this.of.layout.dataFields, this.of.arrived, this.kept.values)
    return this.#rows
  }
  #rows: DeferredRows | undefined

  stateChange(): Omit<StateChange, 'state'> {
    if (this.kept.length === 0) return {}
    const places = this.keptPartitions.values.map((partition) => this.places[partition] as number)
    return { rows: new ColumnBatch(this.of.layout.fields, this.rows.columns), places }
  }
}
