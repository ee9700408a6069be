import duckdb, { type DataChunk } from '@duckdb/node-bindings'
import type { ColumnBatch } from '../../state/batch.js'
import type { BytesColumn, Column, FixedColumn, Validity } from '../../state/column.js'
import { BytesCopier } from '../../state/copy-bytes.js'

/**
 * Columns into DuckDB's vectors and back, by blocks of memory. A text of up to 12 bytes lies within
 * its 16-byte slot. The longer ones of a vector go in as one value, which DuckDB copies into memory
 * of its own; the slots then say where in there each lies. On the way back, texts that lie side by
 * side come out as one. A call for each text would cost some 0.2 µs in and 0.4 µs out.
 *
 * A slot is 4 bytes of length, then up to 12 bytes of text, or its first 4 bytes and the 8-byte
 * address where it lies (`string_t` in DuckDB's `string_type.hpp`).
 */

/** Rows in one of DuckDB's vectors, at most. */
export const chunkRowsMax = duckdb.vector_size()

/** A text's place in a vector: its length, and up to 12 bytes, or where they lie. */
export const slotBytes = 16
export const inlineBytesMax = 12
const prefixBytes = 4
const slotWords = slotBytes / 4
const wordRange = 2 ** 32
const slots = new Uint8Array(chunkRowsMax * slotBytes)
const slotWord = new Uint32Array(slots.buffer)

/** Makes `chunk` hold rows `from` … `from + rows` of the batch. `from` is a multiple of 8. */
export function fillChunk(
  chunk: DataChunk,
  columns: readonly Column[],
  from: number,
  rows: number,
): void {
  duckdb.data_chunk_set_size(chunk, rows)
  columns.forEach((column, index) => {
    const vector = duckdb.data_chunk_get_vector(chunk, index)
    if (column.kind === 'fixed') fillFixed(vector, column, from, rows)
    else fillBytes(vector, column, from, rows)
    fillValidity(vector, column.validity, from, rows)
  })
}

type Vector = ReturnType<typeof duckdb.data_chunk_get_vector>

function fillFixed(vector: Vector, column: FixedColumn, from: number, rows: number): void {
  const { bytes, width } = column
  copyInto(vector, bytes, from * width, rows * width)
}

function fillBytes(vector: Vector, column: BytesColumn, from: number, rows: number): void {
  const { heap, offsets } = column
  const blockStart = offsets[from] ?? 0
  const address = holdsLong(offsets, from, rows)
    ? addressOf(vector, heap.subarray(blockStart, offsets[from + rows]))
    : 0
  for (let row = 0; row < rows; row++) {
    const start = offsets[from + row] ?? 0
    const length = (offsets[from + row + 1] ?? 0) - start
    const slot = row * slotBytes
    const word = row * slotWords
    slotWord[word] = length
    slotWord[word + 1] = 0
    slotWord[word + 2] = 0
    slotWord[word + 3] = 0
    const within = Math.min(length, length > inlineBytesMax ? prefixBytes : inlineBytesMax)
    for (let i = 0; i < within; i++) slots[slot + 4 + i] = heap[start + i] ?? 0
    if (length <= inlineBytesMax) continue
    const at = address + (start - blockStart)
    slotWord[word + 3] = Math.floor(at / wordRange)
    slotWord[word + 2] = at % wordRange
  }
  copyInto(vector, slots, 0, rows * slotBytes)
}

function holdsLong(offsets: Uint32Array, from: number, rows: number): boolean {
  for (let row = from; row < from + rows; row++) {
    if ((offsets[row + 1] ?? 0) - (offsets[row] ?? 0) > inlineBytesMax) return true
  }
  return false
}

/** Makes DuckDB copy the bytes, which live as long as the vector, and answers where they lie. */
function addressOf(vector: Vector, bytes: Uint8Array): number {
  duckdb.vector_assign_string_element_len(vector, 0, bytes)
  const slot = duckdb.vector_get_data(vector, slotBytes)
  const words = new Uint32Array(slot.buffer, slot.byteOffset, slotWords)
  return (words[3] ?? 0) * wordRange + (words[2] ?? 0)
}

function fillValidity(vector: Vector, validity: Validity, from: number, rows: number): void {
  if (validity.bits === undefined) return
  const bytes = new Uint8Array(Math.ceil(rows / 64) * 8).fill(0xff)
  const start = from >>> 3
  bytes.set(validity.bits.subarray(start, start + bytes.length))
  duckdb.vector_ensure_validity_writable(vector)
  duckdb.copy_data_to_vector_validity(vector, 0, bytes.buffer, 0, bytes.length)
}

