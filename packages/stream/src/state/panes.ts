import type { Field } from '../plan/type.js'
import { ColumnBatch } from './batch.js'
import { paneCompactionGrowth } from './limits.js'
import type { OperatorState, StateChange } from './operator-state.js'
import type { Extent, Pieces, WantedExtent } from './pieces.js'
import type { Slices } from './slices.js'
import { type FrozenState, freezeState, type StateImage } from './state-image.js'
import { StoredRows } from './stored-rows.js'

/**
 * The open windows of one operator: for each slice of them (`Slices`; where windows do not overlap,
 * each is one slice) a pane of partial rows, in the order they came.
 *
 * Invariants. A pane only grows, is replaced by fewer rows that mean the same (`compact`), or is
 * dropped whole. `closedThroughMs` never goes back; no pane of which every window's last instant
 * is at or before it is open after `closeThrough`, and none may be opened there again.
 *
 * Rows of a pane that nobody asks for may be on disk only (`spill`): more are added without them,
 * and they are read back when the pane is looked at, as when its window ends.
 *
 * The first field of a row is its slice's start, a timestamp.
 */
export class PaneStore implements OperatorState {
  readonly fields: readonly Field[]
  readonly keyFields: readonly Field[] = []
  readonly slices: Slices
  readonly layout = 'panes'
  private readonly panes = new Map<number, Pane>()
  /** Counts how often panes were asked for, to tell which was so last. */
  private asked = 0
  private closedThrough = Number.NEGATIVE_INFINITY

  constructor(fields: readonly Field[], slices: Slices) {
    this.fields = fields
    this.slices = slices
  }

  get parameters() {
    return this.slices.parameters
  }

  apply({ rows, closedThroughMs }: Omit<StateChange, 'state'>): void {
    if (rows !== undefined) this.append(rows)
    if (closedThroughMs !== undefined) this.closeThrough(closedThroughMs)
  }

  whole(): Omit<StateChange, 'state'> {
    // -Infinity is no JSON: a store that never closed anything says nothing.
    const closed = Number.isFinite(this.closedThrough)
    return { rows: this.dump(), ...(closed && { closedThroughMs: this.closedThrough }) }
  }

  *wholeInParts(): Generator<Omit<StateChange, 'state'>> {
    for (const start of this.startsInOrder()) {
      for (const rows of this.paneAt(start).rows.inParts()) yield { rows }
    }
    if (Number.isFinite(this.closedThrough)) yield { closedThroughMs: this.closedThrough }
  }

  freeze(pieces: Pieces): FrozenState {
    const rows = this.startsInOrder().map((start) => {
      const { rows, compactedRows } = this.paneAt(start)
      return rows.freeze(pieces, start, { compactedRows })
    })
    const numbers = { closedThroughMs: this.closedThrough }
    return freezeState({ layout: this.layout, pieces, memories: {}, numbers, rows })
  }

  /** Nothing is read before somebody asks for it. */
  restore(image: StateImage, _: WantedExtent[], pieces: Pieces): () => void {
    this.closedThrough = image.numbers.closedThroughMs ?? Number.NEGATIVE_INFINITY
    for (const stored of image.rows) {
      const rows = StoredRows.stored(this.fields, stored, pieces)
      const { compactedRows = 0 } = stored.numbers ?? {}
      this.panes.set(stored.id, { rows, compactedRows, asked: 0 })
    }
    return () => {}
  }

  /** The panes that nobody has asked for longest go first. */
  spill(pieces: Pieces, bytes: number): number {
    let freed = 0
    const panes = [...this.panes.values()].sort((left, right) => left.asked - right.asked)
    for (const { rows } of panes) {
      if (freed >= bytes) break
      freed += rows.sizeBytes
      if (rows.sizeBytes > 0) rows.spill(pieces)
    }
    return freed
  }

  get spilledBytes(): number {
    let sum = 0
    for (const { rows } of this.panes.values()) sum += rows.spilledBytes
    return sum
  }

  *spilledExtents(): Generator<Extent> {
    for (const { rows } of this.panes.values()) yield* rows.extents
  }

  /** Windows whose last instant is not after this were given out. */
  get closedThroughMs(): number {
    return this.closedThrough
  }

