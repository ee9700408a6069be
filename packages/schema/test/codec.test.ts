import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import { avroCodec } from '../src/avro/codec.js'
import { RefusedError, refusalText } from '../src/codec.js'
import { SchemaTextError } from '../src/schema-type.js'

test('fields may be named as what every object has', () => {
  const fields = [
    { name: 'constructor', type: 'string', default: 'nobody' },
    { name: 'toString', type: ['null', 'string'], default: null },
  ]
  const codec = avroCodec(JSON.stringify({ type: 'record', name: 'Odd', fields }))
  const roundTrip = (value: object) => ({ ...(codec.decode(codec.encode(value)) as object) })
  assert.deepEqual(roundTrip({}), { constructor: 'nobody', toString: null })
  const given = { constructor: 'me', toString: 'x' }
  assert.deepEqual(roundTrip(given), given)
  const proto = { type: 'record', name: 'P', fields: [{ name: '__proto__', type: 'int' }] }
  assert.throws(() => avroCodec(JSON.stringify(proto)), SchemaTextError)
})

const trip = JSON.stringify({
  type: 'record',
  name: 'Trip',
  namespace: 'rides',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'pickup_area', type: 'int' },
    { name: 'fare', type: ['null', 'double'], default: null },
    { name: 'seconds', type: 'long', default: 60 },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 0 },
    {
      name: 'seen',
      type: ['null', { type: 'long', logicalType: 'timestamp-micros' }],
      default: null,
    },
    { name: 'day', type: { type: 'int', logicalType: 'date' }, default: 0 },
    {
      name: 'payment',
      type: { type: 'enum', name: 'Payment', symbols: ['CASH', 'CARD'] },
      default: 'CASH',
    },
    {
      name: 'stops',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Stop',
          fields: [
            { name: 'area', type: 'int' },
            { name: 'tags', type: { type: 'map', values: 'float' }, default: {} },
          ],
        },
      },
      default: [],
    },
    { name: 'token', type: { type: 'fixed', name: 'Token', size: 2 }, default: '\u0000\u00ff' },
    { name: 'note', type: ['null', 'bytes'], default: null },
    { name: 'open', type: 'boolean', default: false },
  ],
})

/** Schema, value, and the refusal that is expected (undefined: none). */
function refusal(schema: unknown, value: unknown): string | undefined {
  const found = avroCodec(JSON.stringify(schema)).validate(value)
  return found === undefined ? undefined : refusalText(found)
}

test('a value with defaults left out is written as avsc writes the whole one', () => {
  const codec = avroCodec(trip)
  const bytes = codec.encode({ id: 't1', pickup_area: 8 })
  const whole = {
    id: 't1',
    pickup_area: 8,
    fare: null,
    seconds: 60,
    at: 0,
    seen: null,
    day: 0,
    payment: 'CASH',
    stops: [],
    token: Buffer.from([0, 255]),
    note: null,
    open: false,
  }
  const peer = avsc.Type.forSchema(JSON.parse(trip))
  assert.deepEqual({ ...peer.fromBuffer(bytes) }, whole)
  assert.deepEqual(codec.decode(bytes), whole)
  assert.deepEqual(codec.encode(whole), bytes)
  assert.equal(codec.name, 'rides.Trip')
})

