import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { realHost } from '@millrace/host'
import { LogClient, type LogRecord, Producer, TransactionalProducer } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { FreshTable, type TableSpec, TableStore } from '@millrace/olap'
import { avroCodec, frame, RegistryClient, RegistryServer } from '@millrace/schema'

const host = realHost
const address = { host: '127.0.0.1', port: 0 }
const folder = mkdtempSync(join(tmpdir(), 'millrace-fresh-'))
let broker: Broker
let client: LogClient
let registry: RegistryServer
let registryUrl: string
let producer: Producer
let store: TableStore
let storeDirectory: string
const tables: FreshTable[] = []
const lines: string[] = []

before(async () => {
  broker = await Broker.start({ host, directory: join(folder, 'log'), address })
  client = await LogClient.connect({
    host,
    bootstrap: `${broker.address.host}:${broker.address.port}`,
  })
  registry = await RegistryServer.start({ host, client, address })
  registryUrl = `http://127.0.0.1:${registry.address.port}`
  producer = new Producer(client, { acks: 1 })
  storeDirectory = join(folder, 'tables')
  store = await TableStore.open({ host, directory: storeDirectory })
})

after(async () => {
  for (const table of tables) await table.close()
  store.close()
  await registry.close()
  await client.close()
  await broker.close()
  rmSync(folder, { recursive: true, force: true })
})

async function follow(spec: TableSpec, url = registryUrl): Promise<FreshTable> {
  const log = (line: string) => lines.push(line)
  const table = await FreshTable.follow({ host, store, client, registryUrl: url, spec, log })
  tables.push(table)
  return table
}

async function rowsOf(table: FreshTable, columns = '*'): Promise<unknown[]> {
  const connection = await store.instance.connect()
  const all = await connection.runAndReadAll(`SELECT ${columns} FROM ${table.source} ORDER BY ALL`)
  connection.closeSync()
  return all.getRowsJson()
}

const tripSchema = JSON.stringify({
  type: 'record',
  name: 'Trip',
  fields: [
    { name: 'trip_id', type: 'string' },
    { name: 'area', type: ['null', 'int'], default: null },
    { name: 'fare', type: 'double' },
    { name: 'seconds', type: 'long' },
    { name: 'shared', type: 'boolean' },
    { name: 'started_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'stops', type: { type: 'array', items: 'string' } },
    { name: 'payment', type: { type: 'enum', name: 'Payment', symbols: ['CASH', 'CARD'] } },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 } },
  ],
})

const trip = (id: string, more: object = {}) => ({
  trip_id: id,
  area: 8,
  fare: 12.5,
  seconds: 600,
  shared: false,
  started_at: Date.UTC(2026, 0, 4, 12, 30),
  day: 20457,
  stops: ['a', 'b'],
  payment: 'CASH',
  price: Buffer.from([0xfb, 0x1e]),
  ...more,
})

const textRecord = (key: string | null, value: string | null): LogRecord => ({
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
})

const jsonRecord = (key: string | null, value: object | null) =>
  textRecord(key, value === null ? null : JSON.stringify(value))

