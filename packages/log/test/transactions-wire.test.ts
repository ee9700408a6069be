import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  apiVersions,
  endTxn,
  initProducerId,
  metadata,
  offsetFetch,
  produce,
  txnOffsetCommit,
} from '../src/protocol/apis.js'
import { zeroUuid } from '../src/protocol/field.js'
import { kafkaErrors } from '../src/protocol/kafka-errors.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import type { Identity } from '../src/transactions/transaction.js'
import { startBroker } from './broker-harness.js'
import { Wire } from './wire.js'

const transactionalId = 'job'

async function start(t: TestContext) {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 2 })
  const wire = new Wire(t, started)
  const { topics } = await wire.ask(metadata, 12, { topics: [{ name: 'rides' }] })
  const topicId = topics[0]?.topicId ?? assert.fail()
  const take = async (version = 5, held: Partial<Identity> = {}) =>
    wire.ask(initProducerId, version, { transactionalId, transactionTimeoutMs: 60_000, ...held })
  const write = async (
    version: number,
    producer: Identity,
    baseSequence = 0,
    named: { name?: string; topicId?: string } = { name: 'rides', topicId },
    partition = 0,
  ) => {
    const records = encodeBatch([{ key: null, value: Buffer.from('x') }], {
      ...producer,
      baseSequence,
      transactional: true,
    })
    const { responses } = await wire.ask(produce, version, {
      transactionalId,
      acks: -1,
      topicData: [{ ...named, partitionData: [{ index: partition, records }] }],
    })
    assert.equal(responses[0]?.topicId ?? zeroUuid, version >= 13 ? named.topicId : zeroUuid)
    return responses[0]?.partitionResponses[0] ?? assert.fail()
  }
  const end = (version: number, producer: Identity, committed: boolean) =>
    wire.ask(endTxn, version, { transactionalId, ...producer, committed })
  return { ...started, wire, topicId, take, write, end }
}

test('the broker says that it has the second protocol', async (t) => {
  const { wire } = await start(t)
  const software = { clientSoftwareName: 'wire', clientSoftwareVersion: '1' }
  const { finalizedFeatures, supportedFeatures } = await wire.ask(apiVersions, 4, software)
  const level = finalizedFeatures.find(({ name }) => name === 'transaction.version')
  assert.deepEqual([level?.minVersionLevel, level?.maxVersionLevel], [2, 2])
  const range = supportedFeatures.find(({ name }) => name === 'transaction.version')
  assert.deepEqual([range?.minVersion, range?.maxVersion], [0, 2])
})

