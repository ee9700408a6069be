import type { Field } from '../plan/type.js'
import { ColumnBatch } from './batch.js'
import { BytesColumn, type Column, FixedColumn } from './column.js'
import { BytesCopier } from './copy-bytes.js'
import { type FoundRows, withRoom } from './found-rows.js'
import { HashIndex } from './hash-index.js'
import { KeyedTable } from './keyed-table.js'
import { laneOf } from './lane.js'
import { placePageBits } from './limits.js'
import { hasNullKey } from './null-keys.js'
import type { OperatorState, StateChange } from './operator-state.js'
import { PagedMemory } from './paged-memory.js'
import type { Extent, Pieces, WantedExtent } from './pieces.js'
import { hashRows } from './row-hash.js'
import type { RowSource } from './rows.js'
import { isSameValue } from './same-value.js'
import {
  type FrozenState,
  freezeState,
  memoryOf,
  numberOf,
  type StateImage,
} from './state-image.js'
import { StoredRows } from './stored-rows.js'

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
 * a copy of its own. The place of row `r` of chunk `c` is `c * chunkRows + r`. Chunks that nobody asks
 * for may be on disk only; what finds rows stays in memory.
 *
 * Invariants: the rows of a group are a chain from the newest to the oldest; all chunks but the last
 * are full.
 */
