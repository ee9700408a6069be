import assert from 'node:assert/strict'
import test from 'node:test'
import type { RequestBodyOf, ResponseOf } from '../src/protocol/api.js'
import {
  apiVersions,
  createPartitions,
  createTopics,
  deleteTopics,
  describeCluster,
  describeTopicPartitions,
  listOffsets,
  metadata,
  offsetForLeaderEpoch,
  produce,
} from '../src/protocol/apis.js'
import { zeroUuid } from '../src/protocol/field.js'
import { kafkaErrorOf } from '../src/protocol/kafka-errors.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { creations } from './admin-cases.js'
import { startBroker } from './broker-harness.js'
import { Wire } from './wire.js'

/**
 * What a real Apache Kafka 4.3.1 answered to the same requests is written into these tests: the
 * codes are its own, though the sentences are not.
 */
const nameOf = (code: number | undefined) => kafkaErrorOf(code ?? 0).name
const strangeId = '11111111-1111-1111-1111-111111111111'

async function produceTo(wire: Wire, index: number, records: Buffer): Promise<void> {
  const answer = await wire.ask(produce, 9, {
    acks: -1,
    topicData: [{ name: 'rides', partitionData: [{ index, records }] }],
  })
  assert.equal(answer.responses[0]?.partitionResponses[0]?.errorCode, 0)
}

test('topics are made, or refused with the code of Kafka', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 2 })
  await started.client.createTopic('with.dot', { partitions: 1 })
  const wire = new Wire(t, started)
  for (const [what, code, topics] of creations) {
    for (const validateOnly of [true, false]) {
      const answer = await wire.ask(createTopics, 7, { topics, validateOnly })
      assert.deepEqual(
        answer.topics.map(({ name, errorCode }) => [name, nameOf(errorCode)]),
        [[topics[0]?.name, code]],
        what,
      )
      const [made] = answer.topics
      assert.equal(made?.errorMessage === null, code === 'NONE', what)
      assert.equal(made?.numPartitions === -1, code !== 'NONE', what)
      assert.equal(made?.configs?.length === 0, code !== 'NONE', what)
      if (validateOnly || code !== 'NONE') continue
      const removed = await wire.ask(deleteTopics, 6, {
        topics: [{ name: null, topicId: made?.topicId ?? zeroUuid }],
      })
      assert.deepEqual(
        removed.responses.map((each) => [each.name, each.topicId, each.errorCode]),
        [['new', made?.topicId, 0]],
        what,
      )
    }
  }
  assert.deepEqual(
    started.broker.topics().map(({ name }) => name),
    ['rides', 'with.dot'],
  )
})

test('partitions are added, or refused with the code of Kafka', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 3 })
  const wire = new Wire(t, started)
  const add = async (
    count: number,
    brokers: number[][] | null,
    validateOnly = false,
    again = 1,
  ) => {
    const assignments = brokers?.map((brokerIds) => ({ brokerIds })) ?? null
    const topics = Array.from({ length: again }, () => ({ name: 'rides', count, assignments }))
    const { results } = await wire.ask(createPartitions, 3, { topics, validateOnly })
    assert.equal(results.length, 1)
    return nameOf(results[0]?.errorCode)
  }
  for (const count of [3, 2, 0, -1]) assert.equal(await add(count, null), 'INVALID_PARTITIONS')
  assert.equal(await add(20000, null), 'POLICY_VIOLATION')
  for (const brokers of [[], [[1], [1]], [[2]], [[]], [[1, 1]], [[1, 2]]]) {
    assert.equal(await add(4, brokers), 'INVALID_REPLICA_ASSIGNMENT', JSON.stringify(brokers))
  }
  assert.equal(await add(4, null, false, 2), 'INVALID_REQUEST')
  assert.equal(await add(4, [[1]], true), 'NONE')
  assert.equal(started.broker.topics()[0]?.partitions, 3)
  assert.equal(await add(4, [[1]]), 'NONE')
  assert.equal(started.broker.topics()[0]?.partitions, 4)
  const unknown = ['', 'nope'].map((name) => ({ name, count: 5, assignments: null }))
  const { results } = await wire.ask(createPartitions, 0, { topics: unknown })
  assert.deepEqual(
    results.map(({ name, errorCode }) => [name, nameOf(errorCode)]),
    unknown.map(({ name }) => [name, 'UNKNOWN_TOPIC_OR_PARTITION']),
  )
})

