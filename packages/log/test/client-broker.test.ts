import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { after, type TestContext, test } from 'node:test'
import { type Host, realHost, seededRandom } from '@millrace/host'
import { Broker } from '../src/broker/broker.js'
import { Fetcher } from '../src/client/fetcher.js'
import type { Isolation } from '../src/client/isolation.js'
import { LogClient } from '../src/client/log-client.js'
import { Producer } from '../src/client/producer.js'
import { TransactionalProducer } from '../src/client/transactional-producer.js'
import { KafkaError } from '../src/errors.js'
import { decodeRecords } from '../src/records/visit-records.js'
import { ApacheKafka, isKafkaInstalled } from './apache-kafka.js'
import { eventually } from './broker-harness.js'

/** A broker to be asked, and names that no other test of it uses. */
interface Server {
  bootstrap: string
  topic: string
  input: string
  group: string
  transactionalId: string
  stop(): Promise<void>
  start(): Promise<void>
}

/** One real Kafka for this file. */
let kafka: ApacheKafka | undefined
after(() => kafka?.close())

let tests = 0

/** Defines a test twice: for the embedded broker, and for Apache Kafka where it can be run. */
function onBoth(name: string, run: (t: TestContext, server: Server) => Promise<void>): void {
  const number = tests++
  const names = {
    topic: `rides-${number}`,
    input: `input-${number}`,
    group: `readers-${number}`,
    transactionalId: `job-${number}`,
  }
  test(`embedded: ${name}`, async (t) => run(t, { ...(await startBroker(t)), ...names }))
  test(`apache: ${name}`, async (t) => {
    if (!isKafkaInstalled(t)) return
    kafka ??= await ApacheKafka.start()
    const { bootstrap } = kafka
    const server = kafka
    const life = { stop: () => server.stop(), start: () => server.start() }
    await run(t, { bootstrap, ...life, ...names })
  })
}

/** Runs an embedded broker in a folder of its own. */
async function startBroker(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-client-'))
  const start = (port: number) =>
    Broker.start({ host: realHost, directory, address: { host: '127.0.0.1', port } })
  let broker = await start(0)
  const { port } = broker.address
  t.after(async () => {
    await broker.close()
    rmSync(directory, { recursive: true, force: true })
  })
  return {
    bootstrap: `127.0.0.1:${port}`,
    stop: () => broker.close(),
    start: async () => {
      broker = await start(port)
    },
  }
}

async function connect(
  t: TestContext,
  bootstrap: string,
  options: { host?: Host; timeoutMs?: number } = {},
) {
  const client = await LogClient.connect({ host: realHost, bootstrap, ...options })
  t.after(() => client.close())
  return client
}

const record = (value: string) => ({ key: null, value: Buffer.from(value) })

/** The values of a partition in which no transaction is open, from its start to its end. */
async function read(client: LogClient, topic: string, partition: number, isolation: Isolation) {
  // Apache Kafka says that a transaction has ended before the last of its markers can be read.
  const end = await eventually(async () => {
    const stable = await client.listOffsets(topic, partition, 'latest', 'read_committed')
    const last = await client.listOffsets(topic, partition, 'latest')
    return stable === last ? last : undefined
  })
  const fetcher = new Fetcher(client, { isolation, maxWaitMs: 50 })
  fetcher.assign([{ topic, partition, offset: 0 }])
  const values: string[] = []
  while (fetcher.position(topic, partition) < end) {
    for (const { batches, startOffset } of await fetcher.poll()) {
      for (const one of batches.flatMap(decodeRecords)) {
        if (one.offset >= startOffset) values.push(one.value?.toString() ?? '')
      }
    }
  }
  fetcher.close()
  return values
}

/** A network that cuts each connection after a few writes, so that answers are lost. */
function cuttingNetwork(seed: number): { host: Host; cuts: () => number } {
  const random = seededRandom(seed)
  let cuts = 0
  const connect: Host['network']['connect'] = async (address, options) => {
    const socket = await realHost.network.connect(address, options)
    let left = 6 + random.below(30)
    const cutting = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        socket.write(chunk, (error) => {
          left--
          if (left === 0) {
            cuts++
            cutting.destroy(new Error('cut'))
          }
          done(error)
        })
      },
      destroy(error, done) {
        socket.destroy()
        done(error)
      },
    })
    socket.on('data', (chunk: Buffer) => cutting.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => cutting.destroy())
    return cutting
  }
  return { host: { ...realHost, network: { ...realHost.network, connect } }, cuts: () => cuts }
}

