import type { Field } from '../plan/type.js'
import { batchParts, ColumnBatch, readBatch } from './batch.js'
import type { Column } from './column.js'
import { lengthInAll } from './entry.js'
import { rowRunBytesMax, rowRunsMax, tablePartRows } from './limits.js'
import type { Extent, Pieces } from './pieces.js'

/** Rows that lie in a piece, side by side. */
export type Run = readonly [rows: number, extent: Extent]

/** Rows as they lie in pieces, by the number that their state knows them by. */
export interface RowsImage {
  readonly id: number
  readonly runs: readonly Run[]
  readonly numbers?: Readonly<Record<string, number>>
}

/**
 * Rows that are only added to. Those that a snapshot has written are not written again, and need
 * not be in memory: they are let go (`spill`), and read back whole when somebody wants rows.
 *
 * Invariants. `runs` are the first `storedRows` rows, in order; the first `spilledRows` rows are in
 * the pieces only, the others are in memory. Rows are added without those that are spilled.
 */
export class StoredRows {
  private readonly fields: readonly Field[]
  private runs: Run[] = []
  private storedRows = 0
  private spilledRows = 0
  private memory: ColumnBatch
  private pieces: Pieces | undefined
  private frozen: FrozenRows | undefined

  constructor(fields: readonly Field[], rows = new ColumnBatch(fields)) {
    this.fields = fields
    this.memory = rows
  }

  /** Rows that lie in pieces, and are in memory when they are wanted. */
  static stored(fields: readonly Field[], { runs }: RowsImage, pieces: Pieces): StoredRows {
    const rows = new StoredRows(fields)
    rows.runs = [...runs]
    rows.storedRows = runs.reduce((sum, [count]) => sum + count, 0)
    rows.spilledRows = rows.storedRows
    rows.pieces = pieces
    return rows
  }

  get rowCount(): number {
    return this.spilledRows + this.memory.rowCount
  }

  /** Bytes of the values that are in memory. */
  get sizeBytes(): number {
    return this.memory.sizeBytes
  }

  /** Bytes of memory, those kept for more values too. */
  get memoryBytes(): number {
    return this.memory.columns.reduce((sum, column) => sum + column.memoryBytes, 0)
  }

  /** Bytes that are in the pieces only. */
  get spilledBytes(): number {
    return this.spilledRows === 0 ? 0 : this.runs.reduce((sum, [, [, , bytes]]) => sum + bytes, 0)
  }

  append(columns: readonly Column[], from: number, to: number): void {
    this.memory.appendRows(columns, from, to)
  }

  /** All rows, read back where they are spilled. */
  rows(): ColumnBatch {
    if (this.spilledRows > 0) this.readBack()
    return this.memory
  }

  /** All rows, a part after another; those that are spilled stay so. */
  *inParts(): Generator<ColumnBatch> {
    let rows = 0
    for (const [count, extent] of this.runs) {
      if (rows >= this.spilledRows) break
      if (this.pieces !== undefined) yield readBatch(this.fields, this.pieces.read(extent))
      rows += count
    }
    const { columns, rowCount } = this.memory
    for (let from = 0; from < rowCount; from += tablePartRows) {
      const part = new ColumnBatch(this.fields)
      part.appendRows(columns, from, Math.min(rowCount, from + tablePartRows))
      yield part
    }
  }

  /** Lets the rows go from memory, those first written that are not. */
  spill(pieces: Pieces): void {
    this.finishFreeze()
    while (this.store(pieces, this.rowCount) > 0);
    this.memory = new ColumnBatch(this.fields)
    this.spilledRows = this.storedRows
  }

  /** What a snapshot writes: the rows that are there now. */
  freeze(pieces: Pieces, id: number, numbers?: Readonly<Record<string, number>>): FrozenRows {
    this.frozen = new FrozenRows({
      ...{ pieces, id, numbers, through: this.rowCount, rows: this },
      onEnd: () => {
        this.frozen = undefined
      },
    })
    return this.frozen
  }

