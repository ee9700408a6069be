import duckdb, { type DataChunk } from '@duckdb/node-bindings'
import type { ColumnBatch } from '../../state/batch.js'
import type { BytesColumn, Column, FixedColumn, Validity } from '../../state/column.js'

/**
 * Columns into DuckDB's vectors and back, by blocks of memory. A text of up to 12 bytes lies
 * within its 16-byte slot and crosses in the block too; only longer ones take a call each.
 */

/** Rows in one of DuckDB's vectors, at most. */
export const chunkRowsMax = duckdb.vector_size()

/** A text's place in a vector: its length, and up to 12 bytes, or where they lie. */
export const slotBytes = 16
export const inlineBytesMax = 12
const slots = new Uint8Array(chunkRowsMax * slotBytes)
const slotLengths = new Uint32Array(slots.buffer)

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
  const long: number[] = []
  for (let row = 0; row < rows; row++) {
    const start = offsets[from + row] ?? 0
    const length = (offsets[from + row + 1] ?? 0) - start
    const slot = row * slotBytes
    slotLengths[row * 4] = length
    if (length > inlineBytesMax) {
      long.push(row)
      slotLengths[row * 4] = 0
    }
    slotLengths[row * 4 + 1] = 0
    slotLengths[row * 4 + 2] = 0
    slotLengths[row * 4 + 3] = 0
    if (length > inlineBytesMax) continue
    for (let i = 0; i < length; i++) slots[slot + 4 + i] = heap[start + i] ?? 0
  }
  copyInto(vector, slots, 0, rows * slotBytes)
  for (const row of long) {
    duckdb.vector_assign_string_element_len(vector, row, column.bytesAt(from + row))
  }
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
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  for (let row = 0; row < rows; row++) {
    const slot = row * slotBytes
    if (invalid.has(row)) {
      column.pushNull()
      continue
    }
    const length = view.getUint32(slot, true)
    if (length <= inlineBytesMax) {
      column.pushBytes(data, slot + 4, slot + 4 + length)
    } else {
      const buffer = data.buffer as ArrayBuffer
      column.pushBytes(duckdb.get_data_from_pointer(buffer, data.byteOffset + slot + 8, length))
    }
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
