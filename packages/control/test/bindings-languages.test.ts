import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@millrace/host'
import { JsonValues } from '../src/generate/json-values.js'
import { ProtoValues } from '../src/generate/proto-values.js'
import type { Problem } from '../src/project/problem.js'
import { readSchemas } from '../src/project/schema-folder.js'
import type { BindingSource } from '../src/schemas/bindings/bindings.js'
import { compile, compileTypeScript, leftOut, writeBindings } from './compilers.js'
import { RandomJsonSchemas } from './random-json-schemas.js'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** Everything that is hard on a language: names, combinations, what holds itself. */
const gift = {
  title: 'Gift',
  description: 'Somebody gave */ something. \\u0041',
  type: 'object',
  properties: {
    id: { type: 'string', description: 'Which.' },
    'order-id': { type: 'integer' },
    order_id: { type: 'integer' },
    class: { type: ['string', 'null'], default: 'a "b" \\ c' },
    'a,b"c`d': { type: 'boolean' },
    kind: { enum: ['NEW', 'used'] },
    size: { enum: ['10 cm', 'x'] },
    level: { enum: [1, 2, 3] },
    exact: { const: { a: [1, 'x', null], b: {} } },
    price: { $ref: '#/$defs/price' },
    lines: { type: 'array', items: { $ref: '#/$defs/line' } },
    by_name: { type: 'object', additionalProperties: { type: 'array', items: { type: 'number' } } },
    pair: {
      type: 'array',
      prefixItems: [{ type: 'string' }, { type: 'number' }],
      minItems: 1,
      items: false,
    },
    owner: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        address: { type: 'object', properties: { zip: { type: 'string' } } },
      },
      required: ['name'],
    },
    paid: {
      oneOf: [
        {
          type: 'object',
          properties: { by: { const: 'card' }, number: { type: 'string' } },
          required: ['by', 'number'],
        },
        { type: 'object', properties: { by: { const: 'cash' } }, required: ['by'] },
      ],
    },
    both: {
      allOf: [
        { $ref: '#/$defs/line' },
        { properties: { more: { type: 'boolean' } }, required: ['more'] },
      ],
    },
    tree: { $ref: '#/$defs/tree' },
    circle: { $ref: '#/$defs/circle' },
    anything: true,
    nothing: false,
    more: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: true },
  },
  required: ['id', 'kind', 'price', 'lines'],
  $defs: {
    price: { type: 'number', description: 'In euros.' },
    line: {
      type: 'object',
      properties: {
        item: { type: 'string' },
        parts: { type: 'array', items: { $ref: '#/$defs/line' } },
      },
      required: ['item'],
    },
    tree: { anyOf: [{ type: 'string' }, { type: 'array', items: { $ref: '#/$defs/tree' } }] },
    circle: { anyOf: [{ $ref: '#/$defs/circle' }, { type: 'string' }] },
  },
}

const invoice = `syntax = "proto3";
package shop.sales;

import "google/protobuf/timestamp.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/wrappers.proto";
import "line.proto";

message Invoice {
  int64 id = 1;
  google.protobuf.Timestamp at = 2;
  repeated shop.Line lines = 3;
  map<string, Inner> by_name = 4;
  oneof pay { string card = 5; bytes cash = 6; }
  Kind kind = 7;
  repeated Kind kinds = 8;
  google.protobuf.Struct more = 9;
  google.protobuf.Int32Value count = 10;
  optional double price = 11;
  message Inner { Invoice again = 1; shop.Inner other = 2; }
  enum Kind { NONE = 0; CARD = 1; }
}
`
const line = `syntax = "proto3";
package shop;

message Line { string item = 1; repeated google.protobuf.Value any = 2; }
message Inner { bool x = 1; }
`.replace('package shop;', 'package shop;\n\nimport "google/protobuf/struct.proto";')

/** Topics `t1`, `t2`, … of the files, but for those that others refer to. */
function source(files: Record<string, string>): BindingSource {
  const problems: Problem[] = []
  const schemas = readSchemas(new Map(Object.entries(files)), problems)
  assert.deepEqual(problems, [])
  const used = [...schemas.values()].filter(({ file }) => file !== 'line.proto')
  return {
    name: 'My Shop',
    topics: [],
    schemas: [...schemas.values()].map((schema) => {
      const at = used.indexOf(schema) + 1
      return { ...schema, subjects: [], topics: at > 0 ? [`t${at}`] : [] }
    }),
  }
}

const hard = {
  'gift.schema.json': JSON.stringify(gift),
  'invoice.proto': invoice,
  'line.proto': line,
}

/** The hard one, and random ones. */
function many(count: number): BindingSource {
  const files: Record<string, string> = { ...hard }
  for (let seed = 1; seed <= count; seed++) {
    const schema = new RandomJsonSchemas(seededRandom(seed)).schema()
    files[`random-${seed}.json`] = JSON.stringify(schema)
  }
  return source(files)
}

