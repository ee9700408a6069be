import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bindingFiles, readBindingOptions } from '../src/schemas/publish.js'
import { compile, compileTypeScript, leftOut, writeBindings } from './compilers.js'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** Everything that Avro has, with names that are hard on every language. */
const order = {
  type: 'record',
  name: 'Order',
  namespace: 'shop.sales',
  doc: 'Somebody bought */ something. \\u0041',
  fields: [
    { name: 'order_id', type: 'long', doc: 'Which.' },
    { name: 'class', type: 'string', default: 'a "b" \\ c' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'day', type: ['null', { type: 'int', logicalType: 'date' }], default: null },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['NEW', 'USED'] } },
    { name: 'again', type: ['null', 'Kind'], default: null },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
    { name: 'raw', type: 'bytes' },
    { name: 'tags', type: { type: 'map', values: { type: 'array', items: ['null', 'float'] } } },
    {
      name: 'lines',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Line',
          fields: [
            { name: 'item', type: 'string' },
            { name: 'count', type: 'int' },
            { name: 'Count', type: 'boolean', default: true },
            { name: 'parts', type: { type: 'array', items: 'Line' }, default: [] },
          ],
        },
      },
    },
    { name: 'any', type: ['null', 'string', 'double', 'Line'], default: null },
    { name: 'other', type: { type: 'record', name: 'Line', namespace: 'shop.other', fields: [] } },
  ],
}
const note = { type: 'array', items: 'string' }

function source() {
  const schema = (file: string, json: object, name: string, topics: string[]) => ({
    ...{ file, text: JSON.stringify(json, undefined, 2), name, topics, type: 'AVRO' as const },
    ...{ subjects: [], fields: [], references: [], referred: [] },
  })
  return {
    name: 'My Shop',
    topics: [],
    schemas: [
      schema('note.avsc', note, 'array', ['notes']),
      schema('order.avsc', order, 'shop.sales.Order', ['orders', 'orders.2']),
      schema('unused.avsc', note, 'array', []),
    ],
  }
}

function write(t: TestContext, language: string): string {
  return writeBindings(t, source(), { release: '1.2.3', language })
}

test('the same project gives the same bytes', () => {
  const asked = readBindingOptions('My Shop', { release: '1.2.3', language: 'typescript,java,go' })
  const once = bindingFiles(source(), asked)
  assert.deepEqual(bindingFiles(source(), asked), once)
  assert.ok(once.some(({ path: place }) => place === 'my-shop-events-1.2.3.tgz'))
  for (const { content } of once)
    assert.doesNotMatch(content.toString('latin1'), /\/work\/|\/tmp\//)
})

test('the package compiles, checks what is sent, and refuses what does not fit', async (t) => {
  const folder = write(t, 'typescript')
  const installed = path.join(folder, 'node_modules', '@my-shop', 'events')
  mkdirSync(installed, { recursive: true })
  const packed = path.join(folder, 'my-shop-events-1.2.3.tgz')
  execFileSync('tar', ['-xzf', packed, '--strip-components=1', '-C', installed])
  assert.equal(
    JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')).version,
    '1.2.3',
  )
  symlinkSync(path.join(root, 'packages'), path.join(folder, 'node_modules', '@millrace'))

  const program = (event: string) =>
    `
    import { Millrace } from '@millrace/client'
    import { type Line, topics, type Topics } from '@my-shop/events'
    const millrace = new Millrace<Topics>({ url: 'http://gateway', source: '/s', topics })
    const line = { item: 'tea', count: 1 }
    const event = { order_id: 1, at: '2026-01-04T00:00:00Z', kind: 'NEW', hash: 'abcd',
      raw: new Uint8Array(2), tags: { a: [1, null] }, lines: [line], other: {} } as const
    export const sent = millrace.send('orders', ${event})
    export const note = millrace.send('notes', ['a'])
  `.replace('type Line, ', '')
  const tsc = (event: string) => compileTypeScript(folder, program(event))
  assert.equal(tsc('{ ...event, lines: [line] }'), '')
  assert.match(tsc('{ ...event, lines: [line], kind: "OLD" as const }'), /"OLD"/)
  assert.match(tsc('{ order_id: 1 }'), /missing the following properties/)
  assert.match(tsc('{ ...event, lines: [{ item: 1, count: 1 }] }'), /'number' is not assignable/)

  const { topics } = await import(path.join(installed, 'index.js'))
  assert.deepEqual(Object.keys(topics), ['notes', 'orders', 'orders.2'])
  assert.deepEqual(JSON.parse(topics.orders.schema), order)
})

test('the Java sources compile', { skip: leftOut('javac', '-version') }, (t) => {
  const folder = path.join(write(t, 'java'), 'java')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const java = sources.filter((file) => file.endsWith('.java'))
  assert.deepEqual(java.sort(), [
    'my_shop/Topics.java',
    'shop/other/Line.java',
    'shop/sales/Kind.java',
    'shop/sales/Line.java',
    'shop/sales/Order.java',
  ])
  assert.equal(
    compile(
      'javac',
      ['--release', '17', '-Xlint:all', '-Werror', '-d', 'classes', ...java],
      folder,
    ),
    '',
  )
})

test('the Go sources pass vet', { skip: leftOut('go', 'version') }, (t) => {
  const folder = path.join(write(t, 'go'), 'go')
  assert.equal(compile('go', ['vet', './...'], folder), '')
  assert.equal(compile('gofmt', ['-l', '-e', '.'], folder), '')
  assert.deepEqual(execFileSync('gofmt', ['-l', '.'], { cwd: folder, encoding: 'utf8' }), '')
})
