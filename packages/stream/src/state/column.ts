import type { DataType } from '../plan/type.js'
import { BytesCopier, copyBytes } from './copy-bytes.js'
import { StateError } from './errors.js'
import { expectedHeapBytesMax, heapBytesMax } from './limits.js'
import { type Storage, storageOf } from './storage.js'

const initialRows = 64
const initialHeapBytes = 1024
/**
 * Which rows of a column hold a value: one bit a row, the lowest bit of a byte first. No bits
 * are kept until the first NULL comes.
 */
export class Validity {
  /** Undefined: every row holds a value; so do rows beyond its end. */
  bits: Uint8Array | undefined

  isValid(row: number): boolean {
    return this.bits === undefined || (((this.bits[row >>> 3] ?? 0xff) >>> (row & 7)) & 1) === 1
  }

  /** Called for each row once bits are kept, and for the first NULL before that. */
  set(row: number, valid: boolean): void {
    const bits = this.roomFor(row + 1)
    const mask = 1 << (row & 7)
    const at = row >>> 3
    const byte = bits[at] ?? 0
    bits[at] = valid ? byte | mask : byte & ~mask
  }

  private roomFor(rows: number): Uint8Array {
    const bytesNeeded = (rows + 7) >>> 3
    if (this.bits !== undefined && this.bits.length >= bytesNeeded) return this.bits
    const grown = new Uint8Array(Math.max(bytesNeeded * 2, 8)).fill(0xff)
    if (this.bits !== undefined) grown.set(this.bits)
    this.bits = grown
    return grown
  }
}

/**
 * Values of one fixed width, growing at the end. The views share one buffer; which of them means
 * something follows from the type (`storage.ts`). Views are replaced when the buffer grows: never
 * hold one across a push, not even within one statement.
 */
export class FixedColumn {
  readonly kind = 'fixed'
  readonly type: DataType
  readonly width: number
  readonly validity = new Validity()
  length = 0
  bytes = new Uint8Array(0)
  int8 = new Int8Array(0)
  int16 = new Int16Array(0)
  int32 = new Int32Array(0)
  int64 = new BigInt64Array(0)
  float32 = new Float32Array(0)
  float64 = new Float64Array(0)
  private capacity = 0

  constructor(type: DataType, width: number) {
    this.type = type
    this.width = width
    this.reserve(initialRows)
  }

  /** A column over memory that holds `rows` values, all of them valid. */
  static over(type: DataType, width: number, memory: ArrayBuffer, rows: number): FixedColumn {
    const column = new FixedColumn(type, width)
    column.see(memory)
    column.length = rows
    return column
  }

  pushNull(): void {
    const row = this.next()
    this.bytes.fill(0, row * this.width, (row + 1) * this.width)
    this.validity.set(row, false)
  }

  pushInt8(value: number): void {
    const row = this.nextValid()
    this.int8[row] = value
  }

  pushInt16(value: number): void {
    const row = this.nextValid()
    this.int16[row] = value
  }

  pushInt32(value: number): void {
    const row = this.nextValid()
    this.int32[row] = value
  }

  /** An integer that a number holds exactly, into 8 bytes. */
  pushSafeInteger(value: number): void {
    const at = this.nextValid() * 2
    const high = Math.floor(value / 4_294_967_296)
    this.int32[at] = value - high * 4_294_967_296
    this.int32[at + 1] = high
  }

  pushInt64(value: bigint): void {
    const row = this.nextValid()
    this.int64[row] = value
  }

  pushInt128(value: bigint): void {
    const at = this.nextValid() * 2
    this.int64[at] = BigInt.asIntN(64, value)
    this.int64[at + 1] = value >> 64n
  }

  pushFloat32(value: number): void {
    const row = this.nextValid()
    this.float32[row] = value
  }

  pushFloat64(value: number): void {
    const row = this.nextValid()
    this.float64[row] = value
  }

  /** An integer of the column's own width, 1 to 16 bytes. */
  pushInteger(value: bigint): void {
    if (this.width === 16) this.pushInt128(value)
    else if (this.width === 8) this.pushInt64(value)
    else if (this.width === 4) this.pushInt32(Number(value))
    else if (this.width === 2) this.pushInt16(Number(value))
    else this.pushInt8(Number(value))
  }

  /** The same from a number that fits the column and is exact. */
  pushSmallInteger(value: number): void {
    if (this.width === 8) this.pushSafeInteger(value)
    else if (this.width === 4) this.pushInt32(value)
    else if (this.width === 2) this.pushInt16(value)
    else if (this.width === 1) this.pushInt8(value)
    else this.pushInt128(BigInt(value))
  }

