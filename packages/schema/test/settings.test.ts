import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SchemaRegistry } from '../src/registry/registry.js'
import { MemoryLog } from './memory-log.js'

const int = (name: string, more: object = {}) => ({ name, type: 'int', ...more })
const record = (...fields: object[]) => ({
  schema: JSON.stringify({ type: 'record', name: 'R', fields }),
})

function written(log: MemoryLog): [string, string | null][] {
  return log.records.map(({ key, value }) => [String(key), value === null ? null : String(value)])
}

test('configs, modes and deletions are in the format of Confluent, byte for byte', async () => {
  const log = new MemoryLog()
  const registry = await SchemaRegistry.open(log)
  await registry.putConfig('', { compatibility: 'full' })
  await registry.putConfig('s', { compatibility: 'NONE', normalize: true })
  await registry.deleteConfig('s')
  await registry.putMode('s', 'readonly', false)
  await registry.deleteMode('s', false)
  await registry.register('s', record(int('a')))
  await registry.deleteVersion('s', '1', false)
  await registry.register('s', record(int('b')))
  await registry.deleteSubject('s', false)
  await registry.deleteSubject('s', true)
  await registry.register(':.ctx:s', record(int('a')))
  const schema = (name: string) =>
    JSON.stringify(`{"type":"record","name":"R","fields":[{"name":"${name}","type":"int"}]}`)
  const key = (version: number, subject = 's') =>
    `{"keytype":"SCHEMA","subject":"${subject}","version":${version},"magic":1}`
  const config = '{"keytype":"CONFIG","subject":"s","magic":0}'
  const mode = '{"keytype":"MODE","subject":"s","magic":0}'
  assert.deepEqual(written(log), [
    ['{"keytype":"CONFIG","magic":0}', '{"compatibilityLevel":"FULL"}'],
    [config, '{"subject":"s","normalize":true,"compatibilityLevel":"NONE"}'],
    [config, null],
    [mode, '{"subject":"s","mode":"READONLY"}'],
    [mode, null],
    [key(1), `{"subject":"s","version":1,"id":1,"schema":${schema('a')},"deleted":false}`],
    [key(1), `{"subject":"s","version":1,"id":1,"schema":${schema('a')},"deleted":true}`],
    [key(2), `{"subject":"s","version":2,"id":2,"schema":${schema('b')},"deleted":false}`],
    ['{"keytype":"DELETE_SUBJECT","subject":"s","magic":0}', '{"subject":"s","version":2}'],
    ['{"keytype":"NOOP","magic":0}', '{"lastIds":{".":2}}'],
    [key(2), null],
    [key(1), null],
    [
      '{"keytype":"CONTEXT","tenant":"default","context":".ctx","magic":0}',
      '{"tenant":"default","context":".ctx"}',
    ],
    [
      key(1, ':.ctx:s'),
      `{"subject":":.ctx:s","version":1,"id":1,"schema":${schema('a')},"deleted":false}`,
    ],
  ])
})

test("another registry's settings are taken over, also as older ones wrote them", async () => {
  const log = new MemoryLog()
  log.put({ keytype: 'CONFIG', subject: null, magic: 0 }, { compatibilityLevel: 'FULL' })
  log.put({ keytype: 'CONFIG', subject: 's', magic: 0 }, { subject: 's', alias: 't', ts: 1 })
  log.put({ keytype: 'MODE', subject: 'u', magic: 0 }, { subject: 'u', mode: 'READONLY' })
  const registry = await SchemaRegistry.open(log)
  assert.equal(registry.config('', false).compatibilityLevel, 'FULL')
  assert.equal(registry.config('other', true).compatibilityLevel, 'FULL')
  assert.equal(registry.target('s'), 't')
  assert.equal(registry.mode('u', false), 'READONLY')
  await registry.putConfig('', { compatibility: 'NONE' })
  const again = await SchemaRegistry.open(log.again())
  assert.equal(again.config('', false).compatibilityLevel, 'NONE')
})

test('READONLY_OVERRIDE holds over the modes of subjects', async () => {
  const registry = await SchemaRegistry.open(new MemoryLog())
  await registry.putMode('s', 'READWRITE', false)
  await registry.putMode('', 'READONLY', false)
  await registry.register('s', record(int('a')))
  await registry.putMode('', 'READONLY_OVERRIDE', false)
  await assert.rejects(registry.register('s', record(int('b'))), { code: 42205 })
})

test('APPEND_WITH_DEFAULTS lets new fields with defaults in, and is kept as FULL for others', async () => {
  const log = new MemoryLog()
  const registry = await SchemaRegistry.open(log)
  await registry.putConfig('s', { compatibility: 'append_with_defaults' })
  assert.equal(
    written(log)[0]?.[1],
    '{"subject":"s","compatibilityLevel":"FULL","appendWithDefaults":true}',
  )
  await registry.register('s', record(int('a')))
  const more = int('b', { default: 0 })
  await registry.register('s', record(int('a'), more))
  const refused: [object[], RegExp][] = [
    [[more], /a: the field may not go away/],
    [[int('a'), more, int('c')], /c: the new field has no default/],
    [[{ name: 'a', type: 'long' }, more], /a: the type may not change/],
  ]
  for (const [fields, why] of refused) {
    await assert.rejects(registry.register('s', record(...fields)), { code: 409, message: why })
  }
  const again = await SchemaRegistry.open(log.again())
  await assert.rejects(again.register('s', record(more)), { code: 409 })
  await again.putConfig('s', { compatibility: 'BACKWARD' })
  assert.deepEqual(again.config('s', false), { compatibilityLevel: 'BACKWARD' })
  await again.register('s', record(more))
})
