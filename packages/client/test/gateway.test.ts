import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Millrace } from '../src/index.js'
import { Platform } from './platform.js'

interface Topics {
  orders: { item: string; price: number; note?: string | null }
  nowhere: unknown
}

test('events that were sent are in the log, with their envelope; others never left', async (t) => {
  const platform = await Platform.start(t)
  const dropped: string[] = []
  const client = new Millrace<Topics>({
    url: platform.gateway.url,
    source: '/till/3',
    service: 'till',
    onDropped: ({ field, reason }) => dropped.push(`${field}: ${reason}`),
  })
  t.after(() => client.close())
  const sent = client.send('orders', { item: 'tea', price: 3.5 }, { key: 'tea', time: 5 })
  client.send('orders', { item: 'tea', price: 'much' as never })
  const nowhere = client.send('nowhere', 1)
  for (let i = 0; i < 2_000; i++) client.send('orders', { item: `${i}`, price: i, note: 'ö' })
  await client.flush()

  const outcome = await sent
  assert.ok(outcome.status === 'sent')
  assert.deepEqual([outcome.topic, outcome.partition, outcome.offset], ['orders', 0, 0])
  assert.deepEqual(dropped, ['price: expected double, got string "much"'])
  const failed = await nowhere
  assert.ok(failed.status === 'failed')
  assert.match(failed.reason, /there is no topic nowhere/)
  const { sent: count, dropped: drops, failed: failures, waiting } = client.counts()
  assert.deepEqual([count, drops, failures, waiting], [2_001, 1, 1, 0])

  const [first, ...others] = await platform.orders()
  assert.equal(first?.key, 'tea')
  assert.deepEqual(first?.value, { item: 'tea', price: 3.5, note: null })
  const { dataSchema: _, ...envelope } = first?.envelope ?? {}
  assert.deepEqual(envelope, {
    id: outcome.id,
    type: 'shop.Order',
    source: '/till/3',
    service: 'till',
    time: 5,
    dataContentType: 'application/avro',
    extensions: { partitionkey: 'tea' },
  })
  assert.deepEqual(
    others.map(({ value }) => (value as { price: number }).price),
    Array.from({ length: 2_000 }, (_, i) => i),
  )
})
