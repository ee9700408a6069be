import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedError } from '../src/codec.js'
import { jsonCodec } from '../src/json/codec.js'
import { compactJson } from '../src/json/compact.js'
import { jsonType } from '../src/json/type.js'
import { SchemaTextError } from '../src/schema-type.js'

type Json = object | boolean

const parse = (json: Json, references: { name: string; text: string }[] = []) =>
  jsonType.parse(JSON.stringify(json), references)

function breaks(older: Json, newer: Json): string[] {
  return parse(newer).backwardBreaks(parse(older))
}

const closed = (properties: object, more: object = {}) => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
})
const open = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const text = { type: 'string' }
const int = { type: 'integer' }

test('what takes every old value is compatible', () => {
  const pairs: [Json, Json][] = [
    [text, true],
    [false, text],
    [int, { type: 'number' }],
    [
      { type: 'string', maxLength: 5 },
      { type: 'string', maxLength: 6 },
    ],
    [{ type: 'string', minLength: 2, pattern: 'a' }, text],
    [
      { type: 'number', multipleOf: 0.3 },
      { type: 'number', multipleOf: 0.1 },
    ],
    [{ enum: ['a'] }, { enum: ['a', 'b'] }],
    [text, { type: ['string', 'null'] }],
    [text, { anyOf: [int, text] }],
    [{ oneOf: [text, int] }, { anyOf: [int, text, { type: 'null' }] }],
    [{ allOf: [text, { minLength: 2 }] }, text],
    [{ not: { type: 'number' } }, { not: { type: 'integer' } }],
    [closed({ a: text }), closed({ a: text, b: int })],
    [closed({ a: text }), closed({ a: text, b: { ...int, default: 0 } }, { required: ['b'] })],
    [open({ a: text, b: int }), open({ a: text })],
    [open({ a: text }), open({ a: text, b: true })],
    [closed({ a: text }, { required: ['a'] }), closed({ a: text })],
    [closed({ a: text }), { ...closed({}), additionalProperties: text }],
    [
      { ...open({}), additionalProperties: text },
      { ...open({ a: text }), additionalProperties: text },
    ],
    [
      { type: 'array', items: text, maxItems: 2 },
      { type: 'array', items: { type: ['null', 'string'] } },
    ],
    [{ dependencies: { a: ['b', 'c'] } }, { dependencies: { a: ['b'] } }],
    [
      { definitions: { t: text }, ...closed({ a: { $ref: '#/definitions/t' } }) },
      closed({ a: text }),
    ],
  ]
  for (const [older, newer] of pairs) {
    assert.deepEqual(breaks(older, newer), [], JSON.stringify([older, newer]))
  }
})

test('what takes not every old value says where and why', () => {
  const pairs: [Json, Json, RegExp][] = [
    [text, int, /^string became integer \(TYPE_CHANGED\)$/],
    [{ type: 'number' }, int, /may hold fractions \(TYPE_NARROWED\)/],
    [text, { type: 'string', maxLength: 5 }, /maxLength 5 is new.*MAX_LENGTH_ADDED/],
    [{ type: 'number', minimum: 1 }, { type: 'number', minimum: 2 }, /MINIMUM_INCREASED/],
    [
      { type: 'number', exclusiveMaximum: 5 },
      { type: 'number', exclusiveMaximum: 4 },
      /EXCLUSIVE_MAXIMUM_DECREASED/,
    ],
    [{ enum: ['a', 'b'] }, { enum: ['a'] }, /may hold "b".*ENUM_ARRAY_NARROWED/],
    [{ const: 1 }, { const: 2 }, /ENUM_ARRAY_CHANGED/],
    [{ type: ['string', 'null'] }, text, /TYPE_CHANGED/],
    [{ anyOf: [text, int] }, { anyOf: [text] }, /SUM_TYPE_NARROWED/],
    [{ allOf: [text] }, { allOf: [text, { minLength: 2 }] }, /PRODUCT_TYPE_EXTENDED/],
    [{ anyOf: [text, int] }, { oneOf: [text, int] }, /COMBINED_TYPE_CHANGED/],
    [{ not: { type: 'integer' } }, { not: { type: 'number' } }, /NOT_TYPE_EXTENDED/],
    [
      closed({ a: text, b: int }),
      closed({ a: text }),
      /^b: .*PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL/,
    ],
    [
      open({ a: text }),
      open({ a: text, b: int }),
      /^b: .*OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL/,
    ],
    [open({}), open({ b: int }, { required: ['b'] }), /^b: .*REQUIRED_PROPERTY_ADDED_TO_OPEN/],
    [
      closed({}),
      closed({ b: int }, { required: ['b'] }),
      /^b: .*REQUIRED_PROPERTY_ADDED_TO_UNOPEN/,
    ],
    [
      closed({ a: text }),
      closed({ a: text }, { required: ['a'] }),
      /^a: .*REQUIRED_ATTRIBUTE_ADDED/,
    ],
    [open({}), closed({}), /ADDITIONAL_PROPERTIES_REMOVED/],
    [open({}), { ...open({}), additionalProperties: text }, /ADDITIONAL_PROPERTIES_NARROWED/],
    [
      { ...open({}), additionalProperties: int },
      { ...open({ a: text }), additionalProperties: int },
      /^a: integer became string/,
    ],
    [
      closed({ s: { type: 'array', items: closed({ z: text }) } }),
      closed({ s: { type: 'array', items: closed({ z: int }) } }),
      /^s\[\]\.z: string became integer/,
    ],
    [{ type: 'array' }, { type: 'array', uniqueItems: true }, /UNIQUE_ITEMS_ADDED/],
    [
      { type: 'array', items: [text] },
      { type: 'array', items: [text, int] },
      /^\[1\]: .*ITEM_ADDED_TO_OPEN/,
    ],
    [{ if: text, else: { minimum: 1 } }, { if: text, else: { minimum: 2 } }, /condition/],
  ]
  for (const [older, newer, why] of pairs) {
    assert.match(breaks(older, newer).join('\n'), why, JSON.stringify([older, newer]))
  }
})