onBoth('topics are created, listed and deleted, each more than once', async (t, broker) => {
  const { topic } = broker
  const client = await connect(t, broker.bootstrap)
  await client.createTopic(topic, { partitions: 3, configs: { 'cleanup.policy': 'compact' } })
  await client.createTopic(topic, { partitions: 3 })
  assert.deepEqual(await client.topics([topic, 'unknown']), [{ name: topic, partitions: 3 }])
  assert.ok((await client.topics()).some((one) => one.name === topic))
  const configs = await client.topicConfigs([topic, 'unknown'], ['cleanup.policy'])
  assert.deepEqual([...configs], [[topic, new Map([['cleanup.policy', 'compact']])]])
  await client.deleteTopic(topic)
  await client.deleteTopic(topic)
  // Brokers of a cluster hear of it a moment later.
  await eventually(async () => (await client.topics([topic])).length === 0 || undefined)
  await assert.rejects(
    client.createTopic('no/such name', { partitions: 1 }),
    (error: unknown) => error instanceof KafkaError && error.codeName === 'INVALID_TOPIC_EXCEPTION',
  )
})

onBoth(
  'sends keep their order, also when they go out together, and offsets are found',
  async (t, broker) => {
    const { topic } = broker
    const client = await connect(t, broker.bootstrap)
    await client.createTopic(topic, { partitions: 2 })
    const producer = new Producer(client)
    const sends = Array.from({ length: 100 }, (_, i) =>
      producer.send(topic, i % 2, [record(`${i}`), record(`${i} too`)]),
    )
    const offsets = (await Promise.all(sends)).map((one) => one.baseOffset)
    assert.deepEqual(
      offsets,
      Array.from({ length: 100 }, (_, i) => (i >> 1) * 2),
    )
    const expected = Array.from({ length: 50 }, (_, i) => [`${2 * i}`, `${2 * i} too`]).flat()
    assert.deepEqual(await read(client, topic, 0, 'read_uncommitted'), expected)
    assert.equal(await client.listOffsets(topic, 0, 'earliest'), 0)
    assert.equal(await client.listOffsets(topic, 0, 'latest'), 100)
    assert.equal(await client.listOffsets(topic, 0, 1), 0)
    assert.equal(await client.listOffsets(topic, 0, realHost.clock.now() + 60_000), -1)
  },
)

onBoth('a send that is refused fails alone', async (t, broker) => {
  const { topic } = broker
  const client = await connect(t, broker.bootstrap, { timeoutMs: 2_000 })
  await client.createTopic(topic, { partitions: 1, configs: { 'max.message.bytes': '1000' } })
  const producer = new Producer(client)
  const results = await producer.sendAll([
    { topic, partition: 0, records: [record('small')] },
    { topic, partition: 0, records: [record('x'.repeat(2000))] },
    { topic, partition: 0, records: [record('small too')] },
    { topic: 'unknown', partition: 0, records: [record('nowhere')] },
  ])
  assert.deepEqual(
    results.map((one) => one.error?.codeName ?? one.baseOffset),
    [0, 'MESSAGE_TOO_LARGE', 1, 'UNKNOWN_TOPIC_OR_PARTITION'],
  )
  assert.deepEqual(await read(client, topic, 0, 'read_uncommitted'), ['small', 'small too'])
})

onBoth(
  'a transaction is visible as a whole, an aborted one never, and its offsets with it',
  async (t, broker) => {
    const { topic, input, group, transactionalId } = broker
    const client = await connect(t, broker.bootstrap)
    await client.createTopic(topic, { partitions: 2 })
    await client.createTopic(input, { partitions: 1 })
    const producer = await TransactionalProducer.open(client, { transactionalId })
    const both = (value: string, extra: number) => ({
      batches: [
        { topic, partition: 0, records: [record(value)] },
        { topic, partition: 1, records: [record(value), record('x'.repeat(extra))] },
      ],
      group,
      offsets: [{ topic: input, partition: 0, offset: value.length, metadata: value }],
    })
    await producer.commit(both('one', 1))
    await assert.rejects(producer.commit(both('refused', 3_000_000)), KafkaError)
    await producer.commit(both('three', 1))
    await producer.commit({ batches: [] })
    for (const partition of [0, 1]) {
      const values = await read(client, topic, partition, 'read_committed')
      assert.deepEqual(
        values.filter((one) => one !== 'x'),
        ['one', 'three'],
      )
    }
    assert.ok((await read(client, topic, 0, 'read_uncommitted')).includes('refused'))
    assert.deepEqual(await client.committedOffsets(group), [
      { topic: input, partition: 0, offset: 5, metadata: 'three' },
    ])
    assert.deepEqual(await client.committedOffsets('nobody'), [])

    const successor = await TransactionalProducer.open(client, { transactionalId })
    await assert.rejects(
      producer.commit(both('fenced', 1)),
      (error: unknown) =>
        error instanceof KafkaError && /FENCED|INVALID_PRODUCER_EPOCH/.test(error.codeName),
    )
    await successor.commit(both('four', 1))
    assert.deepEqual(await read(client, topic, 0, 'read_committed'), ['one', 'three', 'four'])
  },
)

