import type { Field } from '../plan/type.js'
import { ColumnBatch } from './batch.js'
import { BytesColumn, type Column, copyBytes, FixedColumn } from './column.js'
import { type FoundRows, withRoom } from './found-rows.js'
import { HashIndex } from './hash-index.js'
import { KeyedTable } from './keyed-table.js'
import { hasNullKey } from './null-keys.js'
import type { OperatorState, StateChange } from './operator-state.js'
import { hashRows } from './row-hash.js'
import type { RowSource } from './rows.js'
import { isSameValue } from './same-value.js'

const chunkBits = 15
const chunkRows = 2 ** chunkBits
const rowMask = chunkRows - 1

/**
 * Rows that come and stay, found by the group that their first `groupCount` fields make: what a side
 * of a join keeps where rows are neither taken back nor forgotten. Rows are removed only where the
 * state of a script is read that forgot them.
 *
 * Rows lie in chunks of columns, in the order in which they came, and a step's rows are copied into
 * them as blocks; so a row costs a look at its group, and neither a comparison with other rows nor
 * a copy of its own. The place of row `r` of chunk `c` is `c * chunkRows + r`.
 *
 * Invariants: the rows of a group are a chain from the newest to the oldest; all chunks but the last
 * are full.
 */
export class AppendedRows implements OperatorState, RowSource {
  readonly fields: readonly Field[]
  readonly keyCount: number
  readonly groupCount: number
  readonly isForgetful = false
  #chunks: ColumnBatch[] = []
  /** The groups by their number. */
  #index = new HashIndex()
  /** The oldest and the newest place of each group. */
  #oldest = new Int32Array(0)
  #newest = new Int32Array(0)
  #groups = 0
  /** The place before each in its group, or -1. */
  #older = new Int32Array(0)
  #rowCount = 0
  /** All rows, while a state is read of which some went: of a script that forgot rows. */
  #removing: KeyedTable | undefined

  constructor(fields: readonly Field[], keyCount: number, groupCount: number) {
    this.fields = fields
    this.keyCount = keyCount
    this.groupCount = groupCount
  }

  get keyFields(): readonly Field[] {
    return this.fields.slice(0, this.keyCount)
  }

  get parameters() {
    return { keyCount: this.keyCount, groupCount: this.groupCount }
  }

  get rowCount(): number {
    this.#endRemoving()
    return this.#rowCount
  }

  get sizeBytes(): number {
    this.#endRemoving()
    const columns = this.#chunks.flatMap((chunk) => chunk.columns)
    const chains = this.#oldest.byteLength + this.#newest.byteLength + this.#older.byteLength
    return columns.reduce((sum, each) => sum + each.memoryBytes, chains + this.#index.sizeBytes)
  }

  apply({ rows, removed }: Omit<StateChange, 'state'>): void {
    if (removed !== undefined) this.#beginRemoving()
    if (this.#removing !== undefined) {
      this.#removing.apply({ ...(rows && { rows }), ...(removed && { removed }) })
    } else if (rows !== undefined) this.#append(rows)
  }

  #append(rows: ColumnBatch): void {
    this.#chain(rows)
    for (let row = 0; row < rows.rowCount; ) {
      const chunk = this.#openChunk()
      const end = Math.min(rows.rowCount, row + chunkRows - chunk.rowCount)
      chunk.appendRows(rows.columns, row, end)
      row = end
    }
    this.#rowCount += rows.rowCount
  }

  /** What is removed one after another is found in a table by key. */
  #beginRemoving(): void {
    if (this.#removing !== undefined) return
    const { rows = new ColumnBatch(this.fields) } = this.whole()
    this.#removing = new KeyedTable(this.fields, this.keyCount)
    this.#removing.put(rows)
    this.#chunks = []
    this.#index = new HashIndex()
    this.#groups = 0
    this.#rowCount = 0
  }

