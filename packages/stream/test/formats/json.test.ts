import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DecodeError } from '../../src/formats/errors.js'
import { JsonDecoder, type JsonOptions } from '../../src/formats/json/decode.js'
import { JsonEncoder } from '../../src/formats/json/encode.js'
import { readRowObject } from '../../src/formats/row-object.js'
import { repairText } from '../../src/formats/valid-text.js'
import type { DataType, Field } from '../../src/plan/type.js'
import { ColumnBatch } from '../../src/state/batch.js'

const text: DataType = { kind: 'varchar', length: 2_147_483_647, nullable: true }
const fields: Field[] = [
  { name: 'id', type: { kind: 'bigint', nullable: true } },
  { name: 'small', type: { kind: 'tinyint', nullable: true } },
  { name: 'd', type: { kind: 'double', nullable: true } },
  { name: 'f', type: { kind: 'float', nullable: true } },
  { name: 'm', type: { kind: 'decimal', precision: 6, scale: 2, nullable: true } },
  { name: 'ok', type: { kind: 'boolean', nullable: true } },
  { name: 's', type: text },
  { name: 'ts', type: { kind: 'timestamp', precision: 3, nullable: true } },
  { name: 'ltz', type: { kind: 'timestampLtz', precision: 3, nullable: true } },
  { name: 'day', type: { kind: 'date', nullable: true } },
  { name: 'time', type: { kind: 'time', precision: 3, nullable: true } },
  { name: 'bytes', type: { kind: 'varbinary', length: 2_147_483_647, nullable: true } },
]
const names = fields.map(({ name }) => name)
const strict: JsonOptions = { standard: 'SQL', ignoreParseErrors: false, failOnMissingField: false }

/** What one record gives, without the fields that are NULL; undefined when it is passed over. */
function decoded(record: string, options: Partial<JsonOptions> = {}) {
  const batch = new ColumnBatch(fields)
  const targets = fields.map((field, index) => ({ field, column: batch.column(index) }))
  const decoder = new JsonDecoder(targets, { ...strict, ...options })
  // Within a larger buffer, as records are.
  const bytes = Buffer.from(`xx${record}yy`)
  if (!decoder.decode(bytes, 2, bytes.length - 2)) {
    assert.equal(batch.rowCount, 0)
    return undefined
  }
  assert.ok(batch.columns.every((column) => column.length === 1))
  const row = readRowObject(batch, names, 0)
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}

