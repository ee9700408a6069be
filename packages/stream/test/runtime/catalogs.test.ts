import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { realHost, SimulatedDisk } from '@millrace/host'
import { Producer } from '@millrace/log'
import { frame, RegistryServer } from '@millrace/schema'
import { RegistryClient } from '@millrace/schema/client'
import avsc from 'avsc'
import { Job } from '../../src/runtime/job.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { declarationOfTopic, planScript } from '../../src/script.js'
import { Platform } from './platform.js'

const order = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'customer', type: ['null', 'string'] },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['OPEN', 'PAID'] } },
  ],
}
const paid = {
  type: 'record',
  name: 'Paid',
  namespace: 'shop',
  fields: [
    { name: 'customer', type: ['string', 'null'] },
    { name: 'order_id', type: 'long' },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['PAID', 'OPEN'] } },
  ],
}
const catalogs = [
  {
    name: 'main',
    database: 'topics',
    tables: [
      declarationOfTopic({ topic: 'orders', value: { text: JSON.stringify(order) } }),
      declarationOfTopic({ topic: 'paid', value: { text: JSON.stringify(paid) } }),
    ],
  },
]
const script = `USE CATALOG main;
  INSERT INTO paid SELECT customer, id, state FROM orders WHERE state = 'PAID'`