  #endRemoving(): void {
    const removing = this.#removing
    this.#removing = undefined
    if (removing !== undefined) this.#append(removing.dump())
  }

  whole(): Omit<StateChange, 'state'> {
    this.#endRemoving()
    const all = new ColumnBatch(this.fields)
    for (const chunk of this.#chunks) all.appendRows(chunk.columns, 0, chunk.rowCount)
    return { rows: all }
  }

  /**
   * The places of all rows of each group: those of row `i` of the batch, which begins with the
   * group's columns, from `ends[i - 1]` to `ends[i]`. NULL is equal to nothing, and finds none.
   */
  findEqual(batch: ColumnBatch): FoundRows {
    this.#endRemoving()
    const { rowCount, columns } = batch
    const ends = new Int32Array(rowCount)
    const hashes = hashRows(columns, this.groupCount, rowCount)
    let places = new Int32Array(Math.max(16, rowCount))
    let count = 0
    let row = 0
    const isSame = (group: number) => this.#isOfGroup(group, columns, row)
    const isUnmatched = hasNullKey(columns, this.groupCount)
    for (; row < rowCount; row++) {
      const group = isUnmatched(row) ? -1 : this.#index.find(hashes[row] as number, isSame)
      let place = group < 0 ? -1 : (this.#newest[group] as number)
      for (; place >= 0; place = this.#older[place] as number) {
        if (count === places.length) places = withRoom(places)
        places[count++] = place
      }
      ends[row] = count
    }
    return { places: places.subarray(0, count), ends }
  }

  /** All columns of these places, as a batch. */
  gather(places: Int32Array): ColumnBatch {
    const batch = new ColumnBatch(this.fields)
    batch.columns.forEach((target, index) => {
      this.gatherColumn(index, places, target)
    })
    return batch
  }

  gatherColumn(index: number, places: Int32Array, target: Column): void {
    const sources = this.#chunks.map((chunk) => chunk.column(index))
    if (target instanceof FixedColumn) gatherFixed(target, sources, places)
    else gatherBytes(target, sources, places)
    const mayBeNull = sources.some(({ validity }) => validity.bits !== undefined)
    if (mayBeNull) gatherValidity(target, sources, places)
  }

  /** The greatest value of a field of 8 bytes that is never NULL; -Infinity where there is no row. */
  greatest(field: number): number {
    this.#endRemoving()
    let greatest = Number.NEGATIVE_INFINITY
    for (const chunk of this.#chunks) {
      const column = chunk.fixed(field)
      for (let row = 0; row < column.length; row++) {
        greatest = Math.max(greatest, column.numberAt(row))
      }
    }
    return greatest
  }

  /** Puts the rows that come next before the others of their groups. */
  #chain(rows: ColumnBatch): void {
    const { rowCount, columns } = rows
    const first = this.#rowCount
    if (first + rowCount > this.#older.length) {
      this.#older = grown(this.#older, Math.max(first + rowCount, this.#older.length * 2))
    }
    const hashes = hashRows(columns, this.groupCount, rowCount)
    let row = 0
    // A group's oldest row may be one of those that are not in a chunk yet.
    const isSame = (group: number) => {
      const oldest = this.#oldest[group] as number
      return oldest < first
        ? this.#isOfGroup(group, columns, row)
        : isSameKey(columns, oldest - first, columns, row, this.groupCount)
    }
    for (; row < rowCount; row++) {
      const place = first + row
      const hash = hashes[row] as number
      const group = this.#index.find(hash, isSame)
      if (group < 0) this.#begin(hash, place)
      this.#older[place] = group < 0 ? -1 : (this.#newest[group] as number)
      if (group >= 0) this.#newest[group] = place
    }
  }

  #begin(hash: number, place: number): void {
    const group = this.#groups++
    if (group >= this.#newest.length) {
      const groups = Math.max(16, group * 2)
      this.#newest = grown(this.#newest, groups)
      this.#oldest = grown(this.#oldest, groups)
    }
    this.#newest[group] = place
    this.#oldest[group] = place
    this.#index.add(hash, group)
  }

  #isOfGroup(group: number, columns: readonly Column[], row: number): boolean {
    const oldest = this.#oldest[group] as number
    const chunk = this.#chunks[oldest >>> chunkBits] as ColumnBatch
    return isSameKey(chunk.columns, oldest & rowMask, columns, row, this.groupCount)
  }

  #openChunk(): ColumnBatch {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.rowCount < chunkRows) return last
    const next = new ColumnBatch(this.fields)
    this.#chunks.push(next)
    return next
  }
}

function isSameKey(
  left: readonly Column[],
  leftRow: number,
  right: readonly Column[],
  rightRow: number,
  count: number,
): boolean {
  for (let index = 0; index < count; index++) {
    if (!isSameValue(left[index] as Column, leftRow, right[index] as Column, rightRow)) return false
  }
  return true
}

function gatherFixed(target: FixedColumn, sources: readonly Column[], places: Int32Array): void {
  const start = target.length
  target.extend(places.length)
  const words = target.width >>> 2
  const each = words > 0 ? words : target.width
  const to = words > 0 ? target.int32 : target.bytes
  const from = sources.map((source) => {
    if (!(source instanceof FixedColumn)) throw new TypeError('columns of different storage')
    return words > 0 ? source.int32 : source.bytes
  })
  let at = start * each
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number
    const values = from[place >>> chunkBits] as Int32Array | Uint8Array
    const first = (place & rowMask) * each
    for (let part = 0; part < each; part++) to[at++] = values[first + part] as number
  }
}

function gatherBytes(target: BytesColumn, sources: readonly Column[], places: Int32Array): void {
  const from = sources.map((source) => {
    if (!(source instanceof BytesColumn)) throw new TypeError('columns of different storage')
    return source
  })
  let bytes = 0
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number
    const { offsets } = from[place >>> chunkBits] as BytesColumn
    const row = place & rowMask
    bytes += (offsets[row + 1] as number) - (offsets[row] as number)
  }
  let at = target.heapLength
  const start = target.length
  target.extend(places.length, bytes)
  const { heap: to, offsets: ends } = target
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number
    const { offsets, heap } = from[place >>> chunkBits] as BytesColumn
    const row = place & rowMask
    const [first, end] = [offsets[row] as number, offsets[row + 1] as number]
    copyBytes(heap, first, end, to, at)
    at += end - first
    ends[start + i + 1] = at
  }
}

function gatherValidity(target: Column, sources: readonly Column[], places: Int32Array): void {
  const start = target.length - places.length
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number
    const { validity } = sources[place >>> chunkBits] as Column
    if (!validity.isValid(place & rowMask)) target.validity.set(start + i, false)
  }
}

function grown(before: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const after = new Int32Array(length)
  after.set(before)
  return after
}
