import assert from 'node:assert/strict'
import test from 'node:test'
import { handlers } from '../src/broker/handlers/index.js'
import { Fetcher } from '../src/client/fetcher.js'
import { Producer } from '../src/client/producer.js'
import { TransactionalProducer } from '../src/client/transactional-producer.js'
import type { Api, RequestBodyOf } from '../src/protocol/api.js'
import {
  apis,
  apiVersions,
  createTopics,
  fetch,
  listOffsets,
  metadata,
  produce,
} from '../src/protocol/apis.js'
import { kafkaErrors } from '../src/protocol/kafka-errors.js'
import { decodeResponse } from '../src/protocol/message.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { decodeRecords } from '../src/records/visit-records.js'
import { eventually, type Started, startBroker, temporaryFolder } from './broker-harness.js'
import { Wire } from './wire.js'

/** ApiVersions refuses clients without a name. */
const software = { clientSoftwareName: 'wire', clientSoftwareVersion: '1' }

function batch(value: string): Buffer {
  return encodeBatch([{ key: null, value: Buffer.from(value), timestamp: 1 }])
}

test('bytes that are no request close that connection and no other', async (t) => {
  const started = await startBroker(t)
  const bad: [string, Buffer, RegExp][] = [
    ['a length beyond the limit', Buffer.from([0x7f, 0xff, 0xff, 0xff]), /2147483647 bytes/],
    ['a negative length', Buffer.from([0xff, 0xff, 0xff, 0xff]), /-1 bytes/],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /1195725856 bytes/],
    ['no header', Buffer.from([0, 0, 0, 1, 0]), /announced/],
    [
      'an API that does not exist',
      Buffer.from([0, 0, 0, 10, 99, 0, 0, 0, 0, 0, 0, 1, 0, 0]),
      /API/,
    ],
    [
      'an array longer than the request',
      Buffer.from([0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0x7f, 0xff, 0xff, 0xff]),
      /elements/,
    ],
  ]
  const other = new Wire(t, started)
  for (const [what, bytes, reason] of bad) {
    const wire = new Wire(t, started)
    started.lines.length = 0
    wire.socket.write(bytes)
    await eventually(() => wire.isClosed || undefined)
    assert.equal(started.lines.length, 1, what)
    assert.match(started.lines[0] ?? '', /^broker: closed the connection of 127\.0\.0\.1:\d+: /)
    assert.match(started.lines[0] ?? '', reason, what)
    const answer = await other.ask(metadata, 9, { topics: null })
    assert.equal(answer.brokers.length, 1)
  }
})

test('a version of ApiVersions that is not spoken is answered in version 0', async (t) => {
  const started = await startBroker(t)
  const wire = new Wire(t, started)
  const frame = Buffer.from([0, 0, 0, 11, 0, 18, 0, 99, 0, 0, 0, 7, 0, 0, 0])
  wire.socket.write(frame)
  const answer = await wire.next()
  assert.equal(answer.readInt32BE(0), 7)
  const body = decodeResponse(apiVersions, 0, answer, 4)
  assert.equal(body.errorCode, kafkaErrors.UNSUPPORTED_VERSION)
  assert.deepEqual(body.apiKeys, [{ apiKey: 18, minVersion: 0, maxVersion: 4 }])
})

test('every announced version of every API has messages, and is answered or refused', async (t) => {
  const started = await startBroker(t)
  const wire = new Wire(t, started)
  const { apiKeys } = await wire.ask(apiVersions, 3, software)
  assert.equal(apiKeys.length, handlers.size)
  for (const { apiKey, minVersion, maxVersion } of apiKeys) {
    const api = apis.get(apiKey)
    assert.ok(api !== undefined)
    // Of Produce more is announced than is spoken: see the handler of ApiVersions.
    const first = apiKey === 0 ? api.versions.min : minVersion
    assert.ok(first >= api.versions.min && maxVersion <= api.versions.max, api.name)
    for (let version = first; version <= maxVersion; version++) {
      const empty = { acks: 1, maxWaitMs: 0, ...software } as RequestBodyOf<Api>
      const answer = await wire.ask(api, version, empty)
      assert.ok(answer !== undefined, `${api.name} version ${version}`)
    }
  }
  assert.deepEqual(started.lines, [])
})

test('answers come in the order of the requests', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 1 })
  const wire = new Wire(t, started)
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
  wire.send(fetch, 4, { maxWaitMs: 300, minBytes: 1, topics: [{ topic: 'rides', partitions }] }, 1)
  for (let id = 2; id < 30; id++) wire.send(metadata, 1, { topics: null }, id)
  for (let id = 1; id < 30; id++) assert.equal((await wire.next()).readInt32BE(0), id)
})