test('topics that cannot be deleted are refused with the code of Kafka', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 1 })
  const wire = new Wire(t, started)
  const remove = async (topics: { name: string | null; topicId?: string }[]) => {
    const { responses } = await wire.ask(deleteTopics, 6, { topics })
    return responses.map(({ name, errorCode }) => [name, nameOf(errorCode)])
  }
  assert.deepEqual(
    await remove([
      { name: 'nope' },
      { name: '' },
      { name: null },
      { name: null, topicId: strangeId },
      { name: 'rides', topicId: strangeId },
      { name: 'rides' },
      { name: 'rides' },
    ]),
    [
      ['nope', 'UNKNOWN_TOPIC_OR_PARTITION'],
      ['', 'UNKNOWN_TOPIC_OR_PARTITION'],
      [null, 'INVALID_REQUEST'],
      [null, 'UNKNOWN_TOPIC_ID'],
      ['rides', 'INVALID_REQUEST'],
      ['rides', 'INVALID_REQUEST'],
    ],
  )
  const { responses } = await wire.ask(deleteTopics, 5, { topicNames: ['rides', 'nope', 'nope'] })
  assert.deepEqual(
    responses.map(({ name, errorCode }) => [name, nameOf(errorCode)]),
    [
      ['rides', 'NONE'],
      ['nope', 'INVALID_REQUEST'],
    ],
  )
})

test('metadata goes by names, or by ids where one is given', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 2 })
  const wire = new Wire(t, started)
  const ask = async (version: number, topics: { name: string | null; topicId?: string }[]) => {
    const answer = await wire.ask(metadata, version, { topics, allowAutoTopicCreation: false })
    return [
      answer.brokers.length,
      ...answer.topics.map((each) => [each.name, nameOf(each.errorCode), each.partitions.length]),
    ]
  }
  const [rides] = (await wire.ask(metadata, 13, { topics: null })).topics
  const topicId = rides?.topicId ?? zeroUuid
  const found = ['rides', 'NONE', 2]
  assert.deepEqual(await ask(13, [{ name: 'rides' }, { name: 'rides' }]), [1, found])
  assert.deepEqual(await ask(12, [{ name: null, topicId }]), [1, found])
  assert.deepEqual(await ask(12, [{ name: 'rides' }, { name: '', topicId: strangeId }]), [
    1,
    [null, 'UNKNOWN_TOPIC_ID', 0],
  ])
  assert.deepEqual(await ask(9, [{ name: '' }, { name: 'a b' }, { name: 'nope' }]), [
    1,
    ['', 'INVALID_TOPIC_EXCEPTION', 0],
    ['a b', 'INVALID_TOPIC_EXCEPTION', 0],
    ['nope', 'UNKNOWN_TOPIC_OR_PARTITION', 0],
  ])
  for (const version of [10, 11]) {
    assert.deepEqual(await ask(version, [{ name: 'rides', topicId }]), [
      0,
      ['rides', 'INVALID_REQUEST', 0],
    ])
  }
  assert.deepEqual(await ask(13, [{ name: null }]), [0, ['', 'INVALID_REQUEST', 0]])
  assert.deepEqual(await ask(4, []), [1])
  const asked = { includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true }
  const answer = await wire.ask(metadata, 10, { topics: null, ...asked })
  assert.equal(answer.clusterAuthorizedOperations, 8096)
  assert.equal(answer.topics[0]?.topicAuthorizedOperations, 3576)
})

test('the cluster is described to those who ask for brokers', async (t) => {
  const started = await startBroker(t)
  const wire = new Wire(t, started)
  const answer = await wire.ask(describeCluster, 2, { includeClusterAuthorizedOperations: true })
  assert.equal(answer.errorCode, 0)
  assert.equal(answer.clusterId, started.broker.clusterId)
  assert.equal(answer.clusterAuthorizedOperations, 8096)
  assert.deepEqual(answer.brokers, [
    { brokerId: 1, ...started.broker.address, rack: null, isFenced: false },
  ])
  for (const [endpointType, code] of [
    [2, 'MISMATCHED_ENDPOINT_TYPE'],
    [3, 'UNSUPPORTED_ENDPOINT_TYPE'],
  ] as const) {
    const refused = await wire.ask(describeCluster, 1, { endpointType })
    assert.deepEqual([nameOf(refused.errorCode), refused.brokers], [code, []])
  }
})

