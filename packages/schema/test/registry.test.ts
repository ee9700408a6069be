import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RegistryError } from '../src/errors.js'
import { SchemaRegistry } from '../src/registry/registry.js'
import { MemoryLog } from './memory-log.js'

function record(name: string, fields: object[] = []): string {
  return JSON.stringify({ type: 'record', name, fields })
}

const int = (name: string, more: object = {}) => ({ name, type: 'int', ...more })

function code(expected: number): (cause: unknown) => boolean {
  return (cause) => cause instanceof RegistryError && cause.code === expected
}

test('ids are dense, and the same schema has the same id in every subject', async () => {
  const registry = await SchemaRegistry.open(new MemoryLog())
  const ids = await Promise.all([
    registry.register('a', { schema: record('A') }),
    registry.register('b', { schema: record('B') }),
    registry.register('b', { schema: ` ${record('B')}\n` }),
    registry.register('c', { schema: record('A') }),
    registry.register('a', { schema: record('A', [int('x', { default: 1 })]) }),
  ])
  assert.deepEqual(
    ids.map(({ subject, version, id }) => [subject, version, id]),
    [
      ['a', 1, 1],
      ['b', 1, 2],
      ['b', 1, 2],
      ['c', 1, 1],
      ['a', 2, 3],
    ],
  )
  assert.deepEqual(registry.subjects(), ['a', 'b', 'c'])
  assert.deepEqual(
    registry.usesOf(1).map(({ subject }) => subject),
    ['a', 'c'],
  )
})

test('a registry that is opened again is the same', async () => {
  const log = new MemoryLog()
  const first = await SchemaRegistry.open(log)
  for (let i = 0; i < 20; i++) {
    await first.register(`s${i % 3}`, {
      schema: record('R', [int(`f${Math.floor(i / 3)}`, { default: i % 4 })]),
    })
  }
  const second = await SchemaRegistry.open(log.again())
  assert.deepEqual(second.subjects(), first.subjects())
  for (const subject of first.subjects()) {
    assert.deepEqual(second.versions(subject), first.versions(subject))
  }
  const made = await second.register('s0', { schema: record('R', [int('new', { default: 0 })]) })
  const highest = Math.max(...first.subjects().flatMap((s) => first.versions(s).map((v) => v.id)))
  assert.equal(made.id, highest + 1)
})

test('records are in the format of Confluent, byte for byte', async () => {
  const log = new MemoryLog()
  const registry = await SchemaRegistry.open(log)
  await registry.register('trips-value', { schema: '{ "type": "string" }' })
  assert.equal(
    log.records[0]?.key?.toString(),
    '{"keytype":"SCHEMA","subject":"trips-value","version":1,"magic":1}',
  )
  assert.equal(
    log.records[0]?.value?.toString(),
    '{"subject":"trips-value","version":1,"id":1,"schema":"\\"string\\"","deleted":false}',
  )
})

test("another registry's log is taken over, deleted numbers are not given again", async () => {
  const log = new MemoryLog()
  const put = (subject: string, version: number, id: number, more: object = {}) =>
    log.put(
      { keytype: 'SCHEMA', subject, version, magic: 1 },
      { subject, version, id, schema: record(`R${id}`), deleted: false, ...more },
    )
  log.put({ keytype: 'NOOP', magic: 0 }, null)
  log.put({ keytype: 'CONFIG', subject: null, magic: 0 }, { compatibilityLevel: 'BACKWARD' })
  put('a', 1, 5, { ruleSet: null, metadata: {} })
  put('a', 2, 7, { deleted: true })
  put('gone', 1, 8)
  log.put({ keytype: 'DELETE_SUBJECT', subject: 'gone', magic: 0 }, { subject: 'gone', version: 1 })
  put('json', 1, 9, { schemaType: 'JSON', schema: '{"type":"object"}' })
  put('erased', 1, 6)
  log.put({ keytype: 'SCHEMA', subject: 'erased', version: 1, magic: 1 }, null)

  const registry = await SchemaRegistry.open(log)
  assert.deepEqual(registry.subjects(), ['a', 'json'])
  assert.deepEqual(
    registry.versions('a').map(({ version }) => version),
    [1],
  )
  assert.equal(registry.byId(7).schema, record('R7'), 'an old id still finds its schema')
  assert.equal(registry.byId(9).schemaType, 'JSON')
  const made = await registry.register('a', { schema: record('R5', [int('x', { default: 0 })]) })
  assert.deepEqual([made.version, made.id], [3, 10])
  await assert.rejects(registry.register('json', { schema: '"string"' }), code(409))

  log.put({ keytype: 'SCHEMA', subject: 'a', version: 4, magic: 1 }, { id: 'eleven' })
  await assert.rejects(SchemaRegistry.open(log.again()), /record at offset 10 .* holds no id/)
})

test('an append that failed is looked for before the next one', async () => {
  const log = new MemoryLog()
  const registry = await SchemaRegistry.open(log)
  log.next = 'works, but says it failed'
  await assert.rejects(registry.register('a', { schema: record('A') }), code(50001))
  const b = await registry.register('b', { schema: record('B') })
  assert.equal(b.id, 2, 'id 1 is in the log')
  log.next = 'fails'
  await assert.rejects(registry.register('c', { schema: record('C') }), code(50001))
  assert.equal((await registry.register('d', { schema: record('D') })).id, 3)
  assert.equal((await registry.register('a', { schema: record('A') })).id, 1)
})

