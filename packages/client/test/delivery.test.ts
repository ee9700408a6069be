import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Millrace, type MillraceOptions, type Outcome } from '../src/index.js'
import { accepting, FakeOutside, refused, stored } from './fake-outside.js'

const order = {
  type: 'record',
  name: 'shop.Order',
  fields: [
    { name: 'item', type: 'string' },
    { name: 'price', type: 'double' },
  ],
}
const orders = { orders: { schema: JSON.stringify(order) } }
const tea = { item: 'tea', price: 3.5 }

function clientOf(options: Partial<MillraceOptions<Record<string, unknown>>> = {}) {
  const outside = new FakeOutside()
  const told: Outcome[] = []
  const client = new Millrace<Record<string, unknown>>({
    url: 'http://gateway/',
    source: '/till',
    outside,
    onDropped: (outcome) => told.push(outcome),
    onFailed: (outcome) => told.push(outcome),
    ...options,
  })
  return { client, outside, told }
}

describe('batches', () => {
  test('events wait a moment for one another, and leave in their order', async () => {
    const { client, outside } = clientOf({ headers: { authorization: 'Bearer x' } })
    const outcomes = [1, 2, 3].map((value) => client.send('t', value))
    await outside.advance(19)
    assert.deepEqual(outside.ids(), [])
    await outside.advance(1)
    assert.deepEqual(outside.ids(), [['id-0', 'id-1', 'id-2']])
    assert.deepEqual(await outcomes[1], {
      ...{ status: 'sent', id: 'id-1', topic: 't', partition: 0, offset: 1 },
    })
    const [post] = outside.posts
    assert.equal(post?.url, 'http://gateway/events')
    assert.equal(post?.headers['content-type'], 'application/cloudevents-batch+json')
    assert.equal(post?.headers.authorization, 'Bearer x')
  })

  test('a full batch leaves at once, by count and by text', async () => {
    const { client, outside } = clientOf({ batch: { eventsMax: 2 } })
    for (let i = 0; i < 5; i++) client.send('t', i)
    await outside.advance(0)
    assert.deepEqual(outside.ids(), [
      ['id-0', 'id-1'],
      ['id-2', 'id-3'],
    ])
    const long = clientOf({ batch: { charsMax: 1_000 } })
    for (let i = 0; i < 3; i++) long.client.send('t', 'x'.repeat(600))
    await long.outside.advance(100)
    assert.deepEqual(long.outside.ids(), [['id-0'], ['id-1'], ['id-2']])
  })

  test('flush waits for nothing but answers', async () => {
    const { client, outside } = clientOf({ batch: { lingerMs: 60_000 } })
    client.send('t', 1)
    await outside.advance(5)
    let flushed = false
    const flush = client.flush().then(() => {
      flushed = true
    })
    outside.answer = (asked) => ({ ...accepting(asked), afterMs: asked.events.length * 100 })
    await outside.advance(99)
    assert.equal(flushed, false)
    await outside.advance(2)
    assert.equal(flushed, true)
    await flush
  })
})

