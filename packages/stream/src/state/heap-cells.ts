import type { Cells } from './cells.js'
import { BytesColumn, type Column } from './column.js'
import { BytesCopier, copyBytes } from './copy-bytes.js'
import { StateError } from './errors.js'
import { laneOf } from './lane.js'
import { heapBytesMax, heapGarbageBytesMin, heapPageBits } from './limits.js'
import { PagedMemory } from './paged-memory.js'

/** One of so many texts that come takes the place of another: then each is put where that was. */
const replacedShareMin = 4

/**
 * Text or bytes in one heap. What was replaced or cleared stays there as garbage until there is
 * more of it than of anything else, or no more room; then the heap is written anew.
 */
export class HeapCells implements Cells {
  #starts = new Float64Array(0)
  /** -1 for NULL. */
  #lengths = new Int32Array(0)
  #heap = Buffer.alloc(0)
  #end = 0
  #garbageBytes = 0
  readonly #owner: Pick<PagedMemory, 'isFrozen' | 'touchAll'>
  readonly #bytesMax: number
  readonly lanes = [
    laneOf(
      () => this.#starts,
      (places) => this.reserve(places),
    ),
    laneOf(
      () => this.#lengths,
      (places) => this.reserve(places),
    ),
  ]
  readonly heap = new PagedMemory(
    [
      laneOf(
        () => this.#heap,
        () => {},
      ),
    ],
    heapPageBits,
  )

  /** `owner` is the memory that the places are of; the heap takes up to `bytesMax`. */
  constructor(owner: Pick<PagedMemory, 'isFrozen' | 'touchAll'>, bytesMax = heapBytesMax) {
    this.#owner = owner
    this.#bytesMax = bytesMax
  }

  get sizeBytes(): number {
    return this.#heap.length + this.#starts.byteLength + this.#lengths.byteLength
  }

  /** Bytes of the heap in use, garbage included. */
  get heapBytes(): number {
    return this.#end
  }

  get garbageBytes(): number {
    return this.#garbageBytes
  }

  /** Makes room for a heap that was stored; `heap` is filled by who calls. */
  expectHeap(bytes: number, garbageBytes: number): void {
    this.#heap = Buffer.from(new ArrayBuffer(Math.min(this.#bytesMax, Math.ceil(bytes * 1.25))))
    this.#end = bytes
    this.#garbageBytes = garbageBytes
  }

