import assert from 'node:assert/strict'
import { test } from 'node:test'
import { avroCheck } from '../src/avro/value-check.js'
import { avroCodec } from '../src/index.js'

const schemas: readonly object[] = [
  {
    type: 'record',
    name: 'rides.Trip',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'fare', type: ['null', 'double'], default: null },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
      { name: 'other', type: ['null', 'Kind', 'string'] },
      { name: 'hash', type: { type: 'fixed', name: 'x.Hash', size: 2 } },
      { name: 'tags', type: { type: 'map', values: { type: 'array', items: 'int' } } },
      { name: 'next', type: ['null', 'Trip'], default: null },
    ],
  },
  { type: 'array', items: ['int', 'double', 'boolean', 'bytes'] },
  { type: 'string' },
  { type: 'int', logicalType: 'date' },
]

const trip = { id: 'x', at: 1, kind: 'A', other: null, hash: 'ab', tags: {} }
const values: readonly unknown[] = [
  trip,
  { ...trip, at: '2026-01-04T00:00:00Z', fare: 1.5, other: 'B', tags: { a: [1, 2] } },
  { ...trip, next: { ...trip, next: trip } },
  { ...trip, next: { ...trip, kind: 'C' } },
  { ...trip, tags: { a: [1, 'x'] } },
  { ...trip, hash: 'abc' },
  { ...trip, at: 'yesterday' },
  { ...trip, fares: 1 },
  { ...trip, id: undefined },
  { ...trip, other: 7 },
  [1, 1.5, true, 'ÿ'],
  ['Ā'],
  [{}],
  'text',
  '\ud800',
  12,
  2 ** 31,
  '2026-02-30',
  null,
]

test('the check without avsc says what the codec says', () => {
  const told: unknown[] = []
  for (const schema of schemas) {
    const text = JSON.stringify(schema)
    const codec = avroCodec(text)
    const check = avroCheck(text)
    assert.equal(check.name, codec.name)
    for (const value of values) {
      const refusal = codec.validate(value)
      assert.deepEqual(check.validate(value), refusal, `${text} of ${JSON.stringify(value)}`)
      told.push(refusal)
    }
  }
  const fitting = told.filter((each) => each === undefined).length
  assert.ok(fitting > 5 && fitting < told.length - 20, `${fitting} of ${told.length} fit`)
})

test('a value nested deeper than the stack is refused', () => {
  const schema = {
    type: 'record',
    name: 'Node',
    fields: [{ name: 'next', type: ['null', 'Node'] }],
  }
  let value: unknown = null
  for (let depth = 0; depth < 200_000; depth++) value = { next: value }
  assert.match(avroCheck(JSON.stringify(schema)).validate(value)?.reason ?? '', /too deeply/)
})