describe('what is sent', () => {
  test('is an event with all that was said of it', async () => {
    const { client, outside } = clientOf({ topics: orders, service: 'till-app' })
    const traceParent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const about = { key: 'k', subject: 's', time: 0, traceParent, extensions: { urgent: 'yes' } }
    client.send('orders', tea, about)
    client.send('t', { bytes: Uint8Array.of(0, 255) }, { id: 'mine', type: 'other' })
    await outside.advance(20)
    const context = { specversion: '1.0', source: '/till', service: 'till-app' }
    assert.deepEqual(outside.posts[0]?.events, [
      {
        ...context,
        id: 'id-0',
        type: 'shop.Order',
        time: '1970-01-01T00:00:00.000Z',
        subject: 's',
        traceparent: traceParent,
        topic: 'orders',
        partitionkey: 'k',
        urgent: 'yes',
        data: tea,
      },
      {
        ...context,
        id: 'mine',
        type: 'other',
        time: new Date(outside.now() - 20).toISOString(),
        topic: 't',
        data: { bytes: '\u0000ÿ' },
      },
    ])
  })

  test('does not leave when it does not fit the schema that the program was built with', async () => {
    const { client, outside, told } = clientOf({ topics: orders })
    const bad = await client.send('orders', { item: 'tea', price: 'much' })
    const expected = {
      ...{ status: 'dropped', id: 'id-0', topic: 'orders', field: 'price' },
      reason: 'expected double, got string "much"',
    }
    assert.deepEqual(bad, expected)
    assert.deepEqual(told, [expected])
    client.send('orders', tea)
    await outside.advance(20)
    assert.deepEqual(outside.ids(), [['id-1']])
    assert.deepEqual(outside.asked.length, 1, 'the schema is not asked for')
    const { sent, dropped, waiting } = client.counts()
    assert.deepEqual({ sent, dropped, waiting }, { sent: 1, dropped: 1, waiting: 0 })
  })

  test('leaves unchecked where the schema that the program was built with is not of Avro', async () => {
    const schema = '{"type": "object", "required": ["item"]}'
    const { client, outside } = clientOf({ topics: { orders: { schema, schemaType: 'JSON' } } })
    client.send('orders', {})
    await outside.advance(20)
    assert.deepEqual(outside.ids(), [['id-0']])
    assert.deepEqual(outside.asked.length, 1, 'the schema is not asked for')
  })

  test('does not leave when it cannot be written', async () => {
    const { client, outside } = clientOf()
    const circle: { self?: unknown } = {}
    circle.self = circle
    for (const value of [circle, 1n, undefined]) {
      assert.equal((await client.send('t', value)).status, 'dropped')
    }
    assert.equal((await client.send('t', 1, { time: Number.NaN })).status, 'dropped')
    await outside.advance(100)
    assert.deepEqual(outside.asked, [])
  })

  test('is checked by the schema that the gateway tells, asked for once, and again before a refusal', async () => {
    const { client, outside } = clientOf()
    let fields = order.fields
    outside.answer = (asked) =>
      asked.url === 'http://gateway/topics/orders/schema'
        ? { body: { schemaType: 'AVRO', schema: JSON.stringify({ ...order, fields }) } }
        : accepting(asked)
    const asks = () => outside.asked.filter(({ url }) => url.endsWith('/schema')).length
    const first = [client.send('orders', tea), client.send('orders', { item: 'x' })]
    await outside.advance(20)
    assert.deepEqual(await Promise.all(first.map(async (each) => (await each).status)), [
      'sent',
      'dropped',
    ])
    assert.equal(outside.posts[0]?.events.length, 1)
    client.send('orders', tea)
    assert.equal((await client.send('orders', {})).status, 'dropped')
    assert.equal(asks(), 1)

    // The topic has got a new field since.
    fields = [...fields, { name: 'size', type: 'string' }]
    await outside.advance(6_000)
    const larger = client.send('orders', { ...tea, size: 'L' })
    await outside.advance(20)
    assert.equal((await larger).status, 'sent')
    assert.equal(asks(), 2)
  })

  test('goes unchecked where the schema is not to be had, and the gateway has the say', async () => {
    const { client, outside, told } = clientOf()
    outside.answer = ({ url, events }) => {
      if (url.endsWith('/schema')) throw new Error('away')
      return {
        body: {
          events: events.map(({ id }, at) =>
            at === 0 ? refused(String(id), 42203, 'price', 'missing') : stored(String(id), at),
          ),
        },
      }
    }
    client.send('orders', {})
    client.send('orders', tea)
    await outside.advance(20)
    assert.deepEqual(told, [
      { status: 'dropped', id: 'id-0', topic: 'orders', field: 'price', reason: 'missing' },
    ])
    assert.equal(client.counts().sent, 1)
  })
})

