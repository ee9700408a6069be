/** Law: a whole number beyond 2^53 is stored as it was sent, or refused; never as another one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JsonText, parseJson, printJson } from '@millrace/event'
import { seededRandom } from '@millrace/host'
import { avroType } from '../src/avro/type.js'
import {
  AvroBytes,
  avroCodec,
  avroJsonReader,
  type Codec,
  jsonCodec,
  protobufCodec,
} from '../src/index.js'

const longs = ['9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993']
const ends = [
  '9223372036854775807',
  '-9223372036854775808',
  '4503599627370497',
  '-4503599627370497',
]
const beyond = ['9223372036854775808', '-9223372036854775809', '123456789012345678901234567890']

/** A long as Avro writes it, by its definition. */
function zigzag(digits: string): Buffer {
  const value = BigInt(digits)
  let left = value < 0n ? -value * 2n - 1n : value * 2n
  const bytes: number[] = []
  for (; left > 127n; left /= 128n) bytes.push(Number(left % 128n) + 128)
  return Buffer.from([...bytes, Number(left)])
}

/** As the digits of a text went through a codec and back. */
function through(codec: Codec, text: string): string {
  return printJson(codec.decode(codec.encode(parseJson(text), 'refuse', Buffer.from(text))))
}

function record(type: unknown): string {
  const fields = [
    { name: 'n', type },
    { name: 'l', type: ['long', 'null'], default: 5 },
  ]
  return JSON.stringify({ type: 'record', name: 'R', fields })
}

test('Avro: a long is each number of 64 bits, wherever it stands', () => {
  const bare = avroCodec('"long"')
  const places: [type: unknown, value: (digits: string) => string, before: number[]][] = [
    ['long', (n) => n, []],
    [{ type: 'long', logicalType: 'timestamp-micros' }, (n) => n, []],
    [{ type: 'array', items: 'long' }, (n) => `[1,${n}]`, [4, 2]],
    [{ type: 'map', values: 'long' }, (n) => `{"k":${n}}`, [2, 2, 0x6b]],
    [['null', 'long'], (n) => n, [2]],
    [['double', 'null', 'string'], () => 'null', [2]],
  ]
  for (const digits of [...longs, ...ends]) {
    assert.deepEqual(bare.encode(parseJson(digits)), zigzag(digits), digits)
    for (const [type, value, before] of places) {
      const codec = avroCodec(record(type))
      const text = `{"n":${value(digits)},"l":5}`
      assert.equal(through(codec, text), text)
      if (value(digits) === 'null') continue
      const bytes = codec.encode(parseJson(text))
      const start = Buffer.concat([Buffer.from(before), zigzag(digits)])
      assert.deepEqual(bytes.subarray(0, start.length), start, text)
    }
  }
  const random = seededRandom(3)
  for (let i = 0; i < 2_000; i++) {
    const value = BigInt.asIntN(64, BigInt(random.uint32()) * BigInt(random.uint32()) * 5n)
    assert.equal(through(bare, String(value)), String(value))
  }
})

test('Avro: a default is each number of 64 bits, and no other', () => {
  const withDefault = (type: unknown, digits: string) => {
    const field = `{"name":"n","type":${JSON.stringify(type)},"default":${digits}}`
    return `{"type":"record","name":"R","fields":[${field}]}`
  }
  for (const digits of [...longs, ...ends]) {
    for (const type of ['long', { type: 'long', logicalType: 'timestamp-micros' }]) {
      const text = withDefault(type, digits)
      const codec = avroCodec(text)
      const bytes = zigzag(digits)
      assert.deepEqual(codec.encode({}), bytes, text)
      assert.equal(printJson(codec.decode(bytes)), `{"n":${digits}}`)
      const out = new AvroBytes(Buffer.alloc(32))
      const json = new JsonText(Buffer.from('{}'))
      json.next()
      assert.equal(codec.transcoder?.transcode(json, out), true)
      assert.deepEqual(out.bytes.subarray(0, out.at), bytes)
      assert.equal(avroType.parse(text, []).canonical.includes(`"default":${digits}`), true)
    }
  }
  for (const [type, digits] of [
    ...beyond.map((each) => ['long', each]),
    ['int', '9007199254740993'],
    // Which branch it is of, avsc would not find.
    [['long', 'null'], '9007199254740993'],
  ]) {
    assert.throws(() => avroCodec(withDefault(type, String(digits))), /default/)
  }
  const double = avroCodec(withDefault('double', '100000000000000000000'))
  assert.deepEqual(double.decode(double.encode({})), { n: 1e20 })
})

test('Avro: what is no long is refused, and a double rounds as doubles do', () => {
  const bare = avroCodec('"long"')
  for (const digits of beyond) {
    const { reason } = bare.validate(parseJson(digits)) ?? { reason: '' }
    assert.match(
      reason,
      new RegExp(`^expected long, got number ${digits}: outside -9223372036854775808`),
    )
  }
  assert.match(bare.validate(2 ** 53)?.reason ?? '', /is not exact$/)
  assert.match(
    avroCodec('"int"').validate(parseJson('9007199254740993'))?.reason ?? '',
    /^expected int, got number 9007199254740993: outside/,
  )
  assert.equal(through(avroCodec('"double"'), '9007199254740993'), '9007199254740992')
  assert.equal(through(avroCodec('"float"'), '9007199254740993'), '9007199254740992')
})

