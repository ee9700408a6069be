import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { jsonCodec, protobufCodec, unframe } from '@millrace/schema'
import { answerOf, avro, Platform } from './platform.js'

const jsonSchema = 'application/vnd.kafka.jsonschema.v2+json'
const protobuf = 'application/vnd.kafka.protobuf.v2+json'

const fare = JSON.stringify({
  title: 'Fare',
  type: 'object',
  properties: { amount: { type: 'number' }, city: { type: 'string' } },
  required: ['amount'],
})
const ride =
  'syntax = "proto3"; package rides; message Ride { int32 km = 1; repeated Stop stops = 2; } message Stop { string at = 1; }'

const cases = [
  {
    schemaType: 'JSON',
    dataType: 'JSONSCHEMA',
    media: jsonSchema,
    schema: fare,
    recordName: 'Fare',
    codec: jsonCodec(fare),
    good: { amount: 1.5, city: 'Oslo' },
    bad: { amount: 'much' },
    field: 'amount',
    incompatible: JSON.stringify({ title: 'Fare', type: 'string' }),
  },
  {
    schemaType: 'PROTOBUF',
    dataType: 'PROTOBUF',
    media: protobuf,
    schema: ride,
    recordName: 'rides.Ride',
    codec: protobufCodec(ride),
    good: { km: 3, stops: [{ at: 'home' }] },
    bad: { km: 3, stops: [{ at: 'home' }, { at: 7 }] },
    field: 'stops[1].at',
    incompatible: 'syntax = "proto3"; package rides; message Ride { string km = 1; }',
  },
]