  reserve(places: number): void {
    if (places <= this.#lengths.length) return
    const starts = new Float64Array(places)
    starts.set(this.#starts)
    this.#starts = starts
    const lengths = new Int32Array(places).fill(-1)
    lengths.set(this.#lengths)
    this.#lengths = lengths
  }

  set(place: number, source: Column, row: number): void {
    if (!(source instanceof BytesColumn)) throw new TypeError('columns of different storage')
    if (!source.validity.isValid(row)) {
      this.clear(place)
      return
    }
    const start = source.offsets[row] as number
    const length = (source.offsets[row + 1] as number) - start
    const before = this.#lengths[place] as number
    let to = this.#starts[place] as number
    // What a snapshot has yet to write stays where it is.
    if (before >= length && !this.heap.isFrozen) {
      // It fits where the former value was.
      this.#garbageBytes += before - length
    } else {
      if (before > 0) this.#garbageBytes += before
      this.#lengths[place] = -1
      this.#makeRoom(length)
      to = this.#end
      this.#end += length
      this.#starts[place] = to
    }
    this.#lengths[place] = length
    if (length === 0) return
    this.heap.touchRange(to, to + length)
    copyBytes(source.heap, start, start + length, this.#heap, to)
  }

  setAll(places: Int32Array, source: Column): void {
    if (!(source instanceof BytesColumn)) throw new TypeError('columns of different storage')
    if (places.length === source.length && this.#isMostlyNew(places)) this.#append(places, source)
    else for (let row = 0; row < places.length; row++) this.set(places[row] as number, source, row)
  }

  /** Are there few places of which a text can take the room of the one before? */
  #isMostlyNew(places: Int32Array): boolean {
    let used = 0
    for (let i = 0; i < places.length; i++) {
      if ((this.#lengths[places[i] as number] as number) > 0) used++
    }
    return used * replacedShareMin < places.length
  }

  /** Puts all texts of a column behind what is there, as they lie. */
  #append(places: Int32Array, { heap, offsets, validity }: BytesColumn): void {
    const first = offsets[0] as number
    const bytes = (offsets[places.length] as number) - first
    this.#makeRoom(bytes)
    const to = this.#end
    this.#end += bytes
    this.heap.touchRange(to, to + bytes)
    this.#heap.set(heap.subarray(first, first + bytes), to)
    const [starts, lengths] = [this.#starts, this.#lengths]
    for (let row = 0; row < places.length; row++) {
      const place = places[row] as number
      const before = lengths[place] as number
      if (before > 0) this.#garbageBytes += before
      const start = offsets[row] as number
      starts[place] = to + start - first
      lengths[place] = validity.isValid(row) ? (offsets[row + 1] as number) - start : -1
    }
  }

  equals(place: number, source: Column, row: number): boolean {
    if (!(source instanceof BytesColumn)) throw new TypeError('columns of different storage')
    const length = this.#lengths[place] as number
    if (!source.validity.isValid(row)) return length < 0
    const from = source.offsets[row] as number
    if (length !== (source.offsets[row + 1] as number) - from) return false
    const start = this.#starts[place] as number
    for (let i = 0; i < length; i++) {
      if (this.#heap[start + i] !== source.heap[from + i]) return false
    }
    return true
  }

  gather(places: Int32Array, count: number, target: Column): void {
    if (!(target instanceof BytesColumn)) throw new TypeError('columns of different storage')
    let bytes = 0
    for (let i = 0; i < count; i++) {
      const place = places[i] as number
      if (place >= 0) bytes += Math.max(0, this.#lengths[place] as number)
    }
    let at = target.heapLength
    const from = target.length
    target.extend(count, bytes)
    const { heap, offsets } = target
    const [starts, lengths] = [this.#starts, this.#lengths]
    const copier = new BytesCopier(this.#heap, heap)
    for (let i = 0; i < count; i++) {
      const place = places[i] as number
      const length = place < 0 ? -1 : (lengths[place] as number)
      if (length < 0) target.validity.set(from + i, false)
      else {
        const start = starts[place] as number
        copier.copy(start, start + length, at)
        at += length
      }
      offsets[from + i + 1] = at
    }
  }

  numberAt(): number {
    throw new TypeError('the values are texts')
  }

  clear(place: number): void {
    const length = this.#lengths[place] as number
    if (length > 0) this.#garbageBytes += length
    this.#lengths[place] = -1
  }

  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#heap.length) return
    const usedBytes = this.#end - this.#garbageBytes
    const isFrozen = this.heap.isFrozen || this.#owner.isFrozen
    const hasMuchGarbage = this.#garbageBytes > Math.max(usedBytes, heapGarbageBytesMin)
    const isFull = this.#end + bytes > this.#bytesMax
    const isWorthwhile = !isFrozen && (hasMuchGarbage || isFull)
    const neededBytes = (isWorthwhile ? usedBytes : this.#end) + bytes
    if (neededBytes > this.#bytesMax) {
      throw new StateError('COLUMN_TOO_LARGE', `${neededBytes} bytes`)
    }
    const heap = Buffer.allocUnsafe(Math.min(this.#bytesMax, Math.max(1024, 2 * neededBytes)))
    if (isWorthwhile) this.#compactInto(heap)
    else this.#heap.copy(heap, 0, 0, this.#end)
    this.#heap = heap
  }

  #compactInto(heap: Buffer): void {
    this.#owner.touchAll()
    this.heap.replaced()
    let end = 0
    for (let place = 0; place < this.#lengths.length; place++) {
      const length = this.#lengths[place] as number
      if (length < 0) continue
      const start = this.#starts[place] as number
      this.#heap.copy(heap, end, start, start + length)
      this.#starts[place] = end
      end += length
    }
    this.#end = end
    this.#garbageBytes = 0
  }
}