const readings: [record: string, row: Record<string, unknown>][] = [
  ['{}', {}],
  [' { "id" : 7 , "other" : [ 1 , { "id" : 8 } , "\\"" ] } ', { id: 7 }],
  ['{"id":-9223372036854775808}', { id: '-9223372036854775808' }],
  ['{"id":"12"}', { id: 12 }],
  ['{"id":null,"s":null}', {}],
  ['{"id":1,"id":2}', { id: 2 }],
  ['{"\\u0069d":3}', { id: 3 }],
  ['{"id":123456789012345678}', { id: '123456789012345678' }],
  ['{"small":-128}', { small: -128 }],
  ['{"d":1}', { d: 1 }],
  ['{"d":-12.5}', { d: -12.5 }],
  ['{"d":0.1}', { d: 0.1 }],
  ['{"d":1e3}', { d: 1000 }],
  ['{"d":1234567890.12345678901234}', { d: 1234567890.1234567 }],
  ['{"d":"2.5"}', { d: 2.5 }],
  ['{"f":0.5}', { f: 0.5 }],
  ['{"m":12.345}', { m: 12.35 }],
  ['{"m":"-0.01"}', { m: -0.01 }],
  ['{"m":123456}', {}],
  ['{"ok":true}', { ok: true }],
  ['{"ok":"False"}', { ok: false }],
  ['{"s":"größer 😀"}', { s: 'größer 😀' }],
  ['{"s":"a\\nb\\u00e9\\\\"}', { s: 'a\nbé\\' }],
  ['{"s":12.50}', { s: '12.50' }],
  ['{"s":{"a":[1]}}', { s: '{"a":[1]}' }],
  ['{"s":""}', { s: '' }],
  ['{"ts":"2026-01-04 05:06:07"}', { ts: '2026-01-04T05:06:07' }],
  ['{"ts":"2026-01-04 05:06:07.089999"}', { ts: '2026-01-04T05:06:07.089' }],
  ['{"ts":"1969-12-31 23:59:59.999"}', { ts: '1969-12-31T23:59:59.999' }],
  ['{"ts":"2024-02-29 00:00:00.001"}', { ts: '2024-02-29T00:00:00.001' }],
  ['{"ts":"2000-02-28 23:59:59.000"}', { ts: '2000-02-28T23:59:59' }],
  ['{"ts":"1900-03-01 00:00:00"}', { ts: '1900-03-01T00:00:00' }],
  ['{"ltz":"2026-12-04 05:06:07.089Z"}', { ltz: '2026-12-04T05:06:07.089Z' }],
  ['{"ltz":"2026-01-04 05:06:07.5Z"}', { ltz: '2026-01-04T05:06:07.5Z' }],
  ['{"day":"2024-02-29"}', { day: '2024-02-29' }],
  // Flink keeps no fraction of a TIME, cuts numbers, and takes a month's last day for one it has not.
  ['{"time":"05:06:07.25"}', { time: '05:06:07' }],
  ['{"time":"24:00:00"}', { time: '00:00:00' }],
  ['{"id":-1.5}', { id: -1 }],
  ['{"ts":"2026-02-30 00:00:00"}', { ts: '2026-02-28T00:00:00' }],
  ['{"bytes":"AQID"}', { bytes: 'AQID' }],
]

const refusals: [record: string, part: string][] = [
  ['', "'{' was expected"],
  ['[1]', "'{' was expected"],
  ['{"id":1', "'}' was expected"],
  ['{"id":1}}', 'something follows'],
  ['{"id":01}', 'starts with 0'],
  ['{"other":tru}', 'a value was expected'],
  ['{"other":[1,]}', 'a value was expected'],
  ['{"other":{"a" 1}}', "':' was expected"],
  ['{"s":"never ends}', 'does not end'],
  ['{"s":"\\q"}', 'wrong escape'],
  ['{"id":"1.5"}', "field 'id': '1.5' is not an integer"],
  ['{"small":128}', 'does not fit TINYINT'],
  ['{"id":9223372036854775808}', 'does not fit BIGINT'],
  ['{"d":"x"}', 'is not a number'],
  ['{"ts":"2026-01-04T05:06:07"}', 'not of the form'],
  ['{"ts":"2026-01-04 05:06:07Z"}', 'not of the form'],
  ['{"ltz":"2026-01-04 05:06:07"}', 'not of the form'],
  ['{"ts":"2026-02-32 00:00:00"}', 'there is no day'],
  ['{"day":"2026-13-01"}', 'there is no day'],
  [`{"other":${'['.repeat(300)}${']'.repeat(300)}}`, 'nested deeper'],
]

