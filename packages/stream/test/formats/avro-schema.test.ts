import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import avsc from 'avsc'
import { columnsOfAvro } from '../../src/formats/avro/columns.js'
import { AvroDecoder } from '../../src/formats/avro/decode.js'
import { AvroEncoder } from '../../src/formats/avro/encode.js'
import { parseAvroSchema } from '../../src/formats/avro/schema.js'
import { FormatError } from '../../src/formats/errors.js'
import { pushRowObject, readRowObject } from '../../src/formats/row-object.js'
import { planScript } from '../../src/script.js'
import { ColumnBatch } from '../../src/state/batch.js'

/** A field of each kind, in forms that `avroSchemaText` never gives. */
const schema = {
  type: 'record',
  name: 'Trip',
  namespace: 'rides',
  fields: [
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['CASH', 'CARD'] } },
    { name: 'driver', type: ['string', 'null'] },
    { name: 'count', type: ['null', 'long'] },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 3 } },
    {
      name: 'tip',
      type: { type: 'fixed', name: 'Tip', size: 4, logicalType: 'decimal', precision: 9, scale: 2 },
    },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'local', type: { type: 'long', logicalType: 'local-timestamp-millis' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'clock', type: { type: 'int', logicalType: 'time-millis' } },
    { name: 'fine', type: { type: 'long', logicalType: 'time-micros' } },
    { name: 'stops', type: { type: 'array', items: ['int', 'null'] } },
    { name: 'fares', type: { type: 'map', values: 'double' } },
    {
      name: 'place',
      type: [
        'null',
        {
          type: 'record',
          name: 'Place',
          fields: [
            { name: 'area', type: 'int' },
            { name: 'kind', type: 'Kind' },
          ],
        },
      ],
    },
  ],
}
const text = JSON.stringify(schema)

function fieldsOf(schemaText: string) {
  const record = parseAvroSchema(schemaText)
  assert.ok(record.kind === 'record')
  const columns = columnsOfAvro(record).map(({ name, type }) => `\`${name}\` ${type}`)
  const plan = planScript(
    `CREATE TABLE t (${columns.join(', ')}) WITH ('connector' = 'kafka', 'format' = 'json');
     CREATE TABLE s (${columns.join(', ')}) WITH ('connector' = 'kafka', 'format' = 'json');
     INSERT INTO s SELECT * FROM t`,
  )
  return (plan.inserts[0]?.table.columns ?? []).map(({ name, type }) => ({ name, type }))
}

const row = {
  kind: 'CARD',
  driver: 'größer',
  count: '4503599627370497',
  hash: 'AQID',
  tip: '-12.34',
  at: '2026-01-04T00:00:00.123456Z',
  local: '2026-01-04T00:00:00.5Z',
  day: '2026-01-04',
  clock: '01:02:03.004',
  fine: '01:02:03.004005',
  stops: [1, null],
  fares: { day: 1.5 },
  place: { area: 7, kind: 'CASH' },
}

