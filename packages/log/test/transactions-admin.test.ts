import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { RequestBodyOf } from '../src/protocol/api.js'
import {
  describeProducers,
  describeTransactions,
  endTxn,
  initProducerId,
  listTransactions,
  produce,
  writeTxnMarkers,
} from '../src/protocol/apis.js'
import { kafkaErrors } from '../src/protocol/kafka-errors.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import type { Identity } from '../src/transactions/transaction.js'
import { startBroker } from './broker-harness.js'
import { Wire } from './wire.js'

async function start(t: TestContext) {
  const started = await startBroker(t)
  await started.client.createTopic('rides', { partitions: 2 })
  const wire = new Wire(t, started)
  const take = (transactionalId: string) =>
    wire.ask(initProducerId, 5, { transactionalId, transactionTimeoutMs: 60_000 })
  const write = async (transactionalId: string, producer: Identity, baseSequence = 0) => {
    const records = encodeBatch([{ key: null, value: Buffer.from('x'), timestamp: 1234 }], {
      ...producer,
      baseSequence,
      transactional: true,
    })
    const { responses } = await wire.ask(produce, 12, {
      transactionalId,
      acks: -1,
      topicData: [{ name: 'rides', partitionData: [{ index: 0, records }] }],
    })
    return responses[0]?.partitionResponses[0]?.errorCode
  }
  const end = (transactionalId: string, producer: Identity, committed: boolean) =>
    wire.ask(endTxn, 5, { transactionalId, ...producer, committed })
  return { ...started, wire, take, write, end }
}

test('transactional ids are listed by state, producer, age and name', async (t) => {
  const { wire, take, write, end } = await start(t)
  const empty = await take('empty')
  const open = await take('open-1')
  await write('open-1', open)
  const done = await take('done')
  await write('done', done)
  await end('done', done, true)
  const list = async (filter: RequestBodyOf<typeof listTransactions>, version = 2) => {
    const answer = await wire.ask(listTransactions, version, filter)
    assert.equal(answer.errorCode, 0)
    return answer.transactionStates.map((each) => each.transactionalId).sort()
  }
  for (const version of [0, 1, 2]) {
    assert.deepEqual(await list({}, version), ['done', 'empty', 'open-1'])
    const open = await list({ stateFilters: ['Ongoing', 'PrepareCommit'] }, version)
    assert.deepEqual(open, ['open-1'])
    assert.deepEqual(await list({ producerIdFilters: [empty.producerId, 99] }, version), ['empty'])
  }
  assert.deepEqual(await list({ stateFilters: ['CompleteCommit'] }), ['done'])
  assert.deepEqual(await list({ stateFilters: ['Ongoing'], durationFilter: 60_000 }, 1), [])
  assert.deepEqual(await list({ transactionalIdPattern: 'open-[0-9]' }), ['open-1'])
  assert.deepEqual(await list({ transactionalIdPattern: 'open' }), [], 'the whole id')
  assert.deepEqual(await list({ transactionalIdPattern: '' }), ['done', 'empty', 'open-1'])
  const { transactionStates, unknownStateFilters } = await wire.ask(listTransactions, 2, {
    stateFilters: ['Ongoing', 'Dead', 'Lost'],
  })
  assert.deepEqual(unknownStateFilters, ['Lost'])
  assert.deepEqual(transactionStates, [
    { transactionalId: 'open-1', producerId: open.producerId, transactionState: 'Ongoing' },
  ])
  const wrong = await wire.ask(listTransactions, 2, { transactionalIdPattern: '(' })
  assert.equal(wrong.errorCode, kafkaErrors.INVALID_REGULAR_EXPRESSION)
})

