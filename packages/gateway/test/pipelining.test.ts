/**
 * Law: events that come over one connection are stored in the order in which they were sent,
 * whatever the API of each request, however its body is cut, and whether its answer is waited for
 * before the next one is sent or not.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Random, seededRandom } from '@millrace/host'
import { Turns } from '../src/http/turns.js'
import { avro, json, Platform } from './platform.js'
import { RawConnection, rawRequest } from './raw-connection.js'
import { readTrip, trip } from './trip.js'

const seeds = Number(process.env.MILLRACE_SEEDS ?? 60)
const firstSeed = Number(process.env.MILLRACE_SEED ?? 1)

let platform: Platform
before(async () => {
  platform = await Platform.start()
})
after(() => platform.stop())

/** A request of some events, numbered from `first` on. */
function request(random: Random, topic: string, first: number, count: number, isLast: boolean) {
  const numbers = Array.from({ length: count }, (_, nth) => first + nth)
  const event = (n: number) => ({ id: String(n), pickup_area: n, at: 0 })
  const v3 = (n: number) => ({ value: { type: 'JSON', data: event(n) } })
  const records = { records: numbers.map((n) => ({ value: event(n) })) }
  const kinds = [
    () => [`/topics/${topic}`, json, JSON.stringify(records)],
    // As Avro it goes no straight way.
    () => [`/topics/${topic}`, avro, JSON.stringify({ ...records, value_schema: text })],
    () => [
      platform.v3(topic),
      'application/json',
      numbers.map((n) => JSON.stringify(v3(n))).join(),
    ],
    () => {
      const entries = numbers.map((n) => ({ id: String(n), ...v3(n) }))
      return [platform.v3(topic, '/records:batch'), 'application/json', JSON.stringify({ entries })]
    },
    () => {
      const events = numbers.map((n) => {
        const context = { specversion: '1.0', id: String(n), source: 's', type: 't', topic }
        return { ...context, data: event(n) }
      })
      return ['/events', 'application/cloudevents-batch+json', JSON.stringify(events)]
    },
    // Refused: nobody behind it has to wait for it.
    () => [`/topics/${topic}`, 'text/plain', '{}'],
  ]
  const kind = random.below(kinds.length)
  const [path = '', type = '', body = ''] = (kinds[kind] as () => string[])()
  const ends = Array.from({ length: random.below(4) }, () => random.below(body.length + 1))
  const headers = { 'content-type': type, ...(isLast && { connection: 'close' }) }
  const bytes = rawRequest(
    `POST ${path}`,
    headers,
    body,
    random.below(2) === 0 ? undefined : ends.sort((a, b) => a - b),
  )
  return { bytes, numbers: kind === kinds.length - 1 ? [] : numbers }
}

const text = JSON.stringify(trip)

test('law: what comes over one connection is stored in the order in which it was sent', async () => {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const random = seededRandom(seed)
    const topic = `seed-${seed}`
    await platform.topic(topic, random.below(3) === 0 ? {} : { schema: trip })
    // Else it is looked up while the first requests wait.
    if (random.below(2) === 0) await platform.send(`/topics/${topic}?dry-run`, { records: [{}] })
    const parts: Buffer[] = []
    const numbers: number[][] = []
    const requests = 2 + random.below(10)
    for (let nth = 0; nth < requests; nth++) {
      const made = request(random, topic, nth * 10, 1 + random.below(3), nth === requests - 1)
      parts.push(made.bytes)
      numbers.push(made.numbers)
    }
    const connection = await RawConnection.open(platform.gateway.url)
    const all = Buffer.concat(parts)
    for (let from = 0; from < all.length; ) {
      const to = from + 1 + random.below(random.below(2) === 0 ? 200 : all.length)
      connection.socket.write(all.subarray(from, to))
      from = to
      if (random.below(3) > 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await connection.closed
    const where = `seed ${seed}: ${connection.received}`
    const { statuses } = connection
    // What is refused before its body is there ends the connection.
    if (statuses.length < requests) assert.equal(statuses.at(-1), 415, where)
    const stored = (await platform.stored(topic)).map(({ value }) => {
      const isTyped = value?.[0] === 0
      const found = isTyped ? readTrip(value).trip : JSON.parse(String(value))
      return (found as { pickup_area: number }).pickup_area
    })
    assert.deepEqual(stored, numbers.slice(0, statuses.length).flat(), where)
  }
})

test('a turn comes when all before it are over, in whatever order they end', async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed)
    const turns = new Turns()
    const request = { socket: {} } as Parameters<Turns['take']>[0]
    const all = Array.from({ length: 1 + random.below(8) }, () => turns.take(request))
    const came: number[] = []
    const ended = new Set<number>()
    const waiting = all.map((turn, at) => turn.come().then(() => came.push(at)))
    const order = all.map((_, at) => at)
    for (let at = order.length - 1; at > 0; at--) {
      const other = random.below(at + 1)
      ;[order[at], order[other]] = [order[other] as number, order[at] as number]
    }
    for (const at of order) {
      all[at]?.end()
      if (random.below(2) === 0) all[at]?.end()
      ended.add(at)
      await Promise.resolve()
      await Promise.resolve()
      const due = all.findIndex((_, nth) => !ended.has(nth))
      const expected = due < 0 ? all.length : due + 1
      assert.deepEqual(came, [...Array(expected).keys()], `seed ${seed}`)
    }
    await Promise.all(waiting)
    assert.ok(turns.take(request).isNow)
  }
})
