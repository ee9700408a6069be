import type { RequestBodyOf } from '../../src/protocol/api.js'
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  describeTransactions,
  endTxn,
  initProducerId,
  listOffsets,
  offsetFetch,
  produce,
  txnOffsetCommit,
} from '../../src/protocol/apis.js'
import { batchOf, read, send } from './batches.js'
import { fetchAll } from './offsets.js'
import { type Scenario, type Session, scenario } from './scenario.js'

/** A transactional producer's identity, and its requests as steps in the first protocol's versions. */
class Writer {
  readonly #session: Session
  readonly transactionalId: string
  producerId = -1
  producerEpoch = -1

  constructor(session: Session, transactionalId: string) {
    this.#session = session
    this.transactionalId = transactionalId
  }

  async init(step: string, options: { transactionTimeoutMs?: number; version?: number } = {}) {
    const { transactionTimeoutMs = 60_000, version = 4 } = options
    const answer = await this.#session.ask(step, initProducerId, version, {
      transactionalId: this.transactionalId,
      transactionTimeoutMs,
    })
    this.producerId = answer.producerId
    this.producerEpoch = answer.producerEpoch
    return answer
  }

  /** Takes the id without a step; while its last transaction is ended, one is told to try again. */
  async take() {
    await this.#session.until('the id is taken', async () => {
      const answer = await this.#session.quietly(initProducerId, 4, {
        transactionalId: this.transactionalId,
        transactionTimeoutMs: 60_000,
      })
      this.producerId = answer.producerId
      this.producerEpoch = answer.producerEpoch
      return answer.errorCode === 0
    })
  }

  get #identity() {
    const { transactionalId, producerId, producerEpoch } = this
    return { transactionalId, producerId, producerEpoch }
  }

  add(step: string, topic: string, partitions = [0]) {
    return this.#session.ask(step, addPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: this.transactionalId,
      v3AndBelowProducerId: this.producerId,
      v3AndBelowProducerEpoch: this.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions }],
    })
  }

  send(step: string, topic: string, value: string, baseSequence: number) {
    const { producerId, producerEpoch, transactionalId } = this
    const options = { producerId, producerEpoch, baseSequence, transactional: true }
    return send(this.#session, step, topic, batchOf([value], options), { transactionalId })
  }

  addOffsets(step: string, groupId: string) {
    return this.#session.ask(step, addOffsetsToTxn, 3, { ...this.#identity, groupId })
  }

  commitOffset(
    step: string,
    groupId: string,
    name: string,
    committedOffset: number,
    more: RequestBodyOf<typeof txnOffsetCommit> = {},
  ) {
    return this.#session.ask(step, txnOffsetCommit, 3, {
      ...this.#identity,
      groupId,
      topics: [
        { name, partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] },
      ],
      ...more,
    })
  }

  end(step: string, committed: boolean, version = 3) {
    return this.#session.ask(step, endTxn, version, { ...this.#identity, committed })
  }

  /** Repeats a request while another one of the same id is being worked on; no step. */
  async settled(committed: boolean) {
    await this.#session.until('the transaction is over', async () => {
      const answer = await this.#session.quietly(endTxn, 3, { ...this.#identity, committed })
      return answer.errorCode === 0
    })
  }
}

const readCommitted = { isolationLevel: 1 }

/** Waits until the markers are written: the last stable offset is the end. */
async function markers(session: Session, topic: string, end: number): Promise<void> {
  await session.until('the markers are there', async () => {
    const answer = await session.quietly(listOffsets, 6, {
      replicaId: -1,
      isolationLevel: 1,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    })
    return answer.topics[0]?.partitions[0]?.offset === end
  })
}

/** Waits until the coordinator says that the last transaction is over; markers come before that. */
async function over(session: Session, transactionalId: string): Promise<void> {
  await session.until('the transaction is over', async () => {
    const answer = await session.quietly(describeTransactions, 0, {
      transactionalIds: [transactionalId],
    })
    return answer.transactionStates[0]?.transactionState.startsWith('Complete') ?? false
  })
}

