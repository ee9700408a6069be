import assert from 'node:assert/strict'
import fs from 'node:fs'
import test from 'node:test'
import { type Host, realHost, SimulatedDisk, seededRandom } from '@millrace/host'
import { ClusterMetadata } from '../src/broker/cluster-metadata.js'
import type { TopicConfigs } from '../src/broker/topic-config.js'
import { Topics } from '../src/broker/topics.js'
import { KafkaError } from '../src/errors.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { PartitionLog } from '../src/storage/partition-log.js'
import { afterwards, startBroker, temporaryFolder } from './broker-harness.js'

/** The topics of a folder, without a broker around them. */
async function open(directory: string, defaults: TopicConfigs = {}, host: Host = realHost) {
  const name = '__cluster_metadata-0'
  const log = await PartitionLog.open({
    disk: host.disk,
    directory: `${directory}/${name}`,
    name,
  })
  const metadata = new ClusterMetadata(log)
  const topics = await Topics.open({
    host,
    directory,
    metadata,
    defaults: () => defaults,
    log: () => {},
  })
  const close = async () => {
    await topics.close()
    await metadata.close()
  }
  return { topics, close }
}

const hasStorageError = { codeName: 'KAFKA_STORAGE_ERROR' }
const batch = () => encodeBatch([{ key: null, value: Buffer.from('not long') }])

test('a topic that is made while one of its name is deleted keeps its records', async (t) => {
  const directory = temporaryFolder(t)
  const first = await open(directory)
  const old = await first.topics.create('rides', 2)
  old.partitions[0]?.append(batch())
  const deleted = first.topics.delete(old)
  const made = await first.topics.create('rides', 2)
  await deleted
  assert.notEqual(made.description.id, old.description.id)
  assert.equal(made.partitions[1]?.append(batch()).baseOffset, 0)
  await first.close()

  const again = await open(directory)
  afterwards(t, again.close)
  const kept = again.topics.get('rides')
  assert.deepEqual(
    kept?.partitions.map((log) => log.endOffset),
    [0, 1],
  )
  const strays = fs.readdirSync(directory).filter((name) => /stray|delete/.test(name))
  assert.deepEqual(strays, [])
})

