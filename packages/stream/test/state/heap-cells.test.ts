import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
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

  it('put in one block, or each where one was, are those that were put last', () => {
    const random = seededRandom(7)
    const cells = new HeapCells(new PagedMemory([], 3))
    cells.reserve(200)
    const model = new Map<number, string | null>()
    for (let step = 0; step < 200; step++) {
      const column = new ColumnBatch([
        { name: 't', type: { kind: 'varchar', length: 9999, nullable: true } },
      ]).bytes(0)
      // Now and then all are new, or all are there, or a place comes twice.
      const from = random.below(150)
      const places = Array.from({ length: random.below(40) }, (_, at) => {
        return random.below(4) === 0 ? random.below(200) : from + at
      })
      for (const place of places) {
        const text = random.below(6) === 0 ? null : 'x'.repeat(random.below(60)) + String(step)
        if (text === null) column.pushNull()
        else column.pushString(text)
        model.set(place, text)
      }
      cells.setAll(Int32Array.from(places), column)
      const gone = random.below(200)
      cells.clear(gone)
      model.set(gone, null)
      const kept = new ColumnBatch([
        { name: 't', type: { kind: 'varchar', length: 9999, nullable: true } },
      ]).bytes(0)
      cells.gather(Int32Array.from(model.keys()), model.size, kept)
      const texts = Array.from({ length: model.size }, (_, row) => {
        return kept.validity.isValid(row) ? kept.stringAt(row) : null
      })
      assert.deepEqual(texts, [...model.values()])
    }
    const used = [...model.values()].reduce((sum, text) => sum + (text?.length ?? 0), 0)
    assert.equal(cells.heapBytes - cells.garbageBytes, used)
  })
})
