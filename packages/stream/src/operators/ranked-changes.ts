import { ColumnBatch } from '../state/batch.js'
import { ChosenColumns, DeferredRows, stackedRows } from '../state/deferred-rows.js'
import type { KeyedTable } from '../state/keyed-table.js'
import { PlaceList } from '../state/place-list.js'
import type { RowSource, Rows } from '../state/rows.js'
import { rowKind } from './operator.js'
import type { RankLayout } from './rank-layout.js'

/**
 * What a step changes within the range of a ranking. What is taken back comes before what comes:
 * by one key, the row that replaces another comes after it.
 */
export class RankedChanges {
  private readonly of: ChangedParts
  private readonly back = new Listed()
  /** Rows of the state that have another number now, or came up to the range. */
  private readonly moved = new Listed()
  private readonly came = new Listed()
  /** Of each candidate how much more often it is within the range. */
  private counts: Int32Array | undefined

  constructor(of: ChangedParts) {
    this.of = of
  }

  /** The candidates of one partition in their order, before the step and after it. */
  add(before: readonly number[], after: readonly number[]): void {
    if (this.of.bySlot) this.addSlots(before, after)
    else this.addRows(before, after)
  }

  /** The first row of a partition, where it is another one now; `had` is -1 where there was none. */
  replace(had: number, has: number): void {
    if (had < 0) this.comes(has, 1, rowKind.insert)
    else {
      if (this.of.needsBefore) this.back.add(had, 1, rowKind.updateBefore)
      this.comes(has, 1, rowKind.updateAfter)
    }
  }

  /** What has a number comes after what had it. */
  private addSlots(before: readonly number[], after: readonly number[]): void {
    const { from, to, needsBefore } = this.of
    const last = Math.min(to, Math.max(before.length, after.length))
    for (let number = from; number <= last; number++) {
      const had = before[number - 1]
      const has = after[number - 1]
      if (had === has) continue
      if (has === undefined) this.back.add(had as number, number, rowKind.delete)
      else if (had === undefined) this.comes(has, number, rowKind.insert)
      else {
        if (needsBefore) this.back.add(had, number, rowKind.updateBefore)
        this.comes(has, number, rowKind.updateAfter)
      }
    }
  }

  /** A row goes where it is within the range less often than before, or comes where more often. */
  private addRows(before: readonly number[], after: readonly number[]): void {
    const { from, to, places, arrived } = this.of
    this.counts ??= new Int32Array(places.length + arrived.rowCount)
    const { counts } = this
    const [had, has] = [before.slice(from - 1, to), after.slice(from - 1, to)]
    for (const id of had) counts[id] = (counts[id] as number) - 1
    for (const id of has) counts[id] = (counts[id] as number) + 1
    for (const id of had) {
      for (; (counts[id] as number) < 0; counts[id] = (counts[id] as number) + 1) {
        this.back.add(id, 0, rowKind.delete)
      }
    }
    for (const id of has) {
      for (; (counts[id] as number) > 0; counts[id] = (counts[id] as number) - 1) {
        this.comes(id, 0, rowKind.insert)
      }
    }
  }

  private comes(id: number, number: number, kind: number): void {
    const stored = this.of.places.length
    if (id < stored) this.moved.add(id, number, kind)
    else this.came.add(id - stored, number, kind)
  }

  /**
   * All changes, in the columns that the layout calls `given`. `came`: those of the rows that came,
   * where somebody has them already.
   */
  rows(came?: Rows): Rows {
    const { layout, table, places, arrived } = this.of
    const { back, moved } = this
    const { dataFields, dataInTable, givenFields } = layout
    const inTable: RowSource = {
      gatherColumn: (index, at, target) => {
        table.gatherColumn(dataInTable[index] as number, at, target)
      },
    }
    const placesOf = ({ ids }: Listed) => ids.values.map((id) => places[id] as number)
    const data = stackedRows(dataFields, [
      new DeferredRows(dataFields, inTable, placesOf(back)),
      new DeferredRows(dataFields, inTable, placesOf(moved)),
      came ?? new DeferredRows(dataFields, arrived, this.came.ids.values),
    ])
    const rest = new ColumnBatch(givenFields.slice(dataFields.length))
    const kinds = rest.fixed(rest.columns.length - 1)
    for (const listed of [back, moved, this.came]) {
      const start = kinds.length
      kinds.extend(listed.kinds.length)
      kinds.int8.set(listed.kinds.values, start)
      if (rest.columns.length === 1) continue
      for (const number of listed.numbers.values) rest.fixed(0).pushSafeInteger(number)
    }
    const columns = givenFields.map((_, index) => {
      const own = index - dataFields.length
      return own < 0 ? { rows: data, index } : { rows: rest, index: own }
    })
    return new ChosenColumns(givenFields, data.rowCount, columns)
  }
}

export interface ChangedParts {
  readonly layout: RankLayout
  readonly table: KeyedTable
  readonly arrived: Rows
  /** Of the candidates that the state has, their places in the table. */
  readonly places: Int32Array
  readonly from: number
  readonly to: number
  /** Whether a change is what has a number after what had it. */
  readonly bySlot: boolean
  readonly needsBefore: boolean
}

class Listed {
  readonly ids = new PlaceList()
  readonly numbers = new PlaceList()
  readonly kinds = new PlaceList()

  add(id: number, number: number, kind: number): void {
    this.ids.push(id)
    this.numbers.push(number)
    this.kinds.push(kind)
  }
}
