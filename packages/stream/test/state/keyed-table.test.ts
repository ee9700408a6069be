import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import type { Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'
import { KeyedTable } from '../../src/state/keyed-table.js'

const fields: readonly Field[] = [
  { name: 'area', type: { kind: 'int', nullable: true } },
  { name: 'driver', type: { kind: 'varchar', length: 2_147_483_647, nullable: true } },
  { name: 'count', type: { kind: 'bigint', nullable: false } },
  { name: 'tips', type: { kind: 'decimal', precision: 38, scale: 2, nullable: true } },
  { name: 'free', type: { kind: 'boolean', nullable: true } },
  { name: 'note', type: { kind: 'varchar', length: 2_147_483_647, nullable: true } },
]

type Row = readonly [
  area: number | null,
  driver: string | null,
  count: bigint,
  tips: bigint | null,
  free: number | null,
  note: string | null,
]

function batchOf(rows: readonly (readonly unknown[])[], count = fields.length): ColumnBatch {
  const batch = new ColumnBatch(fields.slice(0, count))
  for (const row of rows) {
    for (let index = 0; index < count; index++) {
      const value = row[index]
      const column = batch.column(index)
      if (value === null) column.pushNull()
      else if (column.kind === 'bytes') column.pushString(String(value))
      else column.pushInteger(BigInt(value as bigint))
    }
  }
  return batch
}

function rowsOf(batch: ColumnBatch): string[] {
  return Array.from({ length: batch.rowCount }, (_, row) =>
    batch.columns
      .map((column) => {
        if (!column.validity.isValid(row)) return 'NULL'
        return column.kind === 'bytes' ? `'${column.stringAt(row)}'` : column.integerAt(row)
      })
      .join(' '),
  )
}

function someKey(random: Random): [number | null, string | null] {
  const area = random.below(12)
  const driver = random.below(10)
  return [area === 0 ? null : area, driver === 0 ? null : 'd'.repeat(driver - 1)]
}

function someRow(random: Random): Row {
  const maybe = <Value>(value: Value) => (random.below(5) === 0 ? null : value)
  return [
    ...someKey(random),
    BigInt(random.uint32()) * 4_294_967_296n,
    maybe(BigInt(random.below(1000)) - 2n ** 80n),
    maybe(random.below(2)),
    maybe('x'.repeat(random.below(50))),
  ]
}

const keyOf = (row: readonly unknown[]) => JSON.stringify(row.slice(0, 2))

describe('a table by key is a map', () => {
  for (let seed = 1; seed <= 20; seed++) {
    test(`whatever is put, removed and found (seed ${seed})`, () => {
      const random = seededRandom(seed)
      const table = new KeyedTable(fields, 2, 1)
      const model = new Map<string, Row>()
      for (let step = 0; step < 60; step++) {
        const rows = Array.from({ length: random.below(30) }, () => someRow(random))
        table.put(batchOf(rows))
        for (const row of rows) model.set(keyOf(row), row)
        const gone = Array.from({ length: random.below(25) }, () => someKey(random))
        table.remove(batchOf(gone, 2))
        for (const key of gone) model.delete(keyOf(key))

        assert.equal(table.rowCount, model.size)
        const asked = Array.from({ length: 40 }, () => someKey(random))
        const places = table.find(batchOf(asked, 2))
        const expected = asked.map((key) => model.get(keyOf(key)))
        assert.deepEqual(
          [...places].map((place) => place >= 0),
          expected.map((row) => row !== undefined),
        )
        const nulls = [null, null, null, null, null, null]
        assert.deepEqual(
          rowsOf(table.gather(places)),
          rowsOf(batchOf(expected.map((row) => row ?? nulls))),
        )
      }
      assert.deepEqual(rowsOf(table.dump()).sort(), rowsOf(batchOf([...model.values()])).sort())
    })

    test(`whether rows come with their places or without (seed ${seed})`, () => {
      const random = seededRandom(seed)
      const [table, other] = [new KeyedTable(fields, 2, 1), new KeyedTable(fields, 2, 1)]
      for (let step = 0; step < 60; step++) {
        const keyed = Array.from({ length: random.below(30) }, () => someRow(random))
        const rows = batchOf([...new Map(keyed.map((row) => [keyOf(row), row])).values()])
        table.apply({ rows, places: table.find(rows) })
        other.apply({ rows })
        const removed = batchOf(
          Array.from({ length: random.below(15) }, () => someKey(random)),
          2,
        )
        for (const each of [table, other]) each.apply({ removed })
        assert.deepEqual(rowsOf(table.dump()).sort(), rowsOf(other.dump()).sort())
        const areas = batchOf(
          Array.from({ length: 13 }, (_, area) => [area]),
          1,
        )
        const [found, expected] = [table, other].map((each) => each.findGroups(areas))
        assert.deepEqual(found?.ends, expected?.ends)
        assert.deepEqual(
          rowsOf(table.gather(found?.places ?? new Int32Array())),
          rowsOf(other.gather(expected?.places ?? new Int32Array())),
        )
      }
    })

    test(`rows of a group are found together (seed ${seed})`, () => {
      const random = seededRandom(seed)
      const table = new KeyedTable(fields, 2, 1)
      const model = new Map<string, Row>()
      for (let step = 0; step < 30; step++) {
        const rows = Array.from({ length: random.below(20) }, () => someRow(random))
        table.put(batchOf(rows))
        for (const row of rows) model.set(keyOf(row), row)
        const gone = Array.from({ length: random.below(15) }, () => someKey(random))
        table.remove(batchOf(gone, 2))
        for (const key of gone) model.delete(keyOf(key))
        const groups = [null, ...Array.from({ length: 13 }, (_, area) => area)]
        const { places, ends } = table.findGroups(
          batchOf(
            groups.map((area) => [area]),
            1,
          ),
        )
        groups.forEach((area, index) => {
          const found = places.subarray(ends[index - 1] ?? 0, ends[index])
          const expected = [...model.values()].filter((row) => row[0] === area)
          assert.deepEqual(rowsOf(table.gather(found)).sort(), rowsOf(batchOf(expected)).sort())
        })
      }
    })
  }

  test('texts that are replaced again and again do not fill the memory', () => {
    const table = new KeyedTable(fields, 2)
    for (let round = 0; round < 400; round++) {
      const rows = Array.from({ length: 20 }, (_, area) => [
        area,
        'd',
        1n,
        null,
        null,
        'y'.repeat(2000 + ((round * 37 + area) % 3000)),
      ])
      table.put(batchOf(rows))
    }
    assert.equal(table.rowCount, 20)
    assert.ok(table.sizeBytes < 8 * 1024 * 1024, `${table.sizeBytes} bytes`)
  })
})