  /** 64 bits as two halves. */
  pushHalves(low: number, high: number): void {
    const at = this.nextValid() * 2
    this.int32[at] = low
    this.int32[at + 1] = high
  }

  /** Forgets the rows from `rows` on. */
  truncate(rows: number): void {
    this.length = Math.min(this.length, rows)
  }

  /** The integer of the column's own width in `row`. */
  integerAt(row: number): bigint {
    if (this.width === 16) {
      return (
        ((this.int64[row * 2 + 1] ?? 0n) << 64n) | BigInt.asUintN(64, this.int64[row * 2] ?? 0n)
      )
    }
    if (this.width === 8) return this.int64[row] ?? 0n
    return BigInt(this.numberAt(row))
  }

  /** The integer in `row` as a number; beyond 2^53 the nearest one. Up to 8 bytes wide. */
  numberAt(row: number): number {
    switch (this.width) {
      case 8:
        return (this.int32[row * 2 + 1] ?? 0) * 4_294_967_296 + ((this.int32[row * 2] ?? 0) >>> 0)
      case 4:
        return this.int32[row] ?? 0
      case 2:
        return this.int16[row] ?? 0
      default:
        return this.int8[row] ?? 0
    }
  }

  /** Adds `rows` values from memory laid out as this column's, all of them valid. */
  pushBlock(block: Uint8Array, rows: number): void {
    this.reserve(this.length + rows)
    this.bytes.set(block.subarray(0, rows * this.width), this.length * this.width)
    if (this.validity.bits !== undefined) {
      for (let row = 0; row < rows; row++) this.validity.set(this.length + row, true)
    }
    this.length += rows
  }

  /** Adds rows that the caller fills through the views, all of them valid. */
  extend(rows: number): void {
    this.reserve(this.length + rows)
    if (this.validity.bits !== undefined) {
      for (let row = 0; row < rows; row++) this.validity.set(this.length + row, true)
    }
    this.length += rows
  }

  /** Makes room for so many rows in all. */
  expectRows(rows: number): void {
    this.reserve(rows)
  }

  /** Bytes of memory, those kept for more values too. */
  get memoryBytes(): number {
    return this.bytes.length + (this.validity.bits?.length ?? 0)
  }

  /** Bytes that it holds now. */
  get sizeBytes(): number {
    return this.length * this.width + (this.validity.bits === undefined ? 0 : this.length / 8)
  }

  private nextValid(): number {
    const row = this.next()
    if (this.validity.bits !== undefined) this.validity.set(row, true)
    return row
  }

  private next(): number {
    if (this.length === this.capacity) this.reserve(this.length + 1)
    return this.length++
  }

  private reserve(rows: number): void {
    if (rows <= this.capacity) return
    const capacity = Math.max(rows, this.capacity * 2, initialRows)
    const buffer = new ArrayBuffer(Math.ceil((capacity * this.width) / 16) * 16)
    const old = this.bytes
    this.see(buffer)
    this.bytes.set(old.subarray(0, this.length * this.width))
  }

  private see(buffer: ArrayBuffer): void {
    this.bytes = new Uint8Array(buffer)
    this.int8 = new Int8Array(buffer)
    this.int16 = new Int16Array(buffer)
    this.int32 = new Int32Array(buffer)
    this.int64 = new BigInt64Array(buffer)
    this.float32 = new Float32Array(buffer)
    this.float64 = new Float64Array(buffer)
    this.capacity = Math.floor(buffer.byteLength / this.width)
  }
}

/** Text (UTF-8) or bytes, growing at the end: value `i` is heap[offsets[i] … offsets[i + 1]). */
export class BytesColumn {
  readonly kind = 'bytes'
  readonly type: DataType
  readonly validity = new Validity()
  length = 0
  offsets = new Uint32Array(initialRows + 1)
  heap = Buffer.allocUnsafe(initialHeapBytes)

  constructor(type: DataType) {
    this.type = type
  }

  /** A column over the ends of `rows` values, all of them valid, and the heap in which these lie. */
  static over(type: DataType, ends: ArrayBuffer, heap: ArrayBuffer, rows: number): BytesColumn {
    const column = new BytesColumn(type)
    column.offsets = new Uint32Array(ends)
    column.heap = Buffer.from(heap)
    column.length = rows
    return column
  }

  pushNull(): void {
    const row = this.next(this.heapLength)
    this.validity.set(row, false)
  }

  pushBytes(source: Uint8Array, start = 0, end = source.length): void {
    const at = this.heapLength
    const count = end - start
    this.reserveHeap(at + count)
    copyBytes(source, start, end, this.heap, at)
    this.nextValid(at + count)
  }

