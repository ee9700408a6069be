import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { RegistryClient, RegistryServer } from '@millrace/schema'
import { changeText } from '../src/schemas/change.js'
import { differences } from '../src/schemas/difference.js'
import { temporaryFolder } from './folder.js'
import { millrace } from './millrace.js'

const record = (...fields: object[]) =>
  JSON.stringify({ type: 'record', name: 'shop.Order', fields })
const avro = (text: string) => ({ type: 'AVRO', text, referred: [] })
const words = (before: string, after: string) =>
  differences(avro(before), avro(after)).map(changeText)

test('what came, went and changed is told in words', () => {
  const stop = (...fields: object[]) => ({ type: 'record', name: 'Stop', fields })
  const kind = (...symbols: string[]) => ({ type: 'enum', name: 'Kind', symbols })
  const before = record(
    { name: 'id', type: 'string' },
    { name: 'price', type: 'float' },
    { name: 'old', type: 'int' },
    { name: 'stops', type: { type: 'array', items: stop({ name: 'x', type: 'int' }) } },
    { name: 'next', type: ['null', 'Order'], default: null },
    { name: 'kind', type: kind('A', 'B') },
    { name: 'note', type: ['null', 'string'], default: null },
  )
  const after = record(
    { name: 'id', type: 'string', doc: 'which' },
    { name: 'price', type: 'double', default: 1 },
    { name: 'fresh', type: { type: 'long', logicalType: 'timestamp-millis' } },
    {
      name: 'stops',
      type: { type: 'array', items: stop({ name: 'y', type: 'int', aliases: ['x'] }) },
    },
    { name: 'next', type: ['null', 'Order'], default: null },
    { name: 'note', type: ['null', 'string', 'int'], default: null },
    { name: 'kind', type: kind('B', 'C') },
  )
  assert.deepEqual(words(before, after), [
    '~ id: the description is another',
    '~ price: was float, is double',
    '~ price: was without a default, is with the default 1',
    '+ fresh: long (timestamp-millis), without a default',
    '~ stops[].y: was called x',
    '~ note: was null or string, is null or string or int',
    '~ kind: enum Kind has C too',
    '~ kind: enum Kind has A no more',
    '- old: was int',
    '~ (the whole): the fields are in another order',
  ])
  assert.deepEqual(words(before, before), [])
  assert.deepEqual(words('"string"', '"int"'), ['~ (the whole): was string, is int'])
})

async function newProject(t: TestContext): Promise<string> {
  const folder = path.join(temporaryFolder(t), 'shop')
  assert.equal((await millrace(['new', folder])).code, 0)
  return folder
}

function changeSchema(folder: string, change: (schema: { fields: object[] }) => void): void {
  const file = path.join(folder, 'schemas', 'order.avsc')
  const schema = JSON.parse(readFileSync(file, 'utf8'))
  change(schema)
  writeFileSync(file, JSON.stringify(schema))
}

const fee = { name: 'fee', type: 'double' }