test('Avro: columns from the schema, upsert by key, tombstones, a later schema', async () => {
  const ids = new RegistryClient(registryUrl)
  const id = await ids.register('trips-value', tripSchema)
  const codec = avroCodec(tripSchema)
  const record = (value: ReturnType<typeof trip>): LogRecord => ({
    key: Buffer.from(value.trip_id),
    value: frame(id, codec.encode(value)),
  })
  await client.createTopic('trips', { partitions: 2 })
  const table = await follow({ name: 'trips', topic: 'trips', key: ['trip_id'], upsert: true })
  await producer.send('trips', 0, [
    record(trip('one')),
    record(trip('two')),
    record(trip('one', { fare: 20 })),
  ])
  await producer.send('trips', 1, [record(trip('three', { area: null }))])
  await table.caughtUp()
  assert.deepEqual(await table.columns(), [
    { name: 'trip_id', type: 'VARCHAR' },
    { name: 'area', type: 'INTEGER' },
    { name: 'fare', type: 'DOUBLE' },
    { name: 'seconds', type: 'BIGINT' },
    { name: 'shared', type: 'BOOLEAN' },
    { name: 'started_at', type: 'TIMESTAMP' },
    { name: 'day', type: 'DATE' },
    { name: 'stops', type: 'JSON' },
    { name: 'payment', type: 'VARCHAR' },
    { name: 'price', type: 'DECIMAL(6,2)' },
  ])
  const rest = ['600', false, '2026-01-04 12:30:00', '2026-01-04', '["a","b"]', 'CASH', '-12.50']
  assert.deepEqual(await rowsOf(table), [
    ['one', 8, 20, ...rest],
    ['three', null, 12.5, ...rest],
    ['two', 8, 12.5, ...rest],
  ])

  await producer.send('trips', 0, [{ key: Buffer.from('two'), value: null }])
  const keyId = await ids.register('trips-key', '"string"')
  await producer.send('trips', 1, [
    { key: frame(keyId, avroCodec('"string"').encode('three')), value: null },
  ])
  await table.caughtUp()
  assert.deepEqual(await rowsOf(table, 'trip_id'), [['one']])
  assert.deepEqual(table.metrics(), { rows: 1, recordsIn: 6, recordsBad: 0, lag: 0 })

  const wider = JSON.parse(tripSchema)
  wider.fields.push({ name: 'tip', type: ['null', 'double'], default: null })
  const widerId = await ids.register('trips-value', JSON.stringify(wider))
  const widerCodec = avroCodec(JSON.stringify(wider))
  await producer.send('trips', 0, [
    {
      key: Buffer.from('four'),
      value: frame(widerId, widerCodec.encode({ ...trip('four'), tip: 3 })),
    },
    record(trip('five')),
  ])
  await table.caughtUp()
  assert.deepEqual(await rowsOf(table, 'trip_id, tip'), [
    ['five', null],
    ['four', 3],
    ['one', null],
  ])
  await table.close()
})

test('Avro: a table has its columns before its first record, as soon as the schema is there', async () => {
  await client.createTopic('promised', { partitions: 1 })
  const table = await follow({
    name: 'promised',
    topic: 'promised',
    key: ['trip_id'],
    upsert: true,
  })
  assert.deepEqual(await table.columns(), [])
  await new RegistryClient(registryUrl).register('promised-value', tripSchema)
  while ((await table.columns()).length === 0) await host.clock.sleep(20)
  assert.equal((await table.columns())[0]?.name, 'trip_id')
  assert.deepEqual(await rowsOf(table), [])
})

test('JSON: columns from the values, declared ones as declared', async () => {
  await client.createTopic('surge', { partitions: 1 })
  const spec: TableSpec = {
    name: 'surge',
    topic: 'surge',
    key: ['area', 'window_start'],
    time: 'window_start',
    upsert: true,
    columns: [{ name: 'area', type: 'INTEGER' }],
  }
  const table = await follow(spec)
  const row = { area: 8, window_start: '2026-01-04 12:00:00.000', multiplier: 1.5 }
  await producer.send('surge', 0, [
    jsonRecord(null, row),
    jsonRecord(null, { ...row, multiplier: 2, note: 'x', parts: { a: [1] } }),
    jsonRecord(null, { ...row, area: 9 }),
    jsonRecord(JSON.stringify({ area: 9, window_start: '2026-01-04T12:00:00Z' }), null),
  ])
  await table.caughtUp()
  assert.deepEqual(await table.columns(), [
    { name: 'area', type: 'INTEGER' },
    { name: 'window_start', type: 'TIMESTAMP' },
    { name: 'multiplier', type: 'DOUBLE' },
    { name: 'note', type: 'VARCHAR' },
    { name: 'parts', type: 'JSON' },
  ])
  assert.deepEqual(await rowsOf(table), [[8, '2026-01-04 12:00:00', 2, 'x', '{"a":[1]}']])
  await table.close()
})