onBoth(
  'law: every record is written once and in order, although answers are lost',
  async (t, broker) => {
    const { topic } = broker
    const { host, cuts } = cuttingNetwork(5)
    const client = await connect(t, broker.bootstrap, { host })
    await client.createTopic(topic, { partitions: 2 })
    const producer = new Producer(client)
    const values = Array.from({ length: 240 }, (_, i) => `${i}`)
    for (let i = 0; i < values.length; i += 4) {
      await Promise.all(
        values.slice(i, i + 4).map((value, j) => producer.send(topic, j % 2, [record(value)])),
      )
    }
    assert.ok(cuts() >= 3, `${cuts()} cuts`)
    const reliable = await connect(t, broker.bootstrap)
    for (const partition of [0, 1]) {
      const expected = values.filter((_, i) => i % 2 === partition)
      assert.deepEqual(await read(reliable, topic, partition, 'read_uncommitted'), expected)
    }
  },
)

onBoth('law: every transaction is committed once, although answers are lost', async (t, broker) => {
  const { topic, input, group, transactionalId } = broker
  const { host, cuts } = cuttingNetwork(6)
  const client = await connect(t, broker.bootstrap, { host })
  await client.createTopic(topic, { partitions: 2 })
  await client.createTopic(input, { partitions: 1 })
  const producer = await TransactionalProducer.open(client, { transactionalId })
  const values = Array.from({ length: 25 }, (_, i) => `${i}`)
  for (const value of values) {
    await producer.commit({
      batches: [0, 1].map((partition) => ({ topic, partition, records: [record(value)] })),
      group,
      offsets: [{ topic: input, partition: 0, offset: Number(value) }],
    })
  }
  assert.ok(cuts() >= 3, `${cuts()} cuts`)
  const reliable = await connect(t, broker.bootstrap)
  for (const partition of [0, 1]) {
    assert.deepEqual(await read(reliable, topic, partition, 'read_committed'), values)
  }
  assert.equal((await reliable.committedOffsets(group))[0]?.offset, 24)
})

onBoth(
  'a broker that is restarted costs a producer and a fetcher nothing but time',
  async (t, broker) => {
    const { topic } = broker
    const client = await connect(t, broker.bootstrap)
    await client.createTopic(topic, { partitions: 1 })
    const producer = new Producer(client)
    await producer.send(topic, 0, [record('before')])
    const fetcher = new Fetcher(client, { maxWaitMs: 50 })
    fetcher.assign([{ topic, partition: 0, offset: 0 }])
    const values: string[] = []
    const pollOnce = async () => {
      for (const { batches } of await fetcher.poll()) {
        for (const one of batches.flatMap(decodeRecords)) values.push(one.value?.toString() ?? '')
      }
    }
    while (values.length < 1) await pollOnce()
    await broker.stop()
    const during = producer.send(topic, 0, [record('during')])
    await pollOnce()
    await broker.start()
    assert.deepEqual(await during, { baseOffset: 1 })
    await producer.send(topic, 0, [record('after')])
    while (values.length < 3) await pollOnce()
    assert.deepEqual(values, ['before', 'during', 'after'])
    fetcher.close()
  },
)

onBoth(
  'a poll waits for records, ends when it is told to, and says where an offset is not',
  async (t, broker) => {
    const { topic } = broker
    const client = await connect(t, broker.bootstrap)
    await client.createTopic(topic, { partitions: 1 })
    // Once the leader of a new topic knows that it is, a poll does not end early.
    assert.equal(await client.listOffsets(topic, 0, 'latest'), 0)
    const fetcher = new Fetcher(client, { maxWaitMs: 10_000 })
    fetcher.assign([{ topic, partition: 0, offset: 0 }])
    const waiting = fetcher.poll()
    await new Producer(client).send(topic, 0, [record('here')])
    assert.equal((await waiting)[0]?.nextOffset, 1)
    const abort = new AbortController()
    const aborted = fetcher.poll(abort.signal)
    setTimeout(() => abort.abort(new Error('enough')), 20)
    await assert.rejects(aborted, /enough/)
    fetcher.close()

    const lost = new Fetcher(client, { maxWaitMs: 50 })
    lost.assign([{ topic, partition: 0, offset: 77 }])
    await assert.rejects(
      lost.poll(),
      (error: unknown) =>
        error instanceof KafkaError &&
        error.codeName === 'OFFSET_OUT_OF_RANGE' &&
        error.message.includes(`${topic}, partition 0, offset 77`),
    )
    assert.equal(lost.position(topic, 0), 77)
    assert.equal(lost.position(topic, 1), -1)
    lost.close()
  },
)
