import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import type { Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'
import { ChosenColumns, DeferredRows, stackedRows } from '../../src/state/deferred-rows.js'
import type { Rows } from '../../src/state/rows.js'

const fields: readonly Field[] = [
  { name: 'number', type: { kind: 'bigint', nullable: true } },
  { name: 'text', type: { kind: 'varchar', length: 2147483647, nullable: true } },
]

type Row = readonly [number | null, string | null]

function batchOf(rows: readonly Row[]): ColumnBatch {
  const batch = new ColumnBatch(fields)
  for (const [number, text] of rows) {
    if (number === null) batch.fixed(0).pushNull()
    else batch.fixed(0).pushSafeInteger(number)
    if (text === null) batch.bytes(1).pushNull()
    else batch.bytes(1).pushString(text)
  }
  return batch
}

function rowsOf(rows: Rows): Row[] {
  const [number, text] = [rows.fixed(0), rows.bytes(1)]
  return Array.from({ length: rows.rowCount }, (_, row) => [
    number.validity.isValid(row) ? number.numberAt(row) : null,
    text.validity.isValid(row) ? text.stringAt(row) : null,
  ])
}

describe('rows that are told by their places', () => {
  it('are those of their sources, in whatever order and through whatever others they are asked', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { below } = seededRandom(seed)
      const some = (most: number, from: number) =>
        Int32Array.from({ length: below(most) }, () => below(from))
      const parts = [0, 1, 2].map((part) =>
        Array.from({ length: 1 + below(20) }, (_, row): Row => {
          const isNull = below(4) === 0
          return [isNull ? null : part * 100 + row, below(4) === 0 ? null : `${part}/${row}`]
        }),
      )
      const all = parts.flat()
      const stacked = stackedRows(fields, parts.map(batchOf))
      const first = some(40, all.length)
      // With some columns made before the others are asked for.
      const outer = new DeferredRows(fields, stacked, first)
      if (below(2) === 0) outer.column(below(2))
      const second = first.length === 0 ? new Int32Array(0) : some(40, first.length)
      const inner = new DeferredRows(fields, outer, second)
      const swapped = new ChosenColumns(fields, inner.rowCount, [
        { rows: inner, index: 0 },
        () => inner.column(1),
      ])
      const expected = Array.from(second, (row) => all[first[row] as number] as Row)
      assert.deepEqual(rowsOf(stacked), all, `seed ${seed}`)
      assert.deepEqual(rowsOf(swapped), expected, `seed ${seed}`)
      assert.deepEqual(
        rowsOf(outer),
        Array.from(first, (row) => all[row]),
        `seed ${seed}`,
      )
    }
  })

  it('are copied when they are read, and only the columns that are', () => {
    const asked: number[] = []
    const batch = batchOf([
      [1, 'one'],
      [2, 'two'],
    ])
    const source: Pick<Rows, 'gatherColumn'> = {
      gatherColumn(index, places, target) {
        asked.push(index)
        batch.gatherColumn(index, places, target)
      },
    }
    const rows = new DeferredRows(fields, source, Int32Array.from([1]))
    const chosen = new DeferredRows(fields, rows, Int32Array.from([0, 0]))
    assert.deepEqual(asked, [])
    assert.equal(chosen.bytes(1).stringAt(1), 'two')
    assert.equal(chosen.bytes(1).stringAt(0), 'two')
    assert.deepEqual(asked, [1])
  })
})
