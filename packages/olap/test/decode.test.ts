import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedClock } from '@millrace/host'
import { avroCodec } from '@millrace/schema'
import { parseType, typeText } from '../src/column.js'
import { Complaints } from '../src/complaints.js'
import { avroRowReader } from '../src/decode/avro.js'
import { jsonValueAs } from '../src/decode/json.js'
import { complaintLinesMax, complaintWindowMs } from '../src/limits.js'

/** The column's type and value that an Avro field of this type and value becomes. */
function field(type: unknown, value: unknown): [string, unknown] {
  const schema = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'f', type }] })
  const reader = avroRowReader(schema)
  const [column] = reader.columns
  return [
    column ? typeText(column.type) : '',
    reader.read(avroCodec(schema).encode({ f: value }))[0],
  ]
}

test('Avro fields become columns', () => {
  const payment = { type: 'enum', name: 'Payment', symbols: ['CASH'] }
  const cases: [type: unknown, value: unknown, column: string, kept: unknown][] = [
    ['int', -1, 'INTEGER', -1],
    ['long', 2 ** 40, 'BIGINT', 2n ** 40n],
    ['float', 0.5, 'FLOAT', 0.5],
    ['bytes', Buffer.from('x'), 'BLOB', Buffer.from('x')],
    [payment, 'CASH', 'VARCHAR', 'CASH'],
    [{ type: 'string', 'avro.java.string': 'String' }, 'x', 'VARCHAR', 'x'],
    [['null', 'long'], null, 'BIGINT', null],
    [['long', 'null'], 7, 'BIGINT', 7n],
    [['null'], null, 'JSON', null],
    [['null', 'string', 'long'], 7, 'JSON', '7'],
    [{ type: 'map', values: 'int' }, { a: 1 }, 'JSON', '{"a":1}'],
    [{ type: 'array', items: payment }, ['CASH'], 'JSON', '["CASH"]'],
    [
      { type: 'record', name: 'Place', fields: [{ name: 'hash', type: 'bytes' }] },
      { hash: Buffer.from([255]) },
      'JSON',
      '{"hash":"/w=="}',
    ],
    [{ type: 'long', logicalType: 'timestamp-micros' }, 5, 'TIMESTAMP', 5n],
    [['null', { type: 'long', logicalType: 'timestamp-millis' }], -5, 'TIMESTAMP', -5000n],
    [{ type: 'int', logicalType: 'time-millis' }, 5, 'TIME', 5000n],
    [{ type: 'long', logicalType: 'time-micros' }, 5, 'TIME', 5n],
    [{ type: 'string', logicalType: 'uuid' }, 'x', 'VARCHAR', 'x'],
    [
      { type: 'fixed', name: 'Price', size: 2, logicalType: 'decimal', precision: 4, scale: 1 },
      Buffer.from([0xff, 0xff]),
      'DECIMAL(4,1)',
      -1n,
    ],
  ]
  for (const [type, value, column, kept] of cases) {
    assert.deepEqual(field(type, value), [column, kept], JSON.stringify(type))
  }
})

test('an enum used again by its name is text too', () => {
  const schema = JSON.stringify({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'first', type: { type: 'enum', name: 'E', symbols: ['A'] } },
      { name: 'second', type: ['null', 'E'] },
    ],
  })
  assert.deepEqual(
    avroRowReader(schema).columns.map(({ type }) => type.kind),
    ['VARCHAR', 'VARCHAR'],
  )
})

test('JSON values are kept as the column says, or refused', () => {
  const kept: [type: string, value: unknown, kept: unknown][] = [
    ['BIGINT', 5, 5n],
    ['BIGINT', '123456789012345678', 123456789012345678n],
    ['DOUBLE', 0.1, 0.1],
    ['TIMESTAMP', '2026-01-04T12:30:00Z', 1767529800000000n],
    ['TIMESTAMP', '2026-01-04 12:30:00.123456', 1767529800123456n],
    ['TIMESTAMP', '2026-01-04T12:30:00+01:00', 1767526200000000n],
    ['TIMESTAMP', 1767529800000, 1767529800000000n],
    ['DATE', '2026-01-04', 20457],
    ['TIME', '12:30:00.5', 45000500000n],
    ['DECIMAL(5,2)', 12.5, 1250n],
    ['DECIMAL(5,2)', '-0.05', -5n],
    ['JSON', { a: null }, '{"a":null}'],
    ['BIGINT', 9007199254740993n, 9007199254740993n],
    ['DECIMAL(20,1)', 9007199254740993n, 90071992547409930n],
    ['DOUBLE', 9007199254740993n, 9007199254740992],
    ['JSON', [9007199254740993n], '[9007199254740993]'],
  ]
  const typed = (text: string) => parseType(text) ?? assert.fail(text)
  for (const [type, value, expected] of kept) {
    assert.deepEqual(jsonValueAs(value, typed(type), 'c'), expected, `${type} ${value}`)
  }
  const refused: [type: string, value: unknown][] = [
    ['INTEGER', 2 ** 31],
    ['INTEGER', 1.5],
    ['BIGINT', 2 ** 53],
    ['BIGINT', 2n ** 63n],
    ['BIGINT', 'x'],
    ['DOUBLE', '1'],
    ['BOOLEAN', 1],
    ['VARCHAR', 1],
    ['TIMESTAMP', 'yesterday'],
    ['TIMESTAMP', '2026-13-04T00:00:00Z'],
    ['DATE', '2026-01-04T00:00:00Z'],
    ['DECIMAL(5,2)', 1.005],
    ['DECIMAL(5,2)', 12345.5],
  ]
  for (const [type, value] of refused) {
    assert.throws(() => jsonValueAs(value, typed(type), 'fare'), /column fare/, `${type} ${value}`)
  }
})

test('complaints are bounded, and what was not written is counted', async () => {
  const clock = new SimulatedClock()
  const lines: string[] = []
  const complaints = new Complaints(clock, (line) => lines.push(line))
  for (let i = 0; i < 100; i++) complaints.write(`line ${i}`)
  assert.equal(lines.length, complaintLinesMax)
  clock.advance(complaintWindowMs + 1)
  complaints.write('later')
  assert.deepEqual(lines.slice(complaintLinesMax), [
    `… and ${100 - complaintLinesMax} lines like these before`,
    'later',
  ])
})