describe('failures', () => {
  test('a gateway that is away is tried again, with the same ids, after waits that double', async () => {
    const { client, outside } = clientOf()
    outside.answer = (asked) => {
      if (asked.url.endsWith('/schema')) return accepting(asked)
      throw new Error('ECONNREFUSED')
    }
    const outcome = client.send('t', 1)
    await outside.advance(5_000)
    const start = outside.posts[0]?.at ?? 0
    assert.deepEqual(
      outside.posts.map(({ at }) => at - start),
      [0, 100, 300, 700, 1_500, 3_100],
    )
    outside.answer = accepting
    await outside.advance(30_000)
    assert.equal((await outcome).status, 'sent')
    assert.deepEqual(new Set(outside.ids().flat()), new Set(['id-0']))
    assert.deepEqual(client.counts(), {
      ...{ taken: 1, sent: 1, beaconed: 0, dropped: 0, failed: 0, retried: 6, waiting: 0 },
    })
  })

  test('Retry-After is obeyed, in seconds and as a date', async () => {
    for (const wait of ['7', (now: number) => new Date(now + 7_000).toUTCString()]) {
      const { client, outside } = clientOf()
      const header = typeof wait === 'string' ? wait : wait(outside.now() + 20)
      outside.answer = (asked) =>
        outside.posts.length === 1
          ? { status: 429, headers: { 'retry-after': header }, body: { message: 'busy' } }
          : accepting(asked)
      client.send('t', 1)
      await outside.advance(20)
      await outside.advance(5_900)
      assert.equal(outside.posts.length, 1)
      await outside.advance(1_200)
      assert.equal(outside.posts.length, 2)
    }
  })

  test('of a batch only what may succeed is sent again, before what came later', async () => {
    const { client, outside, told } = clientOf()
    outside.answer = (asked) => {
      if (asked.url.endsWith('/schema') || outside.posts.length > 1) return accepting(asked)
      return {
        body: {
          events: [
            stored('id-0', 0),
            refused('id-1', 50003),
            refused('id-2', 40401),
            refused('id-3', 503),
          ],
        },
      }
    }
    for (let i = 0; i < 4; i++) client.send('t', i)
    await outside.advance(20)
    client.send('t', 4)
    await outside.advance(1_000)
    assert.deepEqual(outside.ids(), [
      ['id-0', 'id-1', 'id-2', 'id-3'],
      ['id-1', 'id-3', 'id-4'],
    ])
    assert.deepEqual(
      told.map(({ id, status }) => [id, status]),
      [['id-2', 'failed']],
    )
  })

  test('a request that is too large is halved; a lone event that is has failed', async () => {
    const { client, outside, told } = clientOf()
    outside.answer = (asked) => {
      const isLarge = asked.events.length > 2 || asked.events.some(({ data }) => data === 'large')
      return isLarge ? { status: 413, body: { message: 'too large' } } : accepting(asked)
    }
    for (const value of [0, 1, 2, 'large', 4]) client.send('t', value)
    await outside.advance(20)
    assert.equal(client.counts().sent, 4)
    assert.deepEqual(
      told.map(({ id, status }) => [id, status]),
      [['id-3', 'failed']],
    )
  })

  test('what the gateway refuses as a whole has failed', async () => {
    const { client, outside, told } = clientOf()
    outside.answer = (asked) =>
      asked.events.length > 0 ? { status: 403, body: { message: 'not you' } } : accepting(asked)
    client.send('t', 1)
    await outside.advance(20)
    const reason = 'The gateway answered 403: not you'
    assert.deepEqual(told, [{ status: 'failed', id: 'id-0', topic: 't', reason }])
  })

  test('no answer in time, or one that is not the gateway’s, is tried again', async () => {
    const { client, outside } = clientOf()
    outside.answer = (asked) => {
      if (asked.events.length === 0) return accepting(asked)
      if (outside.posts.length === 1) return { ...accepting(asked), afterMs: 60_000 }
      if (outside.posts.length === 2) return { body: '<html>Please sign in</html>' }
      return accepting(asked)
    }
    const outcome = client.send('t', 1)
    await outside.advance(31_000)
    assert.equal((await outcome).status, 'sent')
    assert.equal(outside.posts.length, 3)
  })

  test('an event that cannot be delivered in its time has failed', async () => {
    const { client, outside, told } = clientOf({ deliverWithinMs: 1_000 })
    outside.answer = () => ({ status: 503, body: {} })
    client.send('t', 1)
    await outside.advance(60_000)
    assert.match((told[0] as { reason: string }).reason, /within 1000 ms/)
  })
})

