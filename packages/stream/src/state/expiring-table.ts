import type { Field } from '../plan/type.js'
import { ColumnBatch } from './batch.js'
import type { KeyedTable } from './keyed-table.js'
import { laneOf } from './lane.js'
import { expirySweepPlaces, tablePartRows } from './limits.js'
import type { OperatorState, StateChange } from './operator-state.js'
import type { Pieces, WantedExtent } from './pieces.js'
import type { FrozenState, StateImage } from './state-image.js'

/** The column behind a row's own: when it was last written, in milliseconds of the step's time. */
export const writtenField: Field = { name: '$written', type: { kind: 'bigint', nullable: false } }

/**
 * A table whose rows are forgotten `ttlMs` after they were last written (`table.exec.state.ttl`).
 *
 * Invariants. `now` is the time of the present step and moves only between two. A row that has
 * expired by then is found by nobody, whether it was dropped or not; so when it is dropped shows
 * nowhere. Dropping goes round the places of the table, some in each step: a row takes memory until
 * the round has come to it. What is dropped, and when each row was written, is in the changes of a
 * step, so that recovery forgets the same.
 */
export class ExpiringTable implements OperatorState {
  readonly fields: readonly Field[]
  readonly layout = 'table'
  private readonly table: KeyedTable
  private readonly ttlMs: number
  private readonly written = new WrittenTimes()
  private now = Number.NEGATIVE_INFINITY
  private nextPlace = 0

  constructor(table: KeyedTable, ttlMs: number) {
    this.table = table
    this.ttlMs = ttlMs
    this.fields = [...table.fields, writtenField]
    table.addLane(this.written.lane)
    table.forgets((place) => this.isExpired(place))
  }

  get keyFields(): readonly Field[] {
    return this.table.keyFields
  }

  get parameters(): OperatorState['parameters'] {
    return this.table.parameters
  }

  get rowCount(): number {
    return this.table.rowCount
  }

  get sizeBytes(): number {
    return this.table.sizeBytes + this.written.sizeBytes
  }

  /** Comes before whatever else a step does with the table. */
  beginStep(nowMs: number): void {
    this.now = Math.max(this.now, nowMs)
  }

  /** The step's changes of the table as changes of this: dropped rows first, then those written. */
  changesOf(name: string, changes: readonly StateChange[]): StateChange[] {
    const stamped = changes.map((change) => {
      return change.rows === undefined ? change : { ...change, rows: this.stamped(change.rows) }
    })
    const rows = stamped.reduce((sum, change) => sum + (change.rows?.rowCount ?? 0), 0)
    const places = this.sweep(expirySweepPlaces + 2 * rows)
    if (places.length === 0) return stamped
    const keys = this.table.keyFields.map((_, index) => index)
    return [{ state: name, removed: this.table.take(Int32Array.from(places), keys) }, ...stamped]
  }

  apply({ rows, removed }: Omit<StateChange, 'state'>): void {
    if (removed !== undefined) this.table.remove(removed)
    if (rows === undefined) return
    const last = rows.columns.length - 1
    const times = rows.fixed(last)
    const own = new ColumnBatch(this.table.fields, rows.columns.slice(0, last))
    this.table.put(own, undefined, (place, row) => this.written.set(place, times.numberAt(row)))
  }

  whole(): Omit<StateChange, 'state'> {
    return this.rowsAt(this.table.places())
  }

  *wholeInParts(): Generator<Omit<StateChange, 'state'>> {
    const places = this.table.places()
    for (let from = 0; from < places.length; from += tablePartRows) {
      yield this.rowsAt(places.subarray(from, from + tablePartRows))
    }
  }

  freeze(pieces: Pieces): FrozenState {
    return this.table.freeze(pieces)
  }

  restore(image: StateImage, wanted: WantedExtent[]): () => void {
    return this.table.restore(image, wanted)
  }

  private rowsAt(places: Int32Array): Omit<StateChange, 'state'> {
    const rows = this.table.gather(places)
    const times = new ColumnBatch([writtenField]).fixed(0)
    for (const place of places) times.pushSafeInteger(this.written.at(place))
    return { rows: new ColumnBatch(this.fields, [...rows.columns, times]) }
  }

  private isExpired(place: number): boolean {
    return this.written.at(place) + this.ttlMs <= this.now
  }

  private stamped(rows: ColumnBatch): ColumnBatch {
    const times = new ColumnBatch([writtenField]).fixed(0)
    for (let row = 0; row < rows.rowCount; row++) times.pushSafeInteger(this.now)
    return new ColumnBatch(this.fields, [...rows.columns, times])
  }

  /** Expired rows among the next places; after the last place comes the first. */
  private sweep(count: number): number[] {
    const { table } = this
    const end = table.placesEnd
    const expired: number[] = []
    for (let left = Math.min(count, end); left > 0; left--) {
      if (this.nextPlace >= end) this.nextPlace = 0
      const place = this.nextPlace++
      if (table.hasPlace(place) && this.isExpired(place)) expired.push(place)
    }
    return expired
  }
}

/** A time for each place of a table. */
class WrittenTimes {
  private times = new Float64Array(0)
  /** Of the memory that the places are of, which makes room for them. */
  readonly lane = laneOf(
    () => this.times,
    (places) => this.reserve(places),
  )

  get sizeBytes(): number {
    return this.times.byteLength
  }

  at(place: number): number {
    return this.times[place] as number
  }

  set(place: number, timeMs: number): void {
    this.times[place] = timeMs
  }

  private reserve(places: number): void {
    if (places <= this.times.length) return
    const grown = new Float64Array(places)
    grown.set(this.times)
    this.times = grown
  }
}
