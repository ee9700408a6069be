import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type CloudEvent,
  envelopeFromHeaders,
  envelopeToHeaders,
  isJsonMediaType,
  readCloudEvent,
  writeCloudEvent,
} from '../src/index.js'

const least = { specversion: '1.0', id: '1', type: 't', source: 's' }

test('what was written as JSON is read back', () => {
  const events: CloudEvent[] = [
    { context: { id: '1', type: 't', source: 's' }, data: undefined },
    { context: { id: '1', type: 't', source: 's' }, data: { json: null } },
    { context: { id: '1', type: 't', source: 's' }, data: { base64: 'AP8=' } },
    {
      context: {
        id: 'ä',
        type: 'rides.Trip',
        source: '/s',
        time: 1_767_529_805_007,
        subject: 'x',
        service: 'dispatch',
        tier: 'critical',
        owner: 'rides',
        dataSchema: 'http://r/schemas/ids/1',
        dataContentType: 'application/json',
        traceParent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        traceState: 'a=b',
        extensions: { partitionkey: '8' },
      },
      data: { json: { a: [1] } },
    },
  ]
  for (const event of events) {
    assert.deepEqual(readCloudEvent(JSON.parse(JSON.stringify(writeCloudEvent(event)))), event)
  }
})

test('the JSON is the format of the specification', () => {
  const context = { id: '1', type: 't', source: 's', time: 0, extensions: { a: 'b' } }
  assert.deepEqual(writeCloudEvent({ context, data: { json: 1 } }), {
    ...least,
    time: '1970-01-01T00:00:00.000Z',
    a: 'b',
    data: 1,
  })
})

test('values of attributes are their canonical text; null is none', () => {
  const event = readCloudEvent({ ...least, a: true, b: -7, c: null, subject: null })
  assert.deepEqual(event, {
    context: { id: '1', type: 't', source: 's', extensions: { a: 'true', b: '-7' } },
    data: undefined,
  })
})

const wrong: [object, string, RegExp][] = [
  [{ id: undefined }, 'id', /missing/],
  [{ source: null }, 'source', /missing/],
  [{ type: '' }, 'type', /not empty/],
  [{ specversion: '0.3' }, 'specversion', /expected "1\.0"/],
  [{ time: '2026-02-30T00:00:00Z' }, 'time', /expected a time/],
  [{ a: 1.5 }, 'a', /whole number/],
  [{ a: 2 ** 31 }, 'a', /whole number/],
  [{ a: [] }, 'a', /expected a string/],
  [{ A: 'x' }, 'A', /small letters/],
  [{ subject: 'a\nb' }, 'subject', /control character/],
  [{ data: 1, data_base64: 'AA==' }, 'data_base64', /"data" as well/],
  [{ data_base64: 'A' }, 'data_base64', /base64/],
  [{ data_base64: 1 }, 'data_base64', /base64/],
]

for (const [members, field, reason] of wrong) {
  test(`${JSON.stringify(members)} is refused at ${field}`, () => {
    const read = readCloudEvent({ ...least, ...members }) as { field: string; reason: string }
    assert.equal(read.field, field)
    assert.match(read.reason, reason)
  })
}

test('an extension cannot write over an attribute', () => {
  const extensions = { id: 'evil', time: 'evil', specversion: 'evil', fine: 'x' }
  const headers = envelopeToHeaders({ id: '1', type: 't', source: 's', time: 0, extensions })
  assert.deepEqual(envelopeFromHeaders(headers), {
    ...{ id: '1', type: 't', source: 's', time: 0 },
    extensions: { fine: 'x' },
  })
})

test('JSON goes by many media types', () => {
  const types = ['application/json', 'text/JSON; charset=utf-8', 'application/a.b+json']
  for (const type of types) assert.equal(isJsonMediaType(type), true)
  for (const type of ['text/plain', 'application/json+x', '']) {
    assert.equal(isJsonMediaType(type), false)
  }
})
