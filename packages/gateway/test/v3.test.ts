import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, describe, test } from 'node:test'
import { answerOf, Platform } from './platform.js'
import { readTrip, trip } from './trip.js'

const type = 'application/json'

/** The answer objects of a stream. */
async function lines(response: Response) {
  const text = await response.text()
  assert.ok(text.endsWith('\r\n'), text)
  return text
    .split('\r\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

describe('the v3 API', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.stop())

  const records = async (topic: string, body: unknown, headers: Record<string, string> = {}) =>
    lines(await platform.send(platform.v3(topic), body, { type, headers }))
  const batch = async (topic: string, entries: unknown) => {
    const path = platform.v3(topic, '/records:batch')
    return answerOf(await platform.send(path, { entries }, { type }))
  }

  test('clusters', async () => {
    const id = platform.client.clusterId
    const { status, headers, body } = await platform.get('/v3/clusters')
    assert.deepEqual([status, headers.get('content-type')], [200, 'application/json'])
    assert.equal(body.kind, 'KafkaClusterList')
    assert.equal(body.data.length, 1)
    assert.equal(body.data[0].cluster_id, id)
    const self = `${platform.gateway.url}/v3/clusters/${id}`
    assert.equal(body.data[0].metadata.self, self)
    assert.equal(body.data[0].topics.related, `${self}/topics`)
    assert.deepEqual((await platform.get(`/v3/clusters/${id}`)).body, body.data[0])
    const unknown = await platform.get('/v3/clusters/other')
    assert.deepEqual([unknown.status, unknown.body.error_code], [404, 404])
    assert.match(unknown.body.message, /Cluster other cannot be found/)
    assert.equal(unknown.headers.get('content-type'), 'application/json')
  })

  test('keys and values of all types without a schema, with headers, partition and time', async () => {
    await platform.topic('plain', { partitions: 3 })
    const timestamp = '2026-01-04T12:30:00.5Z'
    const [bytes] = await records('plain', {
      partition_id: 2,
      headers: [
        { name: 'a', value: 'AQI=' },
        { name: 'b', value: null },
      ],
      key: { type: 'BINARY', data: 'a2V5' },
      value: { type: 'BINARY', data: '/+8A' },
      timestamp,
    })
    assert.deepEqual(bytes, {
      error_code: 200,
      cluster_id: platform.client.clusterId,
      topic_name: 'plain',
      partition_id: 2,
      offset: 0,
      timestamp: '2026-01-04T12:30:00.500Z',
      key: { type: 'BINARY', size: 3 },
      value: { type: 'BINARY', size: 3 },
    })
    const [json] = await records('plain', {
      partition_id: 2,
      key: { type: 'STRING', data: 'ä' },
      value: { type: 'JSON', data: { n: [1] } },
    })
    assert.deepEqual([json.offset, json.key.size, json.value], [1, 2, { type: 'JSON', size: 9 }])
    const [deletion] = await records('plain', {
      partition_id: 2,
      key: { type: 'JSON', data: 'k' },
    })
    assert.deepEqual([deletion.offset, deletion.value], [2, undefined])

    const stored = await platform.stored('plain')
    assert.deepEqual(
      stored.map(({ key, value }) => [key, value?.toString('latin1') ?? null]),
      [
        ['key', '\xff\xef\x00'],
        ['ä', '{"n":[1]}'],
        ['"k"', null],
      ],
    )
    assert.equal(stored[0]?.timestamp, Date.parse(timestamp))
    const own = stored[0]?.headers.filter(({ key }) => key === 'a' || key === 'b')
    assert.deepEqual(own, [
      { key: 'a', value: Buffer.from([1, 2]) },
      { key: 'b', value: null },
    ])
  })

  test('values by schemas: the newest, by id, by version, in the request', async () => {
    await platform.topic('typed', { schema: trip })
    const value = { id: 'a', pickup_area: 8, fare: { double: 1.5 }, at: 0 }
    const [newest] = await records('typed', { value: { data: value } })
    const { schema_id: id } = newest.value
    assert.deepEqual(newest.value, {
      type: 'AVRO',
      subject: 'typed-value',
      schema_id: id,
      schema_version: 1,
      size: newest.value.size,
    })
    const others = [
      { data: value, schema_id: id },
      { data: value, schema_version: 1 },
      { data: value, subject: 'typed-value' },
      { data: value, subject_name_strategy: 'TOPIC_NAME' },
      { type: 'AVRO', schema: JSON.stringify(trip), data: value },
      // Checked by the topic's schema too, and encoded by it.
      { type: 'JSON', data: { ...value, fare: 1.5 } },
    ]
    for (const given of others) {
      const [answer] = await records('typed', { value: given })
      assert.deepEqual([answer.error_code, answer.value.schema_id], [200, id], answer.message)
    }
    const stored = await platform.stored('typed')
    assert.equal(stored.length, 7)
    for (const record of stored) {
      assert.deepEqual(readTrip(record.value), { schemaId: id, trip: { ...value, fare: 1.5 } })
    }

    const byName = { type: 'AVRO', schema: JSON.stringify(trip), data: value }
    for (const [strategy, subject] of [
      ['RECORD_NAME', 'rides.Trip'],
      ['TOPIC_RECORD_NAME', 'typed-rides.Trip'],
    ]) {
      const given = { ...byName, subject_name_strategy: strategy }
      const [answer] = await records('typed', { value: given })
      assert.equal(answer.value?.subject, subject, answer.message)
      assert.equal(platform.registry.registry.version(subject ?? '', 'latest').id, id)
      const [again] = await records('typed', {
        value: { data: value, schema_id: id, subject_name_strategy: strategy },
      })
      assert.equal(again.value?.subject, subject, again.message)
    }
  })

  test('what is wrong with a record is told in its place, and the stream goes on', async () => {
    await platform.topic('mixed', { schema: trip })
    await platform.topic('bare', { partitions: 2 })
    const good = { type: 'JSON', data: { id: 'a', pickup_area: 1, at: 0 } }
    const ok = { value: good }
    const wrong: [unknown, number, RegExp][] = [
      ['{"value" 1}', 400, /not JSON/],
      ['[1]', 400, /expected a record as an object/],
      [{ ...ok, color: 1 }, 400, /color: unknown; there are partition_id/],
      [{ ...ok, partition_id: 'x' }, 400, /partition_id: expected a whole number/],
      [{ ...ok, partition_id: -1 }, 40402, /Partition not found/],
      [{ ...ok, partition_id: 5 }, 40402, /has the partitions 0 to 0/],
      [{ ...ok, timestamp: 'today' }, 400, /timestamp: expected a time/],
      [{ ...ok, headers: [{ name: 'a', value: '*' }] }, 400, /headers\[0\].value: expected a str/],
      [{ ...ok, headers: {} }, 400, /headers: expected a list/],
      [{ value: { type: 'XML', data: 1 } }, 400, /value.type: expected one of BINARY, JSON/],
      [{ value: { ...good, schema_id: 1 } }, 400, /'type=JSON' cannot be used with 'schema_id'/],
      [{ value: { type: 'AVRO', data: 1 } }, 400, /'type=AVRO' needs a 'schema'/],
      [{ value: { schema: '"int"', data: 1 } }, 400, /'schema' needs a 'type'/],
      [{ value: { schema_id: 1, schema_version: 1, data: 1 } }, 400, /only one of 'schema_id'/],
      [
        { value: { subject: 'a', subject_name_strategy: 'TOPIC_NAME', data: 1 } },
        400,
        /only one of 'subject_name_strategy'/,
      ],
      [
        { value: { subject_name_strategy: 'RECORD_NAME', data: 1 } },
        400,
        /Cannot use schema_subject_strategy=RECORD_NAME/,
      ],
      [{ value: { type: 'BINARY', data: 'AAAA' } }, 42206, /bytes cannot be checked/],
      [{ value: { type: 'AVRO', schema: '{', data: 1 } }, 42205, /Invalid schema/],
      [{ value: { schema_id: 999, data: 1 } }, 42205, /999 not found/],
      [{ value: { subject: 'nobody', data: 1 } }, 42207, /subject nobody has no schema/],
      [{ value: { data: { ...good.data, id: 7 } } }, 42203, /id: expected string, got number 7/],
      [{ value: { data: { ...good.data, pickup_area: 2 ** 31 } } }, 42203, /outside -2147483648/],
      [{ value: { data: { ...good.data, more: 1 } } }, 42203, /more: unknown field/],
      [{ key: { data: 1 }, ...ok }, 42207, /subject mixed-key has no schema/],
      [{}, 42206, /null deletes what has the same key/],
    ]
    const sent = wrong.flatMap(([body]) => [ok, body])
    const text = sent
      .map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
      .join('')
    const answers = await records('mixed', text)
    assert.equal(answers.length, sent.length)
    wrong.forEach(([body, code, message], at) => {
      assert.equal(answers[at * 2].error_code, 200)
      const { error_code: found, message: why, ...rest } = answers[at * 2 + 1]
      assert.equal(found, code, `${JSON.stringify(body)}: ${why}`)
      assert.match(why, message)
      assert.deepEqual(rest, {})
    })
    const offsets = answers.filter((each) => each.error_code === 200).map((each) => each.offset)
    assert.deepEqual(
      offsets,
      offsets.map((_, at) => at),
      'in the order in which they were sent',
    )
    assert.equal(
      (await platform.stored('mixed')).length,
      wrong.length,
      'what is wrong is not there',
    )
    const [noBytes, noText] = await records(
      'bare',
      '{"value":{"type":"BINARY","data":"?"}}{"value":{"type":"STRING","data":1}}',
    )
    assert.deepEqual([noBytes.error_code, noText.error_code], [400, 400])
    const [unpadded] = await records('bare', '{"value":{"type":"BINARY","data":"YQ"}}')
    assert.equal(unpadded.value.size, 1, 'padding may be left out, as in the proxy')
  })

  test('requests that are refused as a whole', async () => {
    await platform.topic('whole')
    const ok = '{"value":{"type":"JSON","data":1}}'
    const other = '/v3/clusters/other/topics/whole/records'
    const cases: [string, string, string, number, number][] = [
      [other, ok, type, 404, 404],
      [platform.v3('nowhere'), ok, type, 404, 40401],
      [platform.v3('_schemas'), ok, type, 403, 40301],
      [platform.v3('whole'), ok, 'text/plain', 415, 415],
      [platform.v3('whole', '/records:batch'), '', type, 422, 42208],
      [platform.v3('whole', '/records:batch'), '[', type, 400, 400],
      [platform.v3('whole', '/records:batch'), '{"entries":[]}', type, 422, 42208],
      [platform.v3('whole', '/records:batch'), '{"entries":[{}]}', type, 422, 42208],
      [platform.v3('whole', '/records:batch'), '{"entries":[{"id":""}]}', type, 422, 42208],
      [
        platform.v3('whole', '/records:batch'),
        '{"entries":[{"id":"a"},{"id":"a"}]}',
        type,
        422,
        42208,
      ],
      [platform.v3('whole', '/elsewhere'), ok, type, 404, 404],
    ]
    for (const [path, body, mediaType, status, code] of cases) {
      const answer = await answerOf(await platform.send(path, body, { type: mediaType }))
      assert.deepEqual([answer.status, answer.body.error_code], [status, code], `${path} ${body}`)
    }
    assert.deepEqual(await platform.stored('whole'), [])
  })

  test('a batch is answered with what succeeded and what failed', async () => {
    await platform.topic('batched', { schema: trip })
    const data = { id: 'a', pickup_area: 1, at: 0 }
    const { status, body } = await batch('batched', [
      { id: '1', value: { type: 'JSON', data } },
      { id: '2', value: { type: 'JSON', data: { ...data, id: 1 } } },
      { id: '3', value: { data }, color: 1 },
      { id: '4', key: { type: 'STRING', data: 'k' }, value: { data } },
    ])
    assert.equal(status, 207)
    assert.deepEqual(
      body.successes.map(({ id, offset }: { id: string; offset: number }) => [id, offset]),
      [
        ['1', 0],
        ['4', 1],
      ],
    )
    assert.deepEqual(
      body.failures.map(({ id, error_code }: { id: string; error_code: number }) => [
        id,
        error_code,
      ]),
      [
        ['2', 42203],
        ['3', 400],
      ],
    )
    assert.equal((await platform.stored('batched')).length, 2)
  })

  test('a stream is answered while it is sent, and has no end of its own', async () => {
    await platform.topic('streamed')
    const { hostname, port } = new URL(platform.gateway.url)
    const request = http.request({
      ...{ hostname, port, method: 'POST', path: platform.v3('streamed') },
      headers: { 'content-type': type, 'transfer-encoding': 'chunked' },
    })
    let seen = ''
    let wake = () => {}
    const ended = new Promise<void>((resolve) => {
      request.on('response', (response) => {
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          seen += chunk
          wake()
        })
        response.on('end', resolve)
      })
    })
    const answered = async (count: number) => {
      while (seen.split('\r\n').length <= count) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    const record = '{"value":{"type":"JSON","data":"}{\\"]"}}'
    request.write(record)
    await answered(1)
    // In pieces that end anywhere.
    request.write(`${record},  ${record.slice(0, 20)}`)
    await answered(2)
    request.write(`${record.slice(20)}\n}`)
    await answered(3)
    request.end(' {"value":')
    await ended
    const answers = seen
      .split('\r\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      answers.map(({ error_code: code, offset }) => offset ?? code),
      [0, 1, 2, 400, 400],
    )
  })

  test('more than may wait at once is read when there is room, in its order', async () => {
    await platform.topic('long')
    const count = 3_000
    const body = Array.from({ length: count }, (_, n) => {
      return JSON.stringify({ value: { type: 'JSON', data: { n, filler: 'x'.repeat(500) } } })
    }).join('\n')
    const answers = await records('long', body)
    assert.deepEqual(
      answers.map(({ offset }) => offset),
      Array.from({ length: count }, (_, n) => n),
    )
    const stored = await platform.stored('long')
    assert.ok(stored.every(({ value }, n) => JSON.parse(String(value)).n === n))
  })

  test('a record that is too large ends the stream, after those before it', async () => {
    await platform.topic('large')
    const ok = '{"value":{"type":"JSON","data":1}}'
    const answers = await records('large', `${ok}{"value":"${'x'.repeat(9 * 1024 * 1024)}`)
    assert.deepEqual(
      answers.map(({ error_code: code }) => code),
      [200, 413],
    )
  })
})
