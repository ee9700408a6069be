import type { Field } from '../plan/type.js'
import { ColumnBatch } from './batch.js'
import { BytesColumn, type Column, FixedColumn } from './column.js'
import { storageOf } from './storage.js'

/**
 * The memory of columns, as it goes from thread to thread: whoever gives it away must not use the
 * columns any more.
 */
export interface ColumnMemory {
  readonly rows: number
  /** Values of fixed width, or the ends of values in the heap. */
  readonly values: ArrayBuffer
  readonly heap?: ArrayBuffer
  readonly validity?: ArrayBuffer
}

export function memoryOf(batch: ColumnBatch): ColumnMemory[] {
  return batch.columns.map((column) => {
    const { bits } = column.validity
    const validity = bits === undefined ? {} : { validity: whole(bits) }
    return column.kind === 'fixed'
      ? { rows: column.length, values: whole(column.bytes), ...validity }
      : {
          rows: column.length,
          values: whole(column.offsets),
          heap: whole(column.heap),
          ...validity,
        }
  })
}

/** All buffers of it. */
export function buffersOf(memory: readonly ColumnMemory[]): ArrayBuffer[] {
  return memory.flatMap(({ values, heap, validity }) => [
    values,
    ...(heap === undefined ? [] : [heap]),
    ...(validity === undefined ? [] : [validity]),
  ])
}

/** Columns over memory that `memoryOf` gave for the same fields. */
export function batchOver(fields: readonly Field[], memory: readonly ColumnMemory[]): ColumnBatch {
  const columns = fields.map(({ type }, index): Column => {
    const { rows, values, heap, validity } = memory[index] as ColumnMemory
    const storage = storageOf(type)
    const column =
      storage.kind === 'fixed'
        ? FixedColumn.over(type, storage.width, values, rows)
        : BytesColumn.over(type, values, heap ?? new ArrayBuffer(0), rows)
    if (validity !== undefined) column.validity.bits = new Uint8Array(validity)
    return column
  })
  return new ColumnBatch(fields, columns)
}

/** Empty columns over memory that `memoryOf` gave for the same fields, to be filled anew. */
export function emptyBatchOver(
  fields: readonly Field[],
  memory: readonly ColumnMemory[],
): ColumnBatch {
  const used = memory.map(({ values, heap }) => ({ rows: 0, values, ...(heap && { heap }) }))
  return batchOver(fields, used)
}

/** The buffer of an array; a copy where the array is a part of one, which others may use. */
function whole(array: Uint8Array | Uint32Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = array
  const isWhole = byteOffset === 0 && byteLength === buffer.byteLength
  // Not `array.slice`: that of a small `Buffer` is a part of the buffer that all of them share.
  return (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer
}
