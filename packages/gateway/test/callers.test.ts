import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SimulatedClock } from '@millrace/host'
import { Callers } from '../src/callers.js'
import { GatewayError } from '../src/errors.js'
import { answerOf, Platform } from './platform.js'

const from = (address: string, headers = {}) => ({ address, headers })

/** How long a caller is told to wait; 0 where it may send. */
function waitOf(callers: Callers, who: ReturnType<typeof from>, bytes = 1): number {
  try {
    callers.take(who, bytes)
    return 0
  } catch (cause) {
    assert.ok(cause instanceof GatewayError && cause.code === 429, String(cause))
    return cause.retryAfterSeconds ?? -1
  }
}

describe('limits of a caller', () => {
  test('requests and bytes a second, each caller by itself, with the wait that helps', async () => {
    const clock = new SimulatedClock()
    const limits = { requestsPerSecond: 2, bytesPerSecond: 1_000 }
    const callers = new Callers({ limits }, clock)
    const a = from('a')
    assert.deepEqual([waitOf(callers, a), waitOf(callers, a), waitOf(callers, a)], [0, 0, 1])
    assert.equal(waitOf(callers, from('b')), 0, 'another one')
    // More than a second's worth passes once, and is made good by waiting.
    assert.equal(waitOf(callers, from('c'), 5_000), 0)
    assert.equal(waitOf(callers, from('c')), 5)
  })

  test('callers are told apart by a header, and particular ones have limits of their own', () => {
    const policy = {
      header: 'x-api-key',
      limits: { requestsPerSecond: 1 },
      callers: new Map([['big', { requestsPerSecond: 3 }]]),
    }
    const callers = new Callers(policy, new SimulatedClock())
    const big = from('a', { 'x-api-key': 'big' })
    const waits = Array.from({ length: 4 }, () => waitOf(callers, big))
    assert.deepEqual(waits, [0, 0, 0, 1])
    const small = from('a', { 'x-api-key': 'small' })
    assert.deepEqual([waitOf(callers, small), waitOf(callers, small)], [0, 1])
    assert.equal(waitOf(callers, from('a')), 0, 'without the header it is the address')
  })

  test('the API answers 429 with Retry-After, and in its place in a stream', async () => {
    const platform = await Platform.start({ callers: { limits: { requestsPerSecond: 2 } } })
    try {
      await platform.topic('t')
      const line = '{"value":{"type":"JSON","data":1}}'
      const options = { type: 'application/json' }
      const stream = await platform.send(platform.v3('t'), line.repeat(4), options)
      const lines = (await stream.text()).trim().split('\r\n')
      const codes = lines.map((each) => (JSON.parse(each) as { error_code: number }).error_code)
      assert.deepEqual(codes.slice(0, 2), [200, 200])
      assert.ok(codes.includes(429), String(codes))
      const stored = codes.filter((code) => code === 200).length
      assert.equal((await platform.stored('t')).length, stored, 'what is refused is not there')
      const answers = await Promise.all(
        Array.from({ length: 6 }, async () =>
          answerOf(await platform.send('/topics/t', { records: [{ value: 1 }] })),
        ),
      )
      const refused = answers.find(({ status }) => status === 429)
      assert.equal(refused?.body.error_code, 429)
      assert.ok(Number(refused?.headers.get('retry-after')) >= 1)
    } finally {
      await platform.stop()
    }
  })
})

test('POST /events is limited as any other produce route', async (t) => {
  const platform = await Platform.start({ callers: { limits: { bytesPerSecond: 10 } } })
  t.after(() => platform.stop())
  await platform.topic('limited')
  const event = { specversion: '1.0', type: 'limited', source: '/t', id: '1', data: {} }
  const send = async () =>
    answerOf(await platform.send('/events', event, { type: 'application/cloudevents+json' }))
  assert.equal((await send()).status, 200)
  const second = await send()
  assert.deepEqual([second.status, second.body.error_code], [429, 429])
  // What the first one has overdrawn, at 10 bytes a second.
  assert.ok(Number(second.headers.get('retry-after')) > 1)
  assert.equal((await platform.stored('limited')).length, 1)
})
