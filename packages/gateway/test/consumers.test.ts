import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { type Answer, Platform } from './platform.js'
import { RawConnection } from './raw-connection.js'
import { trip } from './trip.js'

const v2 = 'application/vnd.kafka.v2+json'
const media = (format: string) => `application/vnd.kafka.${format}.v2+json`

let platform: Platform
before(async () => {
  platform = await Platform.start({ consumerIdleMs: 2_000 })
})
after(() => platform.stop())

/** Any method with any body, as clients of the REST proxy send them. */
async function call(method: string, path: string, body?: unknown, accept = v2): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body)
  const url = new URL(path, platform.gateway.url)
  return new Promise((resolve, reject) => {
    const headers = {
      accept,
      'content-type': v2,
      'content-length': Buffer.byteLength(payload ?? ''),
    }
    const sent = httpRequest(url, { method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const found = new Headers(response.headers as Record<string, string>)
        const status = response.statusCode ?? 0
        resolve({ status, headers: found, body: text === '' ? undefined : JSON.parse(text) })
      })
    })
    sent.on('error', reject)
    sent.end(payload)
  })
}

async function create(group: string, options: object = {}): Promise<string> {
  const made = await call('POST', `/consumers/${group}`, {
    format: 'json',
    'auto.offset.reset': 'earliest',
    ...options,
  })
  assert.equal(made.status, 200)
  assert.equal(made.body.base_uri.endsWith(`/instances/${made.body.instance_id}`), true)
  return new URL(made.body.base_uri).pathname
}

/** Reads until there are so many records. */
async function read(path: string, count: number, format = 'json'): Promise<Answer['body']> {
  const records = []
  for (let reads = 0; records.length < count && reads < 20; reads++) {
    const found = await call('GET', `${path}/records`, undefined, media(format))
    assert.deepEqual([found.status, found.headers.get('content-type')], [200, media(format)])
    records.push(...found.body)
  }
  return records
}

const values = (records: { value: unknown }[]) => records.map(({ value }) => value)
const send = (topic: string, ...records: object[]) => platform.post(topic, { records })

