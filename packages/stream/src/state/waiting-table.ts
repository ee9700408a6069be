import type { Field } from '../plan/type.js'
import { KeyedTable } from './keyed-table.js'
import type { OperatorState, StateChange } from './operator-state.js'
import type { Pieces, WantedExtent } from './pieces.js'
import { type FrozenState, type StateImage, withNumbers } from './state-image.js'

/**
 * Rows by key that wait until the watermark reaches their time, a field of 8 bytes that is never
 * NULL, in microseconds.
 *
 * Invariants. `closedThroughMs` never goes back, and no row whose time it has reached is there.
 */
export class WaitingTable implements OperatorState {
  readonly rows: KeyedTable
  readonly layout = 'table'
  protected readonly timeField: number
  private closedThrough = Number.NEGATIVE_INFINITY

  /** Of the key the first `groupCount` fields find all rows that have them. */
  constructor(
    fields: readonly Field[],
    of: { keyCount: number; groupCount?: number; timeField: number },
  ) {
    this.rows = new KeyedTable(fields, of.keyCount, of.groupCount)
    this.timeField = of.timeField
  }

  get fields(): readonly Field[] {
    return this.rows.fields
  }

  get keyFields(): readonly Field[] {
    return this.rows.keyFields
  }

  get parameters(): OperatorState['parameters'] {
    return { ...this.rows.parameters, timeField: this.timeField }
  }

  get rowCount(): number {
    return this.rows.rowCount
  }

  get sizeBytes(): number {
    return this.rows.sizeBytes
  }

  /** Rows up to this time were given out. */
  get closedThroughMs(): number {
    return this.closedThrough
  }

  apply({ rows, removed, closedThroughMs }: Omit<StateChange, 'state'>): void {
    this.rows.apply({ ...(rows && { rows }), ...(removed && { removed }) })
    if (closedThroughMs === undefined || closedThroughMs <= this.closedThrough) return
    const places = this.due(closedThroughMs)
    if (places.length > 0) this.rows.remove(this.rows.gather(places))
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
    return withNumbers(this.rows.freeze(pieces), { closedThroughMs: this.closedThrough })
  }

  restore(image: StateImage, wanted: WantedExtent[]): () => void {
    this.closedThrough = image.numbers.closedThroughMs ?? Number.NEGATIVE_INFINITY
    return this.rows.restore(image, wanted)
  }

  /** The places of the rows whose time is reached by then. */
  due(throughMs: number): Int32Array {
    return this.rows.placesUpTo(this.timeField, this.lastMicrosOf(throughMs)).places
  }

  /** The latest time that is reached by then. */
  protected lastMicrosOf(throughMs: number): number {
    return lastMicros(throughMs)
  }
}

/** The last microsecond that belongs to a millisecond. */
export function lastMicros(milliseconds: number): number {
  return milliseconds * 1000 + 999
}
