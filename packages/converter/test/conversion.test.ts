import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { realHost } from '@millrace/host'
import { Conversion, type ConversionSpec } from '../src/conversion.js'
import { asItIs, type FieldMapping } from '../src/field-mapping.js'
import type { TypedTopic } from '../src/typed-event.js'
import { Platform, until } from './platform.js'

const trip = {
  type: 'record',
  name: 'Trip',
  namespace: 'rides',
  fields: [
    { name: 'trip_id', type: 'long' },
    { name: 'area', type: 'int' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'kind', type: 'string', default: 'taxi' },
  ],
}

const text = { type: 'record', name: 'Text', fields: [{ name: 'a', type: 'string' }] }

const mapping: FieldMapping = {
  fields: { trip_id: 'id', area: 'pickup.area' },
  defaults: {},
  unknown: 'drop',
}

const aTrip = '{"id":1,"pickup":{"area":1},"at":0}'

describe('a conversion', () => {
  let platform: Platform
  const running: Conversion[] = []
  let nth = 0
  before(async () => {
    platform = await Platform.start()
  })
  after(async () => {
    await Promise.all(running.map((conversion) => conversion.stop()))
    await platform.stop()
  })

  /** Names of topics that nobody else has; the topics are made. */
  async function topics(raw = 1, typed = 1): Promise<{ from: string; to: TypedTopic }> {
    const name = `t${nth++}`
    await platform.topic(`${name}.raw`, raw)
    await platform.topic(name, typed)
    await platform.topic(`${name}.exceptions`)
    return { from: `${name}.raw`, to: { name, exceptions: `${name}.exceptions` } }
  }

  function convert(spec: ConversionSpec, lines: string[] = []): Conversion {
    const { client, registryUrl } = platform
    const log = (line: string) => lines.push(line)
    const conversion = Conversion.start({ host: realHost, client, registryUrl, spec, log })
    conversion.done.catch(() => {})
    running.push(conversion)
    return conversion
  }

  test('raw JSON becomes typed events under its own envelope, or exceptions', async () => {
    const { from, to } = await topics(2, 4)
    await platform.schema(to.name, trip)
    const typed = { ...to, keyField: 'area', idField: 'trip_id', timeField: 'at', tier: 'critical' }
    const conversion = convert({ from, to: typed, mapping })
    const good = { id: 1, pickup: { area: 8 }, at: '2026-01-04T10:00:00Z', debug: true }
    const headers = {
      ...{ ce_specversion: '1.0', ce_id: 'e-1', ce_type: from, ce_source: '/app' },
      ...{ ce_time: '2026-01-04T09:00:00Z', ce_subject: 's', ce_custom: 'c', ce_tier: 'relaxed' },
    }
    await platform.send(from, [JSON.stringify(good)], { headers, partition: 1 })
    const bad = '{ "id": 2, "pickup": { "area": "eight" }, "at": 0 }'
    await platform.send(from, [bad], { headers: { ...headers, ce_id: 'e-2' }, key: 'k' })
    await platform.send(from, ['{"id":', null, '[1]'])
    await until('all is converted', () => conversion.metrics().recordsIn === 5)

    const [event, ...others] = await platform.typed(to.name)
    assert.equal(others.length, 0)
    const at = Date.UTC(2026, 0, 4, 10)
    assert.deepEqual({ ...(event?.value as object) }, { trip_id: 1, area: 8, at, kind: 'taxi' })
    assert.equal(event?.key, '8')
    const { dataSchema, ...envelope } = event?.envelope ?? {}
    assert.match(dataSchema ?? '', /^http:\/\/127\.0\.0\.1:\d+\/schemas\/ids\/\d+$/)
    assert.deepEqual(envelope, {
      ...{ id: '1', type: 'rides.Trip', source: '/app', time: at, subject: 's' },
      ...{ tier: 'critical', dataContentType: 'application/avro', extensions: { custom: 'c' } },
    })

    const exceptions = await platform.exceptions(to.exceptions)
    assert.deepEqual(
      exceptions.map(({ topic, field, reason }) => [topic, field, reason.slice(0, 32)]),
      [
        [to.name, 'area', 'expected int, got string "eight"'],
        [to.name, '', 'it is not JSON: Unexpected end o'],
        [to.name, '', 'the record has no value'],
        [to.name, '', 'expected record rides.Trip, got '],
      ],
    )
    const [first, torn, none] = exceptions
    assert.deepEqual([first?.event, first?.bytes], [bad, undefined])
    assert.deepEqual(first?.from, { topic: from, partition: 0, offset: 0 })
    assert.equal(Buffer.from(first?.key ?? '', 'base64').toString(), 'k')
    assert.equal(first?.context?.subject, 's')
    assert.deepEqual([first?.envelope?.id, first?.envelope?.source], ['e-2', '/app'])
    assert.equal(Buffer.from(torn?.bytes ?? '', 'base64').toString(), '{"id":')
    assert.deepEqual([torn?.envelope?.id, torn?.envelope?.source], [`${from}:0:1`, from])
    assert.deepEqual([none?.event, none?.bytes], [null, undefined])
    assert.deepEqual(conversion.metrics(), {
      ...{ name: from, recordsIn: 5, recordsOut: 1, refused: 4, lag: 0 },
    })
  })

  test('without a key, events of a partition stay together and in their order', async () => {
    const { from, to } = await topics(3, 2)
    await platform.schema(to.name, trip)
    const conversion = convert({ from, to, mapping })
    for (let id = 0; id < 30; id++) {
      const raw = JSON.stringify({ id, pickup: { area: id % 3 }, at: 0 })
      await platform.send(from, [raw], { partition: id % 3 })
    }
    await until('all is converted', () => conversion.metrics().recordsIn === 30)
    const found = await platform.typed(to.name)
    for (let area = 0; area < 3; area++) {
      const ofArea = found.filter(({ value }) => (value as { area: number }).area === area)
      assert.ok(ofArea.every(({ partition }) => partition === area % 2))
      const ids = ofArea.map(({ value }) => (value as { trip_id: number }).trip_id)
      assert.deepEqual(
        ids,
        Array.from({ length: 10 }, (_, at) => at * 3 + area),
      )
    }
  })

  const typed = [
    [
      'JSON',
      {
        title: 'Trip',
        type: 'object',
        properties: { trip_id: { type: 'integer' }, area: { type: 'integer' } },
        required: ['trip_id', 'area'],
        additionalProperties: false,
      },
    ],
    ['PROTOBUF', 'syntax = "proto3"; message Trip { int32 trip_id = 1; int32 area = 2; }'],
  ] as const
  for (const [type, schema] of typed) {
    test(`the schema of the typed topic may be of the type ${type}`, async () => {
      const { from, to } = await topics()
      await platform.schema(to.name, schema, type)
      const conversion = convert({ from, to: { ...to, idField: 'trip_id' }, mapping })
      const values = ['{"id":5,"pickup":{"area":8},"x":1}', '{"id":6,"pickup":{"area":"a"}}']
      await platform.send(from, values)
      await until('all is converted', () => conversion.metrics().recordsIn === 2)
      const [event] = await platform.typed(to.name)
      assert.deepEqual(event?.value, { trip_id: 5, area: 8 })
      assert.deepEqual([event?.envelope?.id, event?.envelope?.type], ['5', 'Trip'])
      const [exception] = await platform.exceptions(to.exceptions)
      assert.equal(exception?.field, 'area')
    })
  }

  const longs = ['9007199254740993', '-9223372036854775808', '9223372036854775807', '7']
  const wide = [
    ['AVRO', { type: 'record', name: 'W', fields: [{ name: 'n', type: ['null', 'long'] }] }],
    ['JSON', { title: 'W', properties: { n: { type: 'integer' } } }],
    ['PROTOBUF', 'syntax = "proto3"; message W { int64 n = 1; }'],
  ] as const
  for (const [type, schema] of wide) {
    test(`whole numbers beyond 2^53 stay what they are, by a schema of the type ${type}`, async () => {
      const { from, to } = await topics()
      await platform.schema(to.name, schema, type)
      const moved = { ...asItIs, fields: { n: 'id' } }
      const conversion = convert({
        from,
        to: { ...to, keyField: 'n', idField: 'n' },
        mapping: moved,
      })
      const refused = type === 'JSON' ? '{"id":"x"}' : '{"id":9223372036854775808}'
      await platform.send(from, [...longs.map((each) => `{"id":${each}}`), refused])
      await until('all is converted', () => conversion.metrics().recordsIn === longs.length + 1)
      const typed = await platform.typed(to.name)
      assert.deepEqual(
        typed.map(({ value }) => String((value as { n: unknown }).n)),
        longs,
      )
      assert.deepEqual(
        typed.map(({ key, envelope }) => [key, envelope?.id]),
        longs.map((each) => [each, each]),
      )
      const [exception] = await platform.exceptions(to.exceptions)
      assert.deepEqual([exception?.field, exception?.event], ['n', refused])
    })
  }

  test('it waits for a schema, and never refuses by one that has been replaced', async () => {
    const { from, to } = await topics()
    const lines: string[] = []
    const conversion = convert({ from, to, mapping: asItIs }, lines)
    await platform.send(from, ['{"a":1}'])
    const waits = () => conversion.metrics().waiting !== undefined && conversion.metrics().lag === 1
    await until('it waits', waits)
    assert.match(conversion.metrics().waiting ?? '', /has no schema yet: register one under/)
    const record = (names: string[]) => ({
      ...{ type: 'record', name: 'R' },
      fields: names.map((name) => ({ name, type: ['null', 'int'], default: null })),
    })
    await platform.schema(to.name, record(['a']))
    await until('it goes on', () => conversion.metrics().recordsIn === 1)
    await until('it waits no more', () => conversion.metrics().waiting === undefined)
    assert.equal(lines.length, 1)
    // The conversion believes the schema for a while, but not where it would refuse by it.
    await realHost.clock.sleep(150)
    await platform.schema(to.name, record(['a', 'b']))
    await platform.send(from, ['{"a":1,"b":2}'])
    await until('the second', () => conversion.metrics().recordsIn === 2)
    assert.equal(conversion.metrics().refused, 0)
  })

  test('what the log refuses because of a record is an exception, and costs no other', async () => {
    const { from, to } = await topics()
    const small = { ...to, name: `${to.name}.small` }
    await platform.topic(small.name, 1, { 'max.message.bytes': '2000' })
    await platform.schema(small.name, text)
    const values = Array.from({ length: 9 }, (_, at) => {
      return JSON.stringify({ a: at === 4 ? 'x'.repeat(5_000) : `${at}` })
    })
    await platform.send(from, values)
    const conversion = convert({ from, to: small, mapping: asItIs })
    await until('all is converted', () => conversion.metrics().recordsIn === 9)
    const texts = (await platform.typed(small.name)).map(({ value }) => (value as { a: string }).a)
    assert.deepEqual(texts, ['0', '1', '2', '3', '5', '6', '7', '8'])
    const exceptions = await platform.exceptions(small.exceptions)
    assert.equal(exceptions.length, 1)
    assert.match(exceptions[0]?.reason ?? '', /MESSAGE_TOO_LARGE/)
    assert.equal(exceptions[0]?.event, JSON.stringify({ a: 'x'.repeat(5_000) }))
  })

  test('an event that is too large is an exception that says where it is', async () => {
    const { from, to } = await topics()
    await platform.schema(to.name, text)
    await platform.send(from, [JSON.stringify({ a: 'x'.repeat(999_900) })])
    const conversion = convert({ from, to: { ...to, owner: 'o'.repeat(200) }, mapping: asItIs })
    await until('it is converted', () => conversion.metrics().recordsIn === 1)
    const [exception] = await platform.exceptions(to.exceptions)
    assert.match(exception?.reason ?? '', /^the record has \d+ bytes, and 1000000 are the most$/)
    assert.deepEqual([exception?.event, exception?.bytes], [null, undefined])
    assert.deepEqual(exception?.from, { topic: from, partition: 0, offset: 0 })
  })

  test('a second conversion of the topic ends the first, which says why', async () => {
    const { from, to } = await topics()
    await platform.schema(to.name, trip)
    const first = convert({ from, to, mapping })
    await platform.send(from, [aTrip])
    await until('the first works', () => first.metrics().recordsIn === 1)
    const second = convert({ from, to, mapping })
    await until('the second has begun', () => second.metrics().recordsIn === 1)
    await platform.send(from, [aTrip])
    await assert.rejects(first.done, /is converted elsewhere, too$/)
    await until('the second works', () => second.metrics().recordsIn === 2)
    assert.equal((await platform.typed(to.name)).length, 2)
  })

  test('counts and places outlive it; a topic that was made anew is read from its start', async () => {
    const { from, to } = await topics()
    await platform.schema(to.name, trip)
    const first = convert({ from, to, mapping })
    await platform.send(from, [aTrip, 'x'])
    await until('all is converted', () => first.metrics().recordsIn === 2)
    await first.stop()
    const second = convert({ from, to, mapping })
    await until('it knows its counts', () => second.metrics().recordsIn === 2)
    assert.deepEqual([second.metrics().recordsOut, second.metrics().refused], [1, 1])
    await second.stop()

    await platform.client.deleteTopic(from)
    await platform.topic(from)
    await platform.send(from, [aTrip])
    const lines: string[] = []
    const third = convert({ from, to, mapping }, lines)
    await until('the new topic is read', async () => (await platform.typed(to.name)).length === 2)
    await until('it is counted', () => third.metrics().recordsIn > 0)
    assert.ok(third.metrics().recordsOut >= 1)
  })
})
