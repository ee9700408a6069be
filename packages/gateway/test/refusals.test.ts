import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, describe, test } from 'node:test'
import { avro, binary, json, Platform } from './platform.js'
import { readTrip, trip } from './trip.js'

const good = { id: 'a', pickup_area: 1, at: 0 }

describe('what is refused', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
    await platform.topic('trips', { schema: trip })
    await platform.topic('notes')
  })
  after(() => platform.stop())

  const value = (changes: object) => ({ records: [{ value: { ...good, ...changes } }] })
  const counted = (name: string) => platform.gateway.counts().find(({ topic }) => topic === name)

  test('requests that are none', async () => {
    const one = { records: [{ value: 1 }] }
    const cases: [string, unknown, string, number, number, RegExp][] = [
      ['trips', '{', json, 400, 400, /not JSON/],
      ['trips', '', json, 400, 400, /not JSON/],
      ['trips', '{"records":[{"value":NaN}]}', json, 400, 400, /not JSON/],
      ['trips', Buffer.from([0x7b, 0xff, 0x7d]), json, 400, 400, /not UTF-8/],
      ['trips', [], json, 422, 422, /JSON object with "records"/],
      ['trips', {}, json, 422, 422, /list of at least one/],
      ['trips', { records: [] }, json, 422, 422, /list of at least one/],
      ['trips', { records: {} }, json, 422, 422, /list of at least one/],
      ['trips', { ...one, recrods: 1 }, json, 422, 422, /Unrecognized field: recrods/],
      ['trips', { ...one, value_schema: {} }, avro, 422, 422, /"value_schema" must be a string/],
      ['trips', { ...one, value_schema_id: 'x' }, avro, 422, 422, /"value_schema_id" must be/],
      ['trips', { records: Array(20_001).fill(0) }, json, 422, 42208, /20001 records; 20000/],
      ['trips', one, 'text/plain', 415, 415, /vnd\.kafka\.json\.v2\+json/],
      ['trips', one, 'application/vnd.kafka.xml.v2+json', 415, 415, /Unsupported/],
      ['trips', one, 'application/vnd.kafka.protobuf.v2+json', 422, 42205, /of the type AVRO/],
      ['trips', one, binary, 422, 42206, /bytes cannot be checked/],
      ['nothing', one, json, 404, 40401, /no topic nothing/],
      ['a%0d%0ab', one, json, 404, 40401, /no topic a\\r\\nb\./],
      ['no%20topic', one, json, 404, 40401, /no topic no topic/],
      ['x'.repeat(300), one, json, 404, 40401, /no topic/],
      ['x'.repeat(1_001), one, json, 414, 414, /longer than 1000 characters/],
      ['%ff', one, json, 400, 400, /not a valid url/],
      ['_schemas', one, json, 403, 40301, /belongs to the platform/],
      ['__consumer_offsets', one, json, 403, 40301, /belongs to the platform/],
      ['notes', one, avro, 422, 42202, /no value schema: the subject notes-value has none/],
      ['trips', { records: [{ key: 'k', value: good }] }, avro, 422, 42201, /trips-key has none/],
      ['notes', { ...one, value_schema: '{"type":"rec"}' }, avro, 422, 42205, /unknown type/],
      ['notes', { ...one, value_schema_id: 999 }, avro, 422, 42205, /Schema 999 not found/],
      ['trips', { ...one, value_schema: '"int"' }, avro, 422, 42205, /incompatible/],
    ]
    for (const [topic, body, type, status, code, message] of cases) {
      const answer = await platform.post(topic, body, { type })
      const what = `${topic} ${JSON.stringify(body).slice(0, 60)}`
      assert.deepEqual([answer.status, answer.body.error_code], [status, code], what)
      assert.match(answer.body.message, message, what)
      assert.equal(answer.headers.get('content-type'), 'application/vnd.kafka.v2+json', what)
    }
    const lost = await platform.get('/nowhere')
    assert.deepEqual([lost.status, lost.body.error_code], [404, 404])
    assert.deepEqual([await platform.stored('trips'), await platform.stored('notes')], [[], []])
    assert.equal(counted('nothing'), undefined)
  })

  test('a body that is too large, whether its length is said or not', async () => {
    const said = await platform.post('notes', Buffer.alloc(8 * 1024 * 1024 + 1, 0x20))
    assert.deepEqual([said.status, said.body.error_code], [413, 413])
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(
        `${platform.gateway.url}/topics/notes`,
        { method: 'POST', headers: { 'content-type': json } },
        (response) => {
          response.resume()
          resolve(response.statusCode)
        },
      )
      // The gateway hangs up on what it does not want to read; the answer is already here.
      request.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error)
      })
      for (let i = 0; i < 9; i++) request.write(Buffer.alloc(1024 * 1024, 0x20))
      request.end()
    })
    assert.equal(status, 413)
  })

  test('events that do not fit the schema', async () => {
    const cases: [unknown, string, string | RegExp][] = [
      [{ records: [{ value: { id: 'a', at: 0 } }] }, 'pickup_area', 'required int is missing'],
      [value({ pickup_area: null }), 'pickup_area', 'expected int, got null'],
      [value({ fare: 'abc' }), 'fare', 'expected null or double, got string "abc"'],
      [value({ tip: 1 }), 'tip', 'unknown field: rides.Trip has no field of this name'],
      [
        '{"records":[{"value":{"id":"a","pickup_area":1,"at":0,"fare":1e999}}]}',
        'fare',
        /Infinity/,
      ],
      [
        '{"records":[{"value":{"id":"a","pickup_area":1,"at":9.007199254740993e15}}]}',
        'at',
        /exact/,
      ],
      [
        '{"records":[{"value":{"id":"a","pickup_area":1,"at":9223372036854775808}}]}',
        'at',
        /got number 9223372036854775808: outside -9223372036854775808 to 9223372036854775807/,
      ],
      [value({ pickup_area: 2 ** 31 }), 'pickup_area', /outside -2147483648 to 2147483647/],
      [value({ at: 'soon' }), 'at', /expected timestamp-millis/],
      [{ records: [{ value: 'text' }] }, '', 'expected record rides.Trip, got string "text"'],
    ]
    for (const [body, field, reason] of cases) {
      const { status, body: answer } = await platform.post('trips', body)
      assert.deepEqual([status, answer.error_code], [422, 42203])
      assert.equal(answer.errors.length, 1)
      const [error] = answer.errors
      assert.deepEqual([error.index, error.field], [0, field])
      if (typeof reason === 'string') assert.equal(error.reason, reason)
      else assert.match(error.reason, reason)
      assert.ok(answer.message.includes(error.reason))
    }
    assert.deepEqual(await platform.stored('trips'), [])
    assert.equal(counted('trips')?.refused, cases.length)
  })

  test('records that are none', async () => {
    const cases: [unknown, string, number, string, RegExp][] = [
      [{ records: [7] }, json, 42206, '', /expected a record/],
      [{ records: [{ valeu: 1 }] }, json, 42206, 'valeu', /unknown member/],
      [{ records: [{ key: 'a' }] }, json, 42206, 'value', /no value/],
      [{ records: [{ value: null }] }, json, 42206, 'value', /no key/],
      [{ records: [{ value: 1, partition: 1 }] }, json, 40402, 'partition', /partitions 0 to 0/],
      [{ records: [{ value: 1, partition: -1 }] }, json, 40402, 'partition', /partitions 0 to 0/],
      [{ records: [{ value: 1, timestamp: 'x' }] }, json, 42206, 'timestamp', /milliseconds/],
      [{ records: [{ value: 1, timestamp: 9e15 }] }, json, 42206, 'timestamp', /milliseconds/],
      [{ records: [{ value: 'no base64' }] }, binary, 42206, '', /base64/],
      [{ records: [{ key: 'k', value: 'AAA=' }] }, binary, 42206, 'key', /base64/],
      [{ records: [{ value: 'x'.repeat(1_000_001) }] }, json, 42206, '', /1000000 are the most/],
    ]
    for (const [body, type, code, field, reason] of cases) {
      const { status, body: answer } = await platform.post('notes', body, { type })
      assert.deepEqual([status, answer.error_code], [422, code])
      assert.equal(answer.errors[0].field, field)
      assert.match(answer.errors[0].reason, reason)
    }
    assert.deepEqual(await platform.stored('notes'), [])
  })

  test('of a batch the good ones are stored and the bad ones told, each in its place', async () => {
    await platform.topic('mixed', { schema: trip })
    const records = [
      { value: good },
      { value: { ...good, pickup_area: 'x' } },
      { value: { ...good, id: 'b' } },
      { value: { id: 'c' } },
      { value: { ...good, id: 'd' } },
    ]
    const { status, body } = await platform.post('mixed', { records })
    assert.equal(status, 200)
    const stored = (offset: number) => ({ partition: 0, offset, error_code: null, error: null })
    const refused = (field: string, reason: string) => ({
      partition: null,
      offset: null,
      error_code: 42203,
      error: `${field}: ${reason}`,
      field,
      reason,
    })
    assert.deepEqual(body.offsets, [
      stored(0),
      refused('pickup_area', 'expected int, got string "x"'),
      stored(1),
      refused('pickup_area', 'required int is missing'),
      stored(2),
    ])
    const ids = (await platform.stored('mixed')).map(
      (each) => (readTrip(each.value).trip as { id: string }).id,
    )
    assert.deepEqual(ids, ['a', 'b', 'd'])
    assert.deepEqual(counted('mixed'), {
      topic: 'mixed',
      accepted: 3,
      refused: 2,
      failed: 0,
      spooled: 0,
    })
  })

  test('refused events are kept in the exception topic, with the reason', async () => {
    const policy = { exceptionTopic: 'trips-refused', idField: 'id', tier: 'gold' }
    await platform.topic('watched', { schema: trip, policy })
    const bad = { id: 'x1', at: 0 }
    const before = Date.now()
    const records = [{ value: good }, { key: 'k', value: bad }, { value: 'no trip' }]
    const mixed = await platform.post('watched', { records }, { headers: { 'x-source': 'app' } })
    assert.equal(mixed.status, 200)
    const all = await platform.post('watched', { records: [{ value: bad }] })
    assert.equal(all.status, 422)

    const kept = await platform.stored('trips-refused')
    assert.equal((await platform.stored('watched')).length, 1)
    const events = kept.map((each) => JSON.parse(each.value?.toString() ?? ''))
    assert.deepEqual(
      events.map(({ receivedAt, ...rest }) => rest),
      [
        {
          topic: 'watched',
          field: 'pickup_area',
          reason: 'required int is missing',
          event: bad,
          key: Buffer.from('"k"').toString('base64'),
        },
        {
          topic: 'watched',
          field: '',
          reason: 'expected record rides.Trip, got string "no trip"',
          event: 'no trip',
        },
        { topic: 'watched', field: 'pickup_area', reason: 'required int is missing', event: bad },
      ],
    )
    const receivedAt = Date.parse(events[0].receivedAt)
    assert.ok(receivedAt >= before && receivedAt <= Date.now())
    assert.deepEqual(
      kept.map(({ key, envelope }) => [key, envelope?.type, envelope?.tier]),
      Array(3).fill([null, 'millrace.RefusedEvent', 'gold']),
    )
    assert.equal(kept[0]?.envelope?.id, 'x1')
    assert.equal(kept[0]?.envelope?.source, 'app')
    assert.match(kept[1]?.envelope?.id ?? '', /^[0-9a-f-]{36}$/)
  })

  test('a subject that the project names must have a schema', async () => {
    await platform.topic('strict', { policy: { subject: 'not-there' } })
    const { status, body } = await platform.post('strict', { records: [{ value: {} }] })
    assert.deepEqual([status, body.error_code], [422, 42202])
    assert.match(body.message, /not-there/)
    assert.deepEqual(await platform.stored('strict'), [])
  })

  test('a raw topic stores JSON as it came, also while its subject is known to have a schema', async () => {
    await platform.topic('pages', { schema: trip, policy: { raw: true } })
    await platform.topic('rides', { policy: { subject: 'pages-value' } })
    const records = [{ value: { id: 'a', pickup_area: 8, at: 1 } }]
    const typed = await platform.post('rides', { records })
    assert.equal(typeof typed.body.value_schema_id, 'number')
    for (let i = 0; i < 2; i++) {
      const { body } = await platform.post('pages', { records })
      assert.equal(body.value_schema_id, null)
    }
    const stored = await platform.stored('pages')
    const text = JSON.stringify(records[0]?.value)
    assert.deepEqual(
      stored.map(({ value }) => value?.toString()),
      [text, text],
    )
  })

  test('a raw topic takes what comes, and no schemas', async () => {
    await platform.topic('raw', { schema: trip, policy: { raw: true } })
    const sent = [{ pickup_area: 'x' }, 'text', 7]
    const records = sent.map((value) => ({ value }))
    assert.equal((await platform.post('raw', { records })).status, 200)
    const bytes = { records: [{ value: Buffer.from('{').toString('base64') }] }
    assert.equal((await platform.post('raw', bytes, { type: binary })).status, 200)
    const line = { value: { type: 'JSON', data: null }, key: { type: 'STRING', data: 'k' } }
    const v3 = { type: 'application/json' }
    assert.equal((await platform.send(platform.v3('raw'), line, v3)).status, 200)
    const stored = (await platform.stored('raw')).map(({ value }) => value?.toString() ?? null)
    assert.deepEqual(stored, [...sent.map((each) => JSON.stringify(each)), '{', null])

    const value_schema = JSON.stringify(trip)
    const typed = await platform.post('raw', { value_schema, records }, { type: avro })
    assert.deepEqual([typed.status, typed.body.error_code], [422, 42205])
    assert.match(typed.body.message, /raw is raw and takes no schemas/)
    const named = { value: { type: 'AVRO', schema: value_schema, data: 1 } }
    const answered = await (await platform.send(platform.v3('raw'), named, v3)).json()
    assert.equal((answered as { error_code: number }).error_code, 42205)
  })
})
