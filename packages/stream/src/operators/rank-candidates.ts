import { ColumnBatch } from '../state/batch.js'
import type { FixedColumn } from '../state/column.js'
import { DeferredRows } from '../state/deferred-rows.js'
import { groupByKey } from '../state/key-groups.js'
import { type KeyedTable, timesLeft } from '../state/keyed-table.js'
import type { StateChange } from '../state/operator-state.js'
import { type RowOrder, rowOrder } from '../state/row-order.js'
import type { Rows } from '../state/rows.js'
import type { RankLayout } from './rank-layout.js'

/**
 * The rows of the partitions that a step touches: those that the state has, then those that came.
 * A candidate is known by its place in this sequence. For each partition there is an order of
 * candidates before the step and one after it, both no longer than `to`.
 */
export class Candidates {
  /** Of the candidates that the state has, their places in its table. */
  readonly places: Int32Array
  readonly groupCount: number
  private readonly of: CandidateParts
  private readonly ends: Int32Array
  private readonly order: RowOrder
  /** When a candidate came: the state's number of it, or later than all of those. */
  private readonly ages: Float64Array
  /** Rows that came, those of one group together, in their order; from `starts[group]` on. */
  private readonly rowsByGroup: Int32Array
  private readonly starts: Int32Array
  private readonly times: Times | undefined
  /** 1 for each candidate that the state keeps; over rows that only come. */
  private readonly stays: Uint8Array
  private readonly arrivalNumbers: FixedColumn
  private readonly kept: number[] = []
  private readonly keptArrivals: number[] = []
  private readonly left: number[] = []

  constructor(of: CandidateParts, touched: TouchedPartitions) {
    this.of = of
    const { layout, arrived } = of
    const { places, ends, groupCount, groupOf, arrivalNumbers, stored } = touched
    this.groupCount = groupCount
    this.places = places
    this.ends = ends
    this.arrivalNumbers = arrivalNumbers
    this.order = orderOf(layout, stored, arrived)
    this.ages = agesOf(arrivalNumbers, arrived.rowCount)
    this.stays = new Uint8Array(places.length + arrived.rowCount)
    this.starts = new Int32Array(groupCount + 1)
    this.rowsByGroup = sortedByGroup(groupOf, this.starts)
    this.times = layout.retracts ? new Times(of, places) : undefined
  }

  /** How many candidates the state has. */
  get storedCount(): number {
    return this.places.length
  }

  /** The candidates of a partition in their order before the step, each as often as it was there. */
  before(group: number): number[] {
    const { times } = this
    const list: number[] = []
    const end = this.ends[group] as number
    for (let id = this.startOf(group); id < end; id++) {
      if (times === undefined || (times.before[id] as number) > 0) this.insert(list, id)
    }
    return repeated(list, times?.before, this.of.to)
  }

  /** The same after the step. Also notes how the state changes, so it is called once a partition. */
  after(group: number, before: readonly number[]): number[] {
    const { times, storedCount } = this
    const list = times === undefined ? before.slice() : this.remaining(group, times)
    const end = this.starts[group + 1] as number
    for (let at = this.starts[group] as number; at < end; at++) {
      const row = this.rowsByGroup[at] as number
      if (times !== undefined && !times.isNew(row)) continue
      this.insert(list, storedCount + row)
    }
    if (times !== undefined) return repeated(list, times.after, this.of.to)
    this.note(group, before, list)
    return list
  }

  /** The candidates that the state has and that are still there. */
  private remaining(group: number, times: Times): number[] {
    const list: number[] = []
    const end = this.ends[group] as number
    for (let id = this.startOf(group); id < end; id++) {
      if ((times.after[id] as number) > 0) this.insert(list, id)
    }
    return list
  }

  /** Notes which rows leave the state and which come into it, in the order in which they came. */
  private note(group: number, before: readonly number[], after: readonly number[]): void {
    const { stays, storedCount } = this
    for (const id of after) stays[id] = 1
    for (const id of before) if (stays[id] === 0) this.left.push(id)
    let next = this.nextArrival(group)
    const end = this.starts[group + 1] as number
    for (let at = this.starts[group] as number; at < end; at++) {
      const row = this.rowsByGroup[at] as number
      if (stays[storedCount + row] === 0) continue
      this.kept.push(row)
      this.keptArrivals.push(next++)
    }
  }

  /** After all partitions: how the table changes. */
  stateChange(): Omit<StateChange, 'state'> {
    return this.times === undefined ? this.appendChange() : this.retractChange(this.times)
  }

