/**
 * Clients that send, or read, as no good client would: cut off anywhere, half closed, silent, too
 * slow. What is stored of a request is all of it or nothing (of a stream a beginning), and nobody
 * else notices.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Clock, realHost, seededRandom } from '@millrace/host'
import { Admission } from '../src/index.js'
import { json, Platform } from './platform.js'
import { RawConnection, rawRequest } from './raw-connection.js'
import { trip } from './trip.js'

const seeds = Number(process.env.MILLRACE_SEEDS ?? 60)
const firstSeed = Number(process.env.MILLRACE_SEED ?? 1)

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await holds()) return
    await pause(10)
  }
  assert.fail(`not so: ${what}`)
}

describe('hang-ups', () => {
  let platform: Platform
  before(async () => {
    // A place that is not given back is missed at once.
    platform = await Platform.start({ admission: new Admission({ requestsMax: 1, bytesMax: 1e9 }) })
    await platform.topic('cut', { schema: trip, policy: { idField: 'id' } })
  })
  after(() => platform.stop())

  const event = (id: string) => ({ id, pickup_area: 1, at: 0 })
  /** A request of three events whose ids begin with a name, by each door. */
  const doors: Record<string, (name: string, chunksEnd?: number[]) => Buffer> = {
    v2: (name, ends) => {
      const records = [1, 2, 3].map((n) => ({ value: event(`${name}-${n}`) }))
      return rawRequest(
        'POST /topics/cut',
        { 'content-type': json },
        JSON.stringify({ records }),
        ends,
      )
    },
    'a stream of v3': (name, ends) => {
      const records = [1, 2, 3].map((n) => ({ value: { data: event(`${name}-${n}`) } }))
      const text = records.map((each) => JSON.stringify(each)).join('')
      return rawRequest(
        `POST ${platform.v3('cut')}`,
        { 'content-type': 'application/json' },
        text,
        ends,
      )
    },
    'a batch of v3': (name, ends) => {
      const entries = [1, 2, 3].map((n) => ({
        id: String(n),
        value: { data: event(`${name}-${n}`) },
      }))
      const path = platform.v3('cut', '/records:batch')
      const headers = { 'content-type': 'application/json' }
      return rawRequest(`POST ${path}`, headers, JSON.stringify({ entries }), ends)
    },
    CloudEvents: (name, ends) => {
      const events = [1, 2, 3].map((n) => {
        const id = `${name}-${n}`
        const context = { specversion: '1.0', id, source: 's', type: 't', topic: 'cut' }
        return { ...context, data: event(id) }
      })
      const headers = { 'content-type': 'application/cloudevents-batch+json' }
      return rawRequest('POST /events', headers, JSON.stringify(events), ends)
    },
  }
  const isFree = async () =>
    (await platform.post('cut', { records: [{ value: {} }] })).status === 422

  for (const [door, make] of Object.entries(doors)) {
    test(`law: cut off anywhere, all or nothing is stored: ${door}`, async () => {
      const sent = new Map<string, { isWhole: boolean; isAnswered: boolean; where: string }>()
      for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
        const random = seededRandom(seed)
        const name = `${door} ${seed}`
        const ends = [1 + random.below(50), 60 + random.below(50)]
        const bytes = make(name, random.below(2) === 0 ? undefined : ends)
        // Often at its very end, and a moment later: before, in and after the answer.
        const cutAt = random.below(3) === 0 ? bytes.length : random.below(bytes.length)
        const how = ['reset', 'close', 'half'][random.below(3)]
        const connection = await RawConnection.open(platform.gateway.url)
        const { socket } = connection
        socket.write(bytes.subarray(0, cutAt))
        if (random.below(2) === 0) await pause(random.below(4))
        if (how === 'reset') socket.resetAndDestroy()
        else if (how === 'close') socket.destroy()
        else socket.end()
        await connection.closed
        const where = `seed ${seed}: ${how} at ${cutAt} of ${bytes.length}`
        const isAnswered = connection.received.includes('"offset":')
        sent.set(name, { isWhole: cutAt === bytes.length, isAnswered, where })
        await until(isFree, `${where}: its place is given back`)
      }
      const stored = new Map<string, number[]>()
      for (const { envelope } of await platform.stored('cut')) {
        const [, name = '', nth] = /^(.*)-(\d)$/.exec(envelope?.id ?? '') ?? []
        stored.set(name, [...(stored.get(name) ?? []), Number(nth)])
      }
      for (const [name, { isWhole, isAnswered, where }] of sent) {
        const found = stored.get(name) ?? []
        const all = [1, 2, 3].slice(0, door === 'a stream of v3' ? found.length : 3)
        if (found.length > 0) assert.deepEqual(found, all, where)
        if (isAnswered) assert.ok(found.length > 0, where)
        if (!isWhole && door !== 'a stream of v3') assert.deepEqual(found, [], where)
      }
      const whole = [...sent.values()].filter(({ isWhole }) => isWhole).length
      assert.ok(stored.size > 0 && whole < sent.size, 'both happen')
    })
  }

  test('what cannot be read on is told in its place, and what came before it is stored', async () => {
    await platform.topic('broken')
    const record = (n: number) => `{"value":{"type":"JSON","data":${n}}}`
    const connection = await RawConnection.open(platform.gateway.url)
    const head = `POST ${platform.v3('broken')} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
    connection.socket.write(head + chunk(record(1)))
    await until(() => connection.received.includes('"offset":0'), 'the first is answered')
    connection.socket.write(`${chunk(record(2))}zz\r\n${chunk(record(3))}`)
    await connection.closed
    assert.deepEqual(connection.statuses, [200])
    assert.match(
      connection.received,
      /"offset":1.*"error_code":400,"message":"Bad Request: the bod/s,
    )
    assert.match(connection.received, /\r\n0\r\n\r\n$/, 'the answer itself is whole')
    assert.equal((await platform.stored('broken')).length, 2)

    const atOnce = await RawConnection.open(platform.gateway.url)
    atOnce.socket.write(`${head}zz\r\n`)
    await atOnce.closed
    assert.match(atOnce.received, /^HTTP\/1.1 400 .*\{"error_code":400,"message":"[^"]+"\}$/s)
    assert.match(atOnce.received, /content-type: application\/json/)
    await until(isFree, 'the places are given back')
  })

  test('a sender of a stream that reads no answer is not read on', async () => {
    await platform.topic('deaf')
    const connection = await RawConnection.open(platform.gateway.url)
    const { socket } = connection
    socket.pause()
    socket.write(
      `POST ${platform.v3('deaf')} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    )
    const records = '{"value":{"type":"JSON","data":1}}'.repeat(1_000)
    const chunk = `${records.length.toString(16)}\r\n${records}\r\n`
    let sentBytes = 0
    let isTaken = true
    // The machine's buffers of both directions take some megabytes.
    while (isTaken && sentBytes < 100_000_000) {
      sentBytes += chunk.length
      if (socket.write(chunk)) continue
      const drained = once(socket, 'drain').then(() => true)
      isTaken = await Promise.race([drained, pause(1_000, false)])
    }
    assert.ok(sentBytes < 100_000_000, `${sentBytes} bytes were taken`)
    // Others go on: it is one request, and has one place.
    socket.destroy()
    await until(isFree, 'its place is given back')
  })
})

