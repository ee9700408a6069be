import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Problem } from '../src/project/problem.js'
import { renderProblem } from '../src/project/problem.js'
import { readSchemas } from '../src/project/schema-folder.js'
import { temporaryFolder } from './folder.js'
import { millrace } from './millrace.js'

const json = (schema: object) => JSON.stringify(schema, undefined, 2)

function read(files: Record<string, string>) {
  const problems: Problem[] = []
  const schemas = readSchemas(new Map(Object.entries(files)), problems)
  return { schemas, problems: problems.map(renderProblem) }
}

test('schemas of a folder find one another, each by the names of its language', () => {
  const { schemas, problems } = read({
    'money.avsc': json({
      ...{ type: 'record', name: 'Money', namespace: 'shop' },
      fields: [{ name: 'amount', type: 'double' }],
    }),
    'order.avsc': json({
      ...{ type: 'record', name: 'Order', namespace: 'shop' },
      fields: [
        { name: 'id', type: 'long' },
        { name: 'price', type: 'Money' },
        { name: 'tip', type: ['null', 'shop.Money'], default: null },
      ],
    }),
    'gift.schema.json': json({
      title: 'Gift',
      type: 'object',
      properties: {
        id: { type: 'string' },
        price: { $ref: 'price.json#/definitions/price' },
        to: { $ref: 'https://shop.example/person.json' },
      },
    }),
    'price.json': json({
      definitions: { price: { type: 'object', properties: { of: { $ref: 'unit.json' } } } },
    }),
    'unit.json': json({ type: 'string' }),
    'people.json': json({
      ...{ $id: 'https://shop.example/person.json', type: 'object' },
      properties: { name: { $ref: 'name.json' } },
    }),
    'name.json': json({ type: 'string', minLength: 1 }),
    'invoice.proto':
      'syntax = "proto3"; package shop; import "line.proto"; message Invoice { int64 id = 1; repeated Line lines = 2; }',
    'line.proto':
      'syntax = "proto3"; package shop; import "google/protobuf/timestamp.proto"; message Line { google.protobuf.Timestamp at = 1; }',
  })
  assert.deepEqual(problems, [])
  const told = [...schemas.values()].map(({ file, name, fields, references, referred }) => [
    ...[file, name, fields.join()],
    references.map((each) => `${each.name}=${each.file}`).join(),
    referred.map((each) => each.name).join(),
  ])
  assert.deepEqual(told.sort(), [
    [
      ...['gift.schema.json', 'Gift', 'id,price,to'],
      'price.json=price.json,https://shop.example/person.json=people.json',
      'unit.json,price.json,https://shop.example/name.json,https://shop.example/person.json',
    ],
    ['invoice.proto', 'shop.Invoice', 'id,lines', 'line.proto=line.proto', 'line.proto'],
    ['line.proto', 'shop.Line', 'at', '', ''],
    ['money.avsc', 'shop.Money', 'amount', '', ''],
    ['name.json', 'value', '', '', ''],
    ['order.avsc', 'shop.Order', 'id,price,tip', '', ''],
    [
      ...['people.json', 'https://shop.example/person.json', 'name'],
      ...['https://shop.example/name.json=name.json', 'https://shop.example/name.json'],
    ],
    ['price.json', 'value', '', 'unit.json=unit.json', 'unit.json'],
    ['unit.json', 'value', '', '', ''],
  ])
  // What another file defines is written in: whoever reads the registry needs no other schema.
  assert.match(schemas.get('order.avsc')?.text ?? '', /"name":"Money"/)
})

