import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { columnName, Engine } from '../../src/operators/duckdb/engine.js'
import { orderSql } from '../../src/operators/rank-layout.js'
import type { DataType, Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'
import type { Column } from '../../src/state/column.js'
import { rowOrder } from '../../src/state/row-order.js'

const doubles = [Number.NaN, 0, -0, 1.5, -1.5, 1e300, Number.NEGATIVE_INFINITY, 2 ** 53]
const texts = ['', 'a', 'ab', 'b', 'é', '日本', '😀', 'Z', 'a much longer text than a slot takes']
const bigs = [0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n, 2n ** 32n]
const wides = [...bigs, 2n ** 64n, -(2n ** 64n) - 1n, 10n ** 37n, -(10n ** 37n), 2n ** 64n + 1n]

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random.below(items.length)] as Item
}

/** A value of the type, or NULL. */
function push(column: Column, { kind }: DataType, random: Random): void {
  if (random.below(6) === 0) column.pushNull()
  else if (column.kind === 'bytes') column.pushString(pick(random, texts))
  else if (kind === 'double') column.pushFloat64(pick(random, doubles))
  else if (kind === 'float') column.pushFloat32(pick(random, doubles))
  else if (column.width === 16) column.pushInt128(pick(random, wides))
  else if (column.width === 8) column.pushInt64(pick(random, bigs))
  else if (kind === 'boolean') column.pushInt8(random.below(2))
  else column.pushSmallInteger(random.below(9) - 4)
}

const types: readonly DataType[] = [
  { kind: 'boolean', nullable: true },
  { kind: 'tinyint', nullable: true },
  { kind: 'smallint', nullable: true },
  { kind: 'int', nullable: true },
  { kind: 'bigint', nullable: true },
  { kind: 'float', nullable: true },
  { kind: 'double', nullable: true },
  { kind: 'decimal', precision: 4, scale: 1, nullable: true },
  { kind: 'decimal', precision: 38, scale: 2, nullable: true },
  { kind: 'varchar', length: 100, nullable: true },
  { kind: 'varbinary', length: 100, nullable: true },
]

describe('the order of rows', () => {
  it('is that of DuckDB, by columns of all types, in both directions, with NULL on either side', async () => {
    const engine = await Engine.create()
    try {
      const place: Field = { name: 'place', type: { kind: 'int', nullable: false } }
      for (const [number, type] of types.entries()) {
        const random = seededRandom(number + 1)
        const other = pick(random, types)
        const fields = [{ name: 'a', type }, { name: 'b', type: other }, place]
        const batch = new ColumnBatch(fields)
        for (let row = 0; row < 200; row++) {
          push(batch.column(0), type, random)
          push(batch.column(1), other, random)
          batch.fixed(2).pushInt32(row)
        }
        const relation = engine.relation(`rows_${number}`, fields)
        relation.load([batch])
        for (const descending of [false, true]) {
          for (const nullsFirst of [false, true]) {
            const keys = [
              { column: 0, descending, nullsFirst },
              { column: 1, descending: nullsFirst, nullsFirst: descending },
            ]
            const order = [...keys.map(orderSql), columnName(2)].join(', ')
            const sql = `SELECT ${columnName(2)} FROM ${relation.name}() ORDER BY ${order}`
            const expected = await (await engine.statement(sql, [place])).run()
            const compare = rowOrder(batch.columns.slice(0, 2), keys)
            const rows = Array.from({ length: batch.rowCount }, (_, row) => row)
            const sorted = rows.sort((left, right) => compare(left, right) || left - right)
            const wanted = Array.from(expected.fixed(0).int32.subarray(0, batch.rowCount))
            assert.deepEqual(sorted, wanted, `${type.kind} and ${other.kind}`)
          }
        }
      }
    } finally {
      engine.close()
    }
  })
})
