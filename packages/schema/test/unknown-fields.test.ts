import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { seededRandom } from '@millrace/host'
import { avroCodec } from '../src/avro/codec.js'
import { type Codec, RefusedError } from '../src/codec.js'
import { jsonCodec } from '../src/json/codec.js'
import { protobufCodec } from '../src/protobuf/codec.js'
import { SchemaTextError } from '../src/schema-type.js'
import { GeneratedJson } from './generated-json.js'

/** What is left of a value once unknown fields are dropped, as a reader finds it. */
function kept(codec: Codec, value: unknown): unknown {
  const left = codec.decode(codec.encode(value, 'drop'))
  return JSON.parse(JSON.stringify(left))
}

function record(name: string, fields: Record<string, unknown>): object {
  const list = Object.entries(fields).map(([field, type]) => {
    const isOptional = Array.isArray(type) && type[0] === 'null'
    return { name: field, type, ...(isOptional && { default: null }) }
  })
  return { type: 'record', name, fields: list }
}

describe('unknown fields are dropped at any depth', () => {
  test('Avro: in records within arrays, maps and unions; keys of maps are no fields', () => {
    const stop = record('Stop', { area: 'int' })
    const codec = avroCodec(
      JSON.stringify(
        record('Trip', {
          first: stop,
          stops: { type: 'array', items: 'Stop' },
          named: { type: 'map', values: ['null', 'Stop'] },
          tags: { type: 'map', values: 'string' },
        }),
      ),
    )
    const given = {
      first: { area: 1, x: 1 },
      stops: [{ area: 2, x: { y: 1 } }, { area: 3 }],
      named: { a: { area: 4, x: [] }, b: null },
      tags: { any: 'thing' },
      more: { deep: {} },
    }
    assert.deepEqual(kept(codec, given), {
      first: { area: 1 },
      stops: [{ area: 2 }, { area: 3 }],
      named: { a: { area: 4 }, b: null },
      tags: { any: 'thing' },
    })
    assert.throws(() => codec.encode(given), /first.x: unknown field/)
    assert.throws(() => codec.encode({ ...given, first: { x: 1 } }, 'drop'), /first.area: required/)
    assert.equal(given.first.x, 1, 'the value that was given is not changed')
  })

  test('Avro: of a union the branch is meant that loses least, with all that is in it', () => {
    const note = record('Note', { text: ['null', 'string'] })
    const area = record('Area', { area: 'int', name: ['null', 'string'] })
    const inner = (name: string, field: string) => {
      return record(name, { in: record(`${name}In`, { [field]: ['null', 'int'] }) })
    }
    const any = record('Any', { of: [note, area, inner('A', 'a'), inner('B', 'b')] })
    const codec = avroCodec(JSON.stringify(any))
    const of = (value: unknown) => (kept(codec, { of: value }) as { of: unknown }).of
    assert.deepEqual(of({ area: 1, x: 1 }), { area: 1, name: null })
    assert.deepEqual(of({ text: 't', x: 1 }), { text: 't' })
    assert.deepEqual(of({ in: { b: 1, x: 1 }, y: 1 }), { in: { b: 1 } })
    assert.deepEqual(of({ in: { a: 1, x: 1 }, y: 1 }), { in: { a: 1 } })
    // The first of those that lose as much.
    assert.deepEqual(of({ in: {}, area: 1 }), { area: 1, name: null })
    assert.throws(() => of({ in: 1, x: 'y' }) && of(1), RefusedError)
  })

  test('Avro: branches that hold one another cost no more with every level', () => {
    const of = (name: string) => ({ name, type: 'record', fields: [operand('l'), operand('r')] })
    const operand = (name: string) => ({ name, type: ['int', 'Add', 'Mul'] })
    const add = {
      ...of('Add'),
      fields: [{ name: 'l', type: ['int', 'Add', of('Mul')] }, operand('r')],
    }
    const codec = avroCodec(JSON.stringify(add))
    let value: unknown = { l: 1, r: 2, unknown: 3 }
    for (let depth = 0; depth < 200; depth++) value = { l: value, r: depth }
    assert.ok(codec.encode(value, 'drop').length > 200)
    let bad: unknown = { l: 1, r: 'two' }
    for (let depth = 0; depth < 200; depth++) bad = { l: bad, r: depth }
    assert.throws(() => codec.encode(bad, 'drop'), RefusedError)
  })

  test('Avro: what is dropped changes nothing else (random schemas and values)', () => {
    let checked = 0
    for (let seed = 1; seed <= 1_000; seed++) {
      const random = seededRandom(seed)
      const generated = new GeneratedJson(random)
      const schema = generated.schema()
      let value: unknown
      let expected: Buffer
      let codec: Codec
      try {
        codec = avroCodec(JSON.stringify(schema))
        value = JSON.parse(generated.text(schema))
        expected = codec.encode(value)
      } catch (cause) {
        if (cause instanceof SchemaTextError || cause instanceof RefusedError) continue
        throw cause
      }
      const more = withMore(schema, value)
      if (more.added === 0) continue
      const where = `seed ${seed}: ${JSON.stringify(more.value)} of ${JSON.stringify(schema)}`
      assert.deepEqual(codec.encode(more.value, 'drop'), expected, where)
      assert.throws(() => codec.encode(more.value), RefusedError, where)
      checked++
    }
    assert.ok(checked > 300, `only ${checked} were checked`)
  })

  test('JSON Schema: in objects and arrays, by references and all parts that hold', () => {
    const codec = jsonCodec(
      JSON.stringify({
        type: 'object',
        allOf: [{ $ref: '#/definitions/base' }],
        properties: {
          stops: { type: 'array', items: { $ref: '#/definitions/stop' } },
          pair: { items: [{ properties: { a: {} } }], additionalItems: { properties: { b: {} } } },
          free: { type: 'object' },
        },
        patternProperties: { '^x-': { properties: { a: {} } } },
        definitions: {
          base: { properties: { id: { type: 'integer' } }, required: ['id', 'when'] },
          stop: { properties: { area: {} }, additionalProperties: false },
        },
      }),
    )
    const given = {
      ...{ id: 1, when: 'now', stops: [{ area: 1, y: 1 }], free: { any: { thing: 1 } }, no: 1 },
      pair: [
        { a: 1, b: 1 },
        { a: 1, b: 1 },
      ],
      'x-1': { a: 1, b: 1 },
    }
    assert.deepEqual(kept(codec, given), {
      ...{ id: 1, when: 'now', stops: [{ area: 1 }], free: { any: { thing: 1 } } },
      pair: [{ a: 1 }, { b: 1 }],
      'x-1': { a: 1 },
    })
  })

  test('JSON Schema: further fields that are taken in so many words stay', () => {
    const taking = (additionalProperties: unknown) => {
      return jsonCodec(JSON.stringify({ properties: { a: {} }, additionalProperties }))
    }
    assert.deepEqual(kept(taking(true), { a: 1, b: { c: 1 } }), { a: 1, b: { c: 1 } })
    const typed = { properties: { c: {} } }
    assert.deepEqual(kept(taking(typed), { b: { c: 1, d: 1 } }), { b: { c: 1 } })
    assert.deepEqual(kept(taking(false), { a: 1, b: 1 }), { a: 1 })
    const empty = jsonCodec(JSON.stringify({ type: 'object', additionalProperties: false }))
    assert.deepEqual(kept(empty, { a: 1 }), {})
    // A property may be called as a keyword is.
    const named = { properties: { additionalProperties: { const: false } } }
    const codec = jsonCodec(JSON.stringify({ ...named, additionalProperties: false }))
    assert.deepEqual(kept(codec, { additionalProperties: false, b: 1 }), {
      additionalProperties: false,
    })
  })

  test('JSON Schema: of branches those have a say that the value fits, unknown fields aside', () => {
    const branch = (kind: string, field: string) => ({
      properties: { kind: { const: kind }, [field]: {} },
      required: ['kind'],
      additionalProperties: false,
    })
    for (const keyword of ['oneOf', 'anyOf']) {
      const codec = jsonCodec(JSON.stringify({ [keyword]: [branch('a', 'x'), branch('b', 'y')] }))
      assert.deepEqual(kept(codec, { kind: 'a', x: 1, y: 1, z: 1 }), { kind: 'a', x: 1 })
      assert.deepEqual(kept(codec, { kind: 'b', x: 1, y: 1, z: 1 }), { kind: 'b', y: 1 })
      assert.throws(() => codec.encode({ kind: 'c', x: 1, z: 1 }, 'drop'), RefusedError)
    }
    const conditional = jsonCodec(
      JSON.stringify({
        properties: { kind: {} },
        if: { properties: { kind: { const: 'a' } } },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: { properties: { x: {} } },
        else: { properties: { y: {} } },
      }),
    )
    assert.deepEqual(kept(conditional, { kind: 'a', x: 1, y: 1 }), { kind: 'a', x: 1 })
    assert.deepEqual(kept(conditional, { kind: 'b', x: 1, y: 1 }), { kind: 'b', y: 1 })
  })

  test('JSON Schema: a schema that refers to itself, and other documents', () => {
    const tree = { properties: { kids: { type: 'array', items: { $ref: '#' } } } }
    const codec = jsonCodec(JSON.stringify(tree))
    assert.deepEqual(kept(codec, { kids: [{ kids: [], x: 1 }], x: 1 }), { kids: [{ kids: [] }] })
    let deep: unknown = {}
    for (let depth = 0; depth < 100_000; depth++) deep = { kids: [deep] }
    assert.throws(() => codec.encode(deep, 'drop'), /nested too deeply/)
    const zip = JSON.stringify({ properties: { zip: {} }, additionalProperties: false })
    const address = jsonCodec(JSON.stringify({ properties: { at: { $ref: 'zip.json' } } }), [
      { name: 'zip.json', text: zip },
    ])
    assert.deepEqual(kept(address, { at: { zip: 1, x: 1 } }), { at: { zip: 1 } })
  })

  test('Protobuf: in messages, lists and maps; a name that no enum has is refused still', () => {
    const text = `syntax = "proto3";
      import "google/protobuf/struct.proto";
      enum Kind { NONE = 0; TAXI = 1; }
      message Stop { int32 area_code = 1; }
      message Trip {
        Stop first = 1;
        repeated Stop stops = 2;
        map<string, Stop> named = 3;
        google.protobuf.Struct free = 4;
        Kind kind = 5;
        oneof how { string card = 6; bool cash = 7; }
      }`
    const codec = protobufCodec(text, { message: 'Trip' })
    const given = {
      first: { areaCode: 1, x: 1 },
      stops: [{ area_code: 2, x: 1 }],
      named: { a: { area_code: 3, x: 1 } },
      free: { any: { thing: 1 } },
      kind: 'TAXI',
      card: 'c',
      x: 1,
    }
    assert.deepEqual(kept(codec, given), {
      first: { area_code: 1 },
      stops: [{ area_code: 2 }],
      named: { a: { area_code: 3 } },
      free: { any: { thing: 1 } },
      kind: 'TAXI',
      card: 'c',
    })
    assert.throws(() => codec.encode(given), /unknown field/)
    assert.throws(() => codec.encode({ ...given, kind: 'BUS' }, 'drop'), /^.*kind/)
  })
})

