import assert from 'node:assert/strict'
import test from 'node:test'
import { realHost } from '@millrace/host'
import {
  alterPartitionReassignments,
  describeLogDirs,
  describeQuorum,
  electLeaders,
  listPartitionReassignments,
} from '../src/protocol/apis.js'
import { kafkaErrorOf } from '../src/protocol/kafka-errors.js'
import { startBroker } from './broker-harness.js'
import { Wire } from './wire.js'

/**
 * What a real Apache Kafka 4.3.1 of one node answered to the same requests is written into these
 * tests: the codes are its own, though the sentences are not.
 */
const nameOf = (code: number | undefined) => kafkaErrorOf(code ?? 0).name

async function withRides(t: Parameters<typeof startBroker>[0]) {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 2 })
  return { started, wire: new Wire(t, started) }
}

test('logs are described with their sizes, and the volume that holds them', async (t) => {
  const { started, wire } = await withRides(t)
  await started.client.createTopic('fares', { partitions: 1 })
  const ask = async (topics: { topic: string; partitions: number[] }[] | null, version = 4) => {
    const answer = await wire.ask(describeLogDirs, version, { topics })
    const [folder] = answer.results
    assert.equal(answer.results.length, 1)
    assert.equal(folder?.errorCode, 0)
    assert.equal(folder?.logDir, started.directory)
    const logs = folder?.topics.flatMap(({ name, partitions }) =>
      partitions.map((each) => `${name}-${each.partitionIndex} ${each.partitionSize}`),
    )
    return { logs, totalBytes: folder?.totalBytes }
  }
  const { totalBytes } = realHost.disk.space(started.directory)
  assert.deepEqual(await ask(null), { logs: ['fares-0 0', 'rides-0 0', 'rides-1 0'], totalBytes })
  assert.deepEqual((await ask([])).logs, [])
  const some = [
    { topic: 'rides', partitions: [1, 1, 7] },
    { topic: 'nope', partitions: [0] },
    { topic: 'rides', partitions: [0] },
  ]
  assert.deepEqual((await ask(some)).logs, ['rides-0 0', 'rides-1 0'])
  assert.equal((await ask(null, 3)).totalBytes, -1)
})

test('the broker is the only voter over the metadata', async (t) => {
  const { started, wire } = await withRides(t)
  const ask = async (topicName: string, partitionIndex: number) => {
    const answer = await wire.ask(describeQuorum, 2, {
      topics: [{ topicName, partitions: [{ partitionIndex }] }],
    })
    const [partition] = answer.topics[0]?.partitions ?? []
    return { ...partition, nodes: answer.nodes }
  }
  const found = await ask('__cluster_metadata', 0)
  assert.equal(found.leaderId, 1)
  assert.equal(found.highWatermark, found.currentVoters?.[0]?.logEndOffset)
  assert.ok((found.highWatermark ?? 0) > 0)
  assert.deepEqual(
    found.nodes.flatMap(({ listeners }) => listeners.map(({ host, port }) => ({ host, port }))),
    [started.broker.address],
  )
  assert.equal(nameOf((await ask('rides', 0)).errorCode), 'UNKNOWN_TOPIC_OR_PARTITION')
})

test('every partition has the leader that it should have', async (t) => {
  const { wire } = await withRides(t)
  type Asked = { topic: string; partitions: number[] }[] | null
  const ask = async (version: number, electionType: number, topicPartitions: Asked) => {
    const answer = await wire.ask(electLeaders, version, { electionType, topicPartitions })
    const results = answer.replicaElectionResults.map(({ topic, partitionResult }) => [
      topic,
      ...partitionResult.map((each) => `${each.partitionId} ${nameOf(each.errorCode)}`),
    ])
    return [nameOf(answer.errorCode), ...results]
  }
  const some = [
    { topic: 'rides', partitions: [0, 9] },
    { topic: 'nope', partitions: [0] },
  ]
  for (const [version, type] of [
    [0, 0],
    [2, 0],
    [2, 1],
  ] as const) {
    assert.deepEqual(await ask(version, type, some), [
      'NONE',
      ['rides', '0 ELECTION_NOT_NEEDED', '9 UNKNOWN_TOPIC_OR_PARTITION'],
      ['nope', '0 UNKNOWN_TOPIC_OR_PARTITION'],
    ])
  }
  assert.deepEqual(await ask(2, 0, null), ['NONE', ['rides']])
  assert.deepEqual(await ask(1, 0, []), ['NONE'])
  assert.deepEqual(await ask(2, 3, [{ topic: 'rides', partitions: [0] }]), [
    'INVALID_REQUEST',
    ['rides', '0 INVALID_REQUEST'],
  ])
})

test('partitions stay on the one broker', async (t) => {
  const { wire } = await withRides(t)
  const move = async (name: string, partitionIndex: number, replicas: number[] | null) => {
    const answer = await wire.ask(alterPartitionReassignments, 1, {
      topics: [{ name, partitions: [{ partitionIndex, replicas }] }],
    })
    assert.equal(answer.errorCode, 0)
    return nameOf(answer.responses[0]?.partitions[0]?.errorCode)
  }
  assert.equal(await move('rides', 0, [1]), 'NONE')
  for (const replicas of [[2], [], [1, 1], [1, 2]]) {
    assert.equal(await move('rides', 0, replicas), 'INVALID_REPLICA_ASSIGNMENT')
  }
  assert.equal(await move('rides', 0, null), 'NO_REASSIGNMENT_IN_PROGRESS')
  assert.equal(await move('rides', 9, [1]), 'UNKNOWN_TOPIC_OR_PARTITION')
  assert.equal(await move('nope', 0, null), 'UNKNOWN_TOPIC_OR_PARTITION')
  for (const topics of [null, [{ name: 'nope', partitionIndexes: [0] }]]) {
    const answer = await wire.ask(listPartitionReassignments, 0, { topics })
    assert.deepEqual([answer.errorCode, answer.topics], [0, []])
  }
})
