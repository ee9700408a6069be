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
