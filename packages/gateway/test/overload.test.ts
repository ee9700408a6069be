import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { describe, test } from 'node:test'
import { NetworkError, realHost } from '@millrace/host'
import { Admission, Gateway } from '../src/index.js'
import { json, Platform } from './platform.js'
import { trip } from './trip.js'

/** Begins a request and leaves it at that; resolves when the gateway has its head. */
async function beginRequest(url: string, length: number): Promise<net.Socket> {
  const { hostname, port } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(
    `POST /topics/t HTTP/1.1\r\nhost: x\r\ncontent-type: ${json}\r\ncontent-length: ${length}\r\n\r\n{`,
  )
  return socket
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail('it did not come true')
}

describe('when there is too much, or something is away', () => {
  test('a full gateway answers 429, and callers that hang up free their place', async () => {
    const admission = new Admission({ requestsMax: 2, bytesMax: 1_000 })
    const platform = await Platform.start({ admission })
    try {
      await platform.topic('t')
      const post = () => platform.post('t', { records: [{ value: 1 }] })
      const slow = [
        await beginRequest(platform.gateway.url, 100),
        await beginRequest(platform.gateway.url, 100),
      ]
      await until(async () => (await post()).status === 429)
      const full = await post()
      assert.equal(full.body.error_code, 429)
      assert.equal(full.headers.get('retry-after'), '1')
      for (const socket of slow) socket.destroy()
      await until(async () => (await post()).status === 200)

      const tooMuch = await platform.post('t', { records: [{ value: 'x'.repeat(1_000) }] })
      assert.equal(tooMuch.status, 429, 'bytes are counted too')
      assert.equal((await post()).status, 200)
      assert.equal((await platform.get('/topics')).status, 200)
    } finally {
      await platform.stop()
    }
  })

  test('places are given back', () => {
    const admission = new Admission({ requestsMax: 2, bytesMax: 10 })
    const first = admission.enter(6)
    assert.ok(first)
    assert.equal(admission.enter(5), undefined)
    assert.equal(admission.enter(5, 0), undefined, 'bytes of a stream count too')
    const second = admission.enter(4)
    assert.ok(second)
    assert.equal(admission.enter(0), undefined)
    assert.ok(admission.enter(0, 0), 'a record of a stream is no request')
    first()
    assert.ok(admission.enter(6))
  })

  test('places of requests behind one that ended their connection are given back', async () => {
    const admission = new Admission({ requestsMax: 2, bytesMax: 1_000_000_000 })
    const platform = await Platform.start({ admission })
    try {
      await platform.topic('t')
      // What is no JSON is answered by hanging up; those behind it have been admitted by then.
      const first =
        'POST /consumers/g HTTP/1.1\r\nhost: x\r\ncontent-type: a/b\r\ncontent-length: 1\r\n\r\n{'
      const behind = ['/topics/t', '/events', platform.v3('t'), platform.v3('t', '/records:batch')]
      for (const path of behind) {
        for (let times = 0; times < 3; times++) {
          const body = '{"records":[{"value":1}]}'
          const second = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
          const { port, host } = platform.gateway.address
          const socket = net.connect(port, host)
          socket.write(`${first}${second}`)
          socket.resume()
          await once(socket, 'close')
        }
        await realHost.clock.sleep(20)
        const { status } = await platform.post('t', { records: [{ value: 1 }] })
        assert.equal(status, 200, path)
      }
    } finally {
      await platform.stop()
    }
  })

  test('what is too large is told so, and not to come again in a moment', async () => {
    const platform = await Platform.start()
    try {
      const { port, host } = platform.gateway.address
      for (const path of ['/topics/t', '/events', platform.v3('t', '/records:batch')]) {
        const socket = net.connect(port, host)
        socket.write(
          `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 300000000\r\n\r\n`,
        )
        const [answer] = await once(socket, 'data')
        assert.match(String(answer), /^HTTP\/1\.1 413 /, path)
        assert.doesNotMatch(String(answer), /retry-after/i)
        socket.destroy()
      }
    } finally {
      await platform.stop()
    }
  })

  test('a log that is away is a retriable error, and nothing is counted as accepted', async () => {
    const platform = await Platform.start()
    try {
      await platform.topic('t', { policy: { exceptionTopic: 'x' } })
      const records = [{ value: 1 }]
      assert.equal((await platform.post('t', { records })).status, 200)
      await platform.stopBroker()
      const { status, headers, body } = await platform.post('t', { records: [...records, 7] })
      assert.deepEqual([status, body.error_code], [503, 50003])
      assert.equal(headers.get('retry-after'), '1')
      assert.deepEqual(
        body.offsets.map((each: { error_code: number }) => each.error_code),
        [50003, 42206],
      )
      assert.match(body.offsets[1].error, /could not be kept in x either/)
      assert.deepEqual(platform.gateway.counts(), [
        { topic: 't', accepted: 1, refused: 1, failed: 1, spooled: 0 },
      ])
    } finally {
      await platform.stop()
    }
  })

  test('without the registry, known schemas go on and unknown ones are a retriable error', async () => {
    const platform = await Platform.start()
    try {
      await platform.topic('known', { schema: trip })
      await platform.topic('unknown', { schema: trip })
      const records = [{ value: { id: 'a', pickup_area: 1, at: 0 } }]
      assert.equal((await platform.post('known', { records })).status, 200)
      await platform.registry.close()
      assert.equal((await platform.post('known', { records })).status, 200)
      assert.equal((await platform.post('known', { records: [{ value: {} }] })).status, 422)
      const { status, headers, body } = await platform.post('unknown', { records })
      assert.deepEqual([status, body.error_code, headers.get('retry-after')], [503, 503, '1'])
      assert.match(body.message, /schema registry at .* did not answer: ECONNREFUSED/)
      assert.deepEqual(await platform.stored('unknown'), [], 'nothing is stored unchecked')
    } finally {
      await platform.stop()
    }
  })

  test('a port that is taken is one clear error', async () => {
    const platform = await Platform.start()
    try {
      await assert.rejects(
        Gateway.start({
          host: realHost,
          client: platform.client,
          registryUrl: platform.registry.url,
          address: platform.gateway.address,
          topics: () => undefined,
        }),
        (cause) => cause instanceof NetworkError && /port is taken/.test(cause.message),
      )
    } finally {
      await platform.stop()
    }
  })
})