describe('topics of a catalog as tables', () => {
  let platform: Platform
  let registry: RegistryServer
  before(async () => {
    platform = await Platform.start()
    const address = { host: '127.0.0.1', port: 0 }
    registry = await RegistryServer.start({ host: realHost, client: platform.client, address })
  })
  after(async () => {
    await registry.close()
    await platform.close()
  })

  it('one is read, and another written by its own schema', async () => {
    const schemas = new RegistryClient(registry.url)
    const orderId = await schemas.register('orders-value', JSON.stringify(order))
    const paidId = await schemas.register('paid-value', JSON.stringify(paid))
    await platform.client.createTopic('orders', { partitions: 1 })
    await platform.client.createTopic('paid', { partitions: 1 })
    const orders = avsc.Type.forSchema(order as never, { wrapUnions: true })
    const rows = [
      { id: 1, customer: { string: 'ann' }, state: 'PAID' },
      { id: 2, customer: null, state: 'PAID' },
      { id: 3, customer: { string: 'bob' }, state: 'OPEN' },
    ]
    await new Producer(platform.client).send(
      'orders',
      0,
      rows.map((row) => ({ key: null, value: frame(orderId, orders.toBuffer(row)) })),
    )
    const job = await Job.start({
      host: { ...realHost, disk: new SimulatedDisk() },
      name: 'paid-orders',
      plan: planScript(script, { catalogs }),
      directory: '/state/paid-orders',
      bootstrap: platform.bootstrap,
      registryUrl: registry.url,
    })
    await job.drain()
    const written = avsc.Type.forSchema(paid as never, { wrapUnions: true })
    const records = await platform.consumeBytes('paid')
    const found = records.flatMap(({ value }) => value ?? [])
    assert.deepEqual(
      found.map((value) => value.subarray(5).toString('hex')),
      [
        { customer: { string: 'ann' }, order_id: 1, state: 'PAID' },
        { customer: null, order_id: 2, state: 'PAID' },
      ].map((row) => written.toBuffer(row).toString('hex')),
    )
    // No version was registered beside the one that was there.
    assert.equal(found[0]?.readInt32BE(1), paidId)
    assert.equal(registry.registry.versions('paid-value').length, 1)
  })

  it('one with a JSON Schema is read, and records are keyed by the field of the key', async () => {
    const text = JSON.stringify({
      type: 'object',
      properties: { page: { type: 'string' }, seconds: { type: 'integer' } },
      required: ['page'],
    })
    const seen = {
      type: 'record',
      name: 'Seen',
      fields: [
        { name: 'seconds', type: 'long' },
        { name: 'page', type: 'string' },
      ],
    }
    const tables = [
      declarationOfTopic({ topic: 'visits', value: { type: 'JSON', text } }),
      declarationOfTopic({
        topic: 'seen',
        value: { text: JSON.stringify(seen) },
        keyField: 'seconds',
      }),
    ]
    await platform.client.createTopic('visits', { partitions: 1 })
    await platform.client.createTopic('seen', { partitions: 1 })
    const visits = ['{"page":"a","seconds":5}', '{"page":"b"}'].map((json) => {
      return { key: null, value: frame(7, Buffer.from(json)) }
    })
    await new Producer(platform.client).send('visits', 0, visits)
    const query = 'SELECT COALESCE(seconds, 0) AS seconds, page FROM main.topics.visits'
    const job = await Job.start({
      host: { ...realHost, disk: new SimulatedDisk() },
      name: 'seen',
      plan: planScript(`INSERT INTO main.topics.seen ${query}`, {
        catalogs: [{ name: 'main', database: 'topics', tables }],
      }),
      directory: '/state/seen',
      bootstrap: platform.bootstrap,
      registryUrl: registry.url,
    })
    await job.drain()
    const written = avsc.Type.forSchema(seen as never)
    const records = await platform.consumeBytes('seen')
    assert.deepEqual(
      records.map(({ key, value }) => [
        key?.toString(),
        { ...written.fromBuffer(value?.subarray(5) ?? Buffer.alloc(0)) },
      ]),
      [
        ['5', { seconds: 5, page: 'a' }],
        ['0', { seconds: 0, page: 'b' }],
      ],
    )
  })

  it('one with a JSON Schema is written by it, of which no version comes', async () => {
    const text = JSON.stringify({
      type: 'object',
      properties: { page: { type: 'string' }, seconds: { type: 'integer' } },
      required: ['page'],
    })
    const schemas = new RegistryClient(registry.url)
    const id = await schemas.register('counted-value', text, 'JSON')
    await platform.client.createTopic('counted', { partitions: 1 })
    const tables = [
      declarationOfTopic({
        topic: 'counted',
        value: { type: 'JSON', text },
        registryUrl: registry.url,
      }),
    ]
    const job = await Job.start({
      host: { ...realHost, disk: new SimulatedDisk() },
      name: 'counted',
      plan: planScript(
        `INSERT INTO main.topics.counted VALUES ('a', 5), ('b', CAST(NULL AS BIGINT))`,
        { catalogs: [{ name: 'main', database: 'topics', tables }] },
      ),
      directory: '/state/counted',
      bootstrap: platform.bootstrap,
      registryUrl: registry.url,
    })
    await job.done
    const records = await platform.consumeBytes('counted')
    assert.deepEqual(
      records.map(({ value }) => [value?.readUInt32BE(1), value?.subarray(5).toString()]),
      [
        [id, '{"page":"a","seconds":5}'],
        [id, '{"page":"b"}'],
      ],
    )
    assert.equal(registry.registry.versions('counted-value').length, 1)
  })

  it("windows go by the records' timestamps", async () => {
    const tick = { type: 'record', name: 'Tick', fields: [{ name: 'n', type: 'int' }] }
    const table = declarationOfTopic({ topic: 'ticks', value: { text: JSON.stringify(tick) } })
    const schemas = new RegistryClient(registry.url)
    const id = await schemas.register('ticks-value', JSON.stringify(tick))
    await platform.client.createTopic('ticks', { partitions: 1 })
    await platform.client.createTopic('minutes', { partitions: 1 })
    const ticks = avsc.Type.forSchema(tick as never)
    const start = Date.UTC(2026, 0, 4, 10)
    await new Producer(platform.client).send(
      'ticks',
      0,
      [0, 59_999, 60_000, 61_000, 200_000].map((after, n) => {
        const value = frame(id, ticks.toBuffer({ n }))
        return { key: null, value, timestamp: start + after }
      }),
    )
    const script = `CREATE TABLE minutes (since TIMESTAMP(3), n BIGINT)
        WITH ('connector' = 'kafka', 'format' = 'json');
      INSERT INTO minutes SELECT window_start, COUNT(*)
        FROM TABLE(TUMBLE(TABLE main.topics.ticks, DESCRIPTOR(\`$rowtime\`), INTERVAL '1' MINUTE))
        GROUP BY window_start, window_end`
    const job = await Job.start({
      host: { ...realHost, disk: new SimulatedDisk() },
      name: 'minutes',
      plan: planScript(script, {
        catalogs: [{ name: 'main', database: 'topics', tables: [table] }],
      }),
      directory: '/state/minutes',
      bootstrap: platform.bootstrap,
      registryUrl: registry.url,
    })
    await job.drain()
    assert.deepEqual(
      (await platform.consume('minutes')).map(({ value }) => JSON.parse(value)),
      [
        { since: '2026-01-04 10:00:00', n: 2 },
        { since: '2026-01-04 10:01:00', n: 2 },
        { since: '2026-01-04 10:03:00', n: 1 },
      ],
    )
  })

  it('rows given to a plan are those of a table by its whole name', async () => {
    const given = new Map([
      [
        'main.topics.orders',
        [
          { id: 1, customer: 'ann', state: 'PAID' },
          { id: 2, state: 'OPEN' },
        ],
      ],
    ])
    const results = await runOnce(planScript(script, { catalogs }), given)
    assert.deepEqual(
      results.get('main.topics.paid')?.map((row) => ({ ...row })),
      [{ customer: 'ann', order_id: 1, state: 'PAID' }],
    )
  })
})