test('transactions and producers are described', async (t) => {
  const { wire, take, write, end } = await start(t)
  const producer = await take('job')
  const { producerId, producerEpoch } = producer
  const describe = (transactionalIds: string[]) =>
    wire.ask(describeTransactions, 0, { transactionalIds })
  const producersOf = async (name: string, partitionIndexes: number[]) => {
    const { topics } = await wire.ask(describeProducers, 0, {
      topics: [{ name, partitionIndexes }],
    })
    return topics[0]?.partitions ?? assert.fail()
  }
  assert.deepEqual((await producersOf('rides', [0]))[0]?.activeProducers, [])
  await write('job', producer)
  const { transactionStates } = await describe(['job', 'unknown', ''])
  const [job, unknown, nameless] = transactionStates
  assert.equal(unknown?.errorCode, kafkaErrors.TRANSACTIONAL_ID_NOT_FOUND)
  assert.equal(nameless?.errorCode, kafkaErrors.INVALID_REQUEST)
  assert.ok((job?.transactionStartTimeMs ?? 0) > 0)
  assert.deepEqual(
    { ...job, transactionStartTimeMs: 0 },
    {
      errorCode: 0,
      transactionalId: 'job',
      transactionState: 'Ongoing',
      transactionTimeoutMs: 60_000,
      transactionStartTimeMs: 0,
      producerId,
      producerEpoch,
      topics: [{ topic: 'rides', partitions: [0] }],
    },
  )
  const summary = { producerId, producerEpoch, lastSequence: 0, lastTimestamp: 1234 }
  assert.deepEqual((await producersOf('rides', [0]))[0]?.activeProducers, [
    { ...summary, coordinatorEpoch: -1, currentTxnStartOffset: 0 },
  ])
  await end('job', producer, true)
  const [ended] = (await describe(['job'])).transactionStates
  assert.deepEqual([ended?.transactionState, ended?.topics], ['CompleteCommit', []])
  const [after] = (await producersOf('rides', [0]))[0]?.activeProducers ?? []
  assert.deepEqual(
    [
      after?.producerEpoch,
      after?.lastSequence,
      after?.coordinatorEpoch,
      after?.currentTxnStartOffset,
    ],
    [producerEpoch + 1, -1, 0, -1],
  )
  const codes = async (name: string) =>
    (await producersOf(name, [0, 9])).map(({ errorCode }) => errorCode)
  assert.deepEqual(await codes('rides'), [0, kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION])
  assert.deepEqual(await codes('no/name'), [17, 17])
})

test('an admin aborts a transaction in a partition, and only with an epoch that is not old', async (t) => {
  const { wire, take, write, end, client } = await start(t)
  const mark = async (
    producer: Identity,
    options: { topic?: string; version?: number; transactionVersion?: number; epoch?: number } = {},
  ) => {
    const { topic = 'rides', version = 2, transactionVersion = 0, epoch = 0 } = options
    const { markers } = await wire.ask(writeTxnMarkers, version, {
      markers: [
        {
          ...producer,
          transactionResult: false,
          coordinatorEpoch: epoch,
          transactionVersion,
          topics: [{ name: topic, partitionIndexes: [0] }],
        },
      ],
    })
    assert.equal(markers[0]?.producerId, producer.producerId)
    return markers[0]?.topics[0]?.partitions[0]?.errorCode
  }
  const stable = () => client.listOffsets('rides', 0, 'latest', 'read_committed')
  const first = await take('job')
  await write('job', first)
  const second = await end('job', first, true)
  await write('job', second)
  assert.equal(await stable(), 2)
  assert.equal(await mark(first), kafkaErrors.INVALID_PRODUCER_EPOCH)
  assert.equal(await mark(second, { transactionVersion: 2 }), kafkaErrors.INVALID_PRODUCER_EPOCH)
  assert.equal(await mark(second, { epoch: -1 }), kafkaErrors.TRANSACTION_COORDINATOR_FENCED)
  assert.equal(
    await mark(second, { topic: '__transaction_state' }),
    kafkaErrors.INVALID_TOPIC_EXCEPTION,
  )
  assert.equal(await mark(second, { topic: 'nope' }), kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(await stable(), 2)
  assert.equal(await mark(second, { version: 1 }), 0)
  assert.equal(await stable(), 4)
  // What the coordinator decides later finds nothing open, and adds nothing.
  assert.equal((await end('job', second, true)).errorCode, 0)
  assert.equal(await stable(), 4)
})