test('a topic that is not there yet is waited for, quietly', async () => {
  const linesBefore = lines.length
  const table = await follow({ name: 'later', topic: 'later', key: ['id'], upsert: true })
  await table.caughtUp()
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.deepEqual(await client.topics(['later']), [], 'waiting does not make the topic')
  await client.createTopic('later', { partitions: 1 })
  await producer.send('later', 0, [jsonRecord('1', { id: 1 })])
  await table.caughtUp()
  assert.equal(table.metrics().rows, 1)
  assert.deepEqual(lines.slice(linesBefore), [])
  await table.close()
})

test('a bad record is counted, told of within bounds, and skipped', async () => {
  const linesBefore = lines.length
  await client.createTopic('mixed', { partitions: 1 })
  const table = await follow({ name: 'mixed', topic: 'mixed', key: ['id'], upsert: true })
  const bad = [
    textRecord('k', 'no json'),
    textRecord('k', '[1]'),
    jsonRecord('k', { other: 1 }),
    jsonRecord('k', { id: null }),
    { key: null, value: frame(4_000_000, Buffer.from('x')) },
    jsonRecord(null, null),
    ...Array.from({ length: 500 }, () => textRecord('k', '{')),
  ]
  await producer.send('mixed', 0, [
    jsonRecord(null, { id: 1, n: 1 }),
    ...bad,
    jsonRecord(null, { id: 2, n: 2 }),
  ])
  // A text where the column holds numbers.
  await producer.send('mixed', 0, [
    jsonRecord(null, { id: 3, n: 'x' }),
    jsonRecord(null, { id: 4 }),
  ])
  await table.caughtUp()
  assert.deepEqual(await rowsOf(table), [
    [1, 1],
    [2, 2],
    [4, null],
  ])
  assert.equal(table.metrics().recordsBad, bad.length + 1)
  const told = lines.slice(linesBefore)
  assert.ok(told.length >= 1 && told.length <= 6, `${told.length} lines`)
  assert.match(told[0] ?? '', /^table mixed: record skipped, partition 0 offset 1: /)
  await table.close()
})

test('closed and followed again, it goes on where it was; without upsert nothing is doubled', async () => {
  await client.createTopic('rows', { partitions: 3 })
  const spec: TableSpec = { name: 'rows', topic: 'rows', key: [], upsert: false }
  for (let round = 1; round <= 3; round++) {
    for (let partition = 0; partition < 3; partition++) {
      await producer.send('rows', partition, [
        jsonRecord(null, { n: 1 }),
        jsonRecord(null, { n: 2 }),
      ])
    }
    const table = await follow(spec)
    await table.caughtUp()
    assert.equal(table.metrics().rows, round * 6)
    assert.equal(table.metrics().recordsIn, 6)
    await table.close()
    if (round === 2) {
      store.close()
      store = await TableStore.open({ host, directory: storeDirectory })
    }
  }
})

test('a topic that was deleted and made anew is read from its start', async () => {
  await client.createTopic('anew', { partitions: 1 })
  const table = await follow({ name: 'anew', topic: 'anew', key: ['id'], upsert: true })
  await producer.send('anew', 0, [jsonRecord(null, { id: 1 }), jsonRecord(null, { id: 2 })])
  await table.caughtUp()
  await client.deleteTopic('anew')
  await new Promise((resolve) => setTimeout(resolve, 300))
  await client.createTopic('anew', { partitions: 1 })
  await producer.send('anew', 0, [jsonRecord(null, { id: 3 })])
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline && !(table.metrics().rows === 1)) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.deepEqual(await rowsOf(table), [[3]])
  await table.close()
})

test('transactions are read; their end markers are neither records nor lag', async () => {
  await client.createTopic('epochs', { partitions: 2 })
  const table = await follow({ name: 'epochs', topic: 'epochs', key: [], upsert: false })
  const transactional = await TransactionalProducer.open(client, { transactionalId: 'epochs' })
  for (let n = 0; n < 5; n++) {
    const batches = [0, 1].map((partition) => ({
      topic: 'epochs',
      partition,
      records: [jsonRecord(null, { n, partition }), jsonRecord(null, { n, partition })],
    }))
    await transactional.commit({ batches })
  }
  await table.caughtUp()
  assert.deepEqual(table.metrics(), { rows: 20, recordsIn: 20, recordsBad: 0, lag: 0 })
  await transactional.close()
  await table.close()
})