export class AppendedRows implements OperatorState, RowSource {
  readonly fields: readonly Field[]
  readonly keyCount: number
  readonly groupCount: number
  readonly isForgetful = false
  readonly layout = 'appended'
  #chunks: StoredRows[] = []
  /** Of each chunk the turn in which somebody asked for a row of it last. */
  #askedAt: number[] = []
  #turn = 0
  /** The groups by their number. */
  #index = new HashIndex()
  /** The oldest and the newest place of each group. */
  #oldest = new Int32Array(0)
  #newest = new Int32Array(0)
  #groups = 0
  /** The place before each in its group, or -1. */
  #older = new Int32Array(0)
  #rowCount = 0
  #groupMemory = this.#memoryOfGroups()
  #placeMemory = this.#memoryOfPlaces()
  /** The greatest value of fields that were asked for. */
  readonly #greatest = new Map<number, number>()
  /** The places that were asked for last, one column after another, and their chunks. */
  #asked:
    | { readonly places: Int32Array; readonly chunks: readonly (ColumnBatch | undefined)[] }
    | undefined
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
    const chains = this.#oldest.byteLength + this.#newest.byteLength + this.#older.byteLength
    const beside = chains + this.#index.sizeBytes
    return this.#chunks.reduce((sum, each) => sum + each.memoryBytes, beside)
  }

  apply({ rows, removed }: Omit<StateChange, 'state'>): void {
    this.#turn++
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
      chunk.append(rows.columns, row, end)
      row = end
    }
    this.#rowCount += rows.rowCount
    for (const [field, before] of this.#greatest) {
      this.#greatest.set(field, greatestIn(rows, field, before))
    }
  }

  /** What is removed one after another is found in a table by key. */
  #beginRemoving(): void {
    if (this.#removing !== undefined) return
    const { rows = new ColumnBatch(this.fields) } = this.whole()
    this.#removing = new KeyedTable(this.fields, this.keyCount)
    this.#removing.put(rows)
    this.#chunks = []
    this.#askedAt = []
    this.#index = new HashIndex()
    this.#groups = 0
    this.#rowCount = 0
    this.#groupMemory = this.#memoryOfGroups()
    this.#placeMemory = this.#memoryOfPlaces()
    this.#greatest.clear()
  }

  #endRemoving(): void {
    const removing = this.#removing
    this.#removing = undefined
    if (removing !== undefined) this.#append(removing.dump())
  }

  whole(): Omit<StateChange, 'state'> {
    this.#endRemoving()
    const all = new ColumnBatch(this.fields)
    for (const chunk of this.#chunks) all.appendRows(chunk.rows().columns, 0, chunk.rowCount)
    return { rows: all }
  }

  *wholeInParts(): Generator<Omit<StateChange, 'state'>> {
    this.#endRemoving()
    for (const chunk of this.#chunks) for (const rows of chunk.inParts()) yield { rows }
  }

  freeze(pieces: Pieces): FrozenState {
    this.#endRemoving()
    const greatest = [...this.#greatest].map(([field, value]) => [`greatest ${field}`, value])
    return freezeState({
      ...{ layout: this.layout, pieces },
      memories: {
        groups: [this.#groupMemory, this.#groups],
        slots: [this.#index.slots, this.#index.slotCount],
        places: [this.#placeMemory, this.#rowCount],
      },
      numbers: { indexed: this.#index.count, ...Object.fromEntries(greatest) },
      rows: this.#chunks.map((chunk, number) => chunk.freeze(pieces, number)),
    })
  }

  /** Chunks are read when somebody asks for a row in them. */
  restore(image: StateImage, wanted: WantedExtent[], pieces: Pieces): () => void {
    const [groups, places] = [memoryOf(image, 'groups'), memoryOf(image, 'places')]
    const slots = memoryOf(image, 'slots')
    this.#groups = groups.places
    this.#rowCount = places.places
    this.#groupMemory.reserve(Math.ceil(groups.places * 1.25))
    this.#placeMemory.reserve(Math.ceil(places.places * 1.25))
    this.#index.expect(slots.places, numberOf(image, 'indexed'))
    this.#groupMemory.restore(groups, wanted)
    this.#placeMemory.restore(places, wanted)
    this.#index.slots.restore(slots, wanted)
    this.#chunks = image.rows.map((rows) => StoredRows.stored(this.fields, rows, pieces))
    for (const [name, value] of Object.entries(image.numbers)) {
      const field = /^greatest (\d+)$/.exec(name)?.[1]
      if (field !== undefined) this.#greatest.set(Number(field), value)
    }
    return () => {}
  }

  /**
   * The chunks that nobody has asked for longest go first. Who asks for a row reads its chunk back
   * whole: what one step asks for has to fit into memory.
   */
  spill(pieces: Pieces, bytes: number): number {
    this.#endRemoving()
    this.#asked = undefined
    let freed = 0
    const turnOf = (chunk: number) => this.#askedAt[chunk] ?? 0
    const numbers = [...this.#chunks.keys()].sort((left, right) => turnOf(left) - turnOf(right))
    for (const number of numbers) {
      if (freed >= bytes) break
      const chunk = this.#chunks[number] as StoredRows
      freed += chunk.memoryBytes
      if (chunk.sizeBytes > 0) chunk.spill(pieces)
    }
    return freed
  }

  get spilledBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.spilledBytes, 0)
  }

  *spilledExtents(): Generator<Extent> {
    for (const chunk of this.#chunks) yield* chunk.extents
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
    const sources = this.#chunksOf(places).map((chunk) => chunk?.column(index))
    if (target instanceof FixedColumn) gatherFixed(target, sources, places)
    else gatherBytes(target, sources, places)
    const mayBeNull = sources.some((source) => source?.validity.bits !== undefined)
    if (mayBeNull) gatherValidity(target, sources, places)
  }

  /** The greatest value of a field of 8 bytes that is never NULL; -Infinity where there is no row. */
  greatest(field: number): number {
    this.#endRemoving()
    const known = this.#greatest.get(field)
    if (known !== undefined) return known
    let greatest = Number.NEGATIVE_INFINITY
    for (const chunk of this.#chunks) {
      for (const rows of chunk.inParts()) greatest = greatestIn(rows, field, greatest)
    }
    this.#greatest.set(field, greatest)
    return greatest
  }

  /** The chunks in which these places are, each at its number. */
  #chunksOf(places: Int32Array): readonly (ColumnBatch | undefined)[] {
    if (this.#asked?.places === places) return this.#asked.chunks
    const chunks = new Array<ColumnBatch | undefined>(this.#chunks.length)
    for (let i = 0; i < places.length; i++) {
      const number = (places[i] as number) >>> chunkBits
      chunks[number] ??= this.#rowsOf(number)
    }
    this.#asked = { places, chunks }
    return chunks
  }

  #memoryOfGroups(): PagedMemory {
    const reserve = (groups: number) => {
      if (groups <= this.#oldest.length) return
      this.#newest = grown(this.#newest, groups)
      this.#oldest = grown(this.#oldest, groups)
    }
    const lanes = [laneOf(() => this.#oldest, reserve), laneOf(() => this.#newest, reserve)]
    return new PagedMemory([...this.#index.lanes, ...lanes], placePageBits)
  }

  #memoryOfPlaces(): PagedMemory {
    const reserve = (places: number) => {
      if (places > this.#older.length) this.#older = grown(this.#older, places)
    }
    return new PagedMemory([laneOf(() => this.#older, reserve)], placePageBits)
  }

  /** Puts the rows that come next before the others of their groups. */
  #chain(rows: ColumnBatch): void {
    const { rowCount, columns } = rows
    const first = this.#rowCount
    if (first + rowCount > this.#older.length) {
      this.#placeMemory.reserve(Math.max(first + rowCount, this.#older.length * 2))
    }
    this.#placeMemory.touchRange(first, first + rowCount)
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
      if (group < 0) continue
      this.#groupMemory.touch(group)
      this.#newest[group] = place
    }
  }

  #begin(hash: number, place: number): void {
    const group = this.#groups++
    if (group >= this.#newest.length) {
      this.#groupMemory.reserve(Math.max(16, group * 2))
    }
    this.#groupMemory.touch(group)
    this.#newest[group] = place
    this.#oldest[group] = place
    this.#index.add(hash, group)
  }

  #isOfGroup(group: number, columns: readonly Column[], row: number): boolean {
    const oldest = this.#oldest[group] as number
    const { columns: own } = this.#rowsOf(oldest >>> chunkBits)
    return isSameKey(own, oldest & rowMask, columns, row, this.groupCount)
  }

  #rowsOf(chunk: number): ColumnBatch {
    this.#askedAt[chunk] = this.#turn
    return (this.#chunks[chunk] as StoredRows).rows()
  }

  #openChunk(): StoredRows {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.rowCount < chunkRows) return last
    const next = new StoredRows(this.fields)
    this.#chunks.push(next)
    return next
  }
}

/** The greatest value of a field of 8 bytes that is never NULL, or `least`. */
function greatestIn(rows: ColumnBatch, field: number, least: number): number {
  const column = rows.fixed(field)
  let greatest = least
  for (let row = 0; row < column.length; row++) {
    greatest = Math.max(greatest, column.numberAt(row))
  }
  return greatest
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

function gatherFixed(
  target: FixedColumn,
  sources: readonly (Column | undefined)[],
  places: Int32Array,
): void {
  const start = target.length
  target.extend(places.length)
  const words = target.width >>> 2
  const each = words > 0 ? words : target.width
  const to = words > 0 ? target.int32 : target.bytes
  const from = sources.map((source) => {
    if (source === undefined) return undefined
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

function gatherBytes(
  target: BytesColumn,
  sources: readonly (Column | undefined)[],
  places: Int32Array,
): void {
  const from = sources.map((source) => {
    if (source === undefined) return undefined
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
  const copiers = from.map((source) => source && new BytesCopier(source.heap, to))
  for (let i = 0; i < places.length; i++) {
    const place = places[i] as number
    const { offsets } = from[place >>> chunkBits] as BytesColumn
    const row = place & rowMask
    const [first, end] = [offsets[row] as number, offsets[row + 1] as number]
    const copier = copiers[place >>> chunkBits] as BytesCopier
    copier.copy(first, end, at)
    at += end - first
    ends[start + i + 1] = at
  }
}

function gatherValidity(
  target: Column,
  sources: readonly (Column | undefined)[],
  places: Int32Array,
): void {
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
