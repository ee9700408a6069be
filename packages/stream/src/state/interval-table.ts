import type { Field } from '../plan/type.js'
import type { ColumnBatch } from './batch.js'
import { KeyedTable } from './keyed-table.js'
import type { OperatorState, StateChange } from './operator-state.js'
import type { Pieces, WantedExtent } from './pieces.js'
import { type FrozenState, numberOf, type StateImage, withNumbers } from './state-image.js'
import { TimeIndex } from './time-index.js'

/** Buckets of time that the rows of a table lie in, as long as they wait. */
const bucketsPerReach = 32

/**
 * Rows that wait for others by some key until a time is over: one side of a join within an
 * interval.
 *
 * Invariants. A row is there while its time and `reachMs` are after `closedThroughMs`, which never
 * goes back. Rows are told apart by a number of their own, so that equal ones are there twice.
 *
 * Fields of a row: `keyCount` that it is found by, its number, and others.
 */
export class IntervalTable implements OperatorState {
  readonly rows: KeyedTable
  readonly layout = 'table'
  private readonly numberField: number
  private readonly timeField: number
  private readonly reachMs: number
  private readonly deadlines: TimeIndex
  private closedThrough = Number.NEGATIVE_INFINITY
  private nextNumber = 0

  /** `timeField` is a timestamp that is never NULL; rows lie there for up to about `spanMs`. */
  constructor(
    fields: readonly Field[],
    of: { keyCount: number; timeField: number; reachMs: number; spanMs: number },
  ) {
    this.rows = new KeyedTable(fields, of.keyCount + 1, of.keyCount)
    this.numberField = of.keyCount
    this.timeField = of.timeField
    this.reachMs = of.reachMs
    this.deadlines = new TimeIndex(Math.ceil(of.spanMs / bucketsPerReach), (place) =>
      this.deadlineMs(this.microsAt(place)),
    )
  }

  get fields(): readonly Field[] {
    return this.rows.fields
  }

  get keyFields(): readonly Field[] {
    return this.rows.keyFields
  }

  get parameters() {
    return { ...this.rows.parameters, reachMs: this.reachMs }
  }

  get rowCount(): number {
    return this.rows.rowCount
  }

  get sizeBytes(): number {
    return this.rows.sizeBytes + this.deadlines.sizeBytes
  }

  get closedThroughMs(): number {
    return this.closedThrough
  }

  /** The number of the next row that comes. */
  get next(): number {
    return this.nextNumber
  }

  /** When a row of this time is given up. */
  deadlineMs(timeMicros: number): number {
    return Math.floor(timeMicros / 1000) + this.reachMs
  }

  /** The time of the row at a place, in microseconds. */
  microsAt(place: number): number {
    return this.rows.numberAt(this.timeField, place)
  }

  /** The places of rows that are given up by then. */
  due(throughMs: number): Int32Array {
    return Int32Array.from(this.deadlines.upTo(throughMs))
  }

  /** When the last row that is there is given up; -Infinity where there is none. */
  get lastDeadlineMs(): number {
    return this.deadlines.latestMs
  }

  apply({ rows, closedThroughMs }: Omit<StateChange, 'state'>): void {
    if (rows !== undefined) this.put(rows)
    if (closedThroughMs === undefined || closedThroughMs <= this.closedThrough) return
    this.rows.removePlaces(this.deadlines.takeUpTo(closedThroughMs))
    this.closedThrough = closedThroughMs
  }

  whole(): Omit<StateChange, 'state'> {
    // -Infinity is no JSON: a table that never closed anything says nothing.
    const closed = Number.isFinite(this.closedThrough)
    return { ...this.rows.whole(), ...(closed && { closedThroughMs: this.closedThrough }) }
  }

  *wholeInParts(): Generator<Omit<StateChange, 'state'>> {
    yield* this.rows.wholeInParts()
    if (Number.isFinite(this.closedThrough)) yield { closedThroughMs: this.closedThrough }
  }

  freeze(pieces: Pieces): FrozenState {
    const { closedThrough: closedThroughMs, nextNumber } = this
    return withNumbers(this.rows.freeze(pieces), { closedThroughMs, nextNumber })
  }

  restore(image: StateImage, wanted: WantedExtent[]): () => void {
    this.closedThrough = image.numbers.closedThroughMs ?? Number.NEGATIVE_INFINITY
    this.nextNumber = numberOf(image, 'nextNumber')
    const read = this.rows.restore(image, wanted)
    return () => {
      read()
      for (const place of this.rows.places()) this.deadlines.add(place)
    }
  }

  /** Rows whose number is known are put in their place, others are added. */
  private put(rows: ColumnBatch): void {
    this.rows.put(rows, (place) => this.deadlines.add(place))
    const numbers = rows.fixed(this.numberField)
    for (let row = 0; row < rows.rowCount; row++) {
      this.nextNumber = Math.max(this.nextNumber, numbers.numberAt(row) + 1)
    }
  }
}
