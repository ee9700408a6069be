import type { ColumnBatch } from '../../src/state/batch.js'

/**
 * Writes over the memory of a batch, as happens to a source's when its step is over: whoever still
 * reads it gives other answers then.
 */
export function spoil(batch: ColumnBatch): void {
  for (const column of batch.columns) {
    column.validity.bits?.fill(0x5a)
    if (column.kind === 'fixed') column.bytes.fill(0x5a)
    else column.heap.fill(0x5a)
  }
}