  /** Writes the next rows up to `through`; gives the bytes, 0 where all are written. */
  store(pieces: Pieces, through: number): number {
    this.pieces = pieces
    const moved = this.storeSparse(pieces)
    if (moved > 0) return moved
    const count = through - this.storedRows
    if (count <= 0) return 0
    const { memory } = this
    const first = this.storedRows - this.spilledRows
    const rowBytes = memory.sizeBytes / memory.rowCount
    const rows = Math.min(count, Math.max(1, Math.floor(rowRunBytesMax / rowBytes)))
    const isWhole = first === 0 && rows === memory.rowCount
    const batch = isWhole ? memory : new ColumnBatch(this.fields)
    if (!isWhole) batch.appendRows(memory.columns, first, first + rows)
    const parts = batchParts(batch)
    const extent = pieces.add(lengthInAll(parts), (target) => {
      let at = 0
      for (const part of parts) {
        target.set(part, at)
        at += part.length
      }
    })
    this.runs.push([rows, extent])
    this.storedRows += rows
    return extent[2]
  }

  /** Where the rows lie that are written: `through` of them. */
  runsThrough(through: number): Run[] {
    let rows = 0
    const runs: Run[] = []
    for (const run of this.runs) {
      if (rows === through) break
      runs.push(run)
      rows += run[0]
    }
    if (rows !== through) throw new RangeError(`rows ${rows} of ${through} are stored`)
    return runs
  }

  /** Whatever lies in pieces. */
  get extents(): Extent[] {
    return this.runs.map(([, extent]) => extent)
  }

  /** Moves a run out of a piece of which little else is wanted. */
  private storeSparse(pieces: Pieces): number {
    if (pieces.sparse.size === 0) return 0
    const at = this.runs.findIndex(([, [piece]]) => pieces.sparse.has(piece))
    const run = this.runs[at]
    if (run === undefined) return 0
    const bytes = pieces.read(run[1])
    this.runs[at] = [run[0], pieces.add(bytes.length, (target) => target.set(bytes))]
    return bytes.length
  }

  private readBack(): void {
    const all = new ColumnBatch(this.fields)
    all.expectRows(this.rowCount)
    for (const { columns, rowCount } of this.inParts()) all.appendRows(columns, 0, rowCount)
    this.finishFreeze()
    this.memory = all
    this.spilledRows = 0
    if (!areScattered(this.runs)) return
    this.runs = []
    this.storedRows = 0
  }

  /** What a snapshot wants of the rows is written before they change their place. */
  private finishFreeze(): void {
    while ((this.frozen?.write() ?? 0) > 0);
  }
}

/** Whether these are many and short, so that they are worth writing anew as few. */
export function areScattered(runs: readonly Run[]): boolean {
  if (runs.length <= rowRunsMax) return false
  const bytes = runs.reduce((sum, [, extent]) => sum + extent[2], 0)
  return bytes < (runs.length * rowRunBytesMax) / 2
}

/** Rows as they were when a snapshot began, while more are added. */
export class FrozenRows {
  private readonly of: {
    pieces: Pieces
    id: number
    numbers: Readonly<Record<string, number>> | undefined
    through: number
    rows: StoredRows
    onEnd: () => void
  }
  private runs: readonly Run[] | undefined

  constructor(of: FrozenRows['of']) {
    this.of = of
  }

  write(): number {
    if (this.runs !== undefined) return 0
    const { rows, pieces, through } = this.of
    const bytes = rows.store(pieces, through)
    if (bytes > 0) return bytes
    this.runs = rows.runsThrough(through)
    this.of.onEnd()
    return 0
  }

  image(): RowsImage {
    const { id, numbers } = this.of
    return { id, runs: this.runs ?? [], ...(numbers && { numbers }) }
  }
}