interface Definition {
  type: string
  name?: string
  fields?: { name: string; type: unknown }[]
  items?: unknown
  values?: unknown
}

/** A value with a field more in each record of it that is surely meant. */
function withMore(schema: unknown, value: unknown): { value: unknown; added: number } {
  const named = new Map<string, unknown>()
  let added = 0
  const more = (type: unknown, at: unknown): unknown => {
    if (typeof type === 'string') return named.has(type) ? more(named.get(type), at) : at
    if (Array.isArray(type)) {
      const branches = type.map((each) => named.get(each as string) ?? each)
      for (const each of branches) more(each, undefined)
      const objects = branches.filter((each) => ['record', 'map'].includes(each?.type))
      const isObject = typeof at === 'object' && at !== null && !Array.isArray(at)
      return isObject && objects.length === 1 ? more(objects[0], at) : at
    }
    const { type: kind, name = '', fields = [], items, values } = type as Definition
    if (kind === 'record' && !named.has(name)) {
      named.set(name, type)
      for (const field of fields) more(field.type, undefined)
    }
    if (at === undefined) {
      if (kind === 'array') more(items, at)
      if (kind === 'map') more(values, at)
      return at
    }
    if (kind === 'array') return (at as unknown[]).map((item) => more(items, item))
    const given = Object.entries(at as object)
    if (kind === 'map')
      return Object.fromEntries(given.map(([key, item]) => [key, more(values, item)]))
    if (kind !== 'record') return at
    added++
    const within = given.map(([field, member]) => {
      return [field, more(fields.find((each) => each.name === field)?.type, member)]
    })
    return { ...Object.fromEntries(within), 'no such field': { a: [1] } }
  }
  return { value: more(schema, value), added }
}