test('a fetch waits for its bytes, is woken by them, and ends when its time is up', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 2 })
  const wire = new Wire(t, started)
  const oneBytes = batch('one').length
  const ask = (fetchOffset: number, minBytes: number, maxWaitMs: number) =>
    wire.ask(fetch, 12, {
      maxWaitMs,
      minBytes,
      topics: [
        {
          topic: 'rides',
          partitions: [0, 1].map((partition) => ({
            partition,
            fetchOffset,
            partitionMaxBytes: 10_000,
          })),
        },
      ],
    })
  const read = (answer: Awaited<ReturnType<typeof ask>>) =>
    answer.responses.flatMap((topic) =>
      topic.partitions.flatMap(({ records }) =>
        records === null || records.length === 0
          ? []
          : decodeRecords(records).map((each) => String(each.value)),
      ),
    )
  const producer = new Producer(started.client)
  const send = (partition: number, value: string) =>
    producer.send('rides', partition, [{ key: null, value: Buffer.from(value) }])

  let before = Date.now()
  assert.deepEqual(read(await ask(0, 1, 150)), [])
  assert.ok(Date.now() - before >= 140)

  before = Date.now()
  const waiting = ask(0, oneBytes + 1, 10_000)
  await send(0, 'one')
  await new Promise((resolve) => setTimeout(resolve, 100))
  await send(1, 'two')
  assert.deepEqual(read(await waiting), ['one', 'two'])
  assert.ok(Date.now() - before < 5000)
})

test('what cannot be produced is refused with its code, partition by partition', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 1 })
  const wire = new Wire(t, started)
  const send = async (records: Buffer | null, topic = 'rides', index = 0, acks = -1) => {
    const partitionData = [{ index, records }]
    const answer = await wire.ask(produce, 9, { acks, topicData: [{ name: topic, partitionData }] })
    const [result] = answer.responses[0]?.partitionResponses ?? []
    return result?.errorCode
  }
  const damaged = batch('x')
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 0xff
  assert.equal(await send(damaged), kafkaErrors.CORRUPT_MESSAGE)
  assert.equal(await send(null), kafkaErrors.INVALID_RECORD)
  assert.equal(await send(Buffer.concat([batch('x'), batch('y')])), kafkaErrors.INVALID_RECORD)
  assert.equal(await send(batch('x'), 'nowhere'), kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(await send(batch('x'), 'rides', 1), kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(await send(batch('x'), 'rides', 0, 2), kafkaErrors.INVALID_REQUIRED_ACKS)
  assert.equal(
    await send(encodeBatch([{ key: null, value: null }], { transactional: true, producerId: 1 })),
    kafkaErrors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  )
  assert.equal(await send(batch('x')), kafkaErrors.NONE)
  assert.deepEqual(started.broker.topics(), [
    { name: 'rides', partitions: 1, endOffsets: [1], records: 1 },
  ])
})

test('with acks 0 there is no answer, and a failure closes the connection', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 1 })
  const wire = new Wire(t, started)
  const body = (name: string) => ({
    acks: 0,
    topicData: [{ name, partitionData: [{ index: 0, records: batch('x') }] }],
  })
  wire.send(produce, 9, body('rides'))
  assert.equal((await wire.ask(metadata, 9, { topics: null })).brokers.length, 1)
  assert.deepEqual(started.broker.topics()[0]?.endOffsets, [1])
  wire.send(produce, 9, body('nowhere'))
  await eventually(() => wire.isClosed || undefined)
})

test('offsets are found by mark and by time', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 1 })
  const producer = new Producer(started.client)
  const wire = new Wire(t, started)
  const find = async (timestamp: number) => {
    const topics = [{ name: 'rides', partitions: [{ partitionIndex: 0, timestamp }] }]
    const answer = await wire.ask(listOffsets, 7, { topics })
    const { offset, timestamp: found } = answer.topics[0]?.partitions[0] ?? assert.fail()
    return [offset, found]
  }
  assert.deepEqual(await find(-1), [0, -1])
  assert.deepEqual(await find(-3), [-1, -1])
  for (const timestamp of [100, 300, 200]) {
    const records = [0, 1].map((delta) => ({
      key: null,
      value: Buffer.alloc(10),
      timestamp: timestamp + delta,
    }))
    await producer.send('rides', 0, records)
  }
  assert.deepEqual(await find(-2), [0, -1])
  assert.deepEqual(await find(-1), [6, -1])
  assert.deepEqual(await find(-3), [3, 301])
  assert.deepEqual(await find(101), [1, 101])
  assert.deepEqual(await find(102), [2, 300])
  assert.deepEqual(await find(302), [-1, -1])
})