  /** True when all windows of the slice were given out: what comes for it is late. */
  isClosed(startMs: number): boolean {
    return this.slices.isOver(startMs, this.closedThrough)
  }

  /** Adds partial rows, those of one slice side by side. None may be of a closed slice. */
  append(rows: ColumnBatch): void {
    for (const run of runsOf(rows)) {
      if (this.isClosed(run.startMs)) {
        throw new RangeError(`the slice ${run.startMs} was given out already`)
      }
      let pane = this.panes.get(run.startMs)
      if (pane === undefined) {
        pane = { rows: new StoredRows(this.fields), compactedRows: 0, asked: 0 }
        this.panes.set(run.startMs, pane)
      }
      pane.asked = ++this.asked
      pane.rows.append(rows.columns, run.from, run.to)
    }
  }

  /** Starts of all slices that hold rows, in no order. */
  get starts(): Iterable<number> {
    return this.panes.keys()
  }

  /** True when the slice that starts here holds rows. */
  has(startMs: number): boolean {
    return this.panes.has(startMs)
  }

  /** The rows of a slice, read back where they are on disk. */
  rowsOf(startMs: number): ColumnBatch {
    const pane = this.paneAt(startMs)
    pane.asked = ++this.asked
    return pane.rows.rows()
  }

  /** How many rows a slice holds. */
  rowCountOf(startMs: number): number {
    return this.paneAt(startMs).rows.rowCount
  }

  /** Drops the panes that no window after this instant needs, and refuses them from now on. */
  closeThrough(throughMs: number): void {
    if (throughMs <= this.closedThrough) return
    for (const start of this.panes.keys()) {
      if (this.slices.isOver(start, throughMs)) this.panes.delete(start)
    }
    this.closedThrough = throughMs
  }

  /** Panes of at least `rowsMin` rows that have grown enough for `compact` to be worth its cost. */
  overgrown(rowsMin: number): number[] {
    const starts: number[] = []
    for (const [start, pane] of this.panes) {
      const limit = Math.max(rowsMin, pane.compactedRows * paneCompactionGrowth)
      if (pane.rows.rowCount >= limit) starts.push(start)
    }
    return starts
  }

  /** Replaces a pane's rows by rows that mean the same. */
  compact(startMs: number, rows: ColumnBatch): void {
    const { asked } = this.paneAt(startMs)
    const compacted = new StoredRows(this.fields, rows)
    this.panes.set(startMs, { rows: compacted, compactedRows: rows.rowCount, asked })
  }

  get rowCount(): number {
    let sum = 0
    for (const pane of this.panes.values()) sum += pane.rows.rowCount
    return sum
  }

  get sizeBytes(): number {
    let sum = 0
    for (const pane of this.panes.values()) sum += pane.rows.sizeBytes
    return sum
  }

  /** All rows, pane by pane: with `closedThroughMs` the whole state. */
  dump(): ColumnBatch {
    const all = new ColumnBatch(this.fields)
    for (const start of this.startsInOrder()) {
      const { columns, rowCount } = this.rowsOf(start)
      all.appendRows(columns, 0, rowCount)
    }
    return all
  }

  private startsInOrder(): number[] {
    return [...this.panes.keys()].sort((left, right) => left - right)
  }

  private paneAt(startMs: number): Pane {
    const pane = this.panes.get(startMs)
    if (pane === undefined) throw new RangeError(`the slice ${startMs} is not open`)
    return pane
  }
}

interface Pane {
  readonly rows: StoredRows
  readonly compactedRows: number
  /** When it was asked for last, or rows were added; what is greater was later. */
  asked: number
}

interface Run {
  readonly startMs: number
  readonly from: number
  readonly to: number
}

/** Stretches of rows of the same slice, by the first column. */
export function* runsOf(rows: ColumnBatch): Generator<Run> {
  const starts = rows.fixed(0)
  const count = rows.rowCount
  let from = 0
  while (from < count) {
    const micros = starts.numberAt(from)
    let to = from + 1
    while (to < count && starts.numberAt(to) === micros) to++
    yield { startMs: micros / 1000, from, to }
    from = to
  }
}
