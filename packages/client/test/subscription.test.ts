import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Millrace, SubscriptionError } from '../src/index.js'
import { FakeOutside } from './fake-outside.js'

/** As Confluent documents the REST proxy's v2 consumers, with one partition. */
class FakeProxy {
  readonly outside = new FakeOutside()
  readonly asked: string[] = []
  readonly log: unknown[]
  committed = 0
  #position = 0
  #instances = 0
  /** Answers before the proxy does. */
  interrupt: (method: string, path: string) => Response | undefined = () => undefined

  constructor(log: unknown[]) {
    this.log = log
    this.outside.fetch = (async (url: string, request: RequestInit = {}) => {
      const { method = 'GET', body } = request
      const path = url.replace('http://gateway', '')
      this.asked.push(`${method} ${path}${body === undefined ? '' : ` ${body}`}`)
      return this.interrupt(method, path) ?? this.#answer(method, path, String(body))
    }) as typeof fetch
  }

  #answer(method: string, path: string, body: string): Response {
    if (method === 'POST' && path === '/consumers/g%2F1') {
      this.#position = this.committed
      const answer = { instance_id: `i${this.#instances++}`, base_uri: 'http://inside:8082/x' }
      return Response.json(answer)
    }
    if (!path.startsWith(`/consumers/g%2F1/instances/i${this.#instances - 1}`)) {
      return Response.json({ error_code: 40403, message: 'gone' }, { status: 404 })
    }
    if (path.endsWith('/offsets')) {
      this.committed = JSON.parse(body).offsets[0].offset + 1
    } else if (path.includes('/records')) {
      const offset = this.#position
      const found = this.log.slice(offset, offset + 2)
      this.#position += found.length
      return Response.json(
        found.map((value, at) => ({
          topic: 't',
          partition: 0,
          offset: offset + at,
          key: null,
          value,
        })),
      )
    }
    return new Response(null, { status: 204 })
  }

  /** Reads until so many events have come, letting time pass. */
  async read(count: number): Promise<unknown[]> {
    const client = new Millrace({ url: 'http://gateway', source: '/s', outside: this.outside })
    const values: unknown[] = []
    const reading = (async () => {
      for await (const { value } of client.subscribe('t', { group: 'g/1' })) {
        values.push(value)
        if (values.length === count) break
      }
    })()
    let isOver = false
    const over = reading.finally(() => {
      isOver = true
    })
    over.catch(() => {})
    while (!isOver) await this.outside.advance(1_000)
    await over
    return values
  }
}

test('a group goes on behind what was handled, and asks as the proxy documents it', async () => {
  const proxy = new FakeProxy(['a', 'b', 'c', 'd'])
  assert.deepEqual(await proxy.read(3), ['a', 'b', 'c'])
  assert.equal(proxy.committed, 2, 'the loop was left while it handled the third')
  const place = '/consumers/g%2F1/instances/i0'
  assert.deepEqual(proxy.asked, [
    'POST /consumers/g%2F1 {"format":"json","auto.offset.reset":"earliest","auto.commit.enable":"false"}',
    `POST ${place}/subscription {"topics":["t"]}`,
    `GET ${place}/records?timeout=5000&headers=true`,
    `POST ${place}/offsets {"offsets":[{"topic":"t","partition":0,"offset":1}]}`,
    `GET ${place}/records?timeout=5000&headers=true`,
    `DELETE ${place}`,
  ])
  assert.deepEqual(await proxy.read(2), ['c', 'd'])
})

test('a proxy that is away is asked again; a consumer that it forgot is made anew', async () => {
  const proxy = new FakeProxy(['a', 'b', 'c', 'd', 'e'])
  let polls = 0
  proxy.interrupt = (_method, path) => {
    if (!path.includes('/records')) return undefined
    polls++
    if (polls === 1) throw new Error('ECONNRESET')
    if (polls === 3) return new Response('<html>', { status: 502 })
    if (polls === 4) return Response.json({ error_code: 40403, message: 'gone' }, { status: 404 })
    return undefined
  }
  assert.deepEqual(await proxy.read(5), ['a', 'b', 'c', 'd', 'e'])
  assert.equal(proxy.asked.filter((each) => each.startsWith('POST /consumers/g%2F1 ')).length, 2)
})

test('what is refused for good is thrown', async () => {
  const proxy = new FakeProxy([])
  proxy.interrupt = () =>
    Response.json({ error_code: 40401, message: 'no topic t' }, { status: 404 })
  const refused = (cause: unknown) => cause instanceof SubscriptionError && cause.code === 40401
  await assert.rejects(proxy.read(1), refused)
})

test('a record that cannot be read ends the subscription, and is not asked for again and again', async () => {
  const proxy = new FakeProxy(['a'])
  proxy.interrupt = (_method, path) => {
    if (!path.includes('/records')) return undefined
    return Response.json(
      { error_code: 50002, message: 'offset 0: it is not JSON' },
      { status: 500 },
    )
  }
  const refused = (cause: unknown) => cause instanceof SubscriptionError && cause.code === 50002
  await assert.rejects(proxy.read(1), refused)
})
