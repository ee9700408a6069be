import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { partitionOf } from '@millrace/log'
import { avro, binary, json, Platform } from './platform.js'
import { readTrip, trip } from './trip.js'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('events in', () => {
  let platform: Platform
  before(async () => {
    platform = await Platform.start()
  })
  after(() => platform.stop())

  test('JSON of a topic with a schema is stored as Avro in the wire format', async () => {
    await platform.topic('trips', {
      schema: trip,
      policy: { idField: 'id', timeField: 'at', keyField: 'id', tier: 'gold', owner: 'rides' },
    })
    const before = Date.now()
    const { status, headers, body } = await platform.post(
      'trips',
      { records: [{ value: { id: 'äb', pickup_area: 8, at: '2026-01-04T00:00:01Z' } }] },
      { headers: { 'x-source': 'dispatch' } },
    )
    assert.equal(status, 200)
    assert.equal(headers.get('content-type'), 'application/vnd.kafka.v2+json')
    const [{ value_schema_id: id }] = [body]
    assert.deepEqual(body, {
      offsets: [{ partition: 0, offset: 0, error_code: null, error: null }],
      key_schema_id: null,
      value_schema_id: id,
    })

    const [record] = await platform.stored('trips')
    const at = Date.UTC(2026, 0, 4, 0, 0, 1)
    assert.deepEqual(readTrip(record?.value), {
      schemaId: id,
      trip: { id: 'äb', pickup_area: 8, fare: null, at },
    })
    // By hand: magic and id, the length and bytes of "äb", 8 as zigzag, the first branch, the time.
    assert.equal(
      record?.value?.toString('hex'),
      `00${id.toString(16).padStart(8, '0')}06c3a4621000d0ffede4f066`,
    )
    assert.equal(record?.key, 'äb')
    assert.ok((record?.timestamp ?? 0) >= before, 'the record time is the time of arrival')
    assert.deepEqual(record?.envelope, {
      id: 'äb',
      type: 'rides.Trip',
      source: 'dispatch',
      time: at,
      tier: 'gold',
      owner: 'rides',
      dataSchema: `${platform.registry.url}/schemas/ids/${id}`,
      dataContentType: 'application/avro',
    })
  })

  test('JSON of a topic without a schema is stored as it is', async () => {
    await platform.topic('notes')
    const value = { text: 'a', n: 1.5, nested: [null, { x: true }] }
    const sent = { records: [{ value }, { key: 'k', value: 7 }, { key: { a: 1 }, value: null }] }
    const type = 'application/json; charset=utf-8'
    const { status, body } = await platform.post('notes', sent, {
      type,
      headers: { 'user-agent': 'test/1' },
    })
    assert.equal(status, 200)
    assert.equal(body.value_schema_id, null)
    const stored = await platform.stored('notes')
    assert.deepEqual(
      stored.map((each) => [each.key, each.value?.toString() ?? null]),
      [
        [null, JSON.stringify(value)],
        ['"k"', '7'],
        ['{"a":1}', null],
      ],
    )
    assert.match(stored[0]?.envelope?.id ?? '', uuid)
    assert.equal(stored[0]?.envelope?.type, 'notes')
    assert.equal(stored[0]?.envelope?.source, 'test/1')
    assert.equal(stored[0]?.envelope?.dataContentType, 'application/json')
    assert.equal(new Set(stored.map((each) => each.envelope?.id)).size, 3)
  })

  test('bytes are stored as they are', async () => {
    await platform.topic('bytes')
    const records = [{ key: 'a2V5', value: '/+8A' }, { value: '' }]
    const { status } = await platform.post('bytes', { records }, { type: binary })
    assert.equal(status, 200)
    const stored = await platform.stored('bytes')
    assert.deepEqual(stored[0]?.value, Buffer.from([0xff, 0xef, 0]))
    assert.equal(stored[0]?.key, 'key')
    assert.equal(stored[1]?.value?.length, 0)
  })

  test('Avro with the schema in the request registers it', async () => {
    await platform.topic('ratings')
    const schema = {
      type: 'record',
      name: 'Rating',
      fields: [{ name: 'stars', type: ['null', 'int'] }],
    }
    const request = {
      key_schema: '"string"',
      value_schema: JSON.stringify(schema),
      records: [
        { key: 'r1', value: { stars: { int: 5 } } },
        { key: 'r2', value: { stars: null } },
        { key: 'r1', value: null },
      ],
    }
    const first = await platform.post('ratings', request, { type: avro })
    assert.equal(first.status, 200)
    const { key_schema_id: keyId, value_schema_id: valueId } = first.body
    assert.equal(platform.registry.registry.version('ratings-key', 'latest').id, keyId)
    assert.equal(platform.registry.registry.version('ratings-value', 'latest').id, valueId)

    const byId = {
      key_schema_id: keyId,
      value_schema_id: valueId,
      records: [{ key: 'r3', value: { stars: { int: 1 } } }],
    }
    const second = await platform.post('ratings', byId, { type: avro })
    assert.deepEqual([second.body.key_schema_id, second.body.value_schema_id], [keyId, valueId])
    const third = await platform.post(
      'ratings',
      { records: [{ key: 'r4', value: { stars: { int: 2 } } }] },
      { type: avro },
    )
    assert.equal(third.body.value_schema_id, valueId, 'the newest schema of the subject')

    const stored = await platform.stored('ratings')
    const frames = stored.map((each) => each.value?.toString('hex') ?? null)
    const head = `00${valueId.toString(16).padStart(8, '0')}`
    assert.deepEqual(frames, [`${head}020a`, `${head}00`, null, `${head}0202`, `${head}0204`])
  })

  test('a new version of a schema is used at once by events that need it', async () => {
    const fields = [{ name: 'a', type: 'int' }]
    const wider = [...fields, { name: 'b', type: 'int', default: 0 }]
    await platform.topic('versions', { schema: { type: 'record', name: 'V', fields } })
    const old = await platform.post('versions', { records: [{ value: { a: 1 } }] })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await platform.topic('versions', { schema: { type: 'record', name: 'V', fields: wider } })
    const renewed = await platform.post('versions', { records: [{ value: { a: 1, b: 2 } }] })
    assert.equal(renewed.status, 200)
    assert.equal(renewed.body.value_schema_id, old.body.value_schema_id + 1)
  })

  test('keys, explicit partitions and times', async () => {
    const partitions = 5
    await platform.topic('parts', { partitions, policy: { keyField: 'id' } })
    const records = Array.from({ length: 100 }, (_, i) => ({ value: { id: i, n: i } }))
    const { body } = await platform.post('parts', { records })
    const stored = await platform.stored('parts')
    assert.equal(new Set(stored.map((each) => each.partition)).size, partitions)
    for (const { key, partition, offset, value } of stored) {
      const { id } = JSON.parse(value?.toString() ?? '')
      assert.equal(key, String(id))
      assert.equal(partition, partitionOf(Buffer.from(String(id)), partitions))
      assert.deepEqual([partition, offset], [body.offsets[id].partition, body.offsets[id].offset])
    }

    await platform.topic('placed', { partitions })
    const placed = await platform.post('placed', {
      records: [
        { value: 1, partition: 3, timestamp: 1_000 },
        { value: 2, partition: 4, key: 'x' },
      ],
    })
    assert.deepEqual(
      placed.body.offsets.map((each: { partition: number }) => each.partition),
      [3, 4],
    )
    assert.equal((await platform.stored('placed'))[0]?.timestamp, 1_000)

    await platform.topic('keyless', { partitions })
    const used: number[] = []
    const filler = 'x'.repeat(4_096)
    for (let i = 0; i < partitions * 4; i++) {
      const records = [{ value: 1 }, { value: filler }]
      const { body } = await platform.post('keyless', { records })
      const [a, b] = body.offsets
      assert.equal(a.partition, b.partition, 'one request stays together')
      used.push(a.partition)
    }
    const [start = 0] = used
    const expected = used.map((_, i) => (start + Math.floor(i / 4)) % partitions)
    assert.deepEqual(used, expected, 'a partition gets 16 KiB, then the next')
  })

  test('the order within a request and partition is kept, also over several batches', async () => {
    await platform.topic('ordered', { partitions: 3 })
    const filler = 'x'.repeat(2_000)
    const records = Array.from({ length: 2_000 }, (_, n) => ({ key: n % 7, value: { n, filler } }))
    const { status, body } = await platform.post('ordered', { records })
    assert.equal(status, 200)
    const stored = await platform.stored('ordered')
    assert.equal(stored.length, records.length)
    const last = new Map<number, number>()
    for (const { partition, offset, value } of stored) {
      const { n } = JSON.parse(value?.toString() ?? '')
      assert.ok(n > (last.get(partition) ?? -1), `${n} in partition ${partition}`)
      last.set(partition, n)
      assert.deepEqual([partition, offset], [body.offsets[n].partition, body.offsets[n].offset])
    }
  })

  test('requests at the same time are all stored, once', async () => {
    await platform.topic('busy', { partitions: 4, schema: trip, policy: { idField: 'id' } })
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        platform.post('busy', {
          records: [0, 1, 2].map((n) => ({ value: { id: `${i}-${n}`, pickup_area: n, at: 0 } })),
        }),
      ),
    )
    assert.ok(answers.every(({ status }) => status === 200))
    const stored = await platform.stored('busy')
    assert.equal(stored.length, 600)
    assert.equal(new Set(stored.map((each) => each.envelope?.id)).size, 600)
    const places = answers.flatMap(({ body }) => body.offsets)
    assert.equal(new Set(places.map((each) => `${each.partition}/${each.offset}`)).size, 600)
    assert.deepEqual(
      platform.gateway.counts().find(({ topic }) => topic === 'busy'),
      { topic: 'busy', accepted: 600, refused: 0, failed: 0, spooled: 0 },
    )
  })

  test('topics are listed', async () => {
    const { body } = await platform.get('/topics')
    assert.ok(body.includes('trips') && body.includes('busy'))
    const { name, configs, partitions } = (await platform.get('/topics/ordered')).body
    assert.deepEqual([name, configs['cleanup.policy'], partitions.length], ['ordered', 'delete', 3])
    const missing = await platform.get('/topics/missing')
    assert.deepEqual([missing.status, missing.body.error_code], [404, 40403])
    assert.ok(!(await platform.get('/topics')).body.includes('missing'), 'asking makes no topic')
  })

  test('a topic that is made later is found', async () => {
    const records = [{ value: 1 }]
    assert.equal((await platform.post('later', { records })).status, 404)
    await platform.topic('later')
    assert.equal((await platform.post('later', { records }, { type: json })).status, 200)
  })
})