  private appendChange(): Omit<StateChange, 'state'> {
    const { layout, arrived, table } = this.of
    const { partitionCount, keyCount, fields } = layout
    const data = new DeferredRows(layout.dataFields, arrived, Int32Array.from(this.kept))
    const arrivals = new ColumnBatch(fields.slice(partitionCount, keyCount)).fixed(0)
    for (const number of this.keptArrivals) arrivals.pushSafeInteger(number)
    const rows = new ColumnBatch(fields, [
      ...data.columns.slice(0, partitionCount),
      arrivals,
      ...data.columns.slice(partitionCount),
    ])
    const gone = Int32Array.from(this.left, (id) => this.places[id] as number)
    const keys = Array.from({ length: keyCount }, (_, index) => index)
    const places = new Int32Array(rows.rowCount).fill(-1)
    return { ...changeOf(rows, table.take(gone, keys)), places }
  }

  private retractChange(times: Times): Omit<StateChange, 'state'> {
    const { layout, arrived } = this.of
    const put: number[] = []
    const gone: number[] = []
    const arrivals: number[] = []
    const counts: number[] = []
    for (let group = 0; group < this.groupCount; group++) {
      let next = this.nextArrival(group)
      for (let at = this.starts[group] as number; at < (this.starts[group + 1] as number); at++) {
        const row = this.rowsByGroup[at] as number
        const known = times.knownAs[row] as number
        const count = times.after[known < 0 ? this.storedCount + row : known] as number
        if (count === 0) {
          gone.push(row)
          continue
        }
        put.push(row)
        counts.push(count)
        arrivals.push(known < 0 ? next++ : this.arrivalNumbers.numberAt(known))
      }
    }
    const rows = new ColumnBatch(layout.fields)
    const { dataFields } = layout
    new ColumnBatch(dataFields, rows.columns.slice(0, dataFields.length)).appendTaken(
      arrived.columns,
      put,
    )
    for (const number of arrivals) rows.fixed(dataFields.length).pushSafeInteger(number)
    for (const count of counts) rows.fixed(dataFields.length + 1).pushSafeInteger(count)
    const removed = new ColumnBatch(dataFields)
    removed.appendTaken(arrived.columns, gone)
    return changeOf(rows, removed)
  }

  /** The first of a partition's candidates that the state has. */
  private startOf(group: number): number {
    return group === 0 ? 0 : (this.ends[group - 1] as number)
  }

  private nextArrival(group: number): number {
    let next = 0
    const end = this.ends[group] as number
    for (let id = this.startOf(group); id < end; id++) {
      next = Math.max(next, this.arrivalNumbers.numberAt(id) + 1)
    }
    return next
  }

  /** Puts a candidate where it belongs, unless `to` others come before it. */
  private insert(list: number[], id: number): void {
    const { to } = this.of
    let high = list.length
    if (high === 0 || this.compare(id, list[high - 1] as number) > 0) {
      if (high < to) list.push(id)
      return
    }
    let low = 0
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.compare(id, list[middle] as number) < 0) high = middle
      else low = middle + 1
    }
    list.splice(low, 0, id)
    if (list.length > to) list.pop()
  }

  private compare(left: number, right: number): number {
    const result = this.order(left, right)
    if (result !== 0) return result
    const age = (this.ages[left] as number) - (this.ages[right] as number)
    return this.of.latestFirst ? -age : age
  }
}

/** The partitions of the rows that came, and what the state has of each. */
export class TouchedPartitions {
  readonly groupCount: number
  /** The partition of each row that came. */
  readonly groupOf: Int32Array
  /** Of the rows that the state has of them, their places, partition by partition. */
  readonly places: Int32Array
  /** Where in `places` those of each partition end. */
  readonly ends: Int32Array
  /** Of the same rows what they are ordered by, and the number with which each came. */
  readonly stored: ColumnBatch
  readonly arrivalNumbers: FixedColumn

  constructor({ layout, table, arrived }: Omit<CandidateParts, 'to' | 'latestFirst'>) {
    const { partitionCount, orderInData, dataInTable, arrivalInTable = 0, dataFields } = layout
    const keyFields = dataFields.slice(0, partitionCount)
    const keys = keyFields.map((_, index) => arrived.column(index))
    const { heads, groupOf } = groupByKey(keys, partitionCount, arrived.rowCount)
    this.groupCount = heads.length
    this.groupOf = groupOf
    const partitions = new ColumnBatch(keyFields)
    partitions.appendTaken(keys, heads)
    const { places, ends } = table.findGroups(partitions)
    this.places = places
    this.ends = ends
    const orderInTable = orderInData.map((column) => dataInTable[column] as number)
    this.stored = table.take(places, [...orderInTable, arrivalInTable])
    this.arrivalNumbers = this.stored.fixed(orderInTable.length)
  }
}

