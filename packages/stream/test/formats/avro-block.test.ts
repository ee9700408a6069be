import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { PlainAvroDecoder } from '../../src/formats/avro/decode.js'
import { AvroEncoder } from '../../src/formats/avro/encode.js'
import { DecodeError } from '../../src/formats/errors.js'
import type { RecordBlock } from '../../src/formats/format.js'
import { repairText } from '../../src/formats/valid-text.js'
import type { DataType, Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'

const types: readonly DataType[] = [
  { kind: 'varchar', length: 2_147_483_647, nullable: true },
  { kind: 'bigint', nullable: true },
  { kind: 'bigint', nullable: false },
  { kind: 'int', nullable: true },
  { kind: 'boolean', nullable: true },
  { kind: 'double', nullable: true },
  { kind: 'float', nullable: false },
  { kind: 'date', nullable: true },
  { kind: 'timestamp', precision: 3, nullable: true },
  { kind: 'timestamp', precision: 6, nullable: true },
  { kind: 'varbinary', length: 2_147_483_647, nullable: false },
]

function someFields(random: Random): Field[] {
  return Array.from({ length: 1 + random.below(10) }, (_, index) => ({
    name: `field_${index}`,
    type: types[random.below(types.length)] as DataType,
  }))
}

function pushSome(random: Random, { fields, columns }: ColumnBatch): void {
  columns.forEach((column, index) => {
    const { type } = fields[index] as Field
    if (type.nullable && random.below(5) === 0) column.pushNull()
    else if (column.kind === 'bytes') column.pushBytes(random.bytes(random.below(40)))
    else if (type.kind === 'boolean') column.pushInt8(random.below(2))
    else if (type.kind === 'double') column.pushFloat64(random.float() * 1000 - 500)
    else if (type.kind === 'float') column.pushFloat32(random.float())
    else if (type.kind === 'timestamp') {
      column.pushSafeInteger((random.below(2 ** 32) - 2 ** 31) * 1_000_000)
    } else {
      const value = (BigInt(random.uint32()) << 32n) | BigInt(random.uint32())
      const bits = 1 + random.below(column.width * 8)
      column.pushInteger(BigInt.asIntN(bits, value))
    }
  })
}

/** Cut off, a byte changed, or one put in. */
function damaged(random: Random, record: Buffer): Buffer {
  const at = random.below(record.length + 1)
  const byte = Buffer.from([[0, 1, 2, 4, 0x7f, 0x80, 0xff][random.below(7)] as number])
  const rest = [record.subarray(at), record.subarray(at + 1), Buffer.alloc(0)]
  return Buffer.concat([record.subarray(0, at), byte, rest[random.below(3)] as Buffer])
}

function decoded(
  fields: readonly Field[],
  wanted: readonly Field[],
  block: RecordBlock,
  withBlocks: boolean,
) {
  const batch = new ColumnBatch(wanted)
  const targets = wanted.map((field, index) => ({ field, column: batch.column(index) }))
  const decoder = new PlainAvroDecoder(targets, fields)
  const refused: string[] = []
  let inBlocks = 0
  for (let next = 0; next < block.count; next++) {
    if (withBlocks) {
      const made = decoder.blocks?.decode(block, next) ?? 0
      inBlocks += made
      next += made
      if (next === block.count) break
    }
    const before = batch.rowCount
    try {
      decoder.decode(block.bytes, block.starts[next] ?? 0, block.ends[next] ?? 0)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      refused.push(`${next} ${error.message}`)
      batch.truncate(before)
    }
  }
  repairText(batch)
  const rows = Array.from({ length: batch.rowCount }, (_, row) =>
    batch.columns.map((column) => {
      const bytes =
        column.kind === 'bytes'
          ? column.bytesAt(row)
          : column.bytes.subarray(row * column.width, (row + 1) * column.width)
      return `${column.validity.isValid(row)} ${Buffer.from(bytes).toString('latin1')}`
    }),
  )
  return { rows, refused, inBlocks }
}

function blockOf(records: readonly Buffer[]): RecordBlock {
  const ends = new Uint32Array(records.length)
  const starts = new Uint32Array(records.length)
  let at = 0
  records.forEach((record, index) => {
    starts[index] = at
    at += record.length
    ends[index] = at
  })
  return { bytes: Buffer.concat(records), starts, ends, count: records.length }
}

describe('Avro records, many at once', () => {
  for (const damage of [0, 30, 500]) {
    it(`gives what they give one by one, ${damage} of a thousand being damaged`, () => {
      for (let seed = 1; seed <= 200; seed++) {
        const random = seededRandom(seed * 1000 + damage)
        const fields = someFields(random)
        const batch = new ColumnBatch(fields)
        const sink = fields.map((field, index) => ({ field, index }))
        const encoder = new AvroEncoder(sink)
        const records = Array.from({ length: 40 }, (_, row) => {
          pushSome(random, batch)
          const record = encoder.encode(batch.columns, row)
          return random.below(1000) < damage ? damaged(random, record) : record
        })
        const wanted = fields.filter(() => random.below(3) > 0)
        const block = blockOf(records)
        const one = decoded(fields, wanted, block, false)
        const many = decoded(fields, wanted, block, true)
        assert.deepEqual(many.refused, one.refused, `seed ${seed}`)
        assert.deepEqual(many.rows, one.rows, `seed ${seed}`)
        if (damage === 0) assert.equal(many.inBlocks, records.length, `seed ${seed}`)
      }
    })
  }
})