describe('limits', () => {
  test('a full queue refuses what comes, or drops the oldest', async () => {
    for (const whenFull of ['refuse', 'drop-oldest'] as const) {
      const { client, outside, told } = clientOf({ queue: { eventsMax: 2, whenFull } })
      for (let i = 0; i < 4; i++) client.send('t', i)
      assert.deepEqual(
        told.map(({ id }) => id),
        whenFull === 'refuse' ? ['id-2', 'id-3'] : ['id-0', 'id-1'],
      )
      await outside.advance(20)
      assert.equal(client.counts().sent, 2)
      assert.equal(client.counts().failed, 2)
    }
    const { client, told } = clientOf({ queue: { charsMax: 1_500 } })
    for (let i = 0; i < 4; i++) client.send('t', 'x'.repeat(500))
    assert.equal(told.length, 2)
  })

  test('close sends what is left, and ends in time', async () => {
    const { client, outside } = clientOf()
    const sent = client.send('t', 1)
    const closed = client.close()
    await outside.advance(0)
    await closed
    assert.equal((await sent).status, 'sent')
    const after = await client.send('t', 2)
    assert.deepEqual(after, {
      status: 'failed',
      id: 'id-1',
      topic: 't',
      reason: 'The client is closed.',
    })

    const away = clientOf()
    away.outside.answer = () => ({ status: 503, body: {} })
    const left = away.client.send('t', 1)
    const closing = away.client.close(1_000)
    await away.outside.advance(1_000)
    await closing
    assert.equal((await left).status, 'failed')
    const requests = away.outside.posts.length
    await away.outside.advance(60_000)
    assert.equal(away.outside.posts.length, requests)
  })
})

test('whatever the gateway does, each event is settled once, and those sent were stored', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    let state = seed
    const chance = (of: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((state / 2_147_483_648) * of)
    }
    const { client, outside } = clientOf({ batch: { eventsMax: 1 + chance(5) } })
    const inLog = new Set<string>()
    outside.answer = (asked) => {
      if (asked.events.length === 0) return accepting(asked)
      const ids = asked.events.map(({ id }) => String(id))
      const keep = () => {
        for (const id of ids) inLog.add(id)
      }
      switch (chance(7)) {
        case 0:
          throw new Error('reset')
        case 1:
          keep()
          throw new Error('reset after it was stored')
        case 2:
          return { status: 503, body: { error_code: 503 } }
        case 3:
          if (ids.length > 1) return { status: 413, body: {} }
          break
        case 4: {
          const events = ids.map((id, at) => {
            if (chance(2) === 0) return refused(id, 50003)
            inLog.add(id)
            return stored(id, at)
          })
          return { body: { events } }
        }
        case 5:
          keep()
          return { ...accepting(asked), afterMs: 40_000 }
      }
      keep()
      return accepting(asked)
    }
    const settled: Promise<Outcome>[] = []
    for (let i = 0; i < 30; i++) {
      settled.push(client.send('t', i))
      await outside.advance(chance(30))
    }
    await outside.advance(3_600_000)
    const outcomes = await Promise.all(settled)
    for (const { id, status } of outcomes) {
      assert.ok(inLog.has(id) || status !== 'sent', `seed ${seed}: ${id} was never stored`)
    }
    const { taken, sent, dropped, failed, waiting } = client.counts()
    assert.deepEqual(
      { taken, sum: sent + dropped + failed + waiting, waiting },
      { taken: 30, sum: 30, waiting: 0 },
      `seed ${seed}`,
    )
    const isLone413 = failed > 0
    assert.equal(isLone413, false, `seed ${seed}: nothing here fails for good`)
  }
})
