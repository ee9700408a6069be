import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ColumnBatch } from '../../src/state/batch.js'
import { VersionTable } from '../../src/state/version-table.js'

describe('versions by key', () => {
  it('may be very many of one key when time passes', () => {
    const table = new VersionTable(
      [
        { name: 'key', type: { kind: 'int', nullable: true } },
        { name: 'time', type: { kind: 'timestamp', precision: 3, nullable: false } },
      ],
      1,
    )
    const count = 70_000
    const rows = new ColumnBatch(table.fields)
    for (let row = 0; row < count; row++) {
      rows.fixed(0).pushInt32(row === 0 ? 2 : 1)
      rows.fixed(1).pushSafeInteger(row * 1000)
    }
    table.apply({ rows, closedThroughMs: count - 3 })
    // Of the one key the latest that time has passed, and those to come; of the other its only one.
    const times = table.whole().rows?.fixed(1)
    const left = Array.from({ length: times?.length ?? 0 }, (_, row) => times?.numberAt(row))
    assert.deepEqual(
      left.sort((one, other) => Number(one) - Number(other)),
      [0, count - 3, count - 2, count - 1].map((ms) => ms * 1000),
    )
  })
})