test('refusals name the field and the reason', () => {
  const codec = avroCodec(trip)
  const cases: [object, string][] = [
    [{ id: 'a' }, 'pickup_area: required int is missing'],
    [{ id: 'a', pickup_area: null }, 'pickup_area: expected int, got null'],
    [{ id: 'a', pickup_area: '8' }, 'pickup_area: expected int, got string "8"'],
    [{ id: 'a', pickup_area: 8.5 }, 'pickup_area: expected int, got number 8.5'],
    [{ id: 'a', pickup_area: Number.NaN }, 'pickup_area: expected int, got NaN'],
    [
      { id: 'a', pickup_area: 2 ** 31 },
      'pickup_area: expected int, got number 2147483648: outside -2147483648 to 2147483647',
    ],
    [{ id: 'a', pickup_area: 1, fare: 'abc' }, 'fare: expected null or double, got string "abc"'],
    [{ id: 'a', pickup_area: 1, fare: Number.NaN }, 'fare: expected double, got NaN'],
    [{ id: 'a', pickup_area: 1, fare: JSON.parse('1e999') }, 'fare: expected double, got Infinity'],
    [
      { id: 'a', pickup_area: 1, fare: { double: 2 } },
      'fare: expected null or double, got an object',
    ],
    [{ id: 'a', pickup_area: 1, seconds: 0.5 }, 'seconds: expected long, got number 0.5'],
    [
      { id: 'a', pickup_area: 1, seconds: JSON.parse('9007199254740993') },
      'seconds: expected long, got number 9007199254740992: beyond 9007199254740991 a number is not exact',
    ],
    [
      { id: 'a', pickup_area: 1, tip: 1 },
      'tip: unknown field: rides.Trip has no field of this name',
    ],
    [{ id: 7, pickup_area: 1 }, 'id: expected string, got number 7'],
    [
      { id: '\ud800', pickup_area: 1 },
      'id: expected string, got one with half a surrogate pair in it',
    ],
    [
      { id: 'a', pickup_area: 1, payment: 'GOLD' },
      'payment: expected one of CASH, CARD, got string "GOLD"',
    ],
    [{ id: 'a', pickup_area: 1, open: 1 }, 'open: expected boolean, got number 1'],
    [
      { id: 'a', pickup_area: 1, stops: {} },
      'stops: expected array of record rides.Stop, got an object',
    ],
    [
      { id: 'a', pickup_area: 1, stops: [{ area: 1 }, {}] },
      'stops[1].area: required int is missing',
    ],
    [
      { id: 'a', pickup_area: 1, stops: [{ area: 1, tags: { 'a b': 'x' } }] },
      'stops[0].tags["a b"]: expected float, got string "x"',
    ],
    [
      { id: 'a', pickup_area: 1, stops: [{ area: 1, tags: { x: 1e39 } }] },
      'stops[0].tags["x"]: expected float, got number 1e+39, which is too large for it',
    ],
    [{ id: 'a', pickup_area: 1, token: 'abc' }, 'token: expected 2 bytes, got 3'],
    [
      { id: 'a', pickup_area: 1, note: '€' },
      'note: expected bytes, got a string with a character above U+00FF',
    ],
    [
      { id: 'a', pickup_area: 1, at: 'yesterday' },
      'at: expected timestamp-millis as a number or like "2026-01-04T12:30:00Z", got string "yesterday"',
    ],
    [
      { id: 'a', pickup_area: 1, day: '2026-02-30' },
      'day: expected date as a number or like "2026-01-04", got string "2026-02-30"',
    ],
  ]
  for (const [value, text] of cases) {
    const found = codec.validate(value)
    assert.equal(found && refusalText(found), text)
    assert.throws(() => codec.encode(value), RefusedError)
  }
  for (const value of [null, undefined, 1, 'x', [], Buffer.alloc(0)]) {
    assert.match(codec.validate(value)?.reason ?? '', /^expected record rides.Trip, got /)
    assert.equal(codec.validate(value)?.field, '')
  }
  assert.equal(refusal('string', 'x'.repeat(3)), undefined, 'a good value has no refusal')
  assert.ok(
    (refusal('int', 'x'.repeat(1000)) ?? '').length < 200,
    'a refusal repeats a little only',
  )
})

test('names from the prototype of objects are names like any other', () => {
  const schema = {
    type: 'record',
    name: 'R',
    fields: [{ name: 'constructor', type: 'int' }],
  }
  assert.equal(refusal(schema, {}), 'constructor: required int is missing')
  assert.match(
    refusal(schema, JSON.parse('{"constructor":1,"__proto__":2}')) ?? '',
    /^__proto__: unk/,
  )
  const map = avroCodec(JSON.stringify({ type: 'map', values: 'int' }))
  const keys = Object.keys(map.decode(map.encode(JSON.parse('{"toString":2,"a":1}'))) as object)
  assert.deepEqual(keys.sort(), ['a', 'toString'])
})

