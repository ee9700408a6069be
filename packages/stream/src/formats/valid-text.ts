import { isUtf8 } from 'node:buffer'
import type { ColumnBatch } from '../state/batch.js'
import type { BytesColumn } from '../state/column.js'

/**
 * Makes every text of the batch valid UTF-8: what is malformed becomes U+FFFD,
 * as when Java makes a string of it. DuckDB relies on it.
 *
 * The texts of a column lie side by side, so one look at all of them is enough when they are
 * valid: the whole is, and none begins within a character.
 */
export function repairText(batch: ColumnBatch): void {
  for (const column of batch.columns) {
    const { kind } = column.type
    if (column.kind !== 'bytes' || (kind !== 'varchar' && kind !== 'char')) continue
    if (!isValid(column)) repair(column)
  }
}

function isValid(column: BytesColumn): boolean {
  const { heap, heapLength, length, offsets } = column
  if (!isUtf8(heap.subarray(0, heapLength))) return false
  for (let row = 1; row < length; row++) {
    const start = offsets[row] ?? 0
    if (start < heapLength && ((heap[start] ?? 0) & 0xc0) === 0x80) return false
  }
  return true
}

function repair(column: BytesColumn): void {
  const texts = Array.from({ length: column.length }, (_, row) =>
    column.validity.isValid(row) ? column.stringAt(row) : undefined,
  )
  column.truncate(0)
  for (const text of texts) {
    if (text === undefined) column.pushNull()
    else column.pushString(text)
  }
}