test('topics, their ids and the id of the cluster outlive the broker', async (t) => {
  const directory = temporaryFolder(t)
  const first = await startBroker(t, { directory })
  const configs = { 'segment.bytes': '2000000', 'flush.messages': '1' }
  await first.client.createTopic('kept', { partitions: 3, configs })
  await first.client.createTopic('deleted', { partitions: 1 })
  await new Producer(first.client).send('kept', 2, [{ key: null, value: Buffer.from('x') }])
  await first.client.deleteTopic('deleted')
  const before = await new Wire(t, first).ask(metadata, 12, { topics: null })
  await first.client.close()
  await first.broker.close()

  const second = await startBroker(t, { directory })
  const after = await new Wire(t, second).ask(metadata, 12, { topics: null })
  assert.equal(after.clusterId, before.clusterId)
  assert.deepEqual(after.topics, before.topics)
  assert.deepEqual(second.broker.topics(), [
    { name: 'kept', partitions: 3, endOffsets: [0, 0, 1], records: 1 },
  ])
  assert.deepEqual(second.lines, [])
  const fetcher = new Fetcher(second.client)
  fetcher.assign([{ topic: 'kept', partition: 2, offset: 0 }])
  assert.equal((await fetcher.poll())[0]?.nextOffset, 1)
  fetcher.close()
})

test('topics are made by asking only where that is allowed', async (t) => {
  const open = await startBroker(t, { defaultPartitions: 2 })
  const closed = await startBroker(t, { autoCreateTopics: false })
  const ask = async (started: Started, name: string, allowAutoTopicCreation = true) => {
    const wire = new Wire(t, started)
    const answer = await wire.ask(metadata, 9, { topics: [{ name }], allowAutoTopicCreation })
    return [answer.topics[0]?.errorCode, answer.topics[0]?.partitions.length]
  }
  assert.deepEqual(await ask(open, 'rides'), [0, 2])
  assert.deepEqual(await ask(open, 'other', false), [kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, 0])
  assert.deepEqual(await ask(open, 'no/name'), [kafkaErrors.INVALID_TOPIC_EXCEPTION, 0])
  assert.deepEqual(await ask(closed, 'rides'), [kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, 0])
})

test('a topic that cannot be made is refused with its reason', async (t) => {
  const wire = new Wire(t, await startBroker(t))
  const make = async (topic: object) => {
    const whole = { name: 'rides', numPartitions: 1, replicationFactor: 1, ...topic }
    const answer = await wire.ask(createTopics, 5, { topics: [whole] })
    return answer.topics[0]?.errorCode
  }
  assert.equal(await make({ numPartitions: 0 }), kafkaErrors.INVALID_PARTITIONS)
  assert.equal(await make({ replicationFactor: 3 }), kafkaErrors.INVALID_REPLICATION_FACTOR)
  const unknown = [{ name: 'nonsense', value: '1' }]
  assert.equal(await make({ configs: unknown }), kafkaErrors.INVALID_CONFIG)
  const small = [{ name: 'segment.bytes', value: '1' }]
  assert.equal(await make({ configs: small }), kafkaErrors.INVALID_CONFIG)
  assert.equal(await make({ numPartitions: -1, replicationFactor: -1 }), kafkaErrors.NONE)
  assert.equal(await make({}), kafkaErrors.TOPIC_ALREADY_EXISTS)
})

test('a taken port is an error that says so', async (t) => {
  const { broker } = await startBroker(t)
  await assert.rejects(startBroker(t, { address: broker.address }), /the port is taken/)
})

test('records are counted without the end markers of transactions, after a restart too', async (t) => {
  const directory = temporaryFolder(t)
  const first = await startBroker(t, { directory })
  await first.client.createTopic('paid', { partitions: 1 })
  const producer = await TransactionalProducer.open(first.client, { transactionalId: 'till' })
  const records = [0, 1, 2].map(() => ({ key: null, value: Buffer.from('x') }))
  for (let i = 0; i < 2; i++) {
    await producer.commit({ batches: [{ topic: 'paid', partition: 0, records }] })
  }
  const summary = [{ name: 'paid', partitions: 1, endOffsets: [8], records: 6 }]
  assert.deepEqual(first.broker.topics(), summary)
  await producer.close()
  await first.client.close()
  await first.broker.close()
  const second = await startBroker(t, { directory })
  assert.deepEqual(second.broker.topics(), summary)
})