test('while the registry is away, records wait and none is skipped', async () => {
  const first = await RegistryServer.start({ host, client, address })
  const id = await new RegistryClient(first.url).register('patient-value', tripSchema)
  await first.close()
  await client.createTopic('patient', { partitions: 1 })
  const table = await follow(
    { name: 'patient', topic: 'patient', key: ['trip_id'], upsert: true },
    first.url,
  )
  const codec = avroCodec(tripSchema)
  await producer.send('patient', 0, [{ key: null, value: frame(id, codec.encode(trip('one'))) }])
  await new Promise((resolve) => setTimeout(resolve, 400))
  assert.equal(table.metrics().rows, 0)
  const second = await RegistryServer.start({ host, client, address: first.address })
  await table.caughtUp()
  assert.equal(table.metrics().rows, 1)
  assert.equal(table.metrics().recordsBad, 0)
  await table.close()
  await second.close()
})

test('the broker goes and comes back: the table goes on', async () => {
  const directory = join(folder, 'log2')
  let other = await Broker.start({ host, directory, address })
  const itsAddress = other.address
  const itsClient = await LogClient.connect({
    host,
    bootstrap: `${itsAddress.host}:${itsAddress.port}`,
  })
  await itsClient.createTopic('away', { partitions: 1 })
  const spec: TableSpec = { name: 'away', topic: 'away', key: [], upsert: false }
  const table = await FreshTable.follow({ host, store, client: itsClient, registryUrl, spec })
  tables.push(table)
  await new Producer(itsClient, { acks: 1 }).send('away', 0, [jsonRecord(null, { n: 1 })])
  await table.caughtUp()
  await other.close()
  await new Promise((resolve) => setTimeout(resolve, 200))
  other = await Broker.start({ host, directory, address: itsAddress })
  await new Producer(itsClient, { acks: 1 }).send('away', 0, [jsonRecord(null, { n: 2 })])
  await table.caughtUp()
  assert.deepEqual(await rowsOf(table), [[1], [2]])
  await table.close()
  await itsClient.close()
  await other.close()
})

test('a record is visible soon after it is written', async (t) => {
  await client.createTopic('fresh', { partitions: 1 })
  const table = await follow({ name: 'fresh', topic: 'fresh', key: ['id'], upsert: true })
  const delays: number[] = []
  for (let id = 0; id < 30; id++) {
    await producer.send('fresh', 0, [jsonRecord(null, { id })])
    const written = performance.now()
    while (table.metrics().rows <= id) await new Promise((resolve) => setTimeout(resolve, 1))
    delays.push(performance.now() - written)
  }
  delays.sort((a, b) => a - b)
  const p50 = delays[15] ?? Number.NaN
  t.diagnostic(`p50 ${p50.toFixed(0)} ms, longest ${delays.at(-1)?.toFixed(0)} ms`)
  assert.ok(p50 < 100, `p50 was ${p50} ms`)
  await table.close()
})

test('a table that is closed says so to those who wait', async () => {
  await client.createTopic('quiet', { partitions: 1 })
  const table = await follow({ name: 'quiet', topic: 'quiet', key: ['id'], upsert: true })
  await table.close()
  await assert.rejects(table.caughtUp(), /closed/)
  await table.close()
})

test('a wrong declaration is refused with what is wrong', async () => {
  const good: TableSpec = { name: 'good', topic: 'good', key: ['id'], upsert: true }
  const cases: [Partial<TableSpec>, RegExp][] = [
    [{ name: 'no good' }, /name 'no good'/],
    [{ topic: '' }, /no topic/],
    [{ key: [] }, /no key/],
    [{ key: ['id', 'ID'] }, /twice/],
    [{ columns: [{ name: 'a', type: 'MONEY' }] }, /MONEY/],
  ]
  for (const [wrong, message] of cases) await assert.rejects(follow({ ...good, ...wrong }), message)
})
