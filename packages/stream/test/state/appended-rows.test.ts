import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SimulatedDisk, seededRandom } from '@millrace/host'
import type { Field } from '../../src/plan/type.js'
import { AppendedRows } from '../../src/state/appended-rows.js'
import { ColumnBatch } from '../../src/state/batch.js'
import { StateStore } from '../../src/state/store.js'

const fields: readonly Field[] = [
  { name: 'area', type: { kind: 'int', nullable: true } },
  { name: 'kind', type: { kind: 'varchar', length: 2147483647, nullable: true } },
  { name: 'number', type: { kind: 'bigint', nullable: false } },
  { name: 'text', type: { kind: 'varchar', length: 2147483647, nullable: true } },
]

interface Row {
  area: number | null
  kind: string | null
  number: number
  text: string | null
}

function batchOf(rows: readonly Row[]): ColumnBatch {
  const batch = new ColumnBatch(fields)
  const [area, kind, number, text] = [
    batch.fixed(0),
    batch.bytes(1),
    batch.fixed(2),
    batch.bytes(3),
  ]
  for (const row of rows) {
    if (row.area === null) area.pushNull()
    else area.pushInt32(row.area)
    if (row.kind === null) kind.pushNull()
    else kind.pushString(row.kind)
    number.pushSafeInteger(row.number)
    if (row.text === null) text.pushNull()
    else text.pushString(row.text)
  }
  return batch
}

function rowsOf(batch: ColumnBatch): Row[] {
  const [area, kind, number, text] = [
    batch.fixed(0),
    batch.bytes(1),
    batch.fixed(2),
    batch.bytes(3),
  ]
  return Array.from({ length: batch.rowCount }, (_, row) => ({
    area: area.validity.isValid(row) ? (area.int32[row] as number) : null,
    kind: kind.validity.isValid(row) ? kind.stringAt(row) : null,
    number: number.numberAt(row),
    text: text.validity.isValid(row) ? text.stringAt(row) : null,
  }))
}

describe('rows that come and stay', () => {
  it('are all there, and each group has its own from the newest to the oldest', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed)
      const table = new AppendedRows(fields, 3, 2)
      const kept: Row[] = []
      // Batches that are empty, small, and longer than a chunk.
      for (const size of [0, 1, 300, 40_000, 7, 30_000]) {
        const rows = Array.from({ length: Math.ceil(size * random.float()) }, (_, index) => ({
          area: random.below(10) === 0 ? null : random.below(20),
          kind: random.below(10) === 0 ? null : `kind ${random.below(3)}`,
          number: kept.length + index,
          text: random.below(3) === 0 ? null : 'x'.repeat(random.below(150)),
        }))
        table.apply({ rows: batchOf(rows) })
        kept.push(...rows)
      }
      assert.equal(table.rowCount, kept.length)
      assert.deepEqual(rowsOf(table.whole().rows as ColumnBatch), kept)
      assert.equal(table.greatest(2), kept.length > 0 ? kept.length - 1 : Number.NEGATIVE_INFINITY)
      const asked = [kept.at(0), kept.at(-1), { area: 99, kind: null, number: 0, text: null }]
      const groups = asked.flatMap((row) => row ?? [])
      const { places, ends } = table.findEqual(batchOf(groups))
      const found = rowsOf(table.gather(places))
      groups.forEach(({ area, kind }, index) => {
        // NULL is equal to nothing.
        const isKnown = area !== null && kind !== null
        const of = kept.filter((row) => isKnown && row.area === area && row.kind === kind).reverse()
        assert.deepEqual(found.slice(index === 0 ? 0 : ends[index - 1], ends[index]), of)
      })
    }
  })

  it('are those that are left of a state of which some went, whose numbers come again', () => {
    const table = new AppendedRows(fields, 3, 2)
    const row = (number: number, text: string) => ({ area: 1, kind: 'k', number, text })
    table.apply({ rows: batchOf([row(0, 'a'), row(1, 'b'), row(2, 'c')]) })
    const removed = batchOf([row(0, ''), row(2, '')])
    table.apply({ removed: new ColumnBatch(table.keyFields, removed.columns.slice(0, 3)) })
    table.apply({ rows: batchOf([row(0, 'd')]) })
    assert.equal(table.rowCount, 2)
    const { places } = table.findEqual(batchOf([row(0, '')]))
    const texts = rowsOf(table.gather(places)).map(({ text }) => text)
    assert.deepEqual(texts.sort(), ['b', 'd'])
    table.apply({ rows: batchOf([row(3, 'e')]) })
    assert.equal(table.greatest(2), 3)
    assert.equal(table.whole().rows?.rowCount, 3)
  })

  it('are found while they lie on disk, in the order in which they are asked for', async () => {
    const disk = new SimulatedDisk()
    const open = async () => {
      const table = new AppendedRows(fields, 3, 2)
      const states = new Map([['t', table]])
      return { table, store: await StateStore.open(disk, '/s', states, { spillFromBytes: 0 }) }
    }
    const random = seededRandom(7)
    const kept: Row[] = []
    let { table, store } = await open()
    for (let epoch = 1; epoch <= 6; epoch++) {
      const rows = Array.from({ length: 20_000 }, (_, index) => ({
        area: random.below(20),
        kind: `kind ${random.below(3)}`,
        number: kept.length + index,
        text: random.below(3) === 0 ? null : 'x'.repeat(random.below(50)),
      }))
      await store.commit({
        ...{ epoch, positions: [], outbox: [], openFiles: [] },
        totals: { recordsIn: 0, recordsOut: 0, late: 0, skipped: 0 },
        changes: [{ state: 't', rows: batchOf(rows) }],
      })
      kept.push(...rows)
      assert.ok(table.spilledBytes > 20_000 * epoch, `${table.spilledBytes} bytes are on disk`)
      const asked = [kept[0], kept.at(-1), kept[30_000]].flatMap((row) => row ?? [])
      const { places, ends } = table.findEqual(batchOf(asked))
      const found = rowsOf(table.gather(places))
      asked.forEach(({ area, kind }, index) => {
        const of = kept.filter((row) => row.area === area && row.kind === kind).reverse()
        assert.deepEqual(found.slice(index === 0 ? 0 : ends[index - 1], ends[index]), of)
      })
      assert.equal(table.greatest(2), kept.length - 1)
      if (epoch % 2 === 1) continue
      await store.snapshot()
      store.close()
      ;({ table, store } = await open())
    }
    assert.deepEqual(rowsOf(table.whole().rows as ColumnBatch), kept)
    store.close()
  })

  it('come back from the journal and from a snapshot', async () => {
    const disk = new SimulatedDisk()
    const rows = (from: number) =>
      [0, 1, 2].map((each) => ({ area: each, kind: null, number: from + each, text: `${from}` }))
    const open = async () => {
      const table = new AppendedRows(fields, 3, 2)
      return { table, store: await StateStore.open(disk, '/s', new Map([['t', table]])) }
    }
    const step = (epoch: number, from: number) => ({
      ...{ epoch, positions: [], outbox: [], openFiles: [] },
      totals: { recordsIn: 0, recordsOut: 0, late: 0, skipped: 0 },
      changes: [{ state: 't', rows: batchOf(rows(from)) }],
    })
    const first = await open()
    await first.store.commit(step(1, 0))
    await first.store.snapshot()
    await first.store.commit(step(2, 3))
    first.store.close()
    const { table, store } = await open()
    assert.deepEqual(rowsOf(table.whole().rows as ColumnBatch), [...rows(0), ...rows(3)])
    store.close()
  })
})