test('partitions that are added twice at once are there once', async (t) => {
  const { topics, close } = await open(temporaryFolder(t))
  afterwards(t, close)
  const topic = await topics.create('rides', 1)
  const results = await Promise.allSettled([
    topics.addPartitions(topic, 3),
    topics.addPartitions(topic, 3),
  ])
  assert.equal(topic.partitions.length, 3)
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

test('partitions that could not be written down are not there, for nobody', async () => {
  const disk = new SimulatedDisk()
  const host = { ...realHost, disk }
  const { topics } = await open('/data', {}, host)
  const topic = await topics.create('rides', 1)
  disk.faults = { refusal: (file) => (file.includes('__cluster_metadata') ? 'EIO' : undefined) }
  await assert.rejects(topics.addPartitions(topic, 2), hasStorageError)
  assert.equal(topic.partitions.length, 1, 'what is written to it would be gone with the process')
  disk.faults = {}
  await topics.addPartitions(topic, 2)
  topic.partitions[1]?.append(batch())
  const again = await open('/data', {}, host)
  assert.deepEqual(
    again.topics.get('rides')?.partitions.map((log) => log.endOffset),
    [0, 1],
  )
})

test('a topic whose folders cannot be removed is deleted, and made again without its records', async () => {
  const disk = new SimulatedDisk()
  const host = { ...realHost, disk }
  const { topics } = await open('/data', {}, host)
  const topic = await topics.create('rides', 2)
  for (const log of topic.partitions) log.append(batch())
  disk.faults = { refusal: (file) => (file.includes('__cluster_metadata') ? undefined : 'EIO') }
  await topics.delete(topic)
  assert.equal(topics.get('rides'), undefined)
  disk.faults = {}
  const made = await topics.create('rides', 2)
  assert.deepEqual(
    made.partitions.map((log) => log.endOffset),
    [0, 0],
  )
})

for (let seed = 1; seed <= 20; seed++) {
  test(`a topic that is deleted before a power cut does not leave its records to the next, seed ${seed}`, async () => {
    const disk = new SimulatedDisk({ random: seededRandom(seed) })
    const host = { ...realHost, disk }
    const first = await open('/data', {}, host)
    const topic = await first.topics.create('rides', 1)
    topic.partitions[0]?.append(batch())
    await topic.partitions[0]?.flush()
    await first.topics.delete(topic)
    disk.crash()
    const second = await open('/data', {}, host)
    const made = await second.topics.create('rides', 1)
    assert.equal(made.partitions[0]?.endOffset, 0)
  })
}

test('settings that are changed hold at once and after a start', async (t) => {
  const directory = temporaryFolder(t)
  const first = await open(directory)
  const topic = await first.topics.create('rides', 2, { 'segment.bytes': '2000000' })
  await first.topics.alterConfigs(topic, { 'max.message.bytes': '70' })
  const bad = first.topics.alterConfigs(topic, { 'max.message.bytes': 'many' })
  await assert.rejects(bad, (cause) => (cause as KafkaError).codeName === 'INVALID_CONFIG')
  await first.topics.addPartitions(topic, 3)
  const check = (changed: typeof topic) => {
    assert.deepEqual(changed.description.configs, { 'max.message.bytes': '70' })
    for (const log of changed.partitions) {
      assert.throws(() => log.append(batch()), /MESSAGE_TOO_LARGE/)
      assert.equal(log.config.segmentBytes, 64 * 1024 * 1024)
    }
    assert.equal(changed.partitions.length, 3)
  }
  check(topic)
  await first.close()
  const again = await open(directory)
  afterwards(t, again.close)
  check(again.topics.get('rides') as typeof topic)
})

test('a topic with the longest name is deleted and made again', async (t) => {
  const directory = temporaryFolder(t)
  const { topics, close } = await open(directory)
  afterwards(t, close)
  const name = 'x'.repeat(249)
  for (let round = 0; round < 2; round++) await topics.delete(await topics.create(name, 2))
  assert.deepEqual(
    fs.readdirSync(directory).filter((each) => each.startsWith('x')),
    [],
  )
})

test('a power cut that left zeros where the id of a folder was keeps the records', async (t) => {
  const directory = temporaryFolder(t)
  const first = await open(directory)
  const topic = await first.topics.create('rides', 1)
  topic.partitions[0]?.append(batch())
  await first.close()
  const file = `${directory}/rides-0/partition.metadata`
  const bytes = fs.readFileSync(file)
  fs.writeFileSync(file, bytes.fill(0, 30))
  const again = await open(directory)
  afterwards(t, again.close)
  assert.equal(again.topics.get('rides')?.partitions[0]?.endOffset, 1)
})

test('nobody makes a topic over the log of the topics themselves', async (t) => {
  const { client, broker } = await startBroker(t)
  await assert.rejects(
    client.createTopic('__cluster_metadata', { partitions: 1 }),
    (cause) => cause instanceof KafkaError && cause.codeName === 'INVALID_REQUEST',
  )
  assert.deepEqual(broker.topics(), [])
})

test('defaults hold for topics that do not say otherwise, and not for those of the broker', async (t) => {
  const { topics, close } = await open(temporaryFolder(t), { 'max.message.bytes': '10' })
  afterwards(t, close)
  const sizeOf = async (name: string, configs: TopicConfigs = {}) =>
    (await topics.create(name, 1, configs)).partitions[0]?.config.messageBytesMax
  assert.equal(await sizeOf('rides'), 10)
  assert.equal(await sizeOf('fares', { 'max.message.bytes': '20' }), 20)
  assert.equal(await sizeOf('__consumer_offsets'), 1_048_588)
})