function copyInto(vector: Vector, bytes: Uint8Array, start: number, length: number): void {
  // Typed arrays over shared memory are never made here.
  const buffer = bytes.buffer as ArrayBuffer
  duckdb.copy_data_to_vector(vector, 0, buffer, bytes.byteOffset + start, length)
}

/** Adds the rows of a result's chunk, whose columns have the storage of the batch's. */
export function appendChunk(batch: ColumnBatch, chunk: DataChunk): void {
  const rows = duckdb.data_chunk_get_size(chunk)
  batch.columns.forEach((column, index) => {
    const vector = duckdb.data_chunk_get_vector(chunk, index)
    const start = column.length
    const invalid = invalidRows(vector, rows)
    if (column.kind === 'fixed') {
      column.pushBlock(duckdb.vector_get_data(vector, rows * column.width), rows)
    } else {
      readBytes(vector, column, rows, invalid)
    }
    for (const row of invalid) column.validity.set(start + row, false)
  })
}

function readBytes(
  vector: Vector,
  column: BytesColumn,
  rows: number,
  invalid: ReadonlySet<number>,
): void {
  const data = duckdb.vector_get_data(vector, rows * slotBytes)
  const words = new Uint32Array(data.buffer, data.byteOffset, rows * slotWords)
  const lengthAt = (row: number) => (invalid.has(row) ? 0 : (words[row * slotWords] as number))
  let bytes = 0
  for (let row = 0; row < rows; row++) bytes += lengthAt(row)
  let at = column.heapLength
  const first = column.length
  column.extend(rows, bytes)
  const { heap, offsets } = column
  const texts = new LongTexts(data, words)
  const short = new BytesCopier(data, heap)
  let long = short
  for (let row = 0; row < rows; row++) {
    const length = lengthAt(row)
    if (length > inlineBytesMax) {
      const before = texts.bytes
      const start = texts.find(row, rows, invalid)
      if (texts.bytes !== before) long = new BytesCopier(texts.bytes, heap)
      long.copy(start, start + length, at)
    } else {
      const start = row * slotBytes + 4
      short.copy(start, start + length, at)
    }
    at += length
    offsets[first + row + 1] = at
  }
}

/**
 * The long texts of a vector, by the runs in which they lie side by side. Only bytes that are a
 * text's are touched: what lies between may be nobody's.
 */
class LongTexts {
  bytes: Uint8Array = new Uint8Array(0)
  private start = 0
  private end = 0
  private readonly data: Uint8Array
  private readonly words: Uint32Array

  constructor(data: Uint8Array, words: Uint32Array) {
    this.data = data
    this.words = words
  }

  /** Where in `bytes`, from now on, the text of the row begins. */
  find(row: number, rows: number, invalid: ReadonlySet<number>): number {
    const address = this.addressAt(row)
    const length = this.words[row * slotWords] ?? 0
    if (address < this.start || address + length > this.end) {
      this.start = address
      this.end = this.endOfRun(row, rows, invalid)
      const pointer = this.data.byteOffset + row * slotBytes + 8
      const buffer = this.data.buffer as ArrayBuffer
      this.bytes = duckdb.get_data_from_pointer(buffer, pointer, this.end - this.start)
    }
    return address - this.start
  }

  private endOfRun(first: number, rows: number, invalid: ReadonlySet<number>): number {
    let end = this.addressAt(first) + (this.words[first * slotWords] ?? 0)
    for (let row = first + 1; row < rows; row++) {
      const length = this.words[row * slotWords] ?? 0
      if (length <= inlineBytesMax || invalid.has(row)) continue
      if (this.addressAt(row) !== end) break
      end += length
    }
    return end
  }

  private addressAt(row: number): number {
    const word = row * slotWords
    return (this.words[word + 3] ?? 0) * wordRange + (this.words[word + 2] ?? 0)
  }
}

/** The rows that are NULL. */
export function invalidRows(vector: Vector, rows: number): ReadonlySet<number> {
  const invalid = new Set<number>()
  // Undefined or null where every row is valid, whatever the declared type says.
  const bits: Uint8Array | null | undefined = duckdb.vector_get_validity(
    vector,
    Math.ceil(rows / 64) * 8,
  )
  if (!bits) return invalid
  for (let row = 0; row < rows; row++) {
    if ((((bits[row >>> 3] ?? 0) >>> (row & 7)) & 1) === 0) invalid.add(row)
  }
  return invalid
}