export const transactionsScenarios: Scenario[] = [
  scenario('a transaction is committed', async (session) => {
    const topic = 'transactions-commit'
    await session.topic(topic)
    const writer = new Writer(session, topic)
    await writer.init('the producer')
    await writer.add('a partition', topic)
    await writer.add('the partition again', topic)
    await writer.send('a record', topic, 'a', 0)
    await read(session, 'before the end', topic)
    await read(session, 'before the end, committed', topic, readCommitted)
    await writer.end('commit', true)
    await markers(session, topic, 2)
    await writer.settled(true)
    await writer.end('commit again', true)
    await writer.end('abort what is committed', false)
    await read(session, 'committed', topic, readCommitted)
  }),

  scenario('a transaction is aborted', async (session) => {
    const topic = 'transactions-abort'
    await session.topic(topic)
    const writer = new Writer(session, topic)
    await writer.init('the producer')
    await writer.add('a partition', topic)
    await writer.send('a record', topic, 'a', 0)
    await writer.end('abort', false)
    await markers(session, topic, 2)
    await read(session, 'what a committed reader is told', topic, readCommitted)
    await read(session, 'what another reader is told', topic)
    await read(session, 'behind the aborted records', topic, { offset: 2, ...readCommitted })
  }),

  scenario('producer ids', async (session) => {
    const ask = (step: string, version: number, body: RequestBodyOf<typeof initProducerId>) =>
      session.ask(step, initProducerId, version, { transactionTimeoutMs: 60_000, ...body })
    for (let version = 0; version <= 5; version++) {
      await ask('without a transactional id', version, { transactionalId: null })
    }
    const transactionalId = 'transactions-ids'
    await ask('an empty id', 4, { transactionalId: '' })
    await ask('a timeout that is too long', 4, { transactionalId, transactionTimeoutMs: 900_001 })
    await ask('a timeout of 0', 4, { transactionalId, transactionTimeoutMs: 0 })
    const first = await ask('the first', 4, { transactionalId })
    await ask('again: the epoch is raised', 4, { transactionalId })
    const { producerId } = first
    await ask('with its present epoch', 4, { transactionalId, producerId, producerEpoch: 1 })
    await ask('with an epoch long gone', 4, { transactionalId, producerId, producerEpoch: 0 })
    await ask('with another producer id', 4, {
      transactionalId,
      producerId: producerId + 777_777,
      producerEpoch: 0,
    })
    await ask('with an id and no epoch', 4, { transactionalId, producerId })
  }),

  scenario('who may not', async (session) => {
    const topic = 'transactions-not'
    await session.topic(topic)
    const writer = new Writer(session, topic)
    await writer.init('the producer')
    await writer.end('an end before the beginning', true)
    await writer.add('an unknown topic', 'transactions-nowhere')
    await writer.add('an unknown partition', topic, [5])
    await writer.add('one that is there and one that is not', topic, [0, 5])
    await writer.send('a record where nothing was added', topic, 'x', 0)
    const unknown = new Writer(session, 'transactions-unknown')
    unknown.producerId = writer.producerId
    unknown.producerEpoch = 0
    await unknown.add('an unknown transactional id', topic)
    await unknown.end('an end of an unknown id', true)
    await unknown.addOffsets('offsets of an unknown id', 'transactions-not')
    await unknown.commitOffset('an offset of an unknown id', 'transactions-not', topic, 1)
    const other = new Writer(session, topic)
    other.producerId = writer.producerId + 777_777
    other.producerEpoch = 0
    await other.add('another producer id', topic)
    await other.end('an end of another producer id', true)
    const ahead = new Writer(session, topic)
    ahead.producerId = writer.producerId
    ahead.producerEpoch = 9
    await ahead.add('an epoch that is to come', topic)
    await ahead.end('an end of an epoch that is to come', true)
  }),

  scenario('an older producer is fenced', async (session) => {
    const topic = 'transactions-fence'
    await session.topic(topic)
    const older = new Writer(session, topic)
    await older.init('the older')
    await older.add('a partition', topic)
    await older.send('a record', topic, 'a', 0)
    const newer = new Writer(session, topic)
    await newer.take()
    session.note('the same id', newer.producerId === older.producerId)
    session.note('a newer epoch', newer.producerEpoch > older.producerEpoch)
    await markers(session, topic, 2)
    await older.send('a record of the older', topic, 'b', 1)
    await older.add('a partition of the older', topic)
    await older.end('an end of the older', true)
    await older.addOffsets('offsets of the older', 'transactions-fence')
    await older.commitOffset('an offset of the older', 'transactions-fence', topic, 1)
    await session.ask('the older goes on with its id', initProducerId, 4, {
      transactionalId: topic,
      transactionTimeoutMs: 60_000,
      producerId: older.producerId,
      producerEpoch: older.producerEpoch,
    })
  }),

  scenario('offsets go with the transaction', async (session) => {
    const topic = 'transactions-offsets'
    const group = 'transactions-offsets'
    await session.topic(topic)
    const writer = new Writer(session, topic)
    await writer.init('the producer')
    await writer.addOffsets('the group', group)
    await writer.commitOffset('an offset', group, topic, 5)
    await fetchAll(session, 'pending, for anybody', group)
    await fetchAll(session, 'pending, for who wants what is stable', group, true)
    await writer.end('commit', true)
    await writer.settled(true)
    await fetchAll(session, 'committed', group, true)
    await writer.addOffsets('the group once more', group)
    await writer.commitOffset('another offset', group, topic, 9)
    await writer.commitOffset('of an unknown topic', group, 'transactions-nowhere', 9)
    await writer.commitOffset('as a stranger', group, topic, 9, {
      generationId: 4,
      memberId: 'somebody',
    })
    await writer.end('abort', false)
    await session.until('it is aborted', async () => {
      const answer = await session.quietly(offsetFetch, 8, {
        groups: [{ groupId: group, topics: null }],
        requireStable: true,
      })
      return answer.groups[0]?.topics[0]?.partitions[0]?.errorCode === 0
    })
    await fetchAll(session, 'as before', group, true)
  }),

  scenario('a transaction that is open for too long is aborted', async (session) => {
    const topic = 'transactions-timeout'
    await session.topic(topic)
    const writer = new Writer(session, topic)
    await writer.init('the producer', { transactionTimeoutMs: 300 })
    await writer.add('a partition', topic)
    await writer.send('a record', topic, 'a', 0)
    await markers(session, topic, 2)
    const { producerId } = writer
    await writer.take()
    session.note('the id is kept', writer.producerId === producerId)
    session.note('its epoch', writer.producerEpoch)
    writer.producerEpoch = 0
    await writer.end('a commit that is too late', true)
    await read(session, 'what a committed reader is told', topic, readCommitted)
  }),

  scenario(
    'the second protocol: partitions join by themselves, each end raises the epoch',
    async (session) => {
      const topic = 'transactions-second'
      await session.topic(topic)
      const writer = new Writer(session, topic)
      await writer.init('the producer', { version: 5 })
      const put = (step: string, value: string, baseSequence: number) => {
        const { producerId, producerEpoch, transactionalId } = writer
        const options = { producerId, producerEpoch, baseSequence, transactional: true }
        return session.ask(step, produce, 12, {
          transactionalId,
          acks: -1,
          timeoutMs: 10_000,
          topicData: [
            { name: topic, partitionData: [{ index: 0, records: batchOf([value], options) }] },
          ],
        })
      }
      await put('a record, nothing was added', 'a', 0)
      const ended = await writer.end('commit', true, 5)
      await over(session, topic)
      await writer.end('the same commit again', true, 5)
      writer.producerEpoch = ended.producerEpoch
      await put('a record in the next epoch', 'b', 0)
      const aborted = await writer.end('abort', false, 5)
      await over(session, topic)
      writer.producerEpoch = aborted.producerEpoch
      await writer.end('an end of nothing: commit', true, 5)
      const nothing = await writer.end('an end of nothing: abort', false, 5)
      writer.producerEpoch = nothing.producerEpoch
      await over(session, topic)
      await read(session, 'what a committed reader is told', topic, readCommitted)
    },
  ),
]
