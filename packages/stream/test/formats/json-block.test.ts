import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import { DecodeError } from '../../src/formats/errors.js'
import type { RecordBlock } from '../../src/formats/format.js'
import { JsonDecoder, type JsonOptions } from '../../src/formats/json/decode.js'
import { repairText } from '../../src/formats/valid-text.js'
import type { Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'
import { someFields, someRecord } from './json-records.js'

const plain: JsonOptions = { standard: 'SQL', ignoreParseErrors: false, failOnMissingField: false }

const seeds = 120

/** What came of records: rows, and of those that gave none why. */
interface Outcome {
  readonly rows: string[][]
  readonly refused: string[]
  /** Rows that were made many at once. */
  readonly inBlocks: number
}

function decoded(
  fields: readonly Field[],
  blocks: readonly RecordBlock[],
  options: JsonOptions,
  withBlocks: boolean,
): Outcome {
  const batch = new ColumnBatch(fields)
  const targets = fields.map((field, index) => ({ field, column: batch.column(index) }))
  const decoder = new JsonDecoder(targets, options)
  const refused: string[] = []
  let inBlocks = 0
  const decodeAlone = ({ bytes, starts, ends }: RecordBlock, index: number) => {
    const [start = 0, end = 0] = [starts[index], ends[index]]
    const before = batch.rowCount
    try {
      if (!decoder.decode(bytes, start, end)) refused.push('passed over')
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      refused.push(`${bytes.toString('latin1', start, end)}: ${error.message}`)
      batch.truncate(before)
    }
  }
  for (const given of blocks) {
    // Every other block lies where the kernel wants it.
    const isStaged = withBlocks && given.count % 2 === 0
    const bytes = (isStaged && decoder.blocks?.stage(given.bytes)) || given.bytes
    const block = { ...given, bytes }
    for (let next = 0; next < block.count; next++) {
      if (withBlocks) {
        const made = decoder.blocks?.decode(block, next) ?? 0
        inBlocks += made
        next += made
        assert.ok(batch.columns.every(({ length }) => length === batch.rowCount))
        if (next === block.count) break
      }
      decodeAlone(block, next)
    }
  }
  repairText(batch)
  return { rows: rowsOf(batch), refused, inBlocks }
}

function rowsOf({ columns, rowCount }: ColumnBatch): string[][] {
  return Array.from({ length: rowCount }, (_, row) =>
    columns.map((column) => {
      const bytes =
        column.kind === 'bytes'
          ? column.bytesAt(row)
          : column.bytes.subarray(row * column.width, (row + 1) * column.width)
      return `${column.validity.isValid(row)} ${Buffer.from(bytes).toString('latin1')}`
    }),
  )
}

/** The records one behind the other, with something between them. */
function blockOf(records: readonly Buffer[]): RecordBlock {
  const starts = new Uint32Array(records.length)
  const ends = new Uint32Array(records.length)
  const between = Buffer.from('7"')
  let at = between.length
  records.forEach((record, index) => {
    starts[index] = at
    ends[index] = at + record.length
    at += record.length + between.length
  })
  const bytes = Buffer.concat([between, ...records.flatMap((record) => [record, between])])
  return { bytes, starts, ends, count: records.length }
}

/** Answers how many rows were made in blocks, of so many records each. */
function assertSame(
  fields: readonly Field[],
  records: readonly Buffer[],
  options = plain,
  blockRecords = records.length,
): number {
  const blocks: RecordBlock[] = []
  for (let at = 0; at < records.length; at += blockRecords) {
    blocks.push(blockOf(records.slice(at, at + blockRecords)))
  }
  const one = decoded(fields, blocks, options, false)
  const many = decoded(fields, blocks, options, true)
  assert.deepEqual(many.refused, one.refused)
  assert.deepEqual(many.rows, one.rows)
  return many.inBlocks
}

describe('JSON records, many at once', () => {
  for (const oddity of [0, 2, 20, 100, 500]) {
    it(`gives what they give one by one, ${oddity} of a thousand things being odd`, () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const random = seededRandom(seed * 1000 + oddity)
        const fields = someFields(random, 1 + random.below(10))
        const options: JsonOptions = {
          standard: random.below(3) === 0 ? 'ISO-8601' : 'SQL',
          ignoreParseErrors: random.below(3) === 0,
          failOnMissingField: random.below(3) === 0,
        }
        const separator = options.standard === 'SQL' ? ' ' : 'T'
        const records = Array.from({ length: 100 }, () =>
          someRecord(random, fields, { oddity, separator }),
        )
        try {
          const inBlocks = assertSame(fields, records, options, 1 + random.below(50))
          if (oddity === 0) assert.equal(inBlocks, records.length)
        } catch (error) {
          throw new Error(`seed ${seed}: ${JSON.stringify({ fields, options })}`, { cause: error })
        }
      }
    })
  }

  it('takes more records than the kernel holds, and one that it does not hold', () => {
    const random = seededRandom(1)
    const fields = someFields(random, 4)
    const records = Array.from({ length: 6000 }, () => someRecord(random, fields, { oddity: 1 }))
    const name = JSON.stringify(fields[0]?.name)
    records.splice(500, 0, Buffer.from(`{"long":"${'x'.repeat(400_000)}",${name}:null}`))
    records.push(Buffer.from(`{"long":"${'x'.repeat(400_000)}"}`))
    const inBlocks = assertSame(fields, records)
    assert.ok(inBlocks > 5000, `${inBlocks} in blocks`)
  })

  it('takes records of two tables in turn', () => {
    const random = seededRandom(2)
    const tables = [someFields(random, 3), someFields(random, 5)].map((fields) => {
      const batch = new ColumnBatch(fields)
      const targets = fields.map((field, index) => ({ field, column: batch.column(index) }))
      const records = Array.from({ length: 20 }, () => someRecord(random, fields, { oddity: 0 }))
      return { fields, batch, records, decoder: new JsonDecoder(targets, plain) }
    })
    for (let turn = 0; turn < 20; turn += 5) {
      for (const { decoder, records } of tables) {
        assert.equal(decoder.blocks?.decode(blockOf(records.slice(turn, turn + 5)), 0), 5)
      }
    }
    for (const { fields, batch, records } of tables) {
      assert.deepEqual(rowsOf(batch), decoded(fields, [blockOf(records)], plain, false).rows)
    }
  })

  it('leaves more fields than the kernel has bits for to others', () => {
    const random = seededRandom(3)
    const fields = someFields(random, 65)
    const records = [someRecord(random, fields, { oddity: 0 })]
    assert.equal(assertSame(fields, records), 0)
    assert.equal(assertSame(fields.slice(0, 64), records), 1)
  })
})