test('a schema that refers to itself ends', () => {
  const node = (value: object) => ({
    $ref: '#/definitions/node',
    definitions: { node: closed({ value, next: { $ref: '#/definitions/node' } }) },
  })
  assert.deepEqual(breaks(node(int), node({ type: 'number' })), [])
  assert.deepEqual(breaks(node(text), node(int)), ['value: string became integer (TYPE_CHANGED)'])
  const circle = { $ref: '#/definitions/a', definitions: { a: { $ref: '#/definitions/a' } } }
  assert.throws(() => parse(circle), /circle/)
})

test('references lead to other schemas, and not to the network', () => {
  const code = { name: 'code.json', text: JSON.stringify({ enum: ['A', 'B'] }) }
  const trip = closed({ code: { $ref: 'code.json' } })
  const wide = { name: 'code.json', text: JSON.stringify({ enum: ['A', 'B', 'C'] }) }
  assert.deepEqual(parse(trip, [wide]).backwardBreaks(parse(trip, [code])), [])
  assert.match(
    parse(trip, [code])
      .backwardBreaks(parse(trip, [wide]))
      .join(),
    /^code: .*"C"/,
  )
  assert.throws(() => parse(trip), SchemaTextError)
  assert.throws(() => parse({ $ref: 'http://127.0.0.1:1/x.json' }), SchemaTextError)
  assert.throws(() => parse({ type: 'sting' }), SchemaTextError)
  assert.throws(() => jsonType.parse('7', []), SchemaTextError)
  const codec = jsonCodec(JSON.stringify(trip), [code])
  assert.deepEqual(codec.decode(codec.encode({ code: 'A' })), { code: 'A' })
  assert.equal(codec.validate({ code: 'Z' })?.field, 'code')
})

test('the canonical text is compact, and numbers and order stay', () => {
  const written = '{ "maximum": 1.0, "10": {}, "2": {},\n "title": "\\u00e9\\/ \\" x" }'
  assert.equal(compactJson(written), '{"maximum":1.0,"10":{},"2":{},"title":"é/ \\" x"}')
  assert.equal(jsonType.parse(written, []).canonical, compactJson(written))
  const one = parse({ type: 'object', title: 'x' })
  assert.equal(one.normalized(), parse({ title: 'x', type: 'object' }).normalized())
  assert.notEqual(one.canonical, parse({ title: 'x', type: 'object' }).canonical)
})

test('drafts differ in what their keywords mean', () => {
  const draft = (name: string, schema: object) =>
    jsonCodec(JSON.stringify({ $schema: name, ...schema }))
  const four = draft('http://json-schema.org/draft-04/schema#', {
    maximum: 5,
    exclusiveMaximum: true,
  })
  assert.equal(four.validate(5)?.field, '')
  assert.equal(four.validate(4), undefined)
  const tuple = draft('https://json-schema.org/draft/2020-12/schema', {
    prefixItems: [text],
    items: false,
  })
  assert.equal(tuple.validate(['a']), undefined)
  assert.notEqual(tuple.validate(['a', 'b']), undefined)
  const needs = draft('https://json-schema.org/draft/2019-09/schema', {
    dependentRequired: { a: ['b'] },
  })
  assert.notEqual(needs.validate({ a: 1 }), undefined)
  const six = draft('http://json-schema.org/draft-06/schema#', { const: 1 })
  assert.notEqual(six.validate(2), undefined)
})