test('the types of JSON Schema and Protobuf compile, and refuse what the schemas do', async (t) => {
  const folder = writeBindings(t, many(40), { release: '1.2.3', language: 'typescript' })
  const installed = path.join(folder, 'node_modules', '@my-shop', 'events')
  mkdirSync(installed, { recursive: true })
  const packed = path.join(folder, 'my-shop-events-1.2.3.tgz')
  execFileSync('tar', ['-xzf', packed, '--strip-components=1', '-C', installed])
  symlinkSync(path.join(root, 'packages'), path.join(folder, 'node_modules', '@millrace'))
  const program = (gift: string, invoice: string) => `
    import { Millrace } from '@millrace/client'
    import { topics, type Topics } from '@my-shop/events'
    const millrace = new Millrace<Topics>({ url: 'http://gateway', source: '/s', topics })
    const gift = { id: 'a', kind: 'NEW', price: 2, lines: [{ item: 'tea', parts: [{ item: 'x' }] }],
      level: 2, pair: ['a'], exact: { a: [1, 'x', null], b: {} }, tree: ['a', ['b', ['c']]],
      'order-id': 1, paid: { by: 'card', number: '1' }, both: { item: 'a', more: true },
      by_name: { a: [1] }, owner: { name: 'Ada', address: { zip: '1' } }, more: { b: 1 } } as const
    const invoice = { id: 7, at: '2026-01-04T00:00:00Z', lines: [{ item: 'tea', any: [1, 'a'] }],
      by_name: { a: { again: { id: '8' }, other: { x: true } } }, card: '1', kind: 'CARD',
      kinds: ['NONE'], more: { a: 1 }, count: null, price: 1.5 } as const
    export const sent = [millrace.send('t1', ${gift}), millrace.send('t2', ${invoice})]`
  const tsc = (one: string, two = 'invoice') => compileTypeScript(folder, program(one, two))
  assert.equal(tsc('gift'), '')
  for (const [wrong, says] of [
    ['{ ...gift, kind: "OLD" as const }', /"OLD"/],
    ['{ id: "a" }', /missing the following properties/],
    ['{ ...gift, level: 4 as const }', /'4' is not assignable/],
    ['{ ...gift, paid: { by: "card" as const } }', /number/],
    ['{ ...gift, both: { item: "a" } }', /more/],
    ['{ ...gift, pair: [1] as const }', /not assignable/],
    ['{ ...gift, nothing: 1 }', /never|undefined/],
    ['{ ...gift, tree: 1 }', /not assignable/],
  ] as const) {
    assert.match(tsc(wrong), says, wrong)
  }
  assert.match(tsc('gift', '{ ...invoice, kind: "GOLD" as const }'), /"GOLD"/)
  assert.match(tsc('gift', '{ ...invoice, lines: [{ item: 1 }] }'), /not assignable/)
  assert.match(
    tsc('gift', '{ ...invoice, by_name: { a: { again: { id: true } } } }'),
    /not assignable/,
  )

  const { topics } = await import(path.join(installed, 'index.js'))
  assert.deepEqual(JSON.parse(topics.t1.schema), gift)
  assert.deepEqual([topics.t1.schemaType, topics.t1.type], ['JSON', 'Gift'])
  assert.deepEqual(topics.t2, {
    type: 'shop.sales.Invoice',
    schemaType: 'PROTOBUF',
    schema: invoice,
  })
  for (const place of [path.join(folder, 'protobuf'), path.join(installed, 'protobuf')]) {
    assert.equal(readFileSync(path.join(place, 'invoice.proto'), 'utf8'), invoice)
    assert.equal(readFileSync(path.join(place, 'line.proto'), 'utf8'), line)
  }
})

test('made-up events are of the types', (t) => {
  const all = many(25)
  const folder = writeBindings(t, all, { release: '1.2.3', language: 'typescript' })
  const lines = all.schemas.flatMap((schema) => {
    const { topics, type } = schema
    const options = { random: seededRandom(1), seed: 1 }
    const values =
      type === 'JSON' ? new JsonValues(schema, options) : new ProtoValues(schema, options)
    return topics.flatMap((topic) =>
      [0, 1, 2].map((position) => {
        const value = values.next({ position, now: 1_767_529_805_007 })
        // Through a name of its own: a schema may take more properties than it describes.
        const name = `v${topic}n${position}`
        return `const ${name} = ${JSON.stringify(value)} as const
export const of${name}: Topics['${topic}'] = ${name}`
      }),
    )
  })
  const program = ["import type { Topics } from './typescript/index.js'", ...lines].join('\n')
  assert.equal(compileTypeScript(folder, program), '')
})

test('the Java sources compile', { skip: leftOut('javac', '-version') }, (t) => {
  const folder = path.join(
    writeBindings(t, many(40), { release: '1.2.3', language: 'java' }),
    'java',
  )
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const java = files.filter((file) => file.endsWith('.java')).sort()
  const own = java.filter((file) => file.startsWith('my_shop/gift/'))
  assert.deepEqual(
    own.map((file) => path.basename(file)),
    [
      ...['Gift.java', 'GiftBoth.java', 'GiftKind.java', 'GiftMore.java', 'GiftOwner.java'],
      ...['GiftOwnerAddress.java', 'GiftPaid.java', 'GiftPaid2.java', 'GiftPaidBy.java'],
      ...['GiftPaidBy2.java', 'Line.java'],
    ],
  )
  const args = ['--release', '17', '-Xlint:all', '-Werror', '-d', 'classes', ...java]
  assert.equal(compile('javac', args, folder), '')
})

test('the Go sources pass vet', { skip: leftOut('go', 'version') }, (t) => {
  const folder = path.join(writeBindings(t, many(40), { release: '1.2.3', language: 'go' }), 'go')
  assert.equal(compile('go', ['vet', './...'], folder), '')
  assert.equal(compile('gofmt', ['-l', '-e', '.'], folder), '')
  assert.deepEqual(execFileSync('gofmt', ['-l', '.'], { cwd: folder, encoding: 'utf8' }), '')
})
