import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { RegistryClient } from '@millrace/schema'
import { changeText } from '../src/schemas/change.js'
import { differences } from '../src/schemas/difference.js'
import { temporaryFolder } from './folder.js'
import { millrace, RunningMillrace } from './millrace.js'
import { mixedProject } from './mixed-project.js'

const words = (type: string, before: string, after: string) =>
  differences({ type, text: before, referred: [] }, { type, text: after, referred: [] }).map(
    changeText,
  )

test('what came, went and changed in a JSON schema is told in words', () => {
  const before = {
    type: 'object',
    properties: {
      id: { type: 'string' },
      price: { type: 'integer', minimum: 0 },
      old: { type: 'boolean' },
      stops: { type: 'array', items: { $ref: '#/$defs/stop' } },
      kind: { enum: ['A', 'B'] },
      pay: { oneOf: [{ type: 'string' }, { type: 'null' }] },
    },
    required: ['id', 'kind'],
    $defs: { stop: { type: 'object', properties: { x: { type: 'integer' } } } },
  }
  const after = {
    type: 'object',
    description: 'An order.',
    properties: {
      id: { type: 'string', maxLength: 9 },
      price: { type: 'number', minimum: 1 },
      fee: { type: 'number', default: 0 },
      stops: { type: 'array', items: { $ref: '#/$defs/place' }, maxItems: 3 },
      kind: { enum: ['B', 'C'] },
      pay: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    },
    required: ['id', 'price'],
    additionalProperties: false,
    $defs: { place: { type: 'object', properties: { x: { type: 'integer' }, y: {} } } },
  }
  assert.deepEqual(words('JSON', JSON.stringify(before), JSON.stringify(after)), [
    '~ (the whole): the description is another',
    '~ id: has `maxLength` 9',
    '~ price: was integer, is number',
    '~ price: had `minimum` 0, has 1',
    '~ price: was optional, is required',
    '+ fee: number, optional, with the default 0',
    '+ stops[].y: anything, optional',
    '~ stops: has `maxItems` 3',
    '~ kind: was one of "A", "B", is one of "B", "C"',
    '~ kind: was required, is optional',
    '~ pay: was string or null, is string or integer',
    '~ pay: was null, is integer',
    '- old: was boolean',
    '~ (the whole): other properties were taken, are refused',
  ])
  assert.deepEqual(words('JSON', JSON.stringify(before), JSON.stringify(before)), [])
})

test('what came, went and changed in a .proto file is told in words', () => {
  const before = `syntax = "proto3"; package shop;
    message Order { int64 id = 1; string note = 2; int32 old = 3; repeated Line lines = 4;
      oneof pay { string card = 5; } message Inner { int32 a = 1; } }
    message Line { int32 count = 1; }
    enum Kind { NONE = 0; FIRST = 1; }`
  const after = `syntax = "proto3"; package shop; import "google/protobuf/timestamp.proto";
    message Order { int64 id = 1; string remark = 2; repeated Line lines = 4;
      oneof pay { string card = 5; bytes cash = 6; } }
    message Line { int64 count = 1 [deprecated = true]; }
    message More { int32 a = 1; }
    enum Kind { NONE = 0; LAST = 2; }`
  assert.deepEqual(words('PROTOBUF', before, after), [
    '~ (the whole): imports google/protobuf/timestamp.proto',
    '~ remark: was called note',
    '+ cash: bytes in the oneof pay, number 6',
    '- old: was int32, number 3',
    '- Inner: was a message',
    '~ Line.count: was int32, is int64',
    '~ Line.count: the options are others',
    '+ More: message',
    '~ Kind: has LAST = 2 too',
    '~ Kind: has FIRST = 1 no more',
  ])
  assert.deepEqual(words('PROTOBUF', before, before), [])
  assert.deepEqual(
    differences(
      { type: 'JSON', text: '{}', referred: [] },
      { type: 'PROTOBUF', text: before, referred: [] },
    ).map(changeText),
    ['~ (the whole): was JSON, is Protobuf'],
  )
})

function change(folder: string, file: string, from: string | RegExp, to: string): void {
  const place = path.join(folder, 'schemas', file)
  const text = readFileSync(place, 'utf8')
  const changed = text.replace(from, to)
  assert.notEqual(changed, text)
  writeFileSync(place, changed)
}