test('clients say what they are, and are told features that they can read', async (t) => {
  const started = await startBroker(t)
  const wire = new Wire(t, started)
  for (const clientSoftwareName of ['', 'a b!', '-']) {
    const refused = await wire.ask(apiVersions, 3, {
      clientSoftwareName,
      clientSoftwareVersion: '1',
    })
    assert.deepEqual([nameOf(refused.errorCode), refused.apiKeys], ['INVALID_REQUEST', []])
  }
  for (const version of [3, 4]) {
    const answer = await wire.ask(apiVersions, version, {
      clientSoftwareName: 'wire.js-1',
      clientSoftwareVersion: '1',
    })
    assert.equal(answer.errorCode, 0)
    const [metadataVersion] = answer.supportedFeatures.filter(
      ({ name }) => name === 'metadata.version',
    )
    assert.deepEqual(metadataVersion, { name: 'metadata.version', minVersion: 7, maxVersion: 30 })
    const fromZero = answer.supportedFeatures.filter(({ minVersion }) => minVersion === 0)
    if (version === 3) assert.deepEqual(fromZero, [])
  }
})

test('partitions are described some at a time, and the cursor says where to go on', async (t) => {
  const started = await startBroker(t)
  for (const name of ['c', 'a', 'b']) await started.client.createTopic(name, { partitions: 2 })
  const wire = new Wire(t, started)
  type Asked = RequestBodyOf<typeof describeTopicPartitions>
  const ask = async (asked: Asked) => {
    const answer = await wire.ask(describeTopicPartitions, 0, asked)
    const places = answer.topics.map(({ name, errorCode, partitions }) => {
      const indexes = partitions.map(({ partitionIndex }) => partitionIndex)
      return `${name} ${errorCode === 0 ? indexes : nameOf(errorCode)}`
    })
    const { nextCursor } = answer
    return nextCursor === null
      ? places
      : [...places, `> ${nextCursor.topicName} ${nextCursor.partitionIndex}`]
  }
  const at = (topicName: string, partitionIndex: number) => ({ topicName, partitionIndex })
  const topics = ['c', 'a'].map((name) => ({ name }))
  assert.deepEqual(await ask({ topics: [] }), ['a 0,1', 'b 0,1', 'c 0,1'])
  assert.deepEqual(await ask({ topics: [], responsePartitionLimit: 3 }), ['a 0,1', 'b 0', '> b 1'])
  assert.deepEqual(await ask({ topics, responsePartitionLimit: 2 }), ['a 0,1', '> c 0'])
  assert.deepEqual(await ask({ topics, responsePartitionLimit: 0 }), ['a 0', '> a 1'])
  assert.deepEqual(await ask({ topics, cursor: at('a', 1) }), ['a 1', 'c 0,1'])
  assert.deepEqual(await ask({ topics, cursor: at('a', 200) }), ['a ', 'c 0,1'])
  assert.deepEqual(await ask({ topics: [], cursor: at('aa', 1) }), ['b 0,1', 'c 0,1'])
  const refused = ['c INVALID_REQUEST', 'a INVALID_REQUEST']
  assert.deepEqual(await ask({ topics, cursor: at('b', 0) }), refused)
  assert.deepEqual(await ask({ topics, cursor: at('a', -1) }), refused)
  assert.deepEqual(await ask({ topics: [{ name: 'nope' }, { name: 'a b' }] }), [
    'a b INVALID_TOPIC_EXCEPTION',
    'nope UNKNOWN_TOPIC_OR_PARTITION',
  ])
})

