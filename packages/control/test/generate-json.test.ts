import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@millrace/host'
import { jsonCodec } from '@millrace/schema'
import { JsonValues } from '../src/generate/json-values.js'
import { patternText } from '../src/generate/pattern-text.js'
import { NoValueError } from '../src/generate/values.js'
import { RandomJsonSchemas } from './random-json-schemas.js'

const now = 1_767_529_805_007
const seeds = Number(process.env.MILLRACE_SEEDS ?? 150)

function valuesOf(schema: object | boolean, seed = 1, fields: object = {}) {
  const text = JSON.stringify(schema)
  const options = { random: seededRandom(seed), seed, ...fields }
  return { text, values: new JsonValues({ text, referred: [] }, options) }
}

test('of every JSON schema that has values, each made-up one passes its codec', () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const schema = new RandomJsonSchemas(seededRandom(seed)).schema()
    const { text, values } = valuesOf(schema, seed)
    const codec = jsonCodec(text)
    for (let position = 0; position < 10; position++) {
      let value: unknown
      try {
        value = values.next({ position, now })
      } catch (cause) {
        assert.fail(`seed ${seed}: ${(cause as Error).message}\n${text}`)
      }
      const sent = JSON.parse(JSON.stringify(value))
      assert.equal(codec.validate(sent), undefined, `seed ${seed}: ${text}`)
      codec.decode(codec.encode(sent))
    }
  }
})

test('a seed makes the same values again', () => {
  for (let seed = 1; seed <= 15; seed++) {
    const schema = new RandomJsonSchemas(seededRandom(seed)).schema()
    const made = () => {
      const { values } = valuesOf(schema, seed)
      return Array.from({ length: 5 }, (_, position) => values.next({ position, now }))
    }
    assert.deepEqual(made(), made())
  }
})

test('values look like what their names say; ids are not shared; times are near now', () => {
  const schema = {
    type: 'object',
    properties: {
      order_id: { type: 'integer' },
      reference: { type: 'string' },
      price: { type: 'number', minimum: 0 },
      email: { type: 'string', format: 'email' },
      at: { type: 'string', format: 'date-time' },
      millis: { type: 'integer' },
    },
    required: ['order_id', 'reference', 'price', 'email', 'at', 'millis'],
  }
  type Order = { order_id: number; reference: string; email: string; at: string; millis: number }
  const made = (seed: number, fields: object) => {
    const { values } = valuesOf(schema, seed, fields)
    return Array.from({ length: 300 }, (_, position) => values.next({ position, now }) as Order)
  }
  const byNumber = [1, 2].flatMap((seed) => made(seed, { idField: 'order_id', timeField: 'at' }))
  assert.equal(new Set(byNumber.map((each) => each.order_id)).size, 600)
  for (const { email, at } of byNumber) {
    assert.match(email, /^user\d+@example\.com$/)
    assert.ok(Date.parse(at) <= now && Date.parse(at) > now - 5_001)
  }
  const byText = [1, 2].flatMap((seed) => made(seed, { idField: 'reference', timeField: 'millis' }))
  assert.equal(new Set(byText.map((each) => each.reference)).size, 600)
  for (const { millis } of byText) assert.ok(millis <= now && millis > now - 5_001)
})

test('what no value fits is told by its keyword and the field', () => {
  const object = (property: object) => ({
    type: 'object',
    properties: { a: property },
    required: ['a'],
  })
  const cases: [object | boolean, string, RegExp][] = [
    [object({ type: 'string', minLength: 5, maxLength: 2 }), 'a', /`(min|max)Length`/],
    [object({ type: 'integer', minimum: 3, maximum: 2 }), 'a', /`minimum` and `maximum`/],
    [object({ type: 'string', allOf: [{ type: 'number' }] }), 'a', /`type`/],
    [object({ type: 'string', pattern: '^a(?=b)c$' }), 'a', /`pattern`/],
    [object({ enum: ['x'], type: 'number' }), 'a', /`enum`/],
    [object({ type: 'array', items: { const: 1 }, minItems: 2, uniqueItems: true }), 'a', /unique/],
    [object({ not: {} }), 'a', /`not`/],
    [
      object({
        type: 'array',
        items: object({ type: 'null', not: { type: 'null' } }),
        minItems: 1,
      }),
      'a[0].a',
      /`not`/,
    ],
    [{ type: 'object', properties: { a: false }, required: ['a'] }, 'a', /`false`/],
    [
      {
        $ref: '#/$defs/n',
        $defs: { n: { properties: { n: { $ref: '#/$defs/n' } }, required: ['n'] } },
      },
      '',
      /must hold itself/,
    ],
  ]
  for (const [schema, field, rule] of cases) {
    const { text, values } = valuesOf(schema)
    assert.throws(
      () => values.next({ position: 0, now }),
      (cause) => {
        assert.ok(cause instanceof NoValueError, text)
        assert.equal(cause.field, field, text)
        assert.match(cause.rule, rule, text)
        return true
      },
    )
  }
})

test('a value of a schema that refers to itself ends', () => {
  const node = {
    type: 'object',
    properties: {
      left: { anyOf: [{ $ref: '#' }, { type: 'null' }] },
      right: { anyOf: [{ $ref: '#' }, { type: 'string' }] },
      all: { type: 'array', items: { $ref: '#' } },
      by: { type: 'object', additionalProperties: { $ref: '#' } },
    },
    required: ['left', 'right', 'all', 'by'],
  }
  const { text, values } = valuesOf(node)
  const codec = jsonCodec(text)
  for (let position = 0; position < 30; position++) {
    const value = values.next({ position, now })
    assert.equal(codec.validate(value), undefined)
    assert.ok(JSON.stringify(value).length < 2_000_000)
  }
})

test('texts of patterns match them', () => {
  const patterns = [
    ...['^[A-Z]{3}-\\d{4}$', '^(?:red|green|blue)+$', '^\\w+@\\w+\\.(com|org)$', 'a.c', '^$'],
    ...['^[^a-z]{2,5}$', '^\\p{Lu}\\p{L}*$', '^(a|b)\\1$', '^\\u0041\\x42$', '^\\S+\\s\\S+$'],
    ...['^[\\d-]+$', '^[a-z\\-]{1,3}?$', '^x{3}y*z?$', '^(?<year>\\d{4})-\\d\\d$', '^[\\w.+-]+$'],
    ...['^\\/[^/]+\\/$', '^\\D\\W$', '^[.*+?]$', '^a\\{2\\}$'],
  ]
  const random = seededRandom(7)
  for (const pattern of patterns) {
    for (let at = 0; at < 100; at++) {
      const text = patternText(pattern, random, at % 9)
      assert.match(text ?? 'not understood', new RegExp(pattern, 'u'))
    }
  }
  assert.equal(patternText('\\p{Script=Greek}', random), undefined)
  assert.equal(patternText('(?<a>x)\\k<a>', random), undefined)
})
