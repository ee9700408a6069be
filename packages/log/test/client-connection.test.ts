import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { type Host, realHost } from '@millrace/host'
import { parseBootstrap } from '../src/client/addresses.js'
import { Connection } from '../src/client/connection.js'
import { LogClient } from '../src/client/log-client.js'
import { KafkaError } from '../src/errors.js'
import { frameBytesMax, inFlightRequestsMax } from '../src/limits.js'
import { apis, apiVersions, findCoordinator, heartbeat, metadata } from '../src/protocol/apis.js'
import { FrameSplitter, readRequestHeader, responseFrame } from '../src/protocol/frame.js'

/** A broker that answers as a test says; undefined means not at all. */
type Answer = (request: {
  apiKey: number
  apiVersion: number
  correlationId: number
}) => Buffer[] | undefined

async function listen(answer: Answer) {
  const open: Duplex[] = []
  const listener = await realHost.network.listen({ host: '127.0.0.1', port: 0 }, (socket) => {
    open.push(socket)
    const frames = new FrameSplitter({ frameBytesMax })
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) {
        const { header } = readRequestHeader(frame, (key) => apis.get(key)?.flexibleFrom)
        for (const bytes of answer(header) ?? []) socket.write(bytes)
      }
    })
  })
  return { address: listener.address, open, close: () => listener.close() }
}

const announced = [
  { apiKey: apiVersions.key, minVersion: 0, maxVersion: 4 },
  { apiKey: heartbeat.key, minVersion: 0, maxVersion: 3 },
  { apiKey: metadata.key, minVersion: 0, maxVersion: 9 },
]

const answerVersions: Answer = ({ apiKey, apiVersion, correlationId }) =>
  apiKey === apiVersions.key
    ? responseFrame(apiVersions, apiVersion, correlationId, { apiKeys: announced })
    : undefined

const beat = { groupId: 'g', generationId: 1, memberId: 'm' }

function isKafkaError(codeName: string, text: RegExp) {
  return (error: unknown) =>
    error instanceof KafkaError && error.codeName === codeName && text.test(error.message)
}

test('versions are negotiated, also with a broker that does not know the newest question', async () => {
  const asked: number[] = []
  const broker = await listen(({ apiKey, apiVersion, correlationId }) => {
    asked.push(apiVersion)
    if (apiKey !== apiVersions.key) return undefined
    return responseFrame(apiVersions, 0, correlationId, { errorCode: 35, apiKeys: announced })
  })
  const connection = await Connection.open(realHost, broker.address, { clientId: 'test' })
  assert.deepEqual(asked, [4])
  assert.equal(connection.versionOf(heartbeat), 3)
  assert.throws(
    () => connection.versionOf(findCoordinator),
    isKafkaError('UNSUPPORTED_VERSION', /speaks no version of FindCoordinator/),
  )
  connection.close()
  await broker.close()
})

test('answers find their requests whatever their order; not too many are under way', async () => {
  const held: number[] = []
  let most = 0
  const broker = await listen((request) => {
    if (request.apiKey === apiVersions.key) return answerVersions(request)
    held.push(request.correlationId)
    most = Math.max(most, held.length)
    if (held.length < inFlightRequestsMax) return undefined
    return held
      .splice(0)
      .reverse()
      .flatMap((id) => responseFrame(heartbeat, 3, id, { throttleTimeMs: id }))
  })
  const connection = await Connection.open(realHost, broker.address, { clientId: 'test' })
  const answers = await Promise.all(
    Array.from({ length: inFlightRequestsMax * 3 }, () => connection.request(heartbeat, beat)),
  )
  assert.equal(most, inFlightRequestsMax)
  const ids = answers.map((one) => one.throttleTimeMs)
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => a - b),
  )
  connection.close()
  await broker.close()
})