test('epoch 0 ends where the log does, other epochs are not known', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 1 })
  const batch = encodeBatch([1, 2].map(() => ({ key: null, value: null, timestamp: 1 })))
  const wire = new Wire(t, started)
  const ask = async (leaderEpoch: number, currentLeaderEpoch = -1, partition = 0) => {
    const partitions = [{ partition, leaderEpoch, currentLeaderEpoch }]
    const answer = await wire.ask(offsetForLeaderEpoch, 4, {
      topics: [{ topic: 'rides', partitions }],
    })
    const [found] = answer.topics[0]?.partitions ?? []
    return [nameOf(found?.errorCode), found?.leaderEpoch, found?.endOffset]
  }
  assert.deepEqual(await ask(0), ['NONE', 0, 0])
  await produceTo(wire, 0, batch)
  assert.deepEqual(await ask(0, 0), ['NONE', 0, 2])
  for (const epoch of [1, -1, -3]) assert.deepEqual(await ask(epoch), ['NONE', -1, -1])
  assert.deepEqual(await ask(0, 1), ['UNKNOWN_LEADER_EPOCH', -1, -1])
  assert.deepEqual(await ask(0, -5), ['FENCED_LEADER_EPOCH', -1, -1])
  assert.deepEqual(await ask(0, -1, 9), ['UNKNOWN_TOPIC_OR_PARTITION', -1, -1])
})

test('offsets are found by every mark that the version has, also in compressed batches', async (t) => {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 3 })
  const wire = new Wire(t, started)
  const batch = (timestamps: number[], compression: 'none' | 'gzip' | 'lz4' = 'none') =>
    encodeBatch(
      timestamps.map((timestamp) => ({ key: null, value: Buffer.from('v'), timestamp })),
      { compression },
    )
  await produceTo(wire, 0, batch([100, 105, 102, 105]))
  await produceTo(wire, 0, batch([90, 91]))
  await produceTo(wire, 1, batch([100, 300, 200], 'gzip'))
  await produceTo(wire, 1, batch([300, 299], 'lz4'))
  const ask = async (
    version: number,
    partitionIndex: number,
    timestamp: number,
    currentLeaderEpoch = -1,
  ) => {
    const partitions = [{ partitionIndex, timestamp, currentLeaderEpoch }]
    const answer = await wire.ask(listOffsets, version, { topics: [{ name: 'rides', partitions }] })
    const [found] = answer.topics[0]?.partitions ?? []
    return found?.errorCode === 0
      ? [found.timestamp, found.offset, found.leaderEpoch]
      : nameOf(found?.errorCode)
  }
  const none = [-1, -1, -1]
  assert.deepEqual(await ask(11, 0, -1), [-1, 6, 0])
  assert.deepEqual(await ask(11, 0, -2), [-1, 0, 0])
  assert.deepEqual(await ask(11, 0, -3), [105, 1, 0])
  assert.deepEqual(await ask(11, 0, -4), [-1, 0, 0])
  assert.deepEqual(await ask(11, 0, -5), none)
  assert.deepEqual(await ask(11, 0, -6), none)
  assert.deepEqual(await ask(11, 0, 0), [100, 0, 0])
  assert.deepEqual(await ask(11, 0, 101), [105, 1, 0])
  assert.deepEqual(await ask(11, 0, 200), none)
  assert.deepEqual(await ask(11, 1, -3), [300, 1, 0])
  assert.deepEqual(await ask(11, 1, 150), [300, 1, 0])
  assert.deepEqual(await ask(11, 2, -1), [-1, 0, 0])
  assert.deepEqual(await ask(11, 2, -3), none)
  assert.deepEqual(await ask(11, 2, 5), none)
  assert.deepEqual(await ask(1, 0, 100), [100, 0, -1])
  for (const [version, timestamp] of [
    [6, -3],
    [7, -4],
    [8, -5],
    [10, -6],
    [11, -7],
    [11, -100],
  ] as const) {
    assert.equal(await ask(version, 0, timestamp), 'UNSUPPORTED_VERSION', `${version} ${timestamp}`)
  }
  assert.equal(await ask(11, 9, -1), 'UNKNOWN_TOPIC_OR_PARTITION')
  assert.equal(await ask(11, -1, -1), 'UNKNOWN_TOPIC_OR_PARTITION')
  assert.equal(await ask(11, 0, -1, 1), 'UNKNOWN_LEADER_EPOCH')
  assert.equal(await ask(11, 0, -1, -4), 'FENCED_LEADER_EPOCH')
  const twice: ResponseOf<typeof listOffsets> = await wire.ask(listOffsets, 9, {
    topics: [{ name: 'rides', partitions: [{ timestamp: -1 }, { timestamp: -2 }] }],
  })
  assert.deepEqual(
    twice.topics[0]?.partitions.map(({ errorCode }) => nameOf(errorCode)),
    ['INVALID_REQUEST'],
  )
})