test('an incompatible schema is refused, and says what breaks', async () => {
  const registry = await SchemaRegistry.open(new MemoryLog())
  const color = (symbols: string[]) => ({ type: 'enum', name: 'Color', symbols })
  const before = [
    int('a'),
    { name: 'b', type: ['null', 'int'] },
    { name: 'c', type: color(['RED', 'BLUE']) },
    {
      name: 'd',
      type: { type: 'array', items: { type: 'record', name: 'D', fields: [int('x')] } },
    },
    { name: 'e', type: 'string' },
    { name: 'gone', type: 'long' },
  ]
  await registry.register('s', { schema: record('R', before) })
  const bad = [
    int('a'),
    int('b'),
    { name: 'c', type: color(['RED']) },
    {
      name: 'd',
      type: {
        type: 'array',
        items: { type: 'record', name: 'D', fields: [int('x'), int('y')] },
      },
    },
    { name: 'e', type: 'int' },
    int('f'),
  ]
  const latest = registry.version('s', 'latest')
  await assert.rejects(registry.register('s', { schema: record('R', bad) }), {
    code: 409,
    message:
      'Schema being registered is incompatible with an earlier schema for subject "s", ' +
      'details: [' +
      'b: older events may hold null, which int does not read, ' +
      'c: older events may hold BLUE, which the new enum does not have, ' +
      'd[].y: the new field has no default, and older events do not have it, ' +
      'e: string became int, which does not read it, ' +
      'f: the new field has no default, and older events do not have it, ' +
      "{oldSchemaVersion: 1}, {compatibility: 'BACKWARD'}]",
  })
  assert.deepEqual(registry.version('s', 'latest'), latest)
  await assert.rejects(registry.register('s', { schema: record('Other', before) }), {
    code: 409,
    message: /record R became record Other/,
  })
  const good = [
    { name: 'a', type: 'double' },
    { name: 'b', type: ['null', 'int', 'string'] },
    { name: 'c', type: color(['RED', 'BLUE', 'GREEN']) },
    { name: 'd', type: before[3]?.type },
    { name: 'e2', aliases: ['e'], type: 'string' },
    int('f', { default: 0 }),
  ]
  assert.equal((await registry.register('s', { schema: record('R', good) })).version, 2)
})

test("numbers keep their digits, in the form of Avro's Java library", async () => {
  const registry = await SchemaRegistry.open(new MemoryLog())
  // What Schema.toString of Avro 1.11 gives of each default.
  const printed = [
    ['double', '9223372036854775807', '9223372036854775807'],
    ['double', '-9007199254740993', '-9007199254740993'],
    ['int', '-0', '0'],
    ['double', '5', '5'],
    ['double', '1.0', '1.0'],
    ['double', '1.50', '1.5'],
    ['double', '-0.0', '-0.0'],
    ['double', '1e10', '1.0E10'],
    ['double', '1E-7', '1.0E-7'],
    ['float', '0.00012', '1.2E-4'],
    ['double', '1234567.5', '1234567.5'],
    ['double', '12345678.5', '1.23456785E7'],
  ] as const
  const field = (type: string, at: number, value: string) =>
    `{"name":"f${at}","type":"${type}","default":${value},"note":"1.0","sizes":[${value}]}`
  const text = (form: 1 | 2) => {
    const fields = printed.map((each, at) => field(each[0], at, each[form]))
    return `{"type":"record","name":"R","fields":[${fields.join(',')}]}`
  }
  const made = await registry.register('s', { schema: text(1) })
  assert.equal(made.schema, text(2))
  assert.equal((await registry.register('s', { schema: made.schema })).id, made.id)
  const next = text(1).replace('9223372036854775807', '9223372036854775806')
  assert.notEqual((await registry.register('s', { schema: next })).id, made.id)
})

test('one schema has one canonical text, and what means something stays', async () => {
  const registry = await SchemaRegistry.open(new MemoryLog())
  const schema = {
    fields: [
      {
        type: { name: 'n.m.Inner', type: 'enum', symbols: ['A'], default: 'A' },
        name: 'inner',
        order: 'ascending',
      },
      { name: 'again', default: null, type: [{ type: 'null' }, 'n.m.Inner'], doc: 'twice' },
      { name: 'other', type: { type: 'fixed', name: 'Hash', namespace: 'k', size: 4 } },
      {
        name: 'map',
        type: { values: { type: 'long', logicalType: 'timestamp-millis' }, type: 'map' },
      },
    ],
    name: 'Outer',
    team: 'rides',
    namespace: 'n.m',
    type: 'record',
    aliases: ['Old'],
  }
  const made = await registry.register('s', { schema: JSON.stringify(schema) })
  assert.equal(
    made.schema,
    '{"type":"record","name":"Outer","namespace":"n.m","fields":[' +
      '{"name":"inner","type":{"type":"enum","name":"Inner","symbols":["A"],"default":"A"}},' +
      '{"name":"again","type":["null","Inner"],"doc":"twice","default":null},' +
      '{"name":"other","type":{"type":"fixed","name":"Hash","namespace":"k","size":4}},' +
      '{"name":"map","type":{"type":"map","values":{"type":"long","logicalType":"timestamp-millis"}}}' +
      '],"team":"rides","aliases":["Old"]}',
  )
  const full = { ...schema, name: 'n.m.Outer', namespace: 'ignored' }
  assert.equal((await registry.register('t', { schema: JSON.stringify(full) })).id, made.id)
  const again = await registry.register('u', { schema: made.schema })
  assert.equal(again.schema, made.schema, 'canonical is canonical')
  const other = { ...schema, fields: schema.fields.map((f) => ({ ...f, doc: 'new' })) }
  assert.notEqual((await registry.register('v', { schema: JSON.stringify(other) })).id, made.id)
})