test('Avro: of several branches the first that holds the number is taken', () => {
  const both = avroCodec(record(['long', 'double']))
  assert.equal(through(both, '{"n":9007199254740993,"l":5}'), '{"n":9007199254740993,"l":5}')
  assert.equal(through(both, '{"n":9223372036854775808,"l":5}'), '{"n":9223372036854776000,"l":5}')
  assert.equal(through(both, '{"n":1.5,"l":-9007199254740993}'), '{"n":1.5,"l":-9007199254740993}')
})

test('Avro’s JSON encoding has the digits too', () => {
  const schema = record(['null', 'long', 'bytes'])
  const codec = avroCodec(schema, { unions: 'wrapped' })
  const read = avroJsonReader(schema)
  for (const text of [
    '{"n":{"long":9007199254740993},"l":{"long":5}}',
    '{"n":{"bytes":"é\\u0000"},"l":{"long":-9007199254740993}}',
    '{"n":null,"l":{"long":9223372036854775807}}',
    '{"n":{"bytes":"é"},"l":null}',
  ]) {
    assert.equal(printJson(read(codec.encode(parseJson(text)))), text)
  }
})

test('JSON Schema: the payload is the text that was sent, and without one it has the digits', () => {
  const schema = { title: 'R', properties: { n: { type: 'integer', maximum: 1e19 } } }
  const codec = jsonCodec(JSON.stringify(schema))
  const text = '{ "n": 9007199254740993, "d": 1.0, "e": 1e400 }'
  assert.equal(String(codec.encode(parseJson(text), 'refuse', Buffer.from(text))), text)
  assert.equal(through(codec, '{"n":9007199254740993}'), '{"n":9007199254740993}')
  const value = parseJson('{"n":-9007199254740993,"list":[1,{"a":null}]}')
  assert.equal(String(codec.encode(value)), '{"n":-9007199254740993,"list":[1,{"a":null}]}')
  assert.throws(() => codec.encode(parseJson('{"d":[1e400]}')), /larger than a double holds/)
  assert.deepEqual(codec.validate(parseJson('{"n":"9"}'))?.field, 'n')
  assert.equal(codec.validate(parseJson('{"n":12345678901234567890}'))?.field, 'n')
})

test('Protobuf: a field of 64 bits has all of them, in each kind of field', () => {
  const codec = protobufCodec(`
    syntax = "proto3";
    import "google/protobuf/wrappers.proto";
    message R {
      int64 i = 1; uint64 u = 2; sint64 s = 3; fixed64 f = 4; sfixed64 g = 5;
      repeated int64 list = 6; map<string, int64> map = 7; Inner inner = 8; repeated Inner inners = 9;
      google.protobuf.Int64Value wrapped = 10; double d = 11; string t = 12; int32 small = 13;
      message Inner { int64 n = 1; }
    }`)
  const fields: [text: string, read: string][] = [
    ['{"i":9007199254740993}', '"i":"9007199254740993"'],
    ['{"u":18446744073709551615}', '"u":"18446744073709551615"'],
    ['{"s":-9223372036854775808}', '"s":"-9223372036854775808"'],
    ['{"f":9007199254740993}', '"f":"9007199254740993"'],
    ['{"g":-9007199254740993}', '"g":"-9007199254740993"'],
    ['{"list":[1,9007199254740993]}', '"list":["1","9007199254740993"]'],
    ['{"map":{"a":9007199254740993}}', '"map":{"a":"9007199254740993"}'],
    ['{"inner":{"n":9007199254740993}}', '"inner":{"n":"9007199254740993"}'],
    ['{"inners":[{"n":9007199254740993}]}', '"inners":[{"n":"9007199254740993"}]'],
    ['{"wrapped":9007199254740993}', '"wrapped":"9007199254740993"'],
    ['{"d":9007199254740993}', '"d":9007199254740992'],
  ]
  for (const [text, read] of fields) {
    const found = through(codec, text)
    assert.ok(found.includes(read), `${text}: ${found}`)
  }
  const refused: [text: string, field: string, reason: RegExp][] = [
    ['{"i":9223372036854775808}', 'i', /./],
    ['{"i":9.007199254740993e15}', 'i', /beyond 9007199254740991 a number is not exact$/],
    ['{"inner":{"n":1e18}}', 'inner.n', /not exact$/],
    ['{"small":9007199254740993}', 'small', /./],
    ['{"t":9007199254740993}', 't', /./],
    ['{"x":9007199254740993}', 'x', /unknown field/],
  ]
  for (const [text, field, reason] of refused) {
    const refusal = codec.validate(parseJson(text))
    assert.equal(refusal?.field, field, text)
    assert.match(refusal.reason, reason)
  }
})