test('times are taken as numbers and as RFC 3339', () => {
  const codec = avroCodec(trip)
  const value = {
    id: 'a',
    pickup_area: 1,
    at: '2026-01-04T00:00:00.5+00:00',
    seen: '2026-01-04T00:00:00.000001Z',
    day: '1970-02-01',
  }
  const back = codec.decode(codec.encode(value)) as Record<string, unknown>
  assert.equal(back.at, Date.UTC(2026, 0, 4) + 500)
  assert.equal(back.seen, Date.UTC(2026, 0, 4) * 1000 + 1)
  assert.equal(back.day, 31)
  for (const each of [value, back]) {
    assert.equal(codec.time(each, 'at'), Date.UTC(2026, 0, 4) + 500)
    assert.equal(codec.time(each, 'seen'), Date.UTC(2026, 0, 4))
  }
  assert.equal(codec.time(back, 'day'), 31 * 86_400_000)
  assert.equal(codec.time(back, 'nothing'), undefined)
  assert.equal(codec.time(null, 'at'), undefined)
})

test('unions take bare values, and wrapped ones when asked', () => {
  const schema = JSON.stringify({
    type: 'record',
    name: 'n.U',
    fields: [
      { name: 'a', type: ['null', 'int', 'double', 'string'] },
      {
        name: 'b',
        type: [
          'null',
          { type: 'record', name: 'X', fields: [{ name: 'x', type: 'int' }] },
          { type: 'record', name: 'Y', fields: [{ name: 'y', type: ['null', 'n.U'] }] },
        ],
      },
      { name: 'c', type: [{ type: 'long', logicalType: 'timestamp-millis' }, 'string'] },
    ],
  })
  const bare = avroCodec(schema)
  const values = [
    { a: null, b: null, c: 5 },
    { a: 3, b: { x: 1 }, c: 'text' },
    { a: 3.5, b: { y: { a: 'deep', b: { x: 2 }, c: 1 } }, c: '2026-01-04T00:00:00Z' },
    { a: 2 ** 40, b: null, c: 1 },
  ]
  for (const value of values) assert.deepEqual(bare.decode(bare.encode(value)), value)
  const wrapped = avroCodec(schema, { unions: 'wrapped' })
  const same = { a: { double: 3 }, b: { 'n.Y': { y: null } }, c: { long: 7 } }
  assert.deepEqual(bare.decode(wrapped.encode(same)), { a: 3, b: { y: null }, c: 7 })
  for (const value of values) assert.deepEqual(wrapped.encode(value), bare.encode(value))
  assert.deepEqual(wrapped.validate({ a: { int: 1.5 }, b: null, c: 1 }), {
    field: 'a.int',
    reason: 'expected int, got number 1.5',
  })
  assert.equal(
    refusal(JSON.parse(schema), { a: true, b: null, c: 1 }),
    'a: expected null or int or double or string, got boolean true',
  )
  assert.match(
    refusal(JSON.parse(schema), { a: 1, b: { z: 1 }, c: 1 }) ?? '',
    /^b: expected null or record/,
  )
})

test('a value nested deeper than the stack is refused', () => {
  const schema = JSON.stringify({
    type: 'record',
    name: 'Node',
    fields: [{ name: 'next', type: ['null', 'Node'] }],
  })
  let value: unknown = { next: null }
  for (let i = 0; i < 200_000; i++) value = { next: value }
  assert.equal(avroCodec(schema).validate(value)?.reason, 'it is nested too deeply')
})

test('bytes that are not of the schema are refused', () => {
  const codec = avroCodec(trip)
  const bytes = codec.encode({ id: 'a', pickup_area: 1 })
  assert.throws(() => codec.decode(bytes.subarray(0, 3)), RefusedError)
  assert.throws(() => codec.decode(Buffer.concat([bytes, bytes])), RefusedError)
})

test('a text that is no schema says why', () => {
  for (const text of ['', '{', 'nul', '7', '{"type":"rec"}', '{"type":"record","name":"a b"}']) {
    assert.throws(() => avroCodec(text), SchemaTextError, text)
  }
  assert.equal(avroCodec('string').name, 'string')
})
