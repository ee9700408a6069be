import { type Field, fieldAt } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import { BatchIndex } from '../state/batch-index.js'
import type { Column } from '../state/column.js'
import { ChosenColumns, DeferredRows } from '../state/deferred-rows.js'
import type { FoundRows } from '../state/found-rows.js'
import { IntervalTable } from '../state/interval-table.js'
import type { StateChange } from '../state/operator-state.js'
import type { Engine } from './duckdb/engine.js'
import { OperatorError } from './errors.js'
import { InputRows } from './input-rows.js'
import type { PairedRows } from './joined-rows.js'
import type { Flow } from './operator.js'

/**
 * One side of a join within an interval: the rows that wait for partners, and what the present
 * step adds to them.
 *
 * A row of the table is the side's columns, the join keys first, then its number, then the others,
 * and on an outer side whether it had a match. `delta` holds the step's rows in the same order,
 * without the number. A row with NULL in its key matches nothing.
 */
export class IntervalSide {
  readonly name: string
  readonly table: IntervalTable
  readonly isOuter: boolean
  delta: ColumnBatch
  private readonly takeDelta: InputRows
  private readonly layout: Layout
  /** The time of each row of the delta, in microseconds. */
  private times: Float64Array = new Float64Array(0)

  private constructor(parts: {
    name: string
    isOuter: boolean
    takeDelta: InputRows
    layout: Layout
    reachMs: number
    spanMs: number
  }) {
    const { layout, reachMs, spanMs } = parts
    this.name = parts.name
    this.isOuter = parts.isOuter
    this.takeDelta = parts.takeDelta
    this.layout = layout
    const { keyCount, time } = layout
    const timeField = time < keyCount ? time : time + 1
    this.table = new IntervalTable(layout.tableFields, { keyCount, timeField, reachMs, spanMs })
    this.delta = new ColumnBatch(layout.deltaFields)
  }

  static async compile(of: {
    engine: Engine
    name: string
    input: Flow
    fields: readonly Field[]
    /** Of the side's fields, each once. */
    keys: readonly number[]
    time: number
    isOuter: boolean
    /** How long after its time a row may find partners. */
    reachMs: number
    spanMs: number
  }): Promise<IntervalSide> {
    const { engine, input, fields, keys, time, isOuter } = of
    const layout = layoutOf(fields, keys, time, isOuter)
    const takeDelta = await InputRows.compile(engine, input, layout.order, layout.deltaFields)
    return new IntervalSide({ ...of, takeDelta, layout })
  }

  /** Reads what the input brings. */
  async take(): Promise<void> {
    const { takeDelta, layout } = this
    this.delta = await takeDelta.read()
    const column = this.delta.fixed(layout.time)
    this.times = new Float64Array(this.delta.rowCount)
    for (let row = 0; row < this.times.length; row++) {
      if (!column.validity.isValid(row)) {
        throw new OperatorError('TIME_IS_NULL', `${this.name}: a row has NULL as its event time`)
      }
      this.times[row] = column.numberAt(row)
    }
  }

  clear(): void {
    this.delta = new ColumnBatch(this.layout.deltaFields)
  }

  /** Had the row of the delta to be given up before it came? */
  isOver(row: number): boolean {
    return this.deadlineMs(row) <= this.table.closedThroughMs
  }

  /** Did the row of the delta come after the watermark had passed its time? */
  private isBehind(row: number): boolean {
    return (this.times[row] as number) <= this.table.closedThroughMs * 1000
  }

  /** Does it matter which of its rows had a match? */
  get asksForMatches(): boolean {
    return this.isOuter || this.times.some((_, row) => this.isOver(row))
  }

  /** Pairs of what the step brings here with what waits there, by rows of the one and places. */
  pairsWithTable(other: IntervalSide, isNear: IsNear): Pairs {
    if (this.delta.rowCount === 0 || other.table.rowCount === 0) return noPairs
    const { table } = other
    const isPair = (row: number, place: number) =>
      isNear(this.times[row] as number, table.microsAt(place))
    return pairsOf(table.rows.findEqual(this.delta, isPair))
  }

  /** Pairs of what the step brings here with what it brings there, by rows of both. */
  pairsWithDelta(other: IntervalSide, isNear: IsNear): Pairs {
    if (this.delta.rowCount === 0 || other.delta.rowCount === 0) return noPairs
    // Whichever of two rows comes first waits for the other, unless it is too late to wait.
    const isPair = (row: number, place: number) =>
      isNear(this.times[row] as number, other.times[place] as number) &&
      !(this.isOver(row) && other.isOver(place))
    const index = new BatchIndex(other.delta, this.layout.keyCount)
    return pairsOf(index.find(this.delta, isPair))
  }

  /** These rows of the delta, for pairs. */
  ofDelta(rows: Int32Array): PairedRows {
    const { order, deltaFields } = this.layout
    const taken = new DeferredRows(deltaFields, this.delta, rows)
    return { order, rows: taken, places: rows.map((row) => -1 - row) }
  }

  /** These rows of the table, for pairs. */
  ofTable(places: Int32Array): PairedRows {
    const { order, keyCount, deltaFields } = this.layout
    const { rows } = this.table
    const stored = new DeferredRows(rows.fields, rows, places)
    const own = deltaFields.map((_, index) => ({
      rows: stored,
      index: index < keyCount ? index : index + 1,
    }))
    return { order, rows: new ChosenColumns(deltaFields, places.length, own), places }
  }

