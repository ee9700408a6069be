import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { readException } from '@millrace/event'
import { CloudEvent, HTTP, Kafka, type Message } from 'cloudevents'
import { type Answer, Platform, type StoredRecord } from './platform.js'
import { readTrip, trip } from './trip.js'

const at = '2026-01-04T12:30:05.007Z'
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe('CloudEvents over HTTP', () => {
  let platform: Platform
  const types = new Map([
    ['rides.Trip', ['trips']],
    ['twice', ['one', 'two']],
  ])
  before(async () => {
    platform = await Platform.start({ topicsOfType: (type) => types.get(type) ?? [] })
  })
  after(() => platform.stop())
  let notes = ''
  let nth = 0
  beforeEach(async () => {
    notes = `notes-${nth++}`
    await platform.topic(notes)
  })

  const post = async (body: unknown, headers: Record<string, string>): Promise<Answer> => {
    const raw = typeof body === 'string' || body instanceof Uint8Array
    const response = await fetch(`${platform.gateway.url}/events`, {
      method: 'POST',
      headers,
      body: raw ? body : JSON.stringify(body),
    })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }
  const send = ({ headers, body }: Message) => post(body, headers as Record<string, string>)

  /** What the SDK's Kafka binding reads out of a stored record. */
  const asEvent = (record: StoredRecord | undefined) => {
    const headers = Object.fromEntries(
      (record?.headers ?? []).map(({ key, value }) => [key, value?.toString() ?? '']),
    )
    const { key, value } = record ?? { key: null, value: null }
    // biome-ignore lint/suspicious/noExplicitAny: the SDK's type of a message is a body's too
    return Kafka.toEvent({ headers, key, value, body: value } as any) as CloudEvent<unknown>
  }

  test('binary and structured events of the SDK are read back by its Kafka binding', async () => {
    const event = new CloudEvent({
      id: 'a-1',
      type: 'note.written',
      source: '/desk?x=1',
      subject: 'a note, 100%',
      time: at,
      data: { text: 'ä', n: 1.5 },
      datacontenttype: 'application/json',
      topic: notes,
      partitionkey: 'k 1',
      traceparent,
      tracestate: 'a=b',
      sampledrate: 30,
      urgent: true,
    })
    for (const message of [HTTP.binary(event), HTTP.structured(event)]) {
      const { status, body } = await send(message)
      assert.equal(status, 200)
      const [entry] = body.events
      assert.deepEqual(
        { ...entry, offset: null },
        { id: 'a-1', topic: notes, partition: 0, offset: null, error_code: null, error: null },
      )
    }
    const stored = await platform.stored(notes)
    assert.equal(stored.length, 2)
    for (const record of stored) {
      assert.equal(record.key, 'k 1')
      assert.equal(record.value?.toString(), '{"text":"ä","n":1.5}')
      assert.deepEqual(record.envelope, {
        id: 'a-1',
        type: 'note.written',
        source: '/desk?x=1',
        time: Date.parse(at),
        subject: 'a note, 100%',
        dataContentType: 'application/json',
        traceParent: traceparent,
        traceState: 'a=b',
        extensions: { partitionkey: 'k 1', sampledrate: '30', urgent: 'true' },
      })
      const { topic: _, ...sent } = event.toJSON() as Record<string, unknown>
      const read = asEvent(record).toJSON() as Record<string, unknown>
      assert.deepEqual(read, { ...sent, sampledrate: '30', urgent: 'true' })
    }
  })

  test('a batch goes to the topics of its types, and each event is told in its place', async () => {
    await platform.topic('trips', { schema: trip, policy: { keyField: 'id', tier: 'critical' } })
    const event = (id: string, type: string, data: unknown, more: object = {}) =>
      new CloudEvent({ id, type, source: 's', time: at, data, ...more })
    const good = { id: 'x', pickup_area: 8, at: 5 }
    const { status, body } = await send({
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: [
        event('1', 'rides.Trip', good),
        event('2', 'rides.Trip', { ...good, pickup_area: 'x' }),
        event('3', notes, 'text'),
        event('4', 'nobody.knows', {}),
        event('5', 'twice', {}),
        { ...event('6', 'rides.Trip', good).toJSON(), specversion: '0.3' },
        'no event',
        event('8', 'other', {}, { topic: 'absent' }),
        event('9', 'other', {}, { topic: '_schemas' }),
      ].map((each) => (each instanceof CloudEvent ? each.toJSON() : each)),
    } as never)
    assert.equal(status, 200)
    const told = body.events.map(
      ({ id, topic, error_code, field }: Record<string, unknown>) =>
        `${id} ${topic} ${error_code} ${field}`,
    )
    assert.deepEqual(told, [
      '1 trips null undefined',
      '2 trips 42203 pickup_area',
      `3 ${notes} null undefined`,
      '4 null 40401 undefined',
      '5 null 42206 undefined',
      '6 null 42206 specversion',
      'null null 42206 ',
      '8 absent 40401 undefined',
      '9 _schemas 40301 undefined',
    ])
    assert.match(body.events[1].error, /pickup_area: expected int, got string "x"/)
    assert.match(body.events[4].error, /several topics: one, two\. Name one/)

    const [record, ...others] = await platform.stored('trips')
    assert.deepEqual(others, [])
    assert.deepEqual(readTrip(record?.value).trip, { ...good, fare: null })
    assert.equal(record?.key, 'x')
    const { id, time, tier, dataContentType, dataSchema } = record?.envelope ?? {}
    assert.deepEqual(
      { id, time, tier, dataContentType },
      { id: '1', time: Date.parse(at), tier: 'critical', dataContentType: 'application/avro' },
    )
    assert.match(dataSchema ?? '', /\/schemas\/ids\/\d+$/)
    assert.deepEqual(
      (await platform.stored(notes)).map(({ value }) => value?.toString()),
      ['"text"'],
    )
  })

  test('the id and the time are in the fields that the topic names for them', async () => {
    await platform.topic('timed', { schema: trip, policy: { idField: 'id', timeField: 'at' } })
    const data = { id: 'x', pickup_area: 8, at: '2026-01-04T00:00:00Z' }
    const event = { specversion: '1.0', id: '1', type: 'timed', source: 's', time: at, data }
    const { body } = await post(event, { 'content-type': 'text/plain' })
    assert.equal(body.events[0].id, '1')
    const [record] = await platform.stored('timed')
    assert.equal(record?.envelope?.id, 'x')
    assert.equal(record?.envelope?.time, Date.UTC(2026, 0, 4))
  })

  test('the schema of a topic is told', async () => {
    await platform.topic('told', { schema: trip })
    const { status, body } = await platform.get('/topics/told/schema')
    assert.equal(status, 200)
    assert.deepEqual(
      { ...body, id: 0, schema: JSON.parse(body.schema).name },
      { subject: 'told-value', id: 0, version: 1, schemaType: 'AVRO', schema: 'Trip' },
    )
    const none = await platform.get(`/topics/${notes}/schema`)
    assert.equal(none.status, 404)
    assert.equal(none.body.error_code, 40403)
  })

  test('data of any media type is stored as its bytes, but not on a topic with a schema', async () => {
    const bytes = Uint8Array.from([0, 255, 16, 128])
    const context = { specversion: '1.0', id: 'b', type: 't', source: 's' }
    const ce = (topic: string) => ({
      ...{ 'ce-specversion': '1.0', 'ce-id': 'b', 'ce-type': 't', 'ce-source': '"s\\"1"' },
      'ce-subject': 'ein%20%E2%80%9EZettel%22%25',
      'ce-topic': topic,
    })
    assert.equal((await post(bytes, { ...ce(notes), 'content-type': 'image/png' })).status, 200)
    const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
    const base64 = Buffer.from(bytes).toString('base64')
    const asJson = [
      { ...context, topic: notes, datacontenttype: 'image/png', data_base64: base64 },
      { ...context, topic: notes, datacontenttype: 'text/plain', data: 'hällo' },
      { ...context, topic: notes, data_base64: 'eyJhIjoxfQ==', datacontenttype: 'text/json' },
    ]
    for (const each of asJson) assert.equal((await post(each, structured)).status, 200)

    const stored = await platform.stored(notes)
    assert.deepEqual(
      stored.map(({ value, envelope }) => [value?.toString('hex'), envelope?.dataContentType]),
      [
        ['00ff1080', 'image/png'],
        ['00ff1080', 'image/png'],
        [Buffer.from('hällo').toString('hex'), 'text/plain'],
        [Buffer.from('{"a":1}').toString('hex'), 'text/json'],
      ],
    )
    assert.equal(stored[0]?.envelope?.source, 's"1')
    assert.equal(stored[0]?.envelope?.subject, 'ein „Zettel"%')

    await platform.topic('shaped', { schema: trip })
    const { status, body } = await post(bytes, { ...ce('shaped'), 'content-type': 'image/png' })
    assert.equal(status, 422)
    assert.equal(body.error_code, 42206)
    assert.match(body.message, /The topic shaped has a schema/)
  })

  test('a beacon sends text; a lone event has the trace of its request', async () => {
    const event = { specversion: '1.0', id: 'c', type: notes, source: 's', data: 1 }
    const text = { 'content-type': 'text/plain;charset=UTF-8', traceparent }
    assert.equal((await post([event, event], text)).status, 200)
    assert.equal((await post(event, text)).status, 200)
    assert.deepEqual(
      (await platform.stored(notes)).map(({ envelope }) => envelope?.traceParent),
      [undefined, undefined, traceparent],
    )
  })

  const refused: [string, unknown, Record<string, string>, number, number, RegExp][] = [
    ['no media type that is known', '1', { 'content-type': 'text/html' }, 415, 415, /text\/plain/],
    [
      'events in XML',
      '',
      { 'content-type': 'application/cloudevents+xml' },
      415,
      415,
      /ce-… headers/,
    ],
    ['no JSON', '{', { 'content-type': 'text/plain' }, 400, 400, /not JSON/],
    ['no UTF-8', Uint8Array.of(0xff), { 'content-type': 'text/plain' }, 400, 400, /not UTF-8/],
    [
      'a batch that is none',
      '{}',
      { 'content-type': 'application/cloudevents-batch+json' },
      422,
      422,
      /list/,
    ],
    [
      'an event without an id',
      '{"specversion":"1.0"}',
      { 'content-type': 'text/plain' },
      422,
      42206,
      /id: the attribute is missing/,
    ],
    [
      'an event that is null',
      'null',
      { 'content-type': 'text/plain' },
      422,
      42206,
      /expected an event/,
    ],
    [
      'an unknown type',
      { specversion: '1.0', id: '1', type: 'no', source: 's' },
      { 'content-type': 'text/plain' },
      404,
      40401,
      /extension "topic"/,
    ],
    [
      'an attribute with capitals',
      { specversion: '1.0', id: '1', type: 'no', source: 's', A: 'x' },
      { 'content-type': 'text/plain' },
      422,
      42206,
      /A: names/,
    ],
    [
      'an attribute that is an object',
      { specversion: '1.0', id: '1', type: 'no', source: 's', a: {} },
      { 'content-type': 'text/plain' },
      422,
      42206,
      /a: expected a string/,
    ],
    [
      'a time without an offset',
      { specversion: '1.0', id: '1', type: 'no', source: 's', time: '2026-01-04T12:30:00' },
      { 'content-type': 'text/plain' },
      422,
      42206,
      /time: expected a time like/,
    ],
    [
      'base64 that is none',
      { specversion: '1.0', id: '1', type: 'no', source: 's', data_base64: 'a' },
      { 'content-type': 'text/plain' },
      422,
      42206,
      /data_base64/,
    ],
    [
      'a broken percent-encoding',
      'x',
      { 'ce-specversion': '1.0', 'ce-id': '%ff' },
      422,
      42206,
      /id: a % is not/,
    ],
  ]
  for (const [what, body, headers, status, code, message] of refused) {
    test(`${what} is refused with a typed error`, async () => {
      const answer = await post(body, headers)
      assert.equal(answer.status, status)
      assert.equal(answer.body.error_code, code)
      assert.match(answer.body.message, message)
    })
  }

  test('a refused event is kept with what it said of itself', async () => {
    const policy = { exceptionTopic: `${notes}-refused` }
    await platform.topic(`${notes}-typed`, { schema: trip, policy })
    const said = { id: 'c-9', type: 'rides.Trip', source: '/desk', subject: 'a trip', time: at }
    const own = { ...said, partitionkey: 'k', traceparent }
    const event = { specversion: '1.0', ...own, topic: `${notes}-typed`, data: { id: 7 } }
    const answer = await post(event, { 'content-type': 'application/cloudevents+json' })
    assert.equal(answer.status, 422)
    const [kept] = await platform.stored(`${notes}-refused`)
    const exception = readException(kept?.value ?? null)
    assert.equal(exception?.event, '{"id":7}')
    assert.deepEqual(exception?.context, own)
    assert.equal(Buffer.from(exception?.key ?? '', 'base64').toString(), 'k')
    assert.deepEqual([kept?.envelope?.id, kept?.envelope?.source], ['c-9', '/desk'])
  })

  test('an empty batch is stored, and nothing is', async () => {
    const batch = { 'content-type': 'application/cloudevents-batch+json' }
    assert.deepEqual((await post([], batch)).body, { events: [] })
  })
})