export interface CandidateParts {
  readonly layout: RankLayout
  readonly table: KeyedTable
  readonly arrived: Rows
  readonly to: number
  readonly latestFirst: boolean
}

/** How often each candidate is there, before the step and after it. */
class Times {
  readonly before: Float64Array
  readonly after: Float64Array
  /** For each row that came the candidate of the state that it is; -1 for none. */
  readonly knownAs: Int32Array
  private readonly stored: number

  constructor({ layout, table, arrived }: CandidateParts, places: Int32Array) {
    const stored = places.length
    this.stored = stored
    this.before = new Float64Array(stored + arrived.rowCount)
    this.knownAs = new Int32Array(arrived.rowCount).fill(-1)
    const times = table.take(places, [layout.fields.length - 1]).fixed(0)
    for (let id = 0; id < stored; id++) this.before[id] = times.numberAt(id)
    this.after = this.before.slice()
    const rowAt = new Map<number, number>()
    table.find(new ColumnBatch(arrived.fields, arrived.columns)).forEach((place, row) => {
      if (place >= 0) rowAt.set(place, row)
    })
    for (let id = 0; id < stored && rowAt.size > 0; id++) {
      const row = rowAt.get(places[id] as number)
      if (row !== undefined) this.knownAs[row] = id
    }
    const delta = arrived.fixed(layout.dataFields.length)
    for (let row = 0; row < arrived.rowCount; row++) {
      const known = this.knownAs[row] as number
      const id = known < 0 ? stored + row : known
      this.after[id] = timesLeft(table, (this.after[id] as number) + delta.numberAt(row))
    }
  }

  /** Whether a row that came, and stays, is none that the state has. */
  isNew(row: number): boolean {
    const known = this.knownAs[row] as number
    return known < 0 && (this.after[this.stored + row] as number) > 0
  }
}

export function orderOf(layout: RankLayout, stored: ColumnBatch, arrived: Rows): RowOrder {
  const { orderInData, orderKeys, dataFields } = layout
  const fields = orderInData.map((column) => dataFields[column] as (typeof dataFields)[number])
  const both = new ColumnBatch(fields)
  both.appendRows(stored.columns.slice(0, fields.length), 0, stored.rowCount)
  const came = orderInData.map((column) => arrived.column(column))
  both.appendRows(came, 0, arrived.rowCount)
  return rowOrder(both.columns, orderKeys)
}

/** Rows that came are younger than any the state has: it would take ages to number so many. */
const agesOfArrived = 2 ** 52

function agesOf(arrivalNumbers: FixedColumn, arrived: number): Float64Array {
  const stored = arrivalNumbers.length
  const ages = new Float64Array(stored + arrived)
  for (let id = 0; id < stored; id++) ages[id] = arrivalNumbers.numberAt(id)
  for (let row = 0; row < arrived; row++) ages[stored + row] = agesOfArrived + row
  return ages
}

/** Rows by their group, in their order within it; fills in where each group starts. */
function sortedByGroup(groupOf: Int32Array, starts: Int32Array): Int32Array {
  for (const group of groupOf) starts[group + 1] = (starts[group + 1] as number) + 1
  for (let group = 1; group < starts.length; group++) {
    starts[group] = (starts[group] as number) + (starts[group - 1] as number)
  }
  const next = starts.slice()
  const rows = new Int32Array(groupOf.length)
  groupOf.forEach((group, row) => {
    rows[next[group] as number] = row
    next[group] = (next[group] as number) + 1
  })
  return rows
}

/** Candidates as often as they are there, `to` in all. */
function repeated(list: number[], times: Float64Array | undefined, to: number): number[] {
  if (times === undefined) return list
  const all: number[] = []
  for (const id of list) {
    for (let i = 0; i < (times[id] as number) && all.length < to; i++) all.push(id)
  }
  return all
}

function changeOf(rows: ColumnBatch, removed: ColumnBatch): Omit<StateChange, 'state'> {
  return {
    ...(removed.rowCount > 0 && { removed }),
    ...(rows.rowCount > 0 && { rows }),
  }
}