describe('time', () => {
  /** Five hundred times as fast, so that what takes minutes can be waited for. */
  const speed = 500
  const { clock } = realHost
  const fast: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() * speed,
    after: (ms, action) => clock.after(ms / speed, action),
    sleep: (ms) => clock.sleep(ms / speed),
  }
  let platform: Platform
  before(async () => {
    platform = await Platform.start({ host: { ...realHost, clock: fast } })
    await platform.topic('slow')
  })
  after(() => platform.stop())

  const cases: Record<string, () => [path: string, type: string]> = {
    v2: () => ['/topics/slow', json],
    'a batch of v3': () => [platform.v3('slow', '/records:batch'), 'application/json'],
    CloudEvents: () => ['/events', 'application/cloudevents+json'],
    'a stream of v3': () => [platform.v3('slow'), 'application/json'],
  }
  for (const [door, at] of Object.entries(cases)) {
    test(`a body that does not come is answered with 408: ${door}`, async () => {
      const [path, type] = at()
      const connection = await RawConnection.open(platform.gateway.url)
      connection.socket.write(
        `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 100\r\n\r\n{`,
      )
      await connection.closed
      const isStream = door === 'a stream of v3'
      assert.deepEqual(connection.statuses, [isStream ? 200 : 408])
      assert.match(connection.received, /"error_code":408,"message":"The request did not come in/)
      assert.match(connection.received, /connection: close/i)
    })
  }
})
