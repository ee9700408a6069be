import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SimulatedDisk } from '@millrace/host'
import type { Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'
import { rowRunBytesMax, rowRunsMax } from '../../src/state/limits.js'
import { Pieces } from '../../src/state/pieces.js'
import { areScattered, type Run, StoredRows } from '../../src/state/stored-rows.js'

const fields: Field[] = [{ name: 'n', type: { kind: 'bigint', nullable: false } }]

function runsOf(count: number, bytes: number): Run[] {
  return Array.from({ length: count }, () => [1, [0, 0, bytes, 0]])
}

describe('rows that lie in pieces', () => {
  it('are written as few runs once they were read back of many, and then no more', () => {
    const disk = new SimulatedDisk()
    disk.makeDirectory('/p')
    const pieces = new Pieces(disk, '/p')
    const rows = new StoredRows(fields)
    for (let n = 0; n <= rowRunsMax; n++) {
      const one = new ColumnBatch(fields)
      one.fixed(0).pushSafeInteger(n)
      rows.append(one.columns, 0, 1)
      rows.spill(pieces)
    }
    assert.equal(rows.extents.length, rowRunsMax + 1)
    for (let times = 0; times < 3; times++) {
      const column = rows.rows().fixed(0)
      const numbers = Array.from({ length: column.length }, (_, row) => column.numberAt(row))
      assert.deepEqual(numbers, [...Array(rowRunsMax + 1).keys()])
      const before = pieces.addedBytes
      rows.spill(pieces)
      assert.equal(pieces.addedBytes > before, times === 0)
      assert.equal(rows.extents.length, 1)
    }
  })

  it('stay where they are when their runs are long, however many', () => {
    assert.equal(areScattered(runsOf(rowRunsMax + 1, 100)), true)
    assert.equal(areScattered(runsOf(rowRunsMax, 100)), false)
    assert.equal(areScattered(runsOf(rowRunsMax * 10, rowRunBytesMax * 0.9)), false)
  })
})
