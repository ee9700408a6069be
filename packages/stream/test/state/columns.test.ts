import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import { Engine } from '../../src/operators/duckdb/engine.js'
import type { DataType, Field } from '../../src/plan/type.js'
import { batchParts, ColumnBatch, readBatch } from '../../src/state/batch.js'
import { batchOver, buffersOf, memoryOf } from '../../src/state/column-memory.js'

const kinds: DataType[] = [
  { kind: 'boolean', nullable: true },
  { kind: 'tinyint', nullable: true },
  { kind: 'smallint', nullable: true },
  { kind: 'int', nullable: true },
  { kind: 'bigint', nullable: true },
  { kind: 'date', nullable: true },
  { kind: 'time', precision: 3, nullable: true },
  { kind: 'timestamp', precision: 6, nullable: true },
  { kind: 'decimal', precision: 4, scale: 2, nullable: true },
  { kind: 'decimal', precision: 9, scale: 0, nullable: true },
  { kind: 'decimal', precision: 18, scale: 9, nullable: true },
  { kind: 'decimal', precision: 38, scale: 10, nullable: true },
  { kind: 'float', nullable: true },
  { kind: 'double', nullable: true },
  { kind: 'varchar', length: 2_147_483_647, nullable: true },
  { kind: 'varbinary', length: 2_147_483_647, nullable: true },
]
const fields: Field[] = kinds.map((type, index) => ({ name: `f${index}`, type }))

/** Values of a column as text; what two batches are compared by. */
function rowsOf(batch: ColumnBatch): string[] {
  return Array.from({ length: batch.rowCount }, (_, row) =>
    batch.columns
      .map((column) => {
        if (!column.validity.isValid(row)) return 'NULL'
        if (column.kind === 'bytes') return column.bytesAt(row).toString('hex')
        if (column.type.kind === 'float') return String(column.float32[row])
        if (column.type.kind === 'double') return String(column.float64[row])
        return String(column.integerAt(row))
      })
      .join(' '),
  )
}

function randomBatch(rows: number, seed: number, nulls: number): ColumnBatch {
  const random = seededRandom(seed)
  const batch = new ColumnBatch(fields)
  for (let row = 0; row < rows; row++) {
    for (const column of batch.columns) {
      if (nulls > 0 && random.below(nulls) === 0) column.pushNull()
      else if (column.kind === 'bytes') {
        const isText = column.type.kind === 'varchar'
        const length = random.below(30)
        if (isText) column.pushString('aß€😀'.repeat(8).slice(0, length))
        else column.pushBytes(random.bytes(length))
      } else if (column.type.kind === 'boolean') column.pushInt8(random.below(2))
      else if (column.type.kind === 'float') column.pushFloat32(random.float())
      else if (column.type.kind === 'double') column.pushFloat64(random.float() * 1e9)
      else if (column.type.kind === 'decimal') {
        const digits = BigInt(random.below(9999)) * (random.below(2) === 0 ? 1n : -1n)
        column.pushInteger(column.width === 16 ? digits * 10n ** 30n : digits)
      } else if (column.type.kind === 'date') column.pushInt32(random.below(40_000))
      else if (column.type.kind === 'time') column.pushSafeInteger(random.below(86_399) * 1e6)
      else if (column.type.kind === 'timestamp') column.pushSafeInteger(random.below(2e9) * 1e6 + 7)
      else
        column.pushInteger(
          BigInt.asIntN(column.width * 8, BigInt(random.uint32()) * 4_000_000_007n),
        )
    }
  }
  return batch
}

describe('column batches', () => {
  for (const [rows, nulls] of [
    [0, 0],
    [1, 2],
    [63, 3],
    [64, 0],
    [65, 9],
    [5000, 40],
  ] as const) {
    it(`survive being written and read: ${rows} rows`, () => {
      const batch = randomBatch(rows, rows + 1, nulls)
      assert.deepEqual(rowsOf(readBatch(fields, Buffer.concat(batchParts(batch)))), rowsOf(batch))
    })

    it(`survive being appended in pieces: ${rows} rows`, () => {
      const batch = randomBatch(rows, rows + 2, nulls)
      const copy = new ColumnBatch(fields)
      const random = seededRandom(rows)
      for (let from = 0; from < rows; ) {
        const to = Math.min(rows, from + 1 + random.below(200))
        copy.appendRows(batch.columns, from, to)
        from = to
      }
      assert.deepEqual(rowsOf(copy), rowsOf(batch))
    })

    it(`survive going from thread to thread: ${rows} rows`, () => {
      const batch = randomBatch(rows, rows + 4, nulls)
      const before = rowsOf(batch)
      const memory = memoryOf(batch)
      const arrived = structuredClone(memory, { transfer: buffersOf(memory) })
      assert.deepEqual(rowsOf(batchOver(fields, arrived)), before)
    })

    it(`survive crossing into DuckDB and back: ${rows} rows`, async () => {
      const batch = randomBatch(rows, rows + 3, nulls)
      const engine = await Engine.create()
      const relation = engine.relation('given', fields)
      const statement = await engine.statement('SELECT * FROM given()', fields)
      const half = new ColumnBatch(fields)
      half.appendRows(batch.columns, 0, Math.floor(rows / 2))
      relation.load([half, batch])
      assert.deepEqual(rowsOf(await statement.run()), [...rowsOf(half), ...rowsOf(batch)])
      engine.close()
    })
  }

  it('does not expect all texts to be as long as the first', () => {
    const text = new ColumnBatch(fields.slice(-2, -1))
    text.bytes(0).pushString('long '.repeat(100_000))
    text.expectRows(1_000_000)
    for (let row = 0; row < 1000; row++) text.bytes(0).pushString(`${row}`)
    assert.equal(text.bytes(0).stringAt(1000), '999')
    assert(text.bytes(0).memoryBytes < 100_000_000)
  })

  it('refuses more text than its ends can tell', () => {
    const text = new ColumnBatch(fields.slice(-2, -1))
    text.bytes(0).pushString('abc')
    assert.throws(() => text.bytes(0).extend(1, 2 ** 32 - 3), /up to 4 GiB/)
    assert.equal(text.bytes(0).stringAt(0), 'abc')
  })

  it('forgets a row that was left half pushed', () => {
    const batch = randomBatch(10, 5, 3)
    const before = rowsOf(batch)
    batch.column(0).pushNull()
    batch.column(1).pushNull()
    batch.truncate(10)
    assert.deepEqual(rowsOf(batch), before)
    const more = randomBatch(4, 6, 0)
    batch.appendRows(more.columns, 0, 4)
    assert.deepEqual(rowsOf(batch), [...before, ...rowsOf(more)])
  })
})
