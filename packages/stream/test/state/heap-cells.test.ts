import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ColumnBatch } from '../../src/state/batch.js'
import { StateError } from '../../src/state/errors.js'
import { HeapCells } from '../../src/state/heap-cells.js'
import { PagedMemory } from '../../src/state/paged-memory.js'

describe('texts in a heap', () => {
  it('sweep up what was replaced before they say that there is no room', () => {
    const cells = new HeapCells(new PagedMemory([], 3), 8000)
    cells.reserve(8)
    const put = (place: number, text: string) => {
      const column = new ColumnBatch([
        { name: 't', type: { kind: 'varchar', length: 9999, nullable: false } },
      ]).bytes(0)
      column.pushString(text)
      cells.set(place, column, 0)
      return column
    }
    const first = put(0, 'a'.repeat(3000))
    put(1, 'b'.repeat(2000))
    put(1, 'c'.repeat(2500))
    // 5500 bytes are wanted, 2000 are garbage: much, and less than what is in use.
    const last = put(2, 'd'.repeat(2400))
    assert.equal(cells.garbageBytes, 0)
    assert.ok(cells.equals(0, first, 0) && cells.equals(2, last, 0))
    assert.throws(
      () => put(3, 'e'.repeat(200)),
      (error: unknown) => error instanceof StateError && error.code === 'COLUMN_TOO_LARGE',
    )
  })
})