test('each language is compared with a revision, by the rules of the registry', async (t) => {
  const folder = mixedProject(t)
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: folder })
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '-m', 'first')
  const check = ['schema', 'check', '-C', folder, '--against', 'HEAD']
  const same = await millrace(check)
  assert.deepEqual([same.code, same.out], [0, 'Nothing changed against HEAD.\n'], same.err)

  change(folder, 'price.json', '"maximum": 500', '"maximum": 600')
  change(folder, 'line.proto', 'double price = 2;', 'double price = 2;\n  string unit = 3;')
  const fine = await millrace(check)
  assert.equal(fine.code, 0, fine.err + fine.out)
  assert.match(
    fine.out,
    /\nschemas\/line\.proto: one change, compatible\n {2}\+ unit: string, number 3\n/,
  )
  assert.match(fine.out, /price: had `maximum` 500, has 600/)

  change(folder, 'price.json', '"maximum": 600', '"maximum": 100')
  change(folder, 'line.proto', 'double price = 2;', 'int32 price = 2;')
  const broken = await millrace([...check, '--json'])
  assert.equal(broken.code, 1)
  const { schemas } = JSON.parse(broken.out)
  const breaks = schemas.map(({ file, breaks: why }: { file: string; breaks: string[] }) => [
    file,
    why.length > 0,
  ])
  assert.deepEqual(breaks, [
    ['gift.schema.json', true],
    ['invoice.proto', true],
    ['line.proto', true],
    ['money.avsc', false],
    ['order.avsc', false],
    ['price.json', true],
  ])
})

test('a platform takes all three: registered with what they refer to, made up, read', async (t) => {
  const folder = mixedProject(t)
  const running = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'])
  const { endpoints } = await running.json<{ endpoints: { name: string; url: string }[] }>()
  const url = endpoints.find(({ name }) => name === 'registry')?.url ?? ''
  const registry = new RegistryClient(url)
  assert.deepEqual(await registry.subjects(), [
    ...['gifts-value', 'invoices-value', 'line.proto', 'orders-value', 'price.json'],
  ])
  const invoice = await registry.latest('invoices-value')
  assert.deepEqual(invoice?.references, [{ name: 'line.proto', subject: 'line.proto', version: 1 }])

  for (const topic of ['gifts', 'invoices', 'orders']) {
    const made = await millrace(['generate', topic, '-C', folder, '--count', '200'])
    assert.deepEqual([made.code, made.out], [0, '200 accepted, 0 refused\n'], made.err)
    const tail = await millrace(['tail', topic, '-C', folder, '--from', 'earliest', '--limit', '1'])
    assert.match(tail.out, /"price"/, tail.err)
  }

  const check = ['schema', 'check', '-C', folder]
  const same = await millrace(check)
  assert.match(same.out, /^schemas\/money\.avsc: used by no topic\n/, same.err)
  // What refers to a new text is judged by it before it is registered.
  change(folder, 'line.proto', 'double price = 2;', 'double price = 2;\n  string unit = 3;')
  const fine = await millrace(check)
  assert.equal(fine.code, 0, fine.err + fine.out)
  assert.match(fine.out, /schemas\/line\.proto \(line\.proto\): one change, compatible/)
  const out = path.join(temporaryFolder(t), 'bindings')
  const publish = ['schema', 'publish', '-C', folder, '--out', out, '--release', '1.0.0']
  const published = await millrace([...publish, '--json'])
  assert.equal(published.code, 0, published.err)
  const { registered, files } = JSON.parse(published.out)
  assert.deepEqual(
    registered.map(({ subject, version, isNew }: Record<string, unknown>) => [
      subject,
      version,
      isNew,
    ]),
    [
      ['price.json', 1, false],
      ['gifts-value', 1, false],
      ['line.proto', 2, true],
      ['invoices-value', 2, true],
      ['orders-value', 1, false],
    ],
  )
  assert.ok(files.includes('protobuf/line.proto'))
  change(folder, 'line.proto', 'double price = 2;', 'int32 price = 2;')
  const broken = await millrace(check)
  assert.equal(broken.code, 1, broken.out)
  assert.match(broken.out, /schemas\/invoice\.proto \(invoices-value\): breaks\n/)
  const refused = await millrace(publish)
  assert.match(refused.err, /^2 schemas break, and nothing was published/)
  // The same text has an older version, which is the one that is told.
  change(folder, 'line.proto', 'int32 price = 2;\n  string unit = 3;', 'double price = 2;')
  const again = await millrace(publish)
  assert.match(
    again.out,
    /\nline\.proto {2}version 1, id \d+\ninvoices-value {2}version 1, id \d+\n/,
    again.err,
  )
  await running.end('SIGINT')
})
