import type { Field } from '../plan/type.js'
import { ColumnBatch } from './batch.js'
import { paneCompactionGrowth } from './limits.js'
import type { OperatorState, StateChange } from './operator-state.js'
import type { Slices } from './slices.js'

/**
 * The open windows of one operator: for each slice of them (`Slices`; where windows do not overlap,
 * each is one slice) a pane of partial rows, in the order they came.
 *
 * Invariants. A pane only grows, is replaced by fewer rows that mean the same (`compact`), or is
 * dropped whole. `closedThroughMs` never goes back; no pane of which every window's last instant
 * is at or before it is open after `closeThrough`, and none may be opened there again.
 *
 * The first field of a row is its slice's start, a timestamp.
 */
export class PaneStore implements OperatorState {
  readonly fields: readonly Field[]
  readonly keyFields: readonly Field[] = []
  readonly slices: Slices
  private readonly panes = new Map<number, Pane>()
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
        pane = { rows: new ColumnBatch(this.fields), compactedRows: 0 }
        this.panes.set(run.startMs, pane)
      }
      pane.rows.appendRows(rows.columns, run.from, run.to)
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

  rowsOf(startMs: number): ColumnBatch {
    const pane = this.panes.get(startMs)
    if (pane === undefined) throw new RangeError(`the slice ${startMs} is not open`)
    return pane.rows
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
    this.rowsOf(startMs)
    this.panes.set(startMs, { rows, compactedRows: rows.rowCount })
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
    for (const start of [...this.panes.keys()].sort((left, right) => left - right)) {
      const { columns, rowCount } = this.rowsOf(start)
      all.appendRows(columns, 0, rowCount)
    }
    return all
  }
}

interface Pane {
  readonly rows: ColumnBatch
  readonly compactedRows: number
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
