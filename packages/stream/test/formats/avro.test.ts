import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import avsc from 'avsc'
import { AvroDecoder } from '../../src/formats/avro/decode.js'
import { AvroEncoder } from '../../src/formats/avro/encode.js'
import { avroSchemaText } from '../../src/formats/avro/schema.js'
import { DecodeError, FormatError } from '../../src/formats/errors.js'
import { pushRowObject, readRowObject } from '../../src/formats/row-object.js'
import type { DataType, Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'

const text: DataType = { kind: 'varchar', length: 2_147_483_647, nullable: true }

/** More than the columns want, of every kind, so that all of it must be gone over. */
const writer = {
  type: 'record',
  name: 'Trip',
  namespace: 'rides',
  fields: [
    { name: 'skippedText', type: 'string' },
    { name: 'id', type: 'long' },
    { name: 'skippedArray', type: { type: 'array', items: ['null', 'int', 'string'] } },
    { name: 'area', type: ['null', 'int'] },
    { name: 'skippedMap', type: { type: 'map', values: { type: 'array', items: 'double' } } },
    {
      name: 'skippedRecord',
      type: {
        type: 'record',
        name: 'Place',
        fields: [
          { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
          { name: 'next', type: ['null', 'Place'] },
          { name: 'flag', type: 'boolean' },
          { name: 'weight', type: 'float' },
        ],
      },
    },
    { name: 'driver', type: ['string', 'null'] },
    { name: 'fare', type: 'double' },
    { name: 'miles', type: 'float' },
    { name: 'count', type: 'int' },
    { name: 'paid', type: 'boolean' },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['CASH', 'CARD'] } },
    { name: 'raw', type: 'bytes' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'micros', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'tip', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
  ],
}

const fields: Field[] = [
  { name: 'tip', type: { kind: 'decimal', precision: 10, scale: 3, nullable: true } },
  { name: 'id', type: { kind: 'bigint', nullable: false } },
  { name: 'area', type: { kind: 'int', nullable: true } },
  { name: 'driver', type: text },
  { name: 'fare', type: { kind: 'double', nullable: true } },
  { name: 'miles', type: { kind: 'double', nullable: true } },
  { name: 'count', type: { kind: 'bigint', nullable: true } },
  { name: 'paid', type: { kind: 'boolean', nullable: true } },
  { name: 'kind', type: text },
  { name: 'raw', type: { kind: 'varbinary', length: 2_147_483_647, nullable: true } },
  { name: 'at', type: { kind: 'timestamp', precision: 3, nullable: true } },
  { name: 'micros', type: { kind: 'timestampLtz', precision: 6, nullable: true } },
  { name: 'day', type: { kind: 'date', nullable: true } },
  { name: 'absent', type: { kind: 'int', nullable: true } },
]

function framed(id: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(id, 1)
  return Buffer.concat([head, payload])
}

async function decode(schema: object, wanted: readonly Field[], payloads: readonly Buffer[]) {
  const batch = new ColumnBatch(wanted)
  const targets = wanted.map((field, index) => ({ field, column: batch.column(index) }))
  const decoder = new AvroDecoder(targets, async () => JSON.stringify(schema))
  for (const payload of payloads) {
    const record = framed(77, payload)
    await decoder.prepare(record, 0, record.length)
    decoder.decode(record, 0, record.length)
  }
  const names = wanted.map(({ name }) => name)
  return payloads.map((_, row) => readRowObject(batch, names, row))
}

describe('avro-confluent', () => {
  it('reads what another writer wrote, whatever else is in the record', async () => {
    const random = seededRandom(4)
    const type = avsc.Type.forSchema(writer as avsc.Schema, { wrapUnions: true })
    const place = (depth: number): unknown => ({
      hash: random.bytes(4),
      next: depth > 0 ? { 'rides.Place': place(depth - 1) } : null,
      flag: random.below(2) === 0,
      weight: 0.5,
    })
    const values = Array.from({ length: 300 }, () => ({
      skippedText: 'é'.repeat(random.below(40)),
      id: (random.uint32() - 2 ** 31) * random.below(2 ** 20),
      skippedArray: Array.from(
        { length: random.below(4) },
        () => [null, { int: 5 }, { string: 'x' }][random.below(3)],
      ),
      area: random.below(3) === 0 ? null : { int: random.below(2 ** 31) - 2 ** 30 },
      skippedMap: { a: [1.5], b: [] },
      skippedRecord: place(random.below(3)),
      driver: random.below(3) === 0 ? null : { string: 'driver ß '.repeat(random.below(4)) },
      fare: random.float() * 1000,
      miles: Math.fround(random.float()),
      count: random.below(5000) - 2500,
      paid: random.below(2) === 0,
      kind: random.below(2) === 0 ? 'CASH' : 'CARD',
      raw: random.bytes(random.below(20)),
      at: Date.UTC(2026, 0, 1) + random.below(2 ** 31) * (random.below(2) === 0 ? 1 : -1000),
      micros: random.below(4) === 0 ? null : { long: 1_767_484_800_123_456 },
      day: random.below(30_000) - 5000,
      tip: Buffer.from([random.below(256), random.below(256)]),
    }))
    const payloads = values.map((value) => type.toBuffer(value))
    const rows = await decode(writer, fields, payloads)
    rows.forEach((row, index) => {
      const value = values[index]
      assert.ok(value)
      assert.equal(Number(row.id), value.id)
      assert.equal(row.area, value.area?.int ?? null)
      assert.equal(row.driver, value.driver?.string ?? null)
      assert.equal(row.fare, value.fare)
      assert.equal(row.miles, value.miles)
      assert.equal(row.count, value.count)
      assert.equal(row.paid, value.paid)
      assert.equal(row.kind, value.kind)
      assert.equal(row.raw, value.raw.toString('base64'))
      assert.equal(Date.parse(`${row.at}Z`), value.at)
      assert.equal(row.micros, value.micros === null ? null : '2026-01-04T00:00:00.123456Z')
      assert.equal(Date.parse(`${row.day}`) / 86_400_000, value.day)
      assert.equal(Number(row.tip), value.tip.readInt16BE() / 100)
      assert.equal(row.absent, null)
    })
  })

  it('is read by another reader, from the schema that it registers', () => {
    const batch = new ColumnBatch(fields)
    const names = new Set(fields.map(({ name }) => name))
    pushRowObject(batch, names, {
      tip: '-12.345',
      id: -5,
      area: 70_000,
      driver: 'größer',
      fare: 1.25,
      miles: 2,
      count: 2 ** 40,
      paid: true,
      kind: 'CASH',
      raw: 'AQID',
      at: '2026-01-04T00:00:00.5Z',
      micros: '2026-01-04T00:00:00.123456Z',
      day: '2026-01-04',
    })
    pushRowObject(batch, names, { id: 0 })
    const schema = avroSchemaText(fields)
    const type = avsc.Type.forSchema(JSON.parse(schema), { wrapUnions: true })
    const encoder = new AvroEncoder(
      fields.map((field, index) => ({ field, index })),
      258,
    )
    const first = encoder.encode(batch.columns, 0)
    assert.deepEqual([...first.subarray(0, 5)], [0, 0, 0, 1, 2])
    assert.deepEqual(JSON.parse(JSON.stringify(type.fromBuffer(first.subarray(5)))), {
      tip: { bytes: { type: 'Buffer', data: [0xcf, 0xc7] } },
      id: -5,
      area: { int: 70_000 },
      driver: { string: 'größer' },
      fare: { double: 1.25 },
      miles: { double: 2 },
      count: { long: 2 ** 40 },
      paid: { boolean: true },
      kind: { string: 'CASH' },
      raw: { bytes: { type: 'Buffer', data: [1, 2, 3] } },
      at: { long: Date.UTC(2026, 0, 4) + 500 },
      micros: { long: 1_767_484_800_123_456 },
      day: { int: 20_457 },
      absent: null,
    })
    const second = type.fromBuffer(encoder.encode(batch.columns, 1).subarray(5))
    assert.equal(second.tip, null)
    assert.equal(second.id, 0)
  })

  it('names the types as Flink does, nullable columns as a union with null first', () => {
    assert.deepEqual(JSON.parse(avroSchemaText(fields.slice(0, 3))), {
      type: 'record',
      name: 'record',
      namespace: 'org.apache.flink.avro.generated',
      fields: [
        {
          name: 'tip',
          type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 3 }],
          default: null,
        },
        { name: 'id', type: 'long' },
        { name: 'area', type: ['null', 'int'], default: null },
      ],
    })
  })

  it('keeps all 64 bits of a long', async () => {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'id', type: 'long' }] }
    const bits: [bigint, string][] = [
      [9223372036854775807n, 'feffffffffffffffff01'],
      [-9223372036854775808n, 'ffffffffffffffffff01'],
      [-1n, '01'],
      [64n, '8001'],
      [4294967296n, '8080808020'],
      [-4294967297n, '8180808020'],
    ]
    const wanted = fields.slice(1, 2)
    const payloads = bits.map(([, hex]) => Buffer.from(hex, 'hex'))
    const rows = await decode(schema, wanted, payloads)
    assert.deepEqual(
      rows.map(({ id }) => BigInt(String(id))),
      bits.map(([value]) => value),
    )
    const batch = new ColumnBatch(wanted)
    for (const [value] of bits) batch.fixed(0).pushInt64(value)
    const encoder = new AvroEncoder([{ field: wanted[0] as Field, index: 0 }], 1)
    const written = bits.map((_, row) => encoder.encode(batch.columns, row).toString('hex', 5))
    assert.deepEqual(
      written,
      bits.map(([, hex]) => hex),
    )
  })

  it('refuses what is not in the wire format, ends early, or has no such branch', async () => {
    const schema = {
      type: 'record',
      name: 'R',
      fields: [{ name: 'driver', type: ['null', 'string'] }],
    }
    const wanted = fields.slice(3, 4)
    for (const hex of ['', '02', '020a61', '04', '02ffffffffffffffffffff01']) {
      await assert.rejects(decode(schema, wanted, [Buffer.from(hex, 'hex')]), DecodeError)
    }
    const decoder = new AvroDecoder([], async () => '{}')
    assert.throws(() => decoder.decode(Buffer.from('{"a":1}'), 0, 7), DecodeError)
  })

  it('passes over what it cannot read where it is told to, and leaves no trace of it', async () => {
    const schema = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'id', type: 'long' },
        { name: 'driver', type: ['null', 'string'] },
      ],
    }
    const wanted = [fields[1], fields[3]].filter((field) => field !== undefined)
    const batch = new ColumnBatch(wanted)
    const targets = wanted.map((field, index) => ({ field, column: batch.column(index) }))
    const decoder = new AvroDecoder(targets, async () => JSON.stringify(schema), {
      ignoreParseErrors: true,
    })
    const read: boolean[] = []
    for (const record of [
      Buffer.from('{"id":1}'),
      framed(77, Buffer.from('020261', 'hex')), // the text is cut off
      framed(77, Buffer.from('02020261', 'hex')),
      Buffer.alloc(0),
      framed(77, Buffer.from('0400', 'hex')),
    ]) {
      await decoder.prepare(record, 0, record.length)
      read.push(decoder.decode(record, 0, record.length))
    }
    assert.deepEqual(read, [false, false, true, false, true])
    assert.deepEqual(
      [0, 1].map((row) => readRowObject(batch, ['id', 'driver'], row)),
      [
        { id: 1, driver: 'a' },
        { id: 2, driver: null },
      ],
    )
  })

  it('refuses a schema that does not fit the columns, and names the column', async () => {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'id', type: 'string' }] }
    await assert.rejects(
      decode(schema, fields.slice(1, 2), [Buffer.from('02', 'hex')]),
      (error: unknown) => error instanceof FormatError && error.message.includes("'id' is BIGINT"),
    )
    const without = { type: 'record', name: 'R', fields: [] }
    await assert.rejects(decode(without, fields.slice(1, 2), [Buffer.alloc(0)]), FormatError)
  })
})
