import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ExceptionEvent,
  envelopeFromHeaders,
  exceptionType,
  originalOf,
  readException,
  readResendOutcome,
  resendType,
  writeException,
  writeResendOutcome,
} from '../src/index.js'

const about = { id: 'e-1', source: '/app', time: Date.UTC(2026, 0, 4), tier: 'critical' }

const exception: ExceptionEvent = {
  topic: 'trips',
  field: 'stops[2].zip',
  reason: 'expected string, got number 7',
  receivedAt: '2026-01-04T00:00:00.000Z',
  event: '{ "stops": [1, 2.0, {"zip": 7}], "stops": 1e400 }',
  bytes: Buffer.from(' {} ').toString('base64'),
  key: Buffer.from('eight').toString('base64'),
  context: { id: 'e-1', source: '/app', type: 'Trip' },
  from: { topic: 'trips.raw', partition: 3, offset: 41 },
}

test('an exception that was written is read back, under its event’s envelope', () => {
  const { value, headers } = writeException(exception, about, 10_000)
  assert.deepEqual(readException(value), exception)
  assert.ok(String(value).includes(`"event":${exception.event}`))
  const envelope = envelopeFromHeaders(headers)
  assert.deepEqual(
    [envelope?.id, envelope?.source, envelope?.type, envelope?.time, envelope?.tier],
    ['e-1', '/app', exceptionType, about.time, 'critical'],
  )
})

test('what makes an exception too large goes: its JSON first, then its bytes, then the rest', () => {
  const pad = 'x'.repeat(3_000)
  const event = JSON.stringify({ pad })
  const bytes = Buffer.from(event).toString('base64')
  const sizes: [bytesMax: number, kept: (keyof ExceptionEvent)[]][] = [
    [20_000, ['event', 'bytes', 'key', 'from']],
    [6_000, ['bytes', 'key', 'from']],
    [1_000, ['key', 'from']],
    [100, ['from']],
  ]
  for (const [bytesMax, kept] of sizes) {
    const { value } = writeException({ ...exception, event, bytes }, about, bytesMax)
    const read = readException(value)
    assert.ok(bytesMax < 1_000 || value.length <= bytesMax)
    assert.equal(read?.reason, exception.reason)
    for (const part of ['event', 'bytes', 'key', 'from'] as const) {
      const isKept: boolean = read?.[part] !== undefined && read[part] !== null
      assert.equal(isKept, kept.includes(part), `${part} at ${bytesMax}`)
    }
  }
})

test('an event may be nested as deeply as it likes', () => {
  const event = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const read = readException(writeException({ ...exception, event }, about, 1_000_000).value)
  assert.deepEqual([read?.event, read?.reason], [event, exception.reason])
})

test('bytes are kept beside the JSON exactly where that does not say them', () => {
  const kept = (text: string | Uint8Array) => {
    const bytes = Buffer.from(text as string)
    const original = originalOf(bytes)
    if (original.bytes !== undefined) assert.deepEqual(Buffer.from(original.bytes, 'base64'), bytes)
    else assert.equal(original.event, String(bytes))
    return [original.event, original.bytes !== undefined]
  }
  for (const text of ['{"a":1}', '{ "a": 1 }', '{"a":12345678901234567890}', '{"a":1,"a":2}']) {
    assert.deepEqual(kept(text), [text, false])
  }
  assert.deepEqual(kept(' {"a": 1}\n'), ['{"a": 1}', true])
  assert.deepEqual(kept('null'), [null, true])
  assert.deepEqual(kept('\ufeff{}'), [null, true])
  assert.deepEqual(kept('{"a":'), [null, true])
  assert.deepEqual(kept(Uint8Array.of(0x22, 0xff, 0x22)), [null, true])
  assert.deepEqual(originalOf(null), { event: null })
})

test('what others wrote is no exception, and no outcome', () => {
  for (const text of ['', 'x', 'null', '[]', '{}', '{"topic":"a","field":"","reason":1}']) {
    assert.equal(readException(Buffer.from(text)), undefined, text)
    assert.equal(readResendOutcome(Buffer.from(text)), undefined, text)
  }
  assert.equal(readException(null), undefined)
  assert.equal(readResendOutcome(Buffer.from('{"offset":1,"at":"x"}')), undefined)
})

test('an outcome that was written is read back', () => {
  const at = '2026-01-05T00:00:00.000Z'
  for (const outcome of [
    { offset: 7, at, sent: { topic: 'trips', id: 'e-1' } },
    { offset: 7, at, refused: { field: 'zip', reason: 'required string is missing' } },
  ]) {
    const { value, headers } = writeResendOutcome(outcome, about)
    assert.deepEqual(readResendOutcome(value), outcome)
    assert.equal(envelopeFromHeaders(headers)?.type, resendType)
    assert.equal(readException(value), undefined)
  }
})
