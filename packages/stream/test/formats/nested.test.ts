import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import avsc from 'avsc'
import { AvroDecoder } from '../../src/formats/avro/decode.js'
import { AvroEncoder } from '../../src/formats/avro/encode.js'
import { avroSchemaText } from '../../src/formats/avro/schema.js'
import { DecodeError } from '../../src/formats/errors.js'
import { JsonDecoder, type JsonOptions } from '../../src/formats/json/decode.js'
import { JsonEncoder } from '../../src/formats/json/encode.js'
import { readRowObject } from '../../src/formats/row-object.js'
import type { DataType, Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'

const text: DataType = { kind: 'varchar', length: 2_147_483_647, nullable: true }
const int: DataType = { kind: 'int', nullable: true }
const instant: DataType = { kind: 'timestampLtz', precision: 3, nullable: true }
const row: DataType = {
  kind: 'row',
  nullable: true,
  fields: [
    { name: 'big', type: { kind: 'bigint', nullable: true } },
    { name: 'a b', type: { kind: 'decimal', precision: 10, scale: 2, nullable: true } },
    { name: 'at', type: instant },
    { name: 'bytes', type: { kind: 'varbinary', length: 2_147_483_647, nullable: true } },
  ],
}
const fields: Field[] = [
  { name: 'xs', type: { kind: 'array', element: int, nullable: true } },
  { name: 'r', type: row },
  { name: 'rs', type: { kind: 'array', element: row, nullable: true } },
  {
    name: 'm',
    type: {
      kind: 'map',
      key: { ...text, nullable: false },
      value: { kind: 'double', nullable: true },
      nullable: true,
    },
  },
  {
    name: 'bag',
    type: { kind: 'multiset', element: { ...text, nullable: false }, nullable: true },
  },
]
const strict: JsonOptions = { standard: 'SQL', ignoreParseErrors: false, failOnMissingField: false }

function decoded(record: string, options: Partial<JsonOptions> = {}): ColumnBatch {
  const batch = new ColumnBatch(fields)
  const targets = fields.map((field, index) => ({ field, column: batch.column(index) }))
  const bytes = Buffer.from(`xx${record}yy`)
  assert.ok(new JsonDecoder(targets, { ...strict, ...options }).decode(bytes, 2, bytes.length - 2))
  return batch
}

function written(batch: ColumnBatch): string {
  const sink = fields.map((field, index) => ({ field, index }))
  return new JsonEncoder(sink, { standard: 'SQL', omitsNull: () => false })
    .encode(batch.columns, 0)
    .toString()
}

const rest = (known: Record<string, string>) =>
  `{${fields.map(({ name }) => `"${name}":${known[name] ?? 'null'}`).join(',')}}`

const pairs: readonly (readonly [name: string, value: string, written?: string])[] = [
  ['xs', '[1,-2,null]'],
  ['xs', '[]'],
  ['xs', ' [ "3" , 4 ] ', '[3,4]'],
  [
    'r',
    '{"big":9007199254740993,"a b":1.5,"at":"2026-01-04 10:00:00.5Z","bytes":"AAEC/w=="}',
    '{"big":9007199254740993,"a b":1.50,"at":"2026-01-04 10:00:00.5Z","bytes":"AAEC/w=="}',
  ],
  ['r', '{"other":[{"x":1}],"big":"7","big":8}', '{"big":8,"a b":null,"at":null,"bytes":null}'],
  ['rs', '[{"big":1,"a b":null,"at":null,"bytes":""},null]'],
  ['m', '{"x":1.5,"":null,"__proto__":1e+300,"ü\\"":-0.25}'],
  ['m', '{"x":1,"x":2}', '{"x":2}'],
  ['bag', '{"s":2}'],
]

describe('nested values in JSON', () => {
  for (const [name, value, wanted = value] of pairs) {
    it(`${name}: ${value}`, () => {
      assert.equal(written(decoded(`{"${name}":${value}}`)), rest({ [name]: wanted }))
    })
  }

  for (const [name, value, message] of [
    ['xs', '{"a":1}', /field 'xs': an array was expected/],
    ['xs', '["x"]', /field 'xs': 'x' is not an integer/],
    ['r', '[1]', /field 'r': an object was expected/],
    ['r', '{"big":"x"}', /field 'r': 'x' is not an integer/],
    ['m', '"x"', /field 'm': an object was expected/],
  ] as const) {
    it(`refuses ${name}: ${value}`, () => {
      assert.throws(
        () => decoded(`{"${name}":${value}}`),
        (error: Error) => {
          return error instanceof DecodeError && message.test(error.message)
        },
      )
    })
    it(`passes over ${name}: ${value} where it may`, () => {
      const [only] = Object.entries(
        readRowObject(
          decoded(`{"${name}":${value}}`, { ignoreParseErrors: true }),
          fields.map((f) => f.name),
          0,
        ),
      )
      assert.ok(only)
    })
  }

  it('passes over the part that cannot be read, and no more', () => {
    const batch = decoded('{"xs":[1,"x",3],"r":{"big":"x","a b":2}}', { ignoreParseErrors: true })
    const r = '{"big":null,"a b":2.00,"at":null,"bytes":null}'
    assert.equal(written(batch), rest({ xs: '[1,null,3]', r }))
  })

  it('refuses a row without one of its fields where that is asked for', () => {
    const records = '{"xs":null,"rs":null,"m":null,"bag":null,"r":{"big":1}}'
    assert.throws(
      () => decoded(records, { failOnMissingField: true }),
      /the field 'a b' is missing/,
    )
  })
})

describe('nested values in Avro', () => {
  // Names that Avro has.
  const named = fields.map((field): Field => {
    const renamed = JSON.parse(JSON.stringify(field).replaceAll('"a b"', '"a_b"'))
    return renamed
  })
  const schema = avroSchemaText(named)

  it('are read by avsc as written, and read back', async () => {
    const given =
      '{"xs":[1,null],"r":{"big":9007199254740993,"a b":1.5,"at":"2026-01-04 10:00:00.5Z","bytes":"AAEC"},"rs":[null,{"big":2}],"m":{"x":0.5,"y":null},"bag":{"s":2}}'
    const batch = decoded(given)
    const encoder = new AvroEncoder(
      named.map((field, index) => ({ field, index })),
      7,
    )
    const bytes = encoder.encode(batch.columns, 0)
    const long = avsc.types.LongType.__with({
      fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
      toBuffer: (value: bigint) => {
        const buffer = Buffer.alloc(8)
        buffer.writeBigInt64LE(value)
        return buffer
      },
      fromJSON: BigInt,
      toJSON: Number,
      isValid: (value: unknown) => typeof value === 'bigint',
      compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
    })
    const type = avsc.Type.forSchema(JSON.parse(schema), { registry: { long } })
    const value = type.fromBuffer(bytes.subarray(5))
    assert.deepEqual(
      value.xs,
      [{ int: 1 }, null].map((each) => each?.int ?? null),
    )
    assert.equal(value.r.big, 9007199254740993n)
    const target = new ColumnBatch(named)
    const targets = named.map((field, index) => ({ field, column: target.column(index) }))
    const decoder = new AvroDecoder(targets, async () => schema)
    await decoder.prepare(bytes, 0, bytes.length)
    assert.ok(decoder.decode(bytes, 0, bytes.length))
    const names = fields.map(({ name }) => name)
    const before = JSON.stringify(readRowObject(batch, names, 0)).replaceAll('"a b"', '"a_b"')
    assert.equal(JSON.stringify(readRowObject(target, names, 0)), before)
  })
})