describe('json', () => {
  for (const [record, row] of readings) {
    it(`reads ${record}`, () => assert.deepEqual(decoded(record), row))
  }
  for (const [record, part] of refusals) {
    it(`refuses ${record.slice(0, 60)}`, () => {
      assert.throws(
        () => decoded(record),
        (error: unknown) => error instanceof DecodeError && error.message.includes(part),
      )
    })
  }

  it('reads times in ISO-8601 where the table says so', () => {
    const iso = { standard: 'ISO-8601' } as const
    const row = decoded('{"ts":"2026-01-04T05:06:07.5","ltz":"2026-01-04T05:06Z"}', iso)
    assert.deepEqual(row, { ts: '2026-01-04T05:06:07.5', ltz: '2026-01-04T05:06:00Z' })
    assert.throws(() => decoded('{"ts":"2026-01-04 05:06:07"}', iso), DecodeError)
  })

  it('with ignore-parse-errors makes such fields NULL and passes over what is no object', () => {
    const ignore = { ignoreParseErrors: true }
    assert.deepEqual(decoded('{"id":"x","s":"kept"}', ignore), { s: 'kept' })
    assert.equal(decoded('{"id":1', ignore), undefined)
  })

  it('with fail-on-missing-field refuses a record without a field', () => {
    assert.throws(() => decoded('{"id":1}', { failOnMissingField: true }), DecodeError)
  })

  it('never reads beyond the record or hangs, whatever the bytes', () => {
    const record = '{"id":12,"s":"a\\u00e9b","other":{"x":[1.5e3,true,null]},"d":0.25}'
    for (let cut = 0; cut < record.length; cut++) {
      assert.throws(() => decoded(record.slice(0, cut)), DecodeError)
      for (const byte of ['"', '{', '}', '\\', '0', '\u0000', 'e']) {
        const changed = record.slice(0, cut) + byte + record.slice(cut + 1)
        try {
          const expected = JSON.parse(changed)
          assert.ok(decoded(changed) !== undefined && typeof expected === 'object')
        } catch (error) {
          if (error instanceof SyntaxError) assert.throws(() => decoded(changed), DecodeError)
          else assert.ok(error instanceof DecodeError)
        }
      }
    }
  })

  it('makes of malformed UTF-8 what Java makes of it', () => {
    const batch = new ColumnBatch(fields.slice(6, 7))
    const [column] = batch.columns
    assert.ok(column?.kind === 'bytes')
    // Each half of an é is malformed by itself, though side by side they look valid.
    for (const bytes of [[0x61, 0xc3], [0xa9], [0xff], [0xc3, 0xa9]]) {
      column.pushBytes(Buffer.from(bytes))
    }
    column.pushNull()
    repairText(batch)
    const texts = [0, 1, 2, 3].map((row) => column.stringAt(row))
    assert.deepEqual(texts, ['a\ufffd', '\ufffd', '\ufffd', 'é'])
    assert.ok(!column.validity.isValid(4))
  })

  it('writes what Flink writes', () => {
    const batch = new ColumnBatch(fields)
    const decoder = new JsonDecoder(
      fields.map((field, index) => ({ field, column: batch.column(index) })),
      strict,
    )
    const record = Buffer.from(
      '{"id":9007199254740993,"small":1,"d":1.5,"f":0.1,"m":1,"ok":true,"s":"\\"q\\"","ts":"2026-01-04 00:00:00.120","ltz":"2026-01-04 00:00:00Z","day":"2026-01-04","time":"01:02:03","bytes":"AQID"}',
    )
    decoder.decode(record, 0, record.length)
    decoder.decode(Buffer.from('{}'), 0, 2)
    const sinkFields = fields.map((field, index) => ({ field, index }))
    const sql = { standard: 'SQL', omitsNull: () => false } as const
    const written = new JsonEncoder(sinkFields, sql).encode(batch.columns, 0).toString()
    assert.equal(
      written,
      '{"id":9007199254740993,"small":1,"d":1.5,"f":0.1,"m":1.00,"ok":true,"s":"\\"q\\"","ts":"2026-01-04 00:00:00.12","ltz":"2026-01-04 00:00:00Z","day":"2026-01-04","time":"01:02:03","bytes":"AQID"}',
    )
    assert.equal(
      new JsonEncoder(sinkFields.slice(0, 2), sql).encode(batch.columns, 1).toString(),
      '{"id":null,"small":null}',
    )
    const iso = new JsonEncoder(sinkFields.slice(7, 9), { ...sql, standard: 'ISO-8601' }).encode(
      batch.columns,
      0,
    )
    const present = { ...sql, omitsNull: () => true }
    const few = new JsonEncoder(sinkFields.slice(0, 2), present)
    assert.equal(few.encode(batch.columns, 1).toString(), '{}')
    assert.equal(iso.toString(), '{"ts":"2026-01-04T00:00:00.12","ltz":"2026-01-04T00:00:00Z"}')
  })
})