test('no answer in time finishes the connection, and all that was under way with it', async () => {
  const broker = await listen(answerVersions)
  const connection = await Connection.open(realHost, broker.address, { clientId: 'test' })
  const patient = connection.request(heartbeat, beat)
  const hasty = connection.request(heartbeat, beat, { timeoutMs: 30 })
  await assert.rejects(hasty, isKafkaError('REQUEST_TIMED_OUT', /Heartbeat .* after 30 ms/))
  await assert.rejects(patient, KafkaError)
  assert.equal(connection.isOpen, false)
  await assert.rejects(connection.request(heartbeat, beat), KafkaError)
  await broker.close()
})

test('a connection that is lost fails what was under way and what waits, and can be tried again', async () => {
  const broker = await listen(answerVersions)
  const connection = await Connection.open(realHost, broker.address, { clientId: 'test' })
  const requests = Array.from({ length: inFlightRequestsMax + 3 }, () =>
    connection.request(heartbeat, beat),
  )
  const outcomes = Promise.allSettled(requests)
  setTimeout(() => broker.open[0]?.destroy(), 20)
  for (const outcome of await outcomes) {
    assert.equal(outcome.status, 'rejected')
    assert.ok(outcome.reason instanceof KafkaError && outcome.reason.retriable)
  }
  await broker.close()
})

test('a program that does not speak the protocol is told so at once', async () => {
  const web = await listen(() => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')])
  const bootstrap = `127.0.0.1:${web.address.port}`
  await assert.rejects(
    LogClient.connect({ host: realHost, bootstrap }),
    isKafkaError('NETWORK_EXCEPTION', /not the Kafka protocol/),
  )
  await web.close()
})

test('an answer that lies about its lengths fails and harms nobody', async () => {
  const broker = await listen((request) => {
    if (request.apiKey === apiVersions.key) return answerVersions(request)
    const frame = Buffer.concat(responseFrame(metadata, 9, request.correlationId, {}))
    frame.fill(0xff, 10)
    return [frame]
  })
  const connection = await Connection.open(realHost, broker.address, { clientId: 'test' })
  await assert.rejects(
    connection.request(metadata, { topics: null }),
    isKafkaError('NETWORK_EXCEPTION', /not the Kafka protocol/),
  )
  assert.equal(connection.isOpen, false)
  await broker.close()
})

test('a broker that is not there is waited for as long as was said, then named', async () => {
  const gone = await listen(answerVersions)
  await gone.close()
  const bootstrap = `127.0.0.1:${gone.address.port}`
  const begin = performance.now()
  await assert.rejects(
    LogClient.connect({ host: realHost, bootstrap, timeoutMs: 400 }),
    isKafkaError('NETWORK_EXCEPTION', new RegExp(`broker ${bootstrap}: .*nothing listens there`)),
  )
  const tookMs = performance.now() - begin
  assert.ok(tookMs > 100 && tookMs < 5000, `${tookMs} ms`)
})

test('retries wait longer each time, on the clock that was given', async () => {
  const waits: number[] = []
  const host: Host = {
    ...realHost,
    clock: {
      ...realHost.clock,
      monotonic: () => waits.reduce((sum, one) => sum + one, 0),
      sleep: async (delayMs) => {
        waits.push(delayMs)
      },
    },
    network: {
      ...realHost.network,
      connect: () => Promise.reject(new KafkaError('NETWORK_EXCEPTION', 'test')),
    },
  }
  await assert.rejects(LogClient.connect({ host, bootstrap: 'x:1', timeoutMs: 10_000 }), KafkaError)
  assert.ok(waits.length > 8 && waits.length < 40, `${waits.length} attempts`)
  assert.ok((waits[0] as number) < 100)
  assert.ok(waits.every((one) => one <= 1200))
})

test('bootstrap addresses are read, and a wrong one is named', () => {
  assert.deepEqual(parseBootstrap('a:1, [::1]:9092'), [
    { host: 'a', port: 1 },
    { host: '::1', port: 9092 },
  ])
  for (const wrong of ['', 'a', 'a:b', 'a:70000', ':1']) {
    assert.throws(() => parseBootstrap(wrong), KafkaError, wrong)
  }
})