describe('Avro by a given schema', () => {
  it('makes a column of each field', () => {
    const record = parseAvroSchema(text)
    assert.ok(record.kind === 'record')
    assert.deepEqual(
      columnsOfAvro(record).map(({ name, type }) => `${name} ${type}`),
      [
        'kind STRING NOT NULL',
        'driver STRING',
        'count BIGINT',
        'hash BYTES NOT NULL',
        'tip DECIMAL(9, 2) NOT NULL',
        'at TIMESTAMP_LTZ(6) NOT NULL',
        'local TIMESTAMP(3) NOT NULL',
        'day DATE NOT NULL',
        'clock TIME(3) NOT NULL',
        'fine TIME(6) NOT NULL',
        'stops ARRAY<INT> NOT NULL',
        'fares MAP<STRING, DOUBLE NOT NULL> NOT NULL',
        'place ROW<`area` INT NOT NULL, `kind` STRING NOT NULL>',
      ],
    )
  })

  for (const [type, why] of [
    [['int', 'string'], 'the field `f` is a union of 2 types'],
    ['null', 'the field `f` is nothing but null'],
    [['null', 'R'], 'the field `f` holds records like the one that it is in'],
    [{ type: 'array', items: 'R' }, 'the field `f[]` holds records like the one that it is in'],
    [
      { type: 'bytes', logicalType: 'decimal', precision: 50, scale: 2 },
      'the field `f` is a decimal of 50 digits',
    ],
  ] as const) {
    it(`no column: ${why}`, () => {
      const record = parseAvroSchema(
        JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'f', type }] }),
      )
      assert.ok(record.kind === 'record')
      assert.throws(() => columnsOfAvro(record), { name: 'NoColumnError', message: why })
    })
  }

  it('is written so that another reader and our own understand it', async () => {
    const fields = fieldsOf(text)
    // The columns stand in another order than the fields of the schema.
    const turned = [...fields].reverse()
    const batch = new ColumnBatch(turned)
    pushRowObject(batch, new Set(fields.map(({ name }) => name)), row)
    const sinks = turned.map((field, index) => ({ field, index }))
    const bytes = new AvroEncoder(sinks, 1, text).encode(batch.columns, 0)

    const read = avsc.Type.forSchema(schema as never, { wrapUnions: true }).fromBuffer(
      bytes.subarray(5),
      undefined,
      true,
    )
    assert.equal(read.kind, 'CARD')
    assert.deepEqual({ ...read.driver }, { string: 'größer' })
    assert.deepEqual([...read.hash], [1, 2, 3])
    assert.deepEqual([...read.tip], [0xff, 0xff, 0xfb, 0x2e])
    assert.equal(read.at, 1_767_484_800_123_456)
    assert.equal(read.local, Date.UTC(2026, 0, 4) + 500)
    assert.equal(read.clock, 3_723_004)
    assert.equal(read.fine, 3_723_004_005)
    assert.deepEqual(JSON.parse(JSON.stringify(read.stops)), [{ int: 1 }, null])
    assert.deepEqual(JSON.parse(JSON.stringify(read.place)), {
      'rides.Place': { area: 7, kind: 'CASH' },
    })

    const back = new ColumnBatch(fields)
    const targets = fields.map((field, index) => ({ field, column: back.column(index) }))
    const decoder = new AvroDecoder(targets, async () => text)
    await decoder.prepare(bytes, 0, bytes.length)
    decoder.decode(bytes, 0, bytes.length)
    const again = new AvroEncoder(
      fields.map((field, index) => ({ field, index })),
      1,
      text,
    )
    assert.deepEqual(again.encode(back.columns, 0), bytes)
  })

  for (const [name, wrong, why] of [
    ['another symbol', { kind: 'GOLD' }, /'GOLD' is none of the schema's symbols CASH, CARD/],
    ['other bytes', { hash: 'AQ==' }, /1 bytes where the schema has 3/],
    ['NULL where there is none', { kind: null }, /NULL in NOT NULL 'kind'/],
  ] as const) {
    it(`refuses ${name}`, () => {
      const fields = fieldsOf(text)
      const batch = new ColumnBatch(fields)
      pushRowObject(batch, new Set(fields.map((field) => field.name)), { ...row, ...wrong })
      const encoder = new AvroEncoder(
        fields.map((field, index) => ({ field, index })),
        1,
        text,
      )
      assert.throws(
        () => encoder.encode(batch.columns, 0),
        (error: Error) => {
          return error instanceof FormatError && why.test(error.message)
        },
      )
    })
  }

  for (const [name, other, why] of [
    ['a column that it has not', [{ name: 'a', type: 'int' }], /no field 'b'/],
    [
      'a field without a column',
      [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'int' },
        { name: 'c', type: 'int' },
      ],
      /a field 'c' in the record, and there is no column/,
    ],
    [
      'another type',
      [
        { name: 'a', type: 'int' },
        { name: 'b', type: 'string' },
      ],
      /'b' is INT, and string in the schema/,
    ],
  ] as const) {
    it(`refuses ${name} before anything is written`, () => {
      const sinks = ['a', 'b'].map((field, index) => {
        return { field: { name: field, type: { kind: 'int', nullable: false } as const }, index }
      })
      const given = JSON.stringify({ type: 'record', name: 'R', fields: other })
      assert.throws(
        () => new AvroEncoder(sinks, 1, given),
        (error: Error) => {
          return error instanceof FormatError && why.test(error.message)
        },
      )
    })
  }

  it('fills what older records lack with the defaults of the newer schema', async () => {
    const older = { type: 'record', name: 'R', fields: [{ name: 'id', type: 'int' }] }
    const newer = JSON.stringify({
      ...older,
      fields: [
        ...older.fields,
        { name: 'area', type: 'int', default: 7 },
        { name: 'name', type: 'string', default: 'none' },
        { name: 'note', type: ['null', 'string'], default: null },
      ],
    })
    const fields = fieldsOf(newer)
    const batch = new ColumnBatch(fields)
    const targets = fields.map((field, index) => ({ field, column: batch.column(index) }))
    const decoder = new AvroDecoder(targets, async () => JSON.stringify(older), {
      ignoreParseErrors: false,
      schema: newer,
    })
    const bytes = Buffer.from('00000000010a', 'hex')
    await decoder.prepare(bytes, 0, bytes.length)
    decoder.decode(bytes, 0, bytes.length)
    assert.deepEqual(
      { ...readRowObject(batch, [], 0) },
      { id: 5, area: 7, name: 'none', note: null },
    )
  })
})