  /**
   * How the table changes when time has passed to `throughMs`, with the rows that had a match in
   * this step; and the rows that are given up without any.
   */
  settle(matched: Matched, throughMs: number): Settled {
    const { layout, table, delta } = this
    const kept: number[] = []
    const alone: number[] = []
    let late = 0
    for (let row = 0; row < delta.rowCount; row++) {
      const isMatched = matched.rows[row] === 1
      if (this.deadlineMs(row) > throughMs) kept.push(row)
      else if (!isMatched && this.isOuter) alone.push(row)
      if (!isMatched && !this.isOuter && this.isOver(row) && this.isBehind(row)) late++
    }
    const rows = new ColumnBatch(layout.tableFields)
    this.addKept(rows, kept, matched)
    const given = this.isOuter ? this.settleWaiting(rows, matched, throughMs) : undefined
    const padding = new ColumnBatch(layout.deltaFields)
    padding.appendTaken(delta.columns, alone)
    if (given !== undefined && given.length > 0) {
      padding.appendRows(this.ownColumns(given), 0, given.length)
    }
    const change = {
      state: this.name,
      ...(rows.rowCount > 0 && { rows }),
      ...(throughMs > table.closedThroughMs && { closedThroughMs: throughMs }),
    }
    return { change, padding: { order: layout.order, rows: padding }, late }
  }

  /** When the last row is given up, of those that wait and those that came. */
  get lastDeadlineMs(): number {
    let last = this.table.lastDeadlineMs
    for (let row = 0; row < this.times.length; row++) last = Math.max(last, this.deadlineMs(row))
    return last
  }

  private deadlineMs(row: number): number {
    return this.table.deadlineMs(this.times[row] as number)
  }

  private addKept(rows: ColumnBatch, kept: readonly number[], matched: Matched): void {
    const { keyCount, order } = this.layout
    const own = new ColumnBatch(this.layout.deltaFields, this.withoutNumber(rows.columns))
    own.appendTaken(this.delta.columns, kept)
    const numbers = rows.fixed(keyCount)
    for (let row = 0; row < kept.length; row++) numbers.pushSafeInteger(this.table.next + row)
    if (!this.isOuter) return
    const flags = rows.fixed(order.length + 1)
    for (const row of kept) flags.pushInt8(matched.rows[row] ?? 0)
  }

  /** Marks waiting rows that had their first match; answers which are given up without any. */
  private settleWaiting(rows: ColumnBatch, matched: Matched, throughMs: number): Int32Array {
    const { table, layout } = this
    const flag = layout.order.length + 1
    const over = table.due(throughMs)
    const flags = table.rows.gather(over, flag).fixed(0)
    const given = over.filter((place, at) => flags.int8[at] !== 1 && !matched.places.has(place))
    const still = Int32Array.from(matched.places).filter(
      (place) => table.deadlineMs(table.microsAt(place)) > throughMs,
    )
    const before = table.rows.gather(still)
    const first = [...still.keys()].filter((at) => before.fixed(flag).int8[at] !== 1)
    const marks = new ColumnBatch([matchedField])
    for (const _ of still) marks.fixed(0).pushInt8(1)
    rows.appendTaken([...before.columns.slice(0, flag), marks.column(0)], first)
    return given
  }

  /** The side's own columns of these rows, as the delta's are. */
  private ownColumns(places: Int32Array): Column[] {
    return this.withoutNumber(this.table.rows.gather(places).columns)
  }

  private withoutNumber(columns: readonly Column[]): Column[] {
    const { keyCount, order } = this.layout
    return [...columns.slice(0, keyCount), ...columns.slice(keyCount + 1, order.length + 1)]
  }
}

/** Are the time of a row here and that of one there (in microseconds) close enough? */
export type IsNear = (mine: number, theirs: number) => boolean

interface Pairs {
  readonly mine: Int32Array
  readonly theirs: Int32Array
}

function pairsOf({ places, ends }: FoundRows): Pairs {
  const mine = new Int32Array(places.length)
  for (let row = 0; row < ends.length; row++) mine.fill(row, ends[row - 1] ?? 0, ends[row])
  return { mine, theirs: places }
}

const noPairs: Pairs = { mine: new Int32Array(0), theirs: new Int32Array(0) }

/** Which rows of a side had a match in this step: 1 for rows of the delta, and places. */
export interface Matched {
  readonly rows: Uint8Array
  readonly places: ReadonlySet<number>
}

export interface Settled {
  readonly change: StateChange
  /** Rows to be given out alone, in the order of the table's columns. */
  readonly padding: { readonly order: readonly number[]; readonly rows: ColumnBatch }
  /** Rows that came too late to find anything. */
  readonly late: number
}

interface Layout {
  /** The side's fields in the order of the delta's columns. */
  readonly order: readonly number[]
  readonly keyCount: number
  /** The column of the delta that is the event time. */
  readonly time: number
  readonly deltaFields: readonly Field[]
  readonly tableFields: readonly Field[]
}

const numberField: Field = { name: 'number', type: { kind: 'bigint', nullable: false } }
const matchedField: Field = { name: 'matched', type: { kind: 'tinyint', nullable: false } }

function layoutOf(
  fields: readonly Field[],
  keys: readonly number[],
  time: number,
  isOuter: boolean,
): Layout {
  const isKey = new Set(keys)
  const order = [...keys, ...[...fields.keys()].filter((column) => !isKey.has(column))]
  const deltaFields = order.map((column) => fieldAt(fields, column))
  const tableFields = [
    ...deltaFields.slice(0, keys.length),
    numberField,
    ...deltaFields.slice(keys.length),
    ...(isOuter ? [matchedField] : []),
  ]
  return { order, keyCount: keys.length, time: order.indexOf(time), deltaFields, tableFields }
}
