import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Envelope, envelopeFromHeaders, envelopeToHeaders } from '../src/index.js'

const whole: Envelope = {
  id: '5f0c6f0e-1111-4222-8333-444455556666',
  type: 'rides.TripCompleted',
  source: 'dispatch/ö',
  time: Date.UTC(2026, 0, 4, 12, 30, 5, 7),
  subject: 'trip-17',
  tier: 'gold',
  owner: 'marketplace',
  dataSchema: 'http://registry/schemas/ids/7',
  dataContentType: 'application/avro',
  service: 'dispatcher',
  traceParent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  traceState: 'a=b',
  extensions: { partitionkey: '17', sampledrate: '30' },
}

test('writes the headers of the CloudEvents binding', () => {
  const written = envelopeToHeaders(whole).map(({ key, value }) => [key, value?.toString('utf8')])
  assert.deepEqual(written, [
    ['ce_specversion', '1.0'],
    ['ce_id', '5f0c6f0e-1111-4222-8333-444455556666'],
    ['ce_type', 'rides.TripCompleted'],
    ['ce_source', 'dispatch/ö'],
    ['ce_subject', 'trip-17'],
    ['ce_service', 'dispatcher'],
    ['ce_tier', 'gold'],
    ['ce_owner', 'marketplace'],
    ['ce_dataschema', 'http://registry/schemas/ids/7'],
    ['content-type', 'application/avro'],
    ['ce_traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    ['ce_tracestate', 'a=b'],
    ['ce_time', '2026-01-04T12:30:05.007Z'],
    ['ce_partitionkey', '17'],
    ['ce_sampledrate', '30'],
  ])
})

test('reads back what it wrote', () => {
  assert.deepEqual(envelopeFromHeaders(envelopeToHeaders(whole)), whole)
  const least = { id: 'a', type: 't', source: 's', time: 0 }
  assert.equal(envelopeToHeaders(least).length, 5)
  assert.deepEqual(envelopeFromHeaders(envelopeToHeaders(least)), least)
})

test('reads what others wrote', () => {
  const headers = (...pairs: [string, string | null][]) =>
    pairs.map(([key, value]) => ({ key, value: value === null ? null : Buffer.from(value) }))

  assert.deepEqual(
    envelopeFromHeaders(
      headers(
        ['traceparent', '00-abc'],
        ['Ce_Id', 'first'],
        ['ce_SampledRate', '30'],
        ['ce_not-a-name', 'x'],
        ['ce_id', 'last'],
        ['ce_subject', null],
        ['ce_time', '2026-01-04T13:30:05.0079+01:00'],
        ['ce_specversion', '0.3'],
      ),
    ),
    {
      id: 'last',
      type: '',
      source: '',
      time: Date.UTC(2026, 0, 4, 12, 30, 5, 7),
      extensions: { sampledrate: '30' },
    },
  )
  assert.deepEqual(envelopeFromHeaders(headers(['ce_id', 'a'], ['ce_time', 'yesterday']), 42), {
    id: 'a',
    type: '',
    source: '',
    time: 42,
  })
  assert.equal(envelopeFromHeaders(headers(['ce_id', 'a'])), undefined)
  assert.equal(envelopeFromHeaders(headers(['ce_time', '2026-01-04T12:30:05Z'])), undefined)
  assert.equal(envelopeFromHeaders([]), undefined)
  const broken = [{ key: 'ce_id', value: Buffer.from([0xff, 0xfe]) }]
  assert.equal(envelopeFromHeaders(broken, 1)?.id, '\ufffd\ufffd')
})