test('schemas in folders are called by their paths, and find one another all the same', async (t) => {
  const folder = path.join(temporaryFolder(t), 'shop')
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), text)
  }
  write('millrace.yaml', 'name: shop\n')
  const money = { type: 'record', name: 'Money', namespace: 'shop' }
  write('schemas/common/money.avsc', json({ ...money, fields: [{ name: 'of', type: 'double' }] }))
  const price = [{ name: 'price', type: 'shop.Money' }]
  write('schemas/orders/order.avsc', json({ type: 'record', name: 'Order', fields: price }))
  const line = 'message Line { int64 id = 1; }'
  write('schemas/common/deep/line.proto', `syntax = "proto3"; ${line}`)
  const bill = 'import "common/deep/line.proto"; message Bill { Line line = 1; }'
  write('schemas/bill.proto', `syntax = "proto3"; ${bill}`)
  write('schemas/common/unit.json', json({ type: 'string' }))
  write('schemas/gifts/gift.json', json({ properties: { unit: { $ref: 'unit.json' } } }))
  write('topics/orders.yaml', 'schema: orders/order.avsc\n')
  write('topics/bills.yaml', 'schema: bill.proto\n')
  write('topics/gifts.yaml', 'schema: gifts/gift.json\n')
  const bindings = path.join(folder, 'bindings')
  const where = ['--release', '1.0.0', '--no-register', '--out', bindings]
  const publish = ['schema', 'publish', '-C', folder, ...where]
  const { code, err } = await millrace(publish)
  assert.equal(code, 0, err)
  write('other/millrace.yaml', 'name: other\n')
  write('other/schemas/orders/order.avsc', json({ type: 'record', name: 'Order', fields: [] }))
  const against = ['--against', path.join(folder, 'other')]
  const { out } = await millrace(['schema', 'check', '-C', folder, ...against])
  assert.match(out, /schemas\/orders\/order\.avsc/)
  assert.match(out, /schemas\/common\/money\.avsc/)
  write('topics/orders.yaml', 'schema: order.avsc\n')
  write('schemas/common/notes.txt', 'x')
  const wrong = await millrace(['schema', 'check', '-C', folder, ...against])
  assert.match(wrong.err, /there is no schema `order\.avsc`.*`orders\/order\.avsc`/)
})

test('what is wrong with schemas is told once, at its place', () => {
  const { schemas, problems } = read({
    'a.json': json({ $ref: 'b.json' }),
    'b.json': json({ properties: { a: { $ref: 'a.json' } } }),
    'bad.proto': 'syntax = "proto3";\nmessage Bad {\n  int32 = 1;\n}',
    'far.proto': 'syntax = "proto3"; import "lime.proto"; message Far { int32 a = 1; }',
    'line.proto': 'syntax = "proto3"; message Line { int32 a = 1; }',
    'torn.json': '{"type": "object"',
    'uses.json': json({ properties: { torn: { $ref: 'torn.json' } } }),
    'wrong.schema.json': json({ type: 'sting' }),
  })
  assert.deepEqual([...schemas.keys()], ['line.proto'])
  assert.deepEqual(
    problems.map((each) => each.replace(/(not JSON|JSON schema): .*/, '$1')),
    [
      'schemas/bad.proto:3: this is not a Protobuf schema: expected a name, found =.',
      'schemas/torn.json:1:18: this is not JSON',
      'schemas/a.json: it refers to itself by way of `a.json`, `b.json`. Write what they share into a file of its own.',
      'schemas/far.proto: it refers to `lime.proto`, which is no file in `schemas`. Did you mean `line.proto`?',
      'schemas/wrong.schema.json: this is not a JSON schema',
    ],
  )
})

test('a schema is begun in each language, and can be used as it is', async (t) => {
  const folder = path.join(temporaryFolder(t), 'shop')
  mkdirSync(folder)
  writeFileSync(path.join(folder, 'millrace.yaml'), 'name: shop\n')
  for (const [type, file] of [
    ['avro', 'gift_card.avsc'],
    ['json', 'gift_card.schema.json'],
    ['protobuf', 'gift_card.proto'],
  ] as const) {
    const begun = await millrace(['schema', 'new', 'gift_card', '--type', type, '-C', folder])
    assert.equal(begun.code, 0, begun.err)
    mkdirSync(path.join(folder, 'topics'), { recursive: true })
    const topic = `schema: ${file}\nid: id\ntime: at\n`
    writeFileSync(path.join(folder, 'topics', `${type}.yaml`), topic)
    const made = await millrace(['generate', type, '-C', folder, '--count', '3', '--print'])
    assert.equal(made.code, 0, made.err)
    assert.deepEqual(Object.keys(JSON.parse(made.out.split('\n')[0] ?? '')), ['id', 'at'])
  }
  const unknown = await millrace(['schema', 'new', 'x', '--type', 'xml', '-C', folder])
  assert.equal(unknown.code, 2)
})
