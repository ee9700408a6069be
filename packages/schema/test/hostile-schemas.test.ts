import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { create, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { avroCodec, jsonCodec, SchemaTextError, schemaTypes } from '../src/index.js'

/** What a schema, or a value, may take that was made to take for ever. */
const msMax = 10_000

const typeOf = (name: string) => {
  const found = schemaTypes.find((type) => type.name === name)
  if (found === undefined) throw new Error(`There is no type ${name}.`)
  return found
}
const around = (open: string, inner: string, close: string, depth: number) =>
  `${open.repeat(depth)}${inner}${close.repeat(depth)}`
const quickly = <T>(step: () => T): T => {
  const began = performance.now()
  const found = step()
  assert.ok(performance.now() - began < msMax, `it took ${performance.now() - began} ms`)
  return found
}

describe('schemas that were made to cost something', () => {
  test('a schema nested deeper than any is refused in words, in every language', () => {
    let descriptor: object = { name: 'M' }
    for (let depth = 0; depth < 200; depth++) descriptor = { name: 'M', nestedType: [descriptor] }
    const file = create(FileDescriptorProtoSchema, { name: 'a', messageType: [descriptor] })
    const cases: [string, string][] = [
      ['AVRO', around('{"type":"array","items":', '"int"', '}', 20_000)],
      ['AVRO', around('[', '"int"', ']', 20_000)],
      ['JSON', around('{"items":', 'true', '}', 20_000)],
      ['PROTOBUF', around('message M { ', '', '}', 20_000)],
      ['PROTOBUF', `option (x) = ${around('{a ', '', '}', 20_000)};`],
      ['PROTOBUF', `option (x) = ${around('[', '1', ']', 20_000)};`],
      ['PROTOBUF', Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString('base64')],
    ]
    for (const [name, text] of cases) {
      assert.throws(
        () => quickly(() => typeOf(name).parse(text, [])),
        (cause) =>
          cause instanceof SchemaTextError &&
          /nested deeper than \d+|neither a \.proto text nor/.test(cause.message),
        `${name} ${text.slice(0, 30)}`,
      )
    }
    assert.ok(typeOf('AVRO').parse(around('{"type":"array","items":', '"int"', '}', 200), []))
    assert.ok(typeOf('PROTOBUF').parse(around('message M { ', '', '}', 90), []))
  })

  test('what an Avro schema lacks is told in words', () => {
    const cases: [unknown, string][] = [
      [{ type: 'record', name: 'R', fields: [{ name: 'a' }] }, 'R.a: there is no "type"'],
      [
        { type: 'record', name: 'R', fields: [{ type: 'int' }] },
        'R: the field number 1 has no "name"',
      ],
      [{ type: 'record', name: 'R', fields: {} }, 'R: "fields" is a list of fields'],
      [{ type: 'record', name: 7, fields: [] }, 'a type of the kind record has no "name"'],
      [{ type: 'enum', name: 'E', symbols: ['a', 1] }, 'E: "symbols" is a list of names'],
      [{ type: 'array' }, '{"type":"array"}: there is no "items"'],
      [{ name: 'x' }, 'x: there is no "type"'],
      [['null', 7], 'a type is a name, a list or an object, and not 7'],
      [
        { type: 'record', name: 'R', namespace: {}, fields: [] },
        'R: "namespace" is a text, and not {}',
      ],
      ['nowhere', 'the type nowhere is not defined'],
    ]
    for (const [schema, message] of cases) {
      const text = JSON.stringify(schema)
      assert.throws(
        () => typeOf('AVRO').parse(text, []),
        { name: 'SchemaTextError', message },
        text,
      )
    }
  })

  test('JSON schemas of many parts are compared in time, or refused', () => {
    const parse = (schema: unknown) => typeOf('JSON').parse(JSON.stringify(schema), [])
    const values = Array.from({ length: 40_000 }, (_, at) => `v${at}`)
    const many = parse({ enum: values })
    assert.deepEqual(
      quickly(() => many.backwardBreaks(many)),
      [],
    )
    assert.equal(quickly(() => parse({ enum: values.slice(1) }).backwardBreaks(many)).length, 1)
    const choices = parse({ oneOf: values.slice(0, 600).map((value) => ({ const: value })) })
    assert.deepEqual(
      quickly(() => choices.backwardBreaks(choices)),
      ['the two have more parts than can be compared'],
    )
  })
})

describe('values that were made to cost something', () => {
  test('a pattern that JavaScript matches for ever is given up', () => {
    const codec = jsonCodec('{"type":"string","pattern":"^(?=a)(a+)+$"}')
    assert.equal(codec.validate('aaaa'), undefined)
    const evil = `${'a'.repeat(60)}!`
    const refusal = {
      field: '',
      reason: 'the pattern of its schema takes too long for a text of this length',
    }
    assert.deepEqual(
      quickly(() => codec.validate(evil)),
      refusal,
    )
    // It is not tried with each of many values.
    quickly(() => {
      for (let i = 0; i < 1_000; i++) assert.deepEqual(codec.validate(evil), refusal)
    })
    assert.equal(codec.validate('aaaa'), undefined)
  })

  test('a schema that leads back to itself in every branch is given up where a value is too deep', () => {
    const branch = (name: string) => {
      return { type: 'object', properties: { next: { $ref: '#' }, kind: { const: name } } }
    }
    const codec = jsonCodec(JSON.stringify({ oneOf: [branch('a'), branch('b'), { type: 'null' }] }))
    const chain = (depth: number): unknown => {
      return depth === 0 ? null : { next: chain(depth - 1), kind: 'b' }
    }
    assert.equal(codec.validate(chain(8)), undefined)
    const reason = 'its schema leads back to itself, and takes too long for a value so deep'
    quickly(() => {
      for (let i = 0; i < 300; i++) assert.equal(codec.validate(chain(40))?.reason, reason)
    })
    assert.equal(codec.validate(chain(8)), undefined)
    const plain = jsonCodec('{"type":["object","null"],"properties":{"next":{"$ref":"#"}}}')
    assert.equal(
      quickly(() => plain.validate(chain(300))),
      undefined,
    )
  })

  test('unique items are found in time, and told as ever', () => {
    const codec = jsonCodec('{"type":"array","uniqueItems":true}')
    const numbers = Array.from({ length: 300_000 }, (_, at) => ({ at }))
    assert.equal(
      quickly(() => codec.validate(numbers)),
      undefined,
    )
    for (const twice of [
      [1, 2, 1],
      ['a', 'a'],
      [
        { a: 1, b: [2] },
        { b: [2], a: 1 },
      ],
      [null, null],
    ]) {
      assert.match(codec.validate(twice)?.reason ?? '', /^it must NOT have duplicate items/)
    }
    for (const unlike of [
      [1, '1'],
      [[1], '[1]'],
      [0, false, null, ''],
      [{}, []],
    ]) {
      assert.equal(codec.validate(unlike), undefined)
    }
  })

  test('records that hold one another in unions are tried once each', () => {
    const inner = (own: string) => [
      { name: 'next', type: ['null', 'A', 'B'], default: null },
      { name: own, type: 'int' },
    ]
    const codec = avroCodec(
      JSON.stringify({
        ...{ type: 'record', name: 'A' },
        fields: [
          {
            name: 'next',
            type: ['null', 'A', { type: 'record', name: 'B', fields: inner('b') }],
            default: null,
          },
          { name: 'a', type: 'int' },
        ],
      }),
    )
    const chain = (depth: number, last: unknown): unknown => {
      let value = last
      for (let at = 0; at < depth; at++) value = { next: value, b: at }
      return { next: value, a: 1 }
    }
    const good = chain(100, null)
    assert.equal(
      quickly(() => codec.validate(good)),
      undefined,
    )
    assert.equal(JSON.stringify(codec.decode(codec.encode(good))), JSON.stringify(good))
    assert.match(
      quickly(() => codec.validate(chain(100, { c: 1 })))?.reason ?? '',
      /expected null or record/,
    )
    // What was said of an object is forgotten: it may be another one by the next time.
    const held = { next: { b: 'no number' } as Record<string, unknown>, a: 1 }
    assert.notEqual(codec.validate(held), undefined)
    held.next.b = 1
    assert.equal(codec.validate(held), undefined)
  })

  test('a refusal is one line of readable length, whatever is in it', () => {
    const symbols = Array.from({ length: 5_000 }, (_, at) => `S${at}`)
    const avro = avroCodec(JSON.stringify({ type: 'enum', name: 'E', symbols }))
    const json = jsonCodec(JSON.stringify({ enum: symbols }))
    for (const codec of [avro, json]) {
      const { reason = '' } = codec.validate('x') ?? {}
      assert.match(reason, /S19"? … \(5000\), got string "x"$/)
    }
    const named = jsonCodec('{"additionalProperties":false}')
    assert.throws(() => named.encode({ [`a\n${'x'.repeat(5_000)}`]: 1 }), /^RefusedError: a\\nx+…$/)
  })
})
