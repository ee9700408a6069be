import type { Field } from '../plan/type.js'
import { ColumnBatch } from './batch.js'
import { groupByKey } from './key-groups.js'
import { KeyedTable } from './keyed-table.js'
import type { OperatorState, StateChange } from './operator-state.js'
import type { Pieces, WantedExtent } from './pieces.js'
import { type FrozenState, type StateImage, withNumbers } from './state-image.js'
import { TimeIndex } from './time-index.js'

const bucketMs = 1000

/**
 * Versions of rows, by key and by the time from which each counts.
 *
 * Invariants. Of one key and time there is one version, the one that came last. Of the versions of a
 * key from before `closedThroughMs`, which never goes back, only the latest is kept: no row that
 * comes in time asks for another.
 *
 * Fields of a row: `keyCount` that it is found by, the time, and others.
 */
export class VersionTable implements OperatorState {
  readonly rows: KeyedTable
  readonly layout = 'table'
  private readonly timeField: number
  /** The versions whose time was not passed yet. */
  private readonly pending: TimeIndex
  private closedThrough = Number.NEGATIVE_INFINITY

  constructor(fields: readonly Field[], keyCount: number) {
    this.rows = new KeyedTable(fields, keyCount + 1, keyCount)
    this.timeField = keyCount
    this.pending = new TimeIndex(bucketMs, (place) => Math.ceil(this.microsAt(place) / 1000))
  }

  get fields(): readonly Field[] {
    return this.rows.fields
  }

  get keyFields(): readonly Field[] {
    return this.rows.keyFields
  }

  get parameters() {
    return this.rows.parameters
  }

  get rowCount(): number {
    return this.rows.rowCount
  }

  get sizeBytes(): number {
    return this.rows.sizeBytes + this.pending.sizeBytes
  }

  get closedThroughMs(): number {
    return this.closedThrough
  }

  /** From when the version at a place counts, in microseconds. */
  microsAt(place: number): number {
    return this.rows.numberAt(this.timeField, place)
  }

  apply({ rows, closedThroughMs }: Omit<StateChange, 'state'>): void {
    if (rows !== undefined) this.rows.put(rows, (place) => this.pending.add(place))
    if (closedThroughMs === undefined) return
    this.closedThrough = Math.max(this.closedThrough, closedThroughMs)
    this.dropSuperseded(this.pending.takeUpTo(this.closedThrough))
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
    const read = this.rows.restore(image, wanted)
    return () => {
      read()
      for (const place of this.rows.places()) this.pending.add(place)
      this.dropSuperseded(this.pending.takeUpTo(this.closedThrough))
    }
  }

  /** Of the keys of these versions, which time has passed, only the latest of those stays. */
  private dropSuperseded(passed: readonly number[]): void {
    if (passed.length === 0) return
    const { fields, columns, rowCount } = this.rows.gather(Int32Array.from(passed))
    const keys = new ColumnBatch(fields)
    keys.appendTaken(columns, groupByKey(columns, this.rows.groupCount, rowCount).heads)
    const { places, ends } = this.rows.findGroups(keys)
    const superseded = new Set<number>()
    const limit = this.closedThrough * 1000
    for (let row = 0; row < ends.length; row++) {
      let latest = -1
      for (let at = ends[row - 1] ?? 0; at < (ends[row] as number); at++) {
        const place = places[at] as number
        if (this.microsAt(place) > limit) continue
        const isLater = latest < 0 || this.microsAt(place) > this.microsAt(latest)
        if (isLater && latest >= 0) superseded.add(latest)
        if (isLater) latest = place
        else if (place !== latest) superseded.add(place)
      }
    }
    this.rows.removePlaces([...superseded])
  }
}