test('refusals name the field and the reason', () => {
  const codec = jsonCodec(
    JSON.stringify({
      title: 'Trip',
      ...closed(
        {
          fare: { type: 'number', minimum: 0 },
          kind: { enum: ['a', 'b'] },
          at: { type: 'string', format: 'date-time' },
          stops: { type: 'array', items: closed({ zip: text }, { required: ['zip'] }) },
          tip: { anyOf: [int, { type: 'null' }] },
        },
        { required: ['fare'] },
      ),
    }),
  )
  assert.equal(codec.name, 'Trip')
  const good = {
    fare: 1.5,
    kind: 'a',
    at: '2026-01-02T03:04:05Z',
    stops: [{ zip: 'x' }],
    tip: null,
  }
  assert.deepEqual(codec.decode(codec.encode(good)), good)
  assert.equal(codec.encode({ fare: 1 }).toString(), '{"fare":1}')
  const refusals: [unknown, string, RegExp][] = [
    [{ fare: 'x' }, 'fare', /expected number, got string "x"/],
    [{ fare: -1 }, 'fare', />= 0/],
    [{}, 'fare', /required property is missing/],
    [{ fare: 1, fair: 2 }, 'fair', /unknown property/],
    [{ fare: 1, kind: 'c' }, 'kind', /one of "a", "b", got string "c"/],
    [{ fare: 1, at: 'noon' }, 'at', /date-time/],
    [{ fare: 1, stops: [{ zip: 'x' }, { zip: 7 }] }, 'stops[1].zip', /expected string/],
    [{ fare: 1, stops: [{}] }, 'stops[0].zip', /missing/],
    [{ fare: 1, tip: 'x' }, 'tip', /fits no schema of anyOf/],
    ['x', '', /expected object/],
  ]
  for (const [value, field, reason] of refusals) {
    const refusal = codec.validate(value)
    assert.equal(refusal?.field, field, JSON.stringify(value))
    assert.match(refusal?.reason ?? '', reason)
    assert.throws(() => codec.encode(value), RefusedError)
  }
  assert.throws(() => codec.decode(Buffer.from('{')), RefusedError)
  assert.throws(() => codec.decode(Buffer.from('{"fare":"x"}')), RefusedError)
  assert.equal(codec.time({ at: '1970-01-01T00:00:01Z' }, 'at'), 1_000)
})

test('each pattern of a schema is its own', () => {
  const letters = { type: 'string', pattern: '^[a-z]+$' }
  const digits = { type: 'string', pattern: '^[0-9]+$' }
  const names = { patternProperties: { '^x': { type: 'integer' }, '^y': { type: 'null' } } }
  const codec = jsonCodec(JSON.stringify({ properties: { letters, digits, names } }))
  assert.equal(codec.validate({ letters: 'a', digits: '1', names: { x: 1, y: null } }), undefined)
  assert.equal(codec.validate({ letters: 'a', digits: 'a' })?.field, 'digits')
  assert.equal(codec.validate({ letters: '1' })?.field, 'letters')
  assert.equal(codec.validate({ names: { x: null } })?.field, 'names.x')
  assert.equal(codec.validate({ names: { y: 1 } })?.field, 'names.y')
})

test('a pattern that is slow in JavaScript is not here', () => {
  const codec = jsonCodec(JSON.stringify({ type: 'string', pattern: '^(a+)+$' }))
  assert.notEqual(codec.validate(`${'a'.repeat(50_000)}b`), undefined)
  const ahead = jsonCodec(JSON.stringify({ type: 'string', pattern: '^(?=a)' }))
  assert.equal(ahead.validate('ab'), undefined)
})

test('append with defaults lets only new properties with defaults in', () => {
  const older = parse(closed({ a: text, n: closed({ x: int }) }))
  const withDefault = { ...int, default: 0 }
  const good = parse(closed({ a: text, n: closed({ x: int, y: withDefault }), b: withDefault }))
  assert.deepEqual(good.appendBreaks(older), [])
  const bad = parse(closed({ n: closed({ x: text }), b: int }))
  assert.deepEqual(bad.appendBreaks(older), [
    'a: the property may not go away (REMOVED)',
    'n.x: "type" may not change (CHANGED)',
    'b: the new property has no default (NO_DEFAULT)',
  ])
})