test('Produce 12 and 13 make a partition join; older ones need it to have joined', async (t) => {
  const { take, write, end, client, wire } = await start(t)
  let producer: Identity = await take()
  const refusals: [number, number][] = [
    [3, kafkaErrors.INVALID_TXN_STATE],
    [10, kafkaErrors.INVALID_TXN_STATE],
    [11, kafkaErrors.TRANSACTION_ABORTABLE],
  ]
  for (const [version, code] of refusals) {
    assert.equal((await write(version, producer)).errorCode, code, `version ${version}`)
  }
  for (const version of [12, 13]) {
    const answer = await write(version, producer)
    assert.equal(answer.errorCode, 0)
    assert.equal(answer.logStartOffset, 0)
    const again = await write(version, producer)
    assert.deepEqual(again, answer, 'a repeated batch has its old offset')
    const skipped = await write(version, producer, 2)
    assert.equal(skipped.errorCode, kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
    // A partition that never heard of the producer expects it to begin at 0.
    const late = await write(version, producer, 5, undefined, 1)
    assert.equal(late.errorCode, kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
    const ended = await end(5, producer, true)
    assert.deepEqual(
      { errorCode: ended.errorCode, epoch: ended.producerEpoch },
      { errorCode: 0, epoch: producer.producerEpoch + 1 },
    )
    const fenced = await write(version, producer, 1)
    assert.equal(fenced.errorCode, kafkaErrors.INVALID_PRODUCER_EPOCH)
    producer = ended
  }
  assert.equal(await client.listOffsets('rides', 0, 'latest', 'read_committed'), 4)
  assert.equal(await client.listOffsets('rides', 1, 'latest', 'read_committed'), 0)
  const unknown = await write(13, producer, 0, { topicId: '00000000-0000-0000-0000-00000000abcd' })
  assert.equal(unknown.errorCode, kafkaErrors.UNKNOWN_TOPIC_ID)
  const { responses } = await wire.ask(produce, 12, {
    acks: -1,
    topicData: [
      {
        name: 'rides',
        partitionData: [
          {
            index: 0,
            records: encodeBatch([{ key: null, value: null }], {
              ...producer,
              baseSequence: 0,
              transactional: true,
            }),
          },
        ],
      },
    ],
  })
  assert.equal(
    responses[0]?.partitionResponses[0]?.errorCode,
    kafkaErrors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  )
})

test('the first protocol goes on as before, in every version of its requests', async (t) => {
  const { wire, take, write, end, client } = await start(t)
  for (const version of [0, 1, 2, 3]) {
    const producer = await take(Math.min(version, 5))
    const { resultsByTopicV3AndBelow } = await wire.ask(addPartitionsToTxn, version, {
      v3AndBelowTransactionalId: transactionalId,
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: producer.producerEpoch,
      v3AndBelowTopics: [{ name: 'rides', partitions: [0] }],
    })
    const [result] = resultsByTopicV3AndBelow[0]?.resultsByPartition ?? []
    assert.equal(result?.partitionErrorCode, 0)
    assert.equal((await write(9 + Math.min(version, 2), producer)).errorCode, 0)
    for (const repeated of [false, true]) {
      const answer = await end(Math.min(version + 1, 4), producer, true)
      assert.equal(answer.errorCode, 0, `repeated: ${repeated}`)
    }
    const stale = { ...producer, producerEpoch: producer.producerEpoch - 1 }
    const { INVALID_PRODUCER_EPOCH, PRODUCER_FENCED } = kafkaErrors
    const fenced = version < 2 ? INVALID_PRODUCER_EPOCH : PRODUCER_FENCED
    assert.equal((await end(version, stale, true)).errorCode, fenced)
  }
  assert.equal(await client.listOffsets('rides', 0, 'latest', 'read_committed'), 8)
})

test('many transactions at once, as brokers ask it: to add, and only to look', async (t) => {
  const { wire, take, write } = await start(t)
  const producer = await take()
  const { producerId, producerEpoch } = producer
  const ask = async (version: number, verifyOnly: boolean, partitions: number[], epoch = 0) => {
    const { errorCode, resultsByTransaction } = await wire.ask(addPartitionsToTxn, version, {
      transactions: [
        {
          transactionalId,
          producerId,
          producerEpoch: producerEpoch + epoch,
          verifyOnly,
          topics: [{ name: 'rides', partitions }],
        },
        { transactionalId: 'unknown', verifyOnly, topics: [{ name: 'rides', partitions: [0] }] },
      ],
    })
    assert.equal(errorCode, 0)
    const codes = resultsByTransaction.map(({ topicResults }) =>
      topicResults.flatMap(({ resultsByPartition }) =>
        resultsByPartition.map((each) => each.partitionErrorCode),
      ),
    )
    assert.deepEqual(codes[1], [kafkaErrors.INVALID_PRODUCER_ID_MAPPING])
    return codes[0]
  }
  assert.deepEqual(await ask(4, false, [0]), [0])
  assert.deepEqual(await ask(4, true, [0, 1]), [0, kafkaErrors.INVALID_TXN_STATE])
  assert.deepEqual(await ask(5, true, [0, 1]), [0, kafkaErrors.TRANSACTION_ABORTABLE])
  assert.deepEqual(await ask(5, true, [0], -1), [kafkaErrors.PRODUCER_FENCED])
  assert.deepEqual(await ask(5, false, [1, 7]), [
    kafkaErrors.OPERATION_NOT_ATTEMPTED,
    kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION,
  ])
  assert.equal((await write(11, producer)).errorCode, 0)
})

test('offsets go with a transaction by both protocols', async (t) => {
  const { wire, take, end } = await start(t)
  const groupId = 'readers'
  const offset = async () => {
    const { groups } = await wire.ask(offsetFetch, 9, {
      groups: [{ groupId, topics: null }],
      requireStable: false,
    })
    return groups[0]?.topics[0]?.partitions[0]?.committedOffset
  }
  let producer: Identity = await take()
  const commit = async (version: number, committedOffset: number) => {
    const { topics } = await wire.ask(txnOffsetCommit, version, {
      transactionalId,
      groupId,
      ...producer,
      topics: [
        {
          name: 'rides',
          partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }],
        },
      ],
    })
    return topics[0]?.partitions[0]?.errorCode
  }
  assert.equal(await commit(3, 1), kafkaErrors.INVALID_TXN_STATE)
  assert.equal(await commit(4, 1), kafkaErrors.TRANSACTION_ABORTABLE)
  for (const version of [0, 3, 4]) {
    const { errorCode } = await wire.ask(addOffsetsToTxn, version, {
      transactionalId,
      groupId,
      ...producer,
    })
    assert.equal(errorCode, 0)
    assert.equal(await commit(version, 10 + version), 0)
    await end(4, producer, true)
    assert.equal(await offset(), 10 + version)
  }
  for (const committed of [false, true]) {
    assert.equal(await commit(5, 20), 0)
    assert.equal(await offset(), 14)
    producer = await end(5, producer, committed)
  }
  assert.equal(await offset(), 20)
})

test('a producer that holds an id goes on with it; one that held it is fenced', async (t) => {
  const { take } = await start(t)
  const first = await take(3)
  const second = await take(5, first)
  assert.equal(second.producerEpoch, first.producerEpoch + 1)
  assert.deepEqual(await take(5, first), second, 'its answer was lost')
  const other = await take(5)
  assert.equal((await take(4, second)).errorCode, kafkaErrors.PRODUCER_FENCED)
  assert.equal((await take(3, second)).errorCode, kafkaErrors.INVALID_PRODUCER_EPOCH)
  assert.equal((await take(5, other)).errorCode, 0)
})