for (const each of cases) {
  const { schemaType, dataType, media, schema, codec, good, bad, field, recordName } = each
  describe(`values by a schema of the type ${schemaType}`, () => {
    let platform: Platform
    before(async () => {
      platform = await Platform.start()
    })
    after(() => platform.stop())

    const register = (subject: string, text = schema) =>
      platform.registry.registry.register(subject, { schema: text, schemaType })

    /** Values of a topic, each with the id in its frame. */
    const stored = async (topic: string) =>
      (await platform.stored(topic)).map(({ value }) => {
        const framed = unframe(value ?? Buffer.alloc(0))
        return framed && { id: framed.id, value: codec.decode(framed.payload) }
      })

    const v3 = async (topic: string, value: object, query = '') =>
      (
        await answerOf(
          await platform.send(platform.v3(topic) + query, { value }, { type: 'application/json' }),
        )
      ).body

    test('plain JSON is checked and encoded, and what does not fit is told by its field', async () => {
      await platform.topic('plain')
      const { id } = await register('plain-value')
      const answer = await platform.post('plain', { records: [{ value: good }, { value: bad }] })
      assert.equal(answer.status, 200)
      assert.equal(answer.body.value_schema_id, id)
      assert.equal(answer.body.offsets[1].error_code, 42203)
      assert.equal(answer.body.offsets[1].field, field)
      const typed = await v3('plain', { type: 'JSON', data: good })
      assert.deepEqual([typed.value.type, typed.value.schema_id], [dataType, id])
      const expected = { id, value: good }
      assert.deepEqual(await stored('plain'), [expected, expected])
      // With its frame, a value is no JSON.
      const contentType =
        schemaType === 'PROTOBUF' ? 'application/protobuf' : 'application/octet-stream'
      for (const { envelope } of await platform.stored('plain')) {
        assert.equal(envelope?.dataContentType, contentType)
      }
    })

    test('v2: with the schema in the request, by its id, and with the newest', async () => {
      await platform.topic('v2')
      const carried = await platform.post(
        'v2',
        { value_schema: schema, records: [{ value: good }] },
        { type: media },
      )
      assert.equal(carried.status, 200, JSON.stringify(carried.body))
      const id = platform.registry.registry.version('v2-value', 'latest').id
      const byId = { value_schema_id: id, records: [{ value: good }] }
      assert.equal((await platform.post('v2', byId, { type: media })).body.value_schema_id, id)
      const newest = await platform.post('v2', { records: [{ value: good }] }, { type: media })
      assert.equal(newest.body.value_schema_id, id)
      const expected = { id, value: good }
      assert.deepEqual(await stored('v2'), [expected, expected, expected])
      const refused = await platform.post('v2', { records: [{ value: bad }] }, { type: media })
      assert.deepEqual([refused.status, refused.body.errors[0].field], [422, field])
      const other = await platform.post('v2', { records: [{ value: good }] }, { type: avro })
      assert.deepEqual([other.status, other.body.error_code], [422, 42205])
      assert.match(other.body.message, new RegExp(`of the type ${schemaType}`))
    })

    test('v3: in the request, by id, by version, under each strategy', async () => {
      await platform.topic('v3')
      const first = await v3('v3', { type: dataType, schema, data: good })
      assert.equal(first.error_code, 200, JSON.stringify(first))
      assert.equal(first.value.type, dataType)
      const id = first.value.schema_id
      const byId = await v3('v3', { schema_id: id, data: good })
      assert.deepEqual([byId.value.type, byId.value.schema_id], [dataType, id])
      const byVersion = await v3('v3', { schema_version: 1, data: good })
      assert.deepEqual([byVersion.value.schema_id, byVersion.value.schema_version], [id, 1])
      const missing = await v3('v3', { schema_version: 9, data: good })
      assert.equal(missing.error_code, 42207)
      assert.match(missing.message, /no version 9/)
      for (const [strategy, subject] of [
        ['RECORD_NAME', recordName],
        ['TOPIC_RECORD_NAME', `v3-${recordName}`],
      ]) {
        const named = { type: dataType, schema, subject_name_strategy: strategy, data: good }
        assert.equal((await v3('v3', named)).value.subject, subject)
      }
      const refused = await v3('v3', { data: bad })
      assert.equal(refused.error_code, 42203)
      assert.ok(refused.message.startsWith(field), refused.message)
      assert.equal((await stored('v3')).length, 5)
    })

    test('POST /events checks and encodes by it', async () => {
      await platform.topic('events')
      const { id } = await register('events-value')
      const event = (data: object) => ({
        specversion: '1.0',
        type: 'events',
        source: '/t',
        id: '1',
        data,
      })
      const answer = await answerOf(
        await platform.send('/events', [event(good), event(bad)], {
          type: 'application/cloudevents-batch+json',
        }),
      )
      assert.equal(answer.body.events[1].field, field)
      assert.deepEqual(await stored('events'), [{ id, value: good }])
    })

    test('a dry run registers nothing, and tells what a registration would', async () => {
      await platform.topic('dry')
      const { registry } = platform.registry
      const carried = { value_schema: schema, records: [{ value: good }] }
      const answer = await platform.post('dry?dry-run', carried, { type: media })
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      const asV3 = { type: dataType, schema, data: bad }
      assert.equal((await v3('dry', asV3, '?dry-run')).error_code, 42203)
      assert.ok(!registry.subjects('all').includes('dry-value'))
      const { id } = await register('dry-value')
      const again = await platform.post('dry?dry-run', carried, { type: media })
      assert.equal(again.body.value_schema_id, id)
      const incompatible = { value_schema: each.incompatible, records: [{ value: good }] }
      const refused = await platform.post('dry?dry-run', incompatible, { type: media })
      assert.deepEqual([refused.status, refused.body.error_code], [422, 42205])
      assert.match(refused.body.message, /incompatible/)
      assert.equal(registry.version('dry-value', 'latest').version, 1)
      assert.deepEqual(await stored('dry'), [])
    })
  })
}

test('a version other than the newest is used as it is', async (t) => {
  const platform = await Platform.start()
  t.after(() => platform.stop())
  await platform.topic('versions', {
    schema: { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] },
  })
  const newer = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: 'int' },
      { name: 'b', type: 'int', default: 0 },
    ],
  }
  await platform.registry.registry.register('versions-value', { schema: JSON.stringify(newer) })
  const answers = []
  for (const version of [1, 2]) {
    const record = { value: { schema_version: version, data: { a: 5 } } }
    const sent = await platform.send(platform.v3('versions'), record, { type: 'application/json' })
    answers.push((await answerOf(sent)).body.value)
  }
  assert.deepEqual(
    answers.map(({ schema_version, size }) => [schema_version, size]),
    [
      [1, 6],
      [2, 7],
    ],
  )
})