test('a schema is begun, compared and checked against a folder and a revision', async (t) => {
  const folder = await newProject(t)
  const at = ['-C', folder]
  const begun = await millrace(['schema', 'new', 'gift_card', ...at])
  assert.equal(begun.code, 0, begun.err)
  const text = readFileSync(path.join(folder, 'schemas/gift_card.avsc'), 'utf8')
  assert.match(text, /"name": "GiftCard",\n {2}"namespace": "shop"/)
  const again = await millrace(['schema', 'new', 'gift_card', ...at])
  assert.deepEqual([again.code, again.err.split('.')[0]], [1, 'schemas/gift_card'])
  assert.equal((await millrace(['schema', 'new', 'Gift', ...at])).code, 2)
  rmSync(path.join(folder, 'schemas/gift_card.avsc'))

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: folder })
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '-m', 'first')
  const older = path.join(temporaryFolder(t), 'older')
  cpSync(folder, older, { recursive: true })
  const same = await millrace(['schema', 'check', ...at, '--against', 'HEAD'])
  assert.deepEqual([same.code, same.out], [0, 'Nothing changed against HEAD.\n'])

  changeSchema(folder, (schema) => schema.fields.push({ ...fee, default: 0 }))
  for (const against of ['HEAD', older, path.join(older, 'schemas')]) {
    const fine = await millrace(['schema', 'check', ...at, '--against', against])
    assert.equal(fine.code, 0, fine.err)
    assert.match(
      fine.out,
      /^schemas\/order\.avsc: one change, compatible\n {2}\+ fee: double, with the default 0\n/,
    )
  }
  changeSchema(folder, (schema) => schema.fields.splice(-1, 1, fee))
  writeFileSync(path.join(folder, 'schemas/gift.avsc'), record({ name: 'id', type: 'string' }))
  const broken = await millrace(['schema', 'check', ...at, '--against', 'HEAD', '--json'])
  assert.equal(broken.code, 1)
  const { ok, schemas } = JSON.parse(broken.out)
  assert.equal(ok, false)
  assert.deepEqual(
    schemas.map(({ file, status, breaks }: Record<string, unknown>) => [file, status, breaks]),
    [
      ['gift.avsc', 'new', []],
      [
        'order.avsc',
        'breaks',
        ['fee: the new field has no default, and older events do not have it'],
      ],
    ],
  )
  const markdown = ['schema', 'check', ...at, '--against', 'HEAD', '--format', 'markdown']
  const comment = await millrace(markdown)
  assert.equal(comment.code, 1)
  assert.match(
    comment.out,
    /^### Schemas\n\nAgainst `HEAD`: 2 changed, 0 unchanged; 1 of them breaks\./,
  )
  assert.match(
    comment.out,
    /\n\| `schemas\/order\.avsc` \| ❌ breaks \| `\+ fee: double, without a default` \|\n/,
  )
  assert.match(comment.out, /\n- `fee: the new field has no default/)
  const forward = [...at, '--against', 'HEAD', '--level', 'FORWARD']
  assert.equal((await millrace(['schema', 'check', ...forward])).code, 0)

  const difference = await millrace(['schema', 'diff', ...at, '--against', 'HEAD'])
  assert.equal(difference.code, 0)
  assert.match(
    difference.out,
    /^schemas\/gift\.avsc: new\nschemas\/order\.avsc\n {2}\+ fee: double, without a default\nAgainst HEAD: 2 changed, 0 unchanged\.\n$/,
  )
  const unknown = await millrace(['schema', 'diff', ...at, '--against', 'nowhere'])
  assert.deepEqual([unknown.code, unknown.out], [1, ''])
  assert.match(unknown.err, /^`nowhere` is no folder, and no revision of git either/)
  const idle = await millrace(['schema', 'diff', ...at])
  assert.match(idle.err, /^Nothing runs in .*--registry URL/)
})

test('a registry is asked for its verdict, and takes what does not break', async (t) => {
  const directory = temporaryFolder(t)
  const address = { host: '127.0.0.1', port: 0 }
  const broker = await Broker.start({ host: realHost, directory, address })
  t.after(() => broker.close())
  const bootstrap = `${broker.address.host}:${broker.address.port}`
  const client = await LogClient.connect({ host: realHost, bootstrap })
  t.after(() => client.close())
  const registry = await RegistryServer.start({ host: realHost, client, address })
  t.after(() => registry.close())

  const folder = await newProject(t)
  const at = ['-C', folder, '--registry', registry.url]
  const out = path.join(temporaryFolder(t), 'bindings')
  const publish = ['schema', 'publish', ...at, '--out', out, '--language', 'typescript']
  const first = await millrace([...publish, '--release', '1.0.0', '--json'])
  assert.equal(first.code, 0, first.err)
  assert.deepEqual(
    JSON.parse(first.out).registered.map(({ subject, version, isNew }: Record<string, unknown>) => [
      subject,
      version,
      isNew,
    ]),
    [['orders-value', 1, true]],
  )
  const second = await millrace([...publish, '--release', '1.0.1'])
  assert.match(second.out, /^orders-value {2}version 1, id \d+\n/)

  changeSchema(folder, (schema) => schema.fields.push(fee))
  const broken = await millrace(['schema', 'check', ...at])
  assert.equal(broken.code, 1)
  assert.match(
    broken.out,
    /^schemas\/order\.avsc \(orders-value\): breaks \(BACKWARD, version 1\)\n {2}\+ fee.*\n {2}breaks: fee: [^\n]*\nAgainst /,
  )
  const level = await millrace(['schema', 'check', ...at, '--level', 'FULL'])
  assert.equal(level.code, 2)
  assert.match(level.err, /^--level goes with --against.*See `millrace schema check --help`\.\n$/)
  const refused = await millrace([...publish, '--release', '1.1.0'])
  assert.deepEqual([refused.code, refused.out], [1, ''])
  assert.match(refused.err, /^1 schema breaks, and nothing was published/)
  assert.equal((await new RegistryClient(registry.url).latest('orders-value'))?.version, 1)

  changeSchema(folder, (schema) => schema.fields.splice(-1, 1, { ...fee, default: 0 }))
  const third = await millrace([...publish, '--release', '1.1.0'])
  assert.match(third.out, /^orders-value {2}version 2, id \d+, new\n/)

  const wrong = await millrace([...publish, '--release', 'one'])
  assert.deepEqual([wrong.code, wrong.out], [2, ''])
  const missing = await millrace(publish)
  assert.equal(missing.code, 2)
  assert.match(missing.err, /--release.*\nSee `millrace schema publish --help`\.\n$/)
  const away = ['-C', folder, '--registry', 'http://127.0.0.1:1']
  const unreachable = await millrace(['schema', 'check', ...away])
  assert.match(unreachable.err, /^The registry at http:\/\/127\.0\.0\.1:1 cannot be used/)
})