  /** Adds these rows of another column, in their order; a row may come twice. */
  pushTaken(source: BytesColumn, rows: ArrayLike<number>): void {
    const { offsets: ends, heap: from } = source
    let bytes = 0
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number
      bytes += (ends[row + 1] as number) - (ends[row] as number)
    }
    let at = this.heapLength
    this.reserveHeap(at + bytes)
    this.reserveRows(this.length + rows.length)
    const { heap, offsets, length } = this
    const copier = new BytesCopier(from, heap)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number
      const [start, end] = [ends[row] as number, ends[row + 1] as number]
      copier.copy(start, end, at)
      at += end - start
      offsets[length + i + 1] = at
    }
    if (this.validity.bits !== undefined) {
      for (let i = 0; i < rows.length; i++) this.validity.set(length + i, true)
    }
    this.length += rows.length
  }

  /**
   * Makes room for so many rows in all, as if their values were hardly longer than those that are
   * there: some room, for these may be much longer than the others.
   */
  expectRows(rows: number): void {
    this.reserveRows(rows)
    if (this.length === 0) return
    const expected = Math.ceil((this.heapLength / this.length) * rows * 1.1)
    this.reserveHeap(Math.min(expected, expectedHeapBytesMax))
  }

  /**
   * Adds rows that the caller fills, through `heap` and `offsets` behind what is there: so many
   * values in so many bytes, all of them valid.
   */
  extend(rows: number, bytes: number): void {
    this.reserveHeap(this.heapLength + bytes)
    this.reserveRows(this.length + rows)
    if (this.validity.bits !== undefined) {
      for (let row = 0; row < rows; row++) this.validity.set(this.length + row, true)
    }
    this.length += rows
  }

  /** Adds `rows` values that lie side by side in `source`: value `i` from ends[i] to ends[i + 1]. */
  pushBlock(source: Uint8Array, ends: Uint32Array, from: number, rows: number): void {
    const start = ends[from] ?? 0
    const end = ends[from + rows] ?? 0
    const at = this.heapLength
    this.reserveHeap(at + end - start)
    this.heap.set(source.subarray(start, end), at)
    this.reserveRows(this.length + rows)
    const { offsets, length } = this
    for (let row = 1; row <= rows; row++) {
      offsets[length + row] = at + ((ends[from + row] as number) - start)
    }
    if (this.validity.bits !== undefined) {
      for (let row = 0; row < rows; row++) this.validity.set(length + row, true)
    }
    this.length += rows
  }

  pushString(value: string): void {
    const at = this.heapLength
    this.reserveHeap(at + value.length * 3)
    this.nextValid(at + this.heap.write(value, at, 'utf8'))
  }

  /** Forgets the rows from `rows` on. */
  truncate(rows: number): void {
    this.length = Math.min(this.length, rows)
  }

  bytesAt(row: number): Buffer {
    return this.heap.subarray(this.offsets[row], this.offsets[row + 1])
  }

  stringAt(row: number): string {
    return this.heap.toString('utf8', this.offsets[row], this.offsets[row + 1])
  }

  /** Bytes of the heap in use. */
  get heapLength(): number {
    return this.offsets[this.length] ?? 0
  }

  /** Bytes of memory, those kept for more values too. */
  get memoryBytes(): number {
    return this.heap.length + this.offsets.byteLength + (this.validity.bits?.length ?? 0)
  }

  get sizeBytes(): number {
    return (
      this.heapLength + this.length * 4 + (this.validity.bits === undefined ? 0 : this.length / 8)
    )
  }

  private nextValid(end: number): void {
    const row = this.next(end)
    if (this.validity.bits !== undefined) this.validity.set(row, true)
  }

  private next(end: number): number {
    this.reserveRows(this.length + 1)
    this.offsets[this.length + 1] = end
    return this.length++
  }

  private reserveRows(rows: number): void {
    if (rows < this.offsets.length) return
    const grown = new Uint32Array(Math.max(rows + 1, this.offsets.length * 2))
    grown.set(this.offsets)
    this.offsets = grown
  }

  private reserveHeap(bytes: number): void {
    if (bytes <= this.heap.length) return
    if (bytes > heapBytesMax) throw new StateError('COLUMN_TOO_LARGE', `${bytes} bytes`)
    const grown = Buffer.allocUnsafe(Math.min(heapBytesMax, Math.max(bytes, this.heap.length * 2)))
    grown.set(this.heap.subarray(0, this.heapLength))
    this.heap = grown
  }
}

export type Column = FixedColumn | BytesColumn

export function createColumn(type: DataType): Column {
  const storage: Storage = storageOf(type)
  return storage.kind === 'fixed' ? new FixedColumn(type, storage.width) : new BytesColumn(type)
}
