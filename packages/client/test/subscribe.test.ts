/** `subscribe` against our own gateway; `subscription.test.ts` has how it asks, and what may fail. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Millrace, type Received, type SubscribeOptions, SubscriptionError } from '../src/index.js'
import { Platform } from './platform.js'

interface Topics {
  notes: { n: number }
  orders: { item: string; price: number; note: string | null }
  shared: { n: number }
}

async function start(t: TestContext, options = {}) {
  const platform = await Platform.start(t, options)
  const client = new Millrace<Topics>({ url: platform.gateway.url, source: '/test' })
  t.after(() => client.close())
  return { platform, client }
}

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, at) => from + at)

/** Reads until so many events have come, and leaves the loop while it handles the last one. */
async function read<Topic extends keyof Topics & string>(
  client: Millrace<Topics>,
  topic: Topic,
  count: number,
  options: SubscribeOptions,
): Promise<Received<Topics[Topic]>[]> {
  const received: Received<Topics[Topic]>[] = []
  for await (const event of client.subscribe(topic, options)) {
    received.push(event)
    if (received.length === count) break
  }
  return received
}

test('a group has each event, and goes on behind what was handled', async (t) => {
  const { platform, client } = await start(t)
  await platform.log.createTopic('notes', { partitions: 1 })
  for (const n of numbers(0, 100)) client.send('notes', { n })
  await client.flush()
  const group = 'readers'
  const first = await read(client, 'notes', 60, { group })
  assert.deepEqual(
    first.map(({ value }) => value.n),
    numbers(0, 60),
  )
  // The sixtieth was being handled when the loop was left.
  const second = await read(client, 'notes', 41, { group })
  assert.deepEqual(
    second.map(({ value }) => value.n),
    numbers(59, 41),
  )
  const other = await read(client, 'notes', 1, { group: 'others' })
  assert.deepEqual(other[0]?.value, { n: 0 })
})

test('a group that begins at the end has what comes from then on', async (t) => {
  const { platform, client } = await start(t)
  await platform.log.createTopic('notes', { partitions: 1 })
  client.send('notes', { n: 1 })
  await client.flush()
  const reading = read(client, 'notes', 1, { group: 'late', from: 'latest' })
  let n = 2
  const sending = setInterval(() => client.send('notes', { n: n++ }), 200)
  t.after(() => clearInterval(sending))
  assert.notEqual((await reading)[0]?.value.n, 1)
})

test('events with a schema and a key come as they were sent, with id, source and time', async (t) => {
  const { client } = await start(t)
  const sent = await client.send('orders', { item: 'tea', price: 3.5, note: 'hot' }, { key: 'tea' })
  const [received] = await read(client, 'orders', 1, { group: 'tills' })
  assert.deepEqual(received?.value, { item: 'tea', price: 3.5, note: 'hot' })
  const { key, id, source, time, timestamp, headers } = received
  assert.deepEqual([key, id, source], ['tea', sent.id, '/test'])
  assert.equal(time, headers?.ce_time)
  assert.ok(Math.abs(Date.parse(timestamp ?? '') - Date.now()) < 60_000)
  // Avro's own JSON names the branch of a union.
  const [wrapped] = await read(client, 'orders', 1, { group: 'others', format: 'avro' })
  assert.deepEqual(wrapped?.value, { item: 'tea', price: 3.5, note: { string: 'hot' } })
})

test('members of a group share the partitions; one that ends leaves its part to the others', async (t) => {
  const { platform, client } = await start(t)
  await platform.log.createTopic('shared', { partitions: 4 })
  const group = 'workers'
  const ended = new AbortController()
  const seen = { one: new Set<number>(), two: new Set<number>() }
  const readInto = async (name: 'one' | 'two') => {
    const { signal } = name === 'one' ? ended : new AbortController()
    for await (const { value } of client.subscribe('shared', { group, signal })) {
      seen[name].add((value as { n: number }).n)
      if (name === 'two' && value.n === -1) return
    }
  }
  const one = readInto('one')
  const two = readInto('two')
  // Until both have partitions, which takes as long as the group needs to come together.
  let n = 0
  while (seen.one.size === 0 || seen.two.size === 0) {
    for (let more = 0; more < 40; more++) client.send('shared', { n }, { key: `${n++}` })
    await client.flush()
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.ok(n < 8_000, `one member has everything: ${seen.one.size}, ${seen.two.size}`)
  }
  ended.abort()
  await one
  for (let more = 0; more < 40; more++) client.send('shared', { n }, { key: `${n++}` })
  await client.flush()
  const isAll = () => new Set([...seen.one, ...seen.two]).size === n
  while (!isAll()) await new Promise((resolve) => setTimeout(resolve, 50))
  client.send('shared', { n: -1 })
  await two
})

test('a subscription survives that its consumer was forgotten, and that the gateway starts anew', async (t) => {
  const { platform, client } = await start(t, { consumerIdleMs: 300 })
  await platform.log.createTopic('notes', { partitions: 1 })
  for (const n of numbers(0, 3)) client.send('notes', { n })
  await client.flush()
  const seen: number[] = []
  for await (const { value } of client.subscribe('notes', { group: 'patient' })) {
    const { n } = value
    if (seen.at(-1) !== n) seen.push(n)
    // Longer than an instance lives that nothing is asked of.
    if (n === 2) await new Promise((resolve) => setTimeout(resolve, 2_000))
    if (n === 2 && seen.length === 3) {
      await platform.restartGateway()
      client.send('notes', { n: 3 })
      await client.flush()
    }
    if (n === 3) break
  }
  assert.deepEqual([...new Set(seen)], [0, 1, 2, 3])
})

test('what the gateway refuses for good is thrown', async (t) => {
  const { client } = await start(t)
  const format = 'xml' as 'json'
  const refused = (cause: unknown) => cause instanceof SubscriptionError && cause.code === 422
  await assert.rejects(read(client, 'orders', 1, { group: 'g', format }), refused)
})