describe('consumers', () => {
  test('a subscription gives what is in the topic, then what comes', async () => {
    await platform.topic('orders', { partitions: 2 })
    await send('orders', { key: 'a', value: { n: 1 } }, { value: { n: 2 }, partition: 1 })
    const path = await create('first')
    const subscribed = await call('POST', `${path}/subscription`, { topics: ['orders'] })
    assert.deepEqual([subscribed.status, subscribed.body], [204, undefined])
    assert.deepEqual((await call('GET', `${path}/subscription`)).body, { topics: ['orders'] })
    assert.deepEqual((await call('GET', `${path}/assignments`)).body.partitions, [
      { topic: 'orders', partition: 0 },
      { topic: 'orders', partition: 1 },
    ])
    const records = await read(path, 2)
    assert.deepEqual(Object.keys(records[0]).sort(), [
      'key',
      'offset',
      'partition',
      'topic',
      'value',
    ])
    assert.deepEqual(
      new Set(values(records).map((value) => JSON.stringify(value))),
      new Set(['{"n":1}', '{"n":2}']),
    )
    const waiting = read(path, 1)
    await send('orders', { value: { n: 3 } })
    assert.deepEqual(values(await waiting), [{ n: 3 }])
    assert.equal((await call('DELETE', path)).status, 204)
    const gone = await call('GET', `${path}/records`, undefined, media('json'))
    assert.deepEqual([gone.status, gone.body.error_code], [404, 40403])
  })

  test('what was read is committed, and the next instance goes on there', async () => {
    await platform.topic('resumed')
    await send('resumed', { value: 1 }, { value: 2 }, { value: 3 })
    const one = await create('resuming')
    await call('POST', `${one}/subscription`, { topics: ['resumed'] })
    assert.deepEqual(values(await read(one, 3)), [1, 2, 3])
    await call('DELETE', one)
    await send('resumed', { value: 4 })
    const two = await create('resuming')
    await call('POST', `${two}/subscription`, { topics: ['resumed'] })
    assert.deepEqual(values(await read(two, 1)), [4])
  })

  test('who hangs up while it waits is given nothing, and the next read has all', async () => {
    await platform.topic('waited')
    const path = await create('waiting')
    await call('POST', `${path}/subscription`, { topics: ['waited'] })
    await call('GET', `${path}/records?timeout=100`, undefined, media('json'))
    for (let round = 0; round < 5; round++) {
      const connection = await RawConnection.open(platform.gateway.url)
      connection.socket.write(
        `GET ${path}/records?timeout=900 HTTP/1.1\r\nhost: x\r\naccept: ${media('json')}\r\n\r\n`,
      )
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (round % 2 === 0) connection.socket.resetAndDestroy()
      else connection.socket.destroy()
      await connection.closed
      await send('waited', { value: round })
      assert.deepEqual(values(await read(path, 1)), [round])
    }
  })

  test('offsets are committed by hand where it is asked for', async () => {
    await platform.topic('byhand')
    await send('byhand', { value: 1 }, { value: 2 }, { value: 3 })
    const options = { 'auto.commit.enable': 'false' }
    const one = await create('manual', options)
    await call('POST', `${one}/subscription`, { topics: ['byhand'] })
    await read(one, 3)
    const partitions = [{ topic: 'byhand', partition: 0 }]
    assert.deepEqual((await call('GET', `${one}/offsets`, { partitions })).body, { offsets: [] })
    const offsets = [{ topic: 'byhand', partition: 0, offset: 0, metadata: 'mine' }]
    assert.equal((await call('POST', `${one}/offsets`, { offsets })).status, 200)
    assert.deepEqual((await call('GET', `${one}/offsets`, { partitions })).body, {
      offsets: [{ topic: 'byhand', partition: 0, offset: 1, metadata: 'mine' }],
    })
    await call('DELETE', one)
    const two = await create('manual', options)
    await call('POST', `${two}/subscription`, { topics: ['byhand'] })
    assert.deepEqual(values(await read(two, 2)), [2, 3])
    assert.equal((await call('POST', `${two}/offsets`)).status, 200)
    const { body } = await call('GET', `${two}/offsets`, { partitions })
    assert.equal(body.offsets[0].offset, 3)
  })

  test('partitions are shared by the instances of a group, and taken over', async () => {
    await platform.topic('shared', { partitions: 2 })
    const one = await create('sharing')
    const two = await create('sharing')
    for (const path of [one, two]) {
      await call('POST', `${path}/subscription`, { topics: ['shared'] })
    }
    const assigned = async (path: string) =>
      (await call('GET', `${path}/assignments`)).body.partitions.length
    const until = async (path: string, count: number) => {
      for (let tries = 0; tries < 100 && (await assigned(path)) !== count; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      assert.equal(await assigned(path), count)
    }
    await until(one, 1)
    await until(two, 1)
    await call('DELETE', two)
    await until(one, 2)
  })

  test('partitions are assigned by hand, sought in, from ends and times', async () => {
    await platform.topic('sought')
    await send('sought', { value: 1 }, { value: 2 }, { value: 3 })
    const path = await create('seeking')
    const partitions = [{ topic: 'sought', partition: 0 }]
    const early = await call('POST', `${path}/positions/beginning`, { partitions })
    assert.deepEqual([early.status, early.body.error_code], [409, 40903])
    assert.equal((await call('POST', `${path}/assignments`, { partitions })).status, 204)
    assert.deepEqual((await call('GET', `${path}/assignments`)).body, { partitions })
    const both = await call('POST', `${path}/subscription`, { topics: ['sought'] })
    assert.deepEqual([both.status, both.body.error_code], [409, 40903])
    assert.deepEqual(values(await read(path, 3)), [1, 2, 3])
    await call('POST', `${path}/positions`, { offsets: [{ ...partitions[0], offset: 1 }] })
    assert.deepEqual(values(await read(path, 2)), [2, 3])
    await call('POST', `${path}/positions/beginning`, { partitions })
    assert.deepEqual(values(await read(path, 3)), [1, 2, 3])
    await call('POST', `${path}/positions/end`, { partitions })
    assert.deepEqual(
      (await call('GET', `${path}/records?timeout=100`, undefined, media('json'))).body,
      [],
    )
    const timestamps = [{ ...partitions[0], timestamp: '2001-01-01T00:00:00Z' }]
    assert.equal((await call('POST', `${path}/positions`, { timestamps })).status, 204)
    assert.deepEqual(values(await read(path, 3)), [1, 2, 3])
  })

  test('a pattern takes the topics that match, whole names only', async () => {
    await platform.topic('pattern-a')
    await platform.topic('pattern-b')
    await platform.topic('no-pattern-a')
    const path = await create('matching')
    await call('POST', `${path}/subscription`, { topic_pattern: 'pattern-.*' })
    assert.deepEqual((await call('GET', `${path}/subscription`)).body.topics.sort(), [
      'pattern-a',
      'pattern-b',
    ])
    assert.equal((await call('DELETE', `${path}/subscription`)).status, 204)
    assert.deepEqual((await call('GET', `${path}/subscription`)).body, { topics: [] })
  })

  test('max_bytes cuts answers, and a record that is larger comes alone', async () => {
    await platform.topic('cut')
    await send(
      'cut',
      { value: 'x'.repeat(50) },
      { value: 'y'.repeat(50) },
      { value: 'z'.repeat(500) },
    )
    const path = await create('cutting')
    await call('POST', `${path}/subscription`, { topics: ['cut'] })
    const counts = []
    for (let reads = 0; counts.reduce((sum, n) => sum + n, 0) < 3 && reads < 10; reads++) {
      const { body } = await call('GET', `${path}/records?max_bytes=110`, undefined, media('json'))
      if (body.length > 0) counts.push(body.length)
    }
    assert.deepEqual(counts, [2, 1])
  })

  test('numbers are given as they are stored', async () => {
    const n = { name: 'n', type: ['null', 'long'] }
    const b = { name: 'b', type: 'bytes', default: '\u00e9' }
    await platform.topic('longs', { schema: { type: 'record', name: 'Long', fields: [n, b] } })
    await platform.topic('plain')
    const cases = [
      ['longs', 'avro', '{"n":-9007199254740993}', '{"n":{"long":-9007199254740993},"b":"é"}'],
      ['plain', 'json', '{"n": 1.0, "n": 1e400}', '{"n": 1.0, "n": 1e400}'],
    ] as const
    for (const [topic, format, sent, given] of cases) {
      const stored = await platform.post(topic, `{"records":[{"value":${sent}}]}`)
      assert.equal(stored.status, 200)
      const path = await create(`numbers-${format}`, { format })
      await call('POST', `${path}/subscription`, { topics: [topic] })
      let text = '[]'
      for (let tries = 0; tries < 20 && text === '[]'; tries++) {
        const url = new URL(`${path}/records`, platform.gateway.url)
        text = await (await fetch(url, { headers: { accept: media(format) } })).text()
      }
      assert.equal(
        text,
        `[{"topic":"${topic}","key":null,"value":${given},"partition":0,"offset":0}]`,
      )
    }
  })

  test('keys and values are given in the format of the instance', async () => {
    await platform.topic('typed', { schema: trip })
    const value = { id: 't1', pickup_area: 8, fare: 12.5, at: 1_700_000_000_000 }
    assert.equal((await send('typed', { value })).status, 200)
    const inAvro = await create('avro', { format: 'avro' })
    await call('POST', `${inAvro}/subscription`, { topics: ['typed'] })
    // Avro's JSON encoding names the branch of a union, as the proxy's answers do.
    assert.deepEqual(values(await read(inAvro, 1, 'avro')), [{ ...value, fare: { double: 12.5 } }])

    const inBytes = await create('bytes', { format: 'binary' })
    await call('POST', `${inBytes}/subscription`, { topics: ['typed'] })
    const [stored] = await platform.stored('typed')
    assert.deepEqual(values(await read(inBytes, 1, 'binary')), [stored?.value?.toString('base64')])
    const mismatch = await call('GET', `${inBytes}/records`, undefined, media('json'))
    assert.deepEqual([mismatch.status, mismatch.body.error_code], [406, 40601])
    const unknown = await call('GET', `${inBytes}/records`, undefined, 'text/html')
    assert.deepEqual([unknown.status, unknown.body.error_code], [406, 406])

    const plain = await create('plain')
    await call('POST', `${plain}/subscription`, { topics: ['typed'] })
    assert.deepEqual(values(await read(plain, 1)), [value], 'unions are bare, as they were sent')
  })

  test('what is not in the format of the instance is refused, and can be sought behind', async () => {
    await platform.topic('mixed')
    const bytes = [Buffer.from('no JSON'), Buffer.from([0, 0, 0, 1, 0, 2]), Buffer.from('5')]
    const records = bytes.map((each) => ({ value: each.toString('base64') }))
    assert.equal((await platform.post('mixed', { records }, { type: media('binary') })).status, 200)
    const path = await create('nojson')
    const partitions = [{ topic: 'mixed', partition: 0 }]
    await call('POST', `${path}/assignments`, { partitions })
    for (const [offset, why] of [/not JSON/, /Schema 256 not found/].entries()) {
      await call('POST', `${path}/positions`, { offsets: [{ ...partitions[0], offset }] })
      const refused = await call('GET', `${path}/records`, undefined, media('json'))
      assert.deepEqual([refused.status, refused.body.error_code], [500, 50002])
      assert.match(refused.body.message, new RegExp(`mixed, partition 0, offset ${offset}`))
      assert.match(refused.body.message, why)
    }
    await call('POST', `${path}/positions`, { offsets: [{ ...partitions[0], offset: 2 }] })
    assert.deepEqual(values(await read(path, 1)), [5])
  })

  test('a topic with text keys is read in each format that its values have', async () => {
    await platform.topic('keyed', { schema: trip, policy: { keyField: 'id' } })
    const value = { id: 't1', pickup_area: 8, fare: null, at: 1_700_000_000_000 }
    assert.equal((await send('keyed', { value })).status, 200)
    for (const format of ['avro', 'json']) {
      const path = await create(`keyed-${format}`, { format })
      await call('POST', `${path}/subscription`, { topics: ['keyed'] })
      const [record] = await read(path, 1, format)
      assert.deepEqual([record.key, record.value], ['t1', value])
    }
  })

  test('time and headers come along where they are asked for', async () => {
    await platform.topic('enveloped')
    await send('enveloped', { value: 1 })
    const path = await create('enveloping')
    await call('POST', `${path}/subscription`, { topics: ['enveloped'] })
    let records = []
    for (let reads = 0; records.length === 0 && reads < 20; reads++) {
      const url = `${path}/records?headers=true`
      records = (await call('GET', url, undefined, media('json'))).body
    }
    const [stored] = await platform.stored('enveloped')
    assert.equal(records[0].timestamp, new Date(stored?.timestamp ?? 0).toISOString())
    const texts = stored?.headers.map(({ key, value }) => [key, value?.toString()])
    assert.deepEqual(records[0].headers, Object.fromEntries(texts ?? []))
    assert.equal(records[0].headers.ce_id, stored?.envelope?.id)
  })

  test('JSON Schema and Protobuf are read by the schema that a record names', async () => {
    const { registry } = platform.registry
    const cases = [
      ['jsonschema', 'JSON', JSON.stringify({ type: 'object' }), Buffer.from('{"a":1}'), { a: 1 }],
      [
        'protobuf',
        'PROTOBUF',
        'syntax = "proto3"; message Ride { string id = 1; }',
        Buffer.from([0, 0x0a, 2, 0x72, 0x31]),
        { id: 'r1' },
      ],
    ] as const
    for (const [format, schemaType, schema, payload, value] of cases) {
      await platform.topic(format)
      const { id } = await registry.register(`other-${format}`, { schema, schemaType })
      const head = Buffer.from([0, 0, 0, 0, id])
      const bytes = Buffer.concat([head, payload]).toString('base64')
      const sent = await platform.post(
        format,
        { records: [{ value: bytes }] },
        { type: media('binary') },
      )
      assert.equal(sent.status, 200)
      const path = await create(`in-${format}`, { format })
      await call('POST', `${path}/subscription`, { topics: [format] })
      assert.deepEqual(values(await read(path, 1, format)), [value])
    }
  })

  test('what is wrong with a request is said with the code of the proxy', async () => {
    const refused = async (code: number, method: string, path: string, body?: unknown) => {
      const { status, body: told } = await call(method, path, body)
      assert.deepEqual(
        [status, told.error_code],
        [code > 1000 ? Math.floor(code / 100) : code, code],
      )
    }
    await create('refusals', { name: 'mine' })
    await refused(40902, 'POST', '/consumers/refusals', { name: 'mine' })
    await refused(422, 'POST', '/consumers/refusals', { format: 'xml' })
    await refused(42204, 'POST', '/consumers/refusals', { 'auto.offset.reset': 'first' })
    await refused(42204, 'POST', '/consumers/refusals', { 'auto.commit.enable': 'perhaps' })
    await refused(40001, 'POST', '/consumers/refusals', { 'fetch.min.bytes': 100_000_000 })
    await refused(40403, 'GET', '/consumers/refusals/instances/yours/assignments')
    await refused(40403, 'DELETE', '/consumers/refusals/instances/yours')
    const mine = '/consumers/refusals/instances/mine'
    await refused(422, 'POST', `${mine}/subscription`, {})
    await refused(422, 'POST', `${mine}/assignments`, { partitions: [{ topic: 'x' }] })
    await refused(40402, 'GET', `${mine}/offsets`)
  })

  test('an instance that nobody asks ends, and its partitions are free', async () => {
    const path = await create('idle', { name: 'sleeper' })
    for (let tries = 0; tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      // Looked at by its name, because every question to it counts as use.
      const again = await call('POST', '/consumers/idle', { name: 'sleeper' })
      if (again.status === 200) return
      assert.equal(again.body.error_code, 40902)
    }
    assert.fail(`${path} is still there`)
  })
})
