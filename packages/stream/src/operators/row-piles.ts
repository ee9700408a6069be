import { ColumnBatch } from '../state/batch.js'
import { distinctRows } from '../state/distinct-rows.js'
import type { KeyedTable } from '../state/keyed-table.js'
import { rowKind } from './operator.js'

/** Where in a pile's table things lie. */
export interface PileLayout {
  /** Columns at the front that are the key of the sink. */
  readonly keyCount: number
  /** Columns at the front that tell the rows apart, those of the key included. */
  readonly tellingCount: number
  /** Columns of the rows; behind them the table has how often a row is there, and when it came last. */
  readonly rowColumns: number
}

/** The row that a key comes to: one of the batch, or where that is -1 the one at a place of the table. */
export interface ShownRow {
  readonly came: number
  readonly place: number
  /** No row of the key is left; this was the last one. */
  readonly isGone: boolean
}

/**
 * The rows that a step touched, each known by its columns that tell rows apart: how often it is there
 * after the step, with which number it came last, and where its values lie. Rows keep the state's
 * places and the batch's: nothing is copied.
 */
export class RowPiles {
  /** Of each touched row the first row of the batch that has its key. */
  readonly firsts: Int32Array
  /** Of each touched row the place in the table; -1 where it was not there. */
  readonly places: Int32Array
  readonly times: Float64Array
  readonly arrivals: Float64Array
  /** Of each touched row that came the row of the batch that came last; -1 for none. */
  readonly came: Int32Array
  private readonly table: KeyedTable
  private readonly layout: PileLayout
  private readonly batch: ColumnBatch

  /** `arrival`: the number of the first row of the batch that comes. */
  constructor(table: KeyedTable, layout: PileLayout, batch: ColumnBatch, arrival: number) {
    this.table = table
    this.layout = layout
    this.batch = batch
    const { tellingCount, rowColumns } = layout
    const { numbers, firsts } = distinctRows(batch.columns, tellingCount, batch.rowCount)
    this.firsts = firsts
    this.places = table.find(rowsOf(batch, firsts))
    this.times = new Float64Array(firsts.length)
    this.arrivals = new Float64Array(firsts.length)
    this.came = new Int32Array(firsts.length).fill(-1)
    this.places.forEach((place, row) => {
      if (place < 0) return
      this.times[row] = table.numberAt(rowColumns, place)
      this.arrivals[row] = table.numberAt(rowColumns + 1, place)
    })
    const kinds = batch.columns.length > rowColumns ? batch.fixed(rowColumns) : undefined
    for (let each = 0; each < batch.rowCount; each++) {
      const row = numbers[each] as number
      const kind = kinds?.int8[each]
      if (kind === rowKind.delete || kind === rowKind.updateBefore) {
        this.times[row] = (this.times[row] as number) - 1
        continue
      }
      this.times[row] = (this.times[row] as number) + 1
      this.arrivals[row] = arrival + each
      this.came[row] = each
    }
  }

  /** Is it there after the step? What is taken back more often than it came is not. */
  isThere(row: number): boolean {
    return (this.times[row] as number) > 0
  }

  /** What the keys come to whose row is another one now, or none. */
  *shown(): Generator<ShownRow> {
    const { firsts, layout, batch, table } = this
    const touched = rowsOf(batch, firsts)
    const keys = distinctRows(touched.columns, layout.keyCount, firsts.length)
    const last = new Int32Array(keys.firsts.length).fill(-1)
    // What came in this step is behind all that came before.
    keys.numbers.forEach((key, row) => {
      if (!this.isThere(row) || (this.came[row] as number) < 0) return
      const other = last[key] as number
      if (other < 0 || this.arrivalOf(row) > this.arrivalOf(other)) last[key] = row
    })
    const others: number[] = []
    last.forEach((row, key) => {
      if (row < 0) others.push(keys.firsts[key] as number)
    })
    for (const row of last) {
      if (row >= 0) yield { came: this.came[row] as number, place: -1, isGone: false }
    }
    if (others.length === 0) return
    const gone = new Set(this.places.filter((place, row) => place >= 0 && !this.isThere(row)))
    const { places, ends } = table.findGroups(rowsOf(touched, others))
    let from = 0
    for (const end of ends) {
      const before = this.latestOf(places.subarray(from, end))
      const after = this.latestOf(places.subarray(from, end).filter((place) => !gone.has(place)))
      from = end
      if (before === after) continue
      const isGone = after < 0
      yield { came: -1, place: isGone ? before : after, isGone }
    }
  }

  private arrivalOf(row: number): number {
    return this.arrivals[row] as number
  }

  /** The place of the row of the table that came last; -1 for none. */
  private latestOf(places: Int32Array): number {
    const { table, layout } = this
    let latest = -1
    for (const place of places) {
      const arrival = table.numberAt(layout.rowColumns + 1, place)
      if (latest < 0 || arrival > table.numberAt(layout.rowColumns + 1, latest)) latest = place
    }
    return latest
  }
}

function rowsOf(batch: ColumnBatch, rows: ArrayLike<number>): ColumnBatch {
  const taken = new ColumnBatch(batch.fields)
  taken.appendTaken(batch.columns, rows)
  return taken
}
