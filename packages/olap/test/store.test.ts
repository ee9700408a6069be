import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Random, realHost, seededRandom } from '@millrace/host'
import {
  type Change,
  ChangeBatch,
  type Column,
  type ColumnValue,
  keyText,
  OlapError,
  type TableSpec,
  TableStore,
} from '@millrace/olap'

async function inFolder(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-olap-'))
  try {
    await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const open = (directory: string) => TableStore.open({ host: realHost, directory })

/** All rows as JSON texts, sorted. */
async function rowsOf(store: TableStore, source: string): Promise<string[]> {
  const connection = await store.instance.connect()
  const all = await connection.runAndReadAll(`SELECT * FROM ${source}`)
  connection.closeSync()
  return all
    .getRowsJson()
    .map((row) => JSON.stringify(row))
    .sort()
}

const surge: TableSpec = { name: 'surge', topic: 'surge', key: ['area', 'zone'], upsert: true }
const surgeColumns: Column[] = [
  { name: 'area', type: { kind: 'INTEGER' } },
  { name: 'zone', type: { kind: 'VARCHAR' } },
  { name: 'multiplier', type: { kind: 'DOUBLE' } },
]

function set(spec: TableSpec, columns: readonly Column[], row: ColumnValue[]): Change {
  const at = spec.key.map((name) => columns.findIndex((column) => column.name === name))
  return { kind: 'set', key: spec.upsert ? keyText(at.map((i) => row[i] ?? null)) : undefined, row }
}

/** Zones that tempt an implementation to mix up keys. */
const zones = ['', 'a', 'A', 'null', '1', '","', 'ünï', 'it\'s "x"', '\u0000']

function someChange(random: Random, offset: number): Change {
  const row: ColumnValue[] = [
    random.below(12) - 3,
    zones[random.below(zones.length)] ?? '',
    offset / 8,
  ]
  const change = set(surge, surgeColumns, row)
  return random.below(4) === 0 ? { ...change, kind: 'remove' } : change
}

function batchOf(changes: readonly Change[]): ChangeBatch {
  const batch = new ChangeBatch()
  for (const change of changes) batch.add(change)
  return batch
}

for (const seed of [1, 2, 3, 4]) {
  test(`upsert is the fold of the changes, however they are cut, over restarts (seed ${seed})`, async () => {
    await inFolder(async (directory) => {
      const random = seededRandom(seed)
      const model = new Map<string, string>()
      const changes = Array.from({ length: 3_000 }, (_, offset) => someChange(random, offset))
      let store = await open(directory)
      let table = await store.table(surge)
      await table.ensureColumns(surgeColumns)
      let offset = 0
      while (offset < changes.length) {
        const end = Math.min(
          changes.length,
          offset + 1 + random.below(random.below(3) === 0 ? 700 : 20),
        )
        const part = changes.slice(offset, end)
        for (const { kind, key = '', row } of part) {
          if (kind === 'set') model.set(key, JSON.stringify(row))
          else model.delete(key)
        }
        await table.apply(batchOf(part), new Map([[0, end]]))
        offset = end
        assert.equal(table.rows, model.size)
        if (random.below(6) === 0) {
          table.close()
          store.close()
          store = await open(directory)
          table = await store.table(surge)
          assert.equal(table.positions.get(0), offset)
          assert.equal(table.rows, model.size)
        }
        if (random.below(4) === 0 || offset === changes.length) {
          assert.deepEqual(await rowsOf(store, table.source), [...model.values()].sort())
        }
      }
      table.close()
      store.close()
    })
  })
}

test('without upsert every row is kept, equal ones too', async () => {
  await inFolder(async (directory) => {
    const spec = { ...surge, upsert: false }
    const store = await open(directory)
    const table = await store.table(spec)
    await table.ensureColumns(surgeColumns)
    const change = set(spec, surgeColumns, [8, 'a', 1])
    await table.apply(batchOf([change, change]), new Map([[0, 2]]))
    await table.apply(batchOf([change]), new Map([[0, 3]]))
    assert.equal(table.rows, 3)
    assert.equal((await rowsOf(store, table.source)).length, 3)
    table.close()
    store.close()
  })
})

test('a batch that fails changes neither rows nor positions, and the next one is applied', async () => {
  await inFolder(async (directory) => {
    const store = await open(directory)
    const table = await store.table(surge)
    await table.ensureColumns(surgeColumns)
    await table.apply(batchOf([set(surge, surgeColumns, [8, 'a', 1])]), new Map([[0, 1]]))
    // The rows are written by the time the position is refused.
    const failing = table.apply(
      batchOf([set(surge, surgeColumns, [8, 'a', 2]), set(surge, surgeColumns, [9, 'a', 2])]),
      new Map([[0, Number.NaN]]),
    )
    await assert.rejects(failing)
    assert.equal(table.positions.get(0), 1)
    assert.equal(table.rows, 1)
    assert.deepEqual(await rowsOf(store, table.source), ['[8,"a",1]'])
    await table.apply(batchOf([set(surge, surgeColumns, [8, 'a', 3])]), new Map([[0, 2]]))
    assert.deepEqual(await rowsOf(store, table.source), ['[8,"a",3]'])
    table.close()
    store.close()
  })
})

test('keys of bytes that are no text are different keys', () => {
  const keys = [[255], [254], [195, 191], []].map((bytes) => keyText([Buffer.from(bytes)]))
  assert.equal(new Set(keys).size, keys.length)
  assert.notEqual(keyText([Buffer.from([255]), 1]), keyText([Buffer.from([254]), 1]))
})

test('every type of column keeps its values, and null', async () => {
  await inFolder(async (directory) => {
    const spec: TableSpec = { name: 'types', topic: 'types', key: ['i'], upsert: true }
    const cases: [Column['type'], ColumnValue, string | number | boolean][] = [
      [{ kind: 'INTEGER' }, -(2 ** 31), -(2 ** 31)],
      [{ kind: 'BIGINT' }, -(2n ** 63n), '-9223372036854775808'],
      [{ kind: 'BOOLEAN' }, false, false],
      [{ kind: 'FLOAT' }, 0.5, 0.5],
      [{ kind: 'DOUBLE' }, 0.1, 0.1],
      [{ kind: 'VARCHAR' }, '', ''],
      [{ kind: 'JSON' }, '{"a":[1]}', '{"a":[1]}'],
      [{ kind: 'BLOB' }, Buffer.from([0, 255]), '\\x00\\xFF'],
      [{ kind: 'DATE' }, 20457, '2026-01-04'],
      [{ kind: 'TIME' }, 45_000_000_001n, '12:30:00.000001'],
      [{ kind: 'TIMESTAMP' }, 1_767_529_800_000_001n, '2026-01-04 12:30:00.000001'],
      [{ kind: 'DECIMAL', width: 4, scale: 2 }, -1250n, '-12.50'],
      [{ kind: 'DECIMAL', width: 38, scale: 0 }, 10n ** 37n, `1${'0'.repeat(37)}`],
    ]
    const columns = cases.map(([type], at) => ({ name: at === 0 ? 'i' : `c${at}`, type }))
    const store = await open(directory)
    const table = await store.table(spec)
    await table.ensureColumns(columns)
    await table.apply(
      batchOf([
        set(
          spec,
          columns,
          cases.map(([, value]) => value),
        ),
        set(spec, columns, [7, ...cases.slice(1).map(() => null)]),
        set(spec, columns, [8]),
      ]),
      new Map([[0, 3]]),
    )
    const nulls = cases.slice(1).map(() => null)
    const expected = [cases.map(([, , shown]) => shown), [7, ...nulls], [8, ...nulls]]
    assert.deepEqual(
      await rowsOf(store, table.source),
      expected.map((row) => JSON.stringify(row)).sort(),
    )
    table.close()
    store.close()
    const again = await open(directory)
    const reopened = await again.table(spec)
    assert.deepEqual(reopened.columns, columns)
    reopened.close()
    again.close()
  })
})

test('columns are added and widened; what does not fit is refused and changes nothing', async () => {
  await inFolder(async (directory) => {
    const store = await open(directory)
    const table = await store.table(surge)
    await table.ensureColumns(surgeColumns)
    const early = set(surge, surgeColumns, [8, 'a', 1])
    await table.ensureColumns([
      { name: 'AREA', type: { kind: 'BIGINT' } },
      { name: 'riders', type: { kind: 'INTEGER' } },
    ])
    assert.deepEqual(
      table.columns.map(({ name, type }) => `${name} ${type.kind}`),
      ['area BIGINT', 'zone VARCHAR', 'multiplier DOUBLE', 'riders INTEGER'],
    )
    // A change that was made before the table grew still fits.
    const late = set(surge, surgeColumns, [2n ** 40n, 'a', 2, 5])
    await table.apply(batchOf([early, late]), new Map([[0, 2]]))
    assert.deepEqual(await rowsOf(store, table.source), [
      '["1099511627776","a",2,5]',
      '["8","a",1,null]',
    ])

    const before = table.columns
    await assert.rejects(
      table.ensureColumns([
        { name: 'fresh', type: { kind: 'INTEGER' } },
        { name: 'zone', type: { kind: 'BIGINT' } },
      ]),
      (error) =>
        error instanceof OlapError &&
        error.code === 'column_conflict' &&
        /zone/.test(error.message),
    )
    assert.equal(table.columns, before)
    table.close()
    store.close()
  })
})

test('a table declared with another key, topic or upsert starts over', async () => {
  for (const next of [{ key: ['area'] }, { topic: 'surge2' }, { upsert: false }]) {
    await inFolder(async (directory) => {
      const store = await open(directory)
      const table = await store.table(surge)
      await table.ensureColumns(surgeColumns)
      await table.apply(batchOf([set(surge, surgeColumns, [8, 'a', 1])]), new Map([[0, 1]]))
      table.close()
      const anew = await store.table({ ...surge, ...next })
      assert.equal(anew.rows, 0)
      assert.equal(anew.positions.size, 0)
      anew.close()
      store.close()
    })
  }
})

test('tables of one store do not touch one another, and apply at the same time', async () => {
  await inFolder(async (directory) => {
    const store = await open(directory)
    const specs = ['one', 'two', 'three'].map((name) => ({ ...surge, name }))
    const tables = await Promise.all(specs.map((spec) => store.table(spec)))
    for (const table of tables) await table.ensureColumns(surgeColumns)
    await Promise.all(
      tables.map(async (table, at) => {
        for (let offset = 1; offset <= 30; offset++) {
          const row: ColumnValue[] = [offset % (at + 2), 'a', offset]
          await table.apply(batchOf([set(surge, surgeColumns, row)]), new Map([[at, offset]]))
        }
      }),
    )
    tables.forEach((table, at) => {
      assert.equal(table.rows, at + 2)
      assert.deepEqual([...table.positions], [[at, 30]])
      table.close()
    })
    store.close()
  })
})

test('a damaged file is told of, with what to do', async () => {
  await inFolder(async (directory) => {
    writeFileSync(
      join(directory, 'tables.duckdb'),
      'this is no database, though it is long enough to be one',
    )
    await assert.rejects(
      open(directory),
      (error) =>
        error instanceof OlapError &&
        error.code === 'store_unavailable' &&
        /remove the folder/.test(error.message),
    )
  })
})
