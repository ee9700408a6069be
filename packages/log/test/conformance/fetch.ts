import type { RequestBodyOf } from '../../src/protocol/api.js'
import { fetch, produce } from '../../src/protocol/apis.js'
import { append, batchOf, produceBody, read } from './batches.js'
import { type Scenario, type Session, scenario } from './scenario.js'

const nobody = '00000000-0000-4000-8000-00000000abcd'

type Body = RequestBodyOf<typeof fetch>

/** A fetch of partition 0 that does not wait, but for what `body` says. */
function ask(
  session: Session,
  step: string,
  topic: string,
  partition: {
    fetchOffset?: number
    partitionMaxBytes?: number
    currentLeaderEpoch?: number
    lastFetchedEpoch?: number
    partition?: number
  } = {},
  body: Body = {},
  version = 12,
) {
  return session.ask(step, fetch, version, {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [{ topic, partitions: [{ partition: 0, partitionMaxBytes: 1_000_000, ...partition }] }],
    ...body,
  })
}

export const fetchScenarios: Scenario[] = [
  scenario('where an offset may lie', async (session) => {
    const topic = 'fetch-offsets'
    await session.topic(topic)
    await append(session, topic, batchOf(['a', 'b']))
    await ask(session, 'at the end', topic, { fetchOffset: 2 })
    await ask(session, 'behind the end', topic, { fetchOffset: 3 })
    await ask(session, 'before the start', topic, { fetchOffset: -1 })
    await ask(session, 'an unknown topic', 'fetch-nowhere')
    await ask(session, 'an unknown partition', topic, { partition: 1 })
  }),

  scenario('every version gives the records', async (session) => {
    const topic = 'fetch-versions'
    const topicId = await session.topic(topic)
    await append(session, topic, batchOf(['a']))
    for (let version = 4; version <= 12; version++) {
      await ask(session, 'by name', topic, {}, {}, version)
    }
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
    for (let version = 13; version <= 18; version++) {
      await session.ask('by id', fetch, version, { topics: [{ topicId, partitions }] })
    }
    const topics = [{ topicId: nobody, partitions }]
    await session.ask('an id of nobody', fetch, 13, { topics })
  }),

  scenario('how much is given', async (session) => {
    const topic = 'fetch-bytes'
    await session.topic(topic, { partitions: 2 })
    for (const value of ['a', 'b', 'c']) await append(session, topic, batchOf([value.repeat(100)]))
    await append(session, topic, batchOf(['d'.repeat(100)]), { partition: 1 })
    const batchBytes = batchOf(['a'.repeat(100)]).length
    await ask(session, 'less than a batch', topic, { partitionMaxBytes: 1 })
    await ask(session, 'two batches', topic, { partitionMaxBytes: 2 * batchBytes })
    // A part of the next batch may come too; nobody reads it.
    await ask(session, 'one batch and a half', topic, {
      partitionMaxBytes: batchBytes + Math.floor(batchBytes / 2),
    })
    await ask(session, 'in all less than a batch', topic, {}, { maxBytes: 1 })
    const partitions = [0, 1].map((partition) => ({
      partition,
      fetchOffset: 0,
      partitionMaxBytes: 1_000_000,
    }))
    await session.ask('two partitions, in all one batch', fetch, 12, {
      maxBytes: batchBytes,
      topics: [{ topic, partitions }],
    })
  }),

  scenario('an answer is held back until there is enough', async (session) => {
    const topic = 'fetch-waits'
    await session.topic(topic)
    await append(session, topic, batchOf(['a']))
    const before = Date.now()
    await ask(session, 'time is up', topic, { fetchOffset: 1 }, { maxWaitMs: 200, minBytes: 1 })
    const waitedMs = Date.now() - before
    session.note('it waited', waitedMs >= 190)
    const waiting = ask(
      session,
      'records come',
      topic,
      { fetchOffset: 1 },
      { maxWaitMs: 20_000, minBytes: 1 },
    )
    // Over another connection: this one answers in order.
    await session.quietly(produce, 9, produceBody(topic, batchOf(['b'])), 'second')
    await waiting
    const start = Date.now()
    await ask(
      session,
      'something failed',
      'fetch-waits-not',
      {},
      { maxWaitMs: 20_000, minBytes: 1 },
    )
    session.note('it did not wait for that', Date.now() - start < 10_000)
  }),

  scenario('epochs of the leader', async (session) => {
    const topic = 'fetch-epochs'
    await session.topic(topic)
    await append(session, topic, batchOf(['a']))
    await ask(session, 'the present one', topic, { currentLeaderEpoch: 0 })
    await ask(session, 'one that is to come', topic, { currentLeaderEpoch: 5 })
    await ask(session, 'last fetched in the present one', topic, {
      fetchOffset: 1,
      lastFetchedEpoch: 0,
    })
    await ask(session, 'last fetched in one that is to come', topic, {
      fetchOffset: 1,
      lastFetchedEpoch: 3,
    })
    await ask(session, 'last fetched in the present one, behind the end', topic, {
      fetchOffset: 5,
      lastFetchedEpoch: 0,
    })
  }),

  scenario('a session: only what changed is told', async (session) => {
    const topic = 'fetch-session'
    await session.topic(topic, { partitions: 2 })
    await append(session, topic, batchOf(['a']))
    const at = (partition: number, fetchOffset: number) => ({
      partition,
      fetchOffset,
      partitionMaxBytes: 1_000_000,
    })
    const whole = [{ topic, partitions: [at(0, 0), at(1, 0)] }]
    const first = await session.ask('it begins', fetch, 12, { sessionEpoch: 0, topics: whole })
    const { sessionId } = first
    const next = (step: string, sessionEpoch: number, more: Body = {}) =>
      session.ask(step, fetch, 12, { sessionId, sessionEpoch, ...more })
    await next('on from the next offset', 1, { topics: [{ topic, partitions: [at(0, 1)] }] })
    await append(session, topic, batchOf(['b']), { partition: 1 })
    await next('records in the other partition', 2)
    await next('a partition is forgotten', 3, {
      forgottenTopicsData: [{ topic, partitions: [1] }],
    })
    await append(session, topic, batchOf(['c']))
    await next('records in the one that is left', 4)
    await next('an epoch that is not the next', 9)
    await next('the session is over', -1)
    await next('it is not known any more', 5)
  }),

  scenario('a session: topics by their ids', async (session) => {
    const topic = 'fetch-session-ids'
    const topicId = await session.topic(topic, { partitions: 2 })
    await append(session, topic, batchOf(['a']))
    const at = (partition: number, fetchOffset: number) => ({
      partition,
      fetchOffset,
      partitionMaxBytes: 1_000_000,
    })
    const first = await session.ask('it begins, with a partition that is not there', fetch, 18, {
      ...{ sessionEpoch: 0, maxWaitMs: 0 },
      topics: [{ topicId, partitions: [at(0, 0), at(5, 0)] }],
    })
    const { sessionId } = first
    const next = (step: string, sessionEpoch: number, more: Body = {}, version = 18) =>
      session.ask(step, fetch, version, { sessionId, sessionEpoch, maxWaitMs: 0, ...more })
    await next('by names', 1, {}, 12)
    await next('the same again', 1)
    await next('an id of nobody comes to it', 2, {
      topics: [
        { topicId, partitions: [at(0, 1)] },
        { topicId: nobody, partitions: [at(0, 0)] },
      ],
    })
    await next('what is not there is told each time', 3)
    const forget = (...partitions: number[]) => ({
      forgottenTopicsData: [{ topicId, partitions }],
    })
    await next('what is not there is forgotten', 4, {
      forgottenTopicsData: [
        { topicId, partitions: [5] },
        { topicId: nobody, partitions: [0] },
      ],
    })
    await next('an offset that is not there', 5, { topics: [{ topicId, partitions: [at(0, 9)] }] })
    await next('the offset again', 6)
    await next('one that is there', 7, { topics: [{ topicId, partitions: [at(0, 1)] }] })
    await next('all is forgotten', 8, forget(0, 1))
    await next('it is not known any more', 9)
    await session.ask('another begins', fetch, 18, { sessionEpoch: 0, maxWaitMs: 0, topics: [] })
  }),

  scenario('a session: another in its place', async (session) => {
    const topic = 'fetch-session-again'
    const topicId = await session.topic(topic)
    await append(session, topic, batchOf(['a']))
    const topics = [
      { topicId, partitions: [{ partition: 0, fetchOffset: 1, partitionMaxBytes: 1000 }] },
    ]
    const begin = (step: string, sessionId: number) =>
      session.ask(step, fetch, 18, { sessionId, sessionEpoch: 0, maxWaitMs: 0, topics })
    const { sessionId: first } = await begin('it begins', 0)
    await begin('another', first)
    await session.ask('the first', fetch, 18, { sessionId: first, sessionEpoch: 1, maxWaitMs: 0 })
  }),

  scenario('a session that is not known', async (session) => {
    await session.ask('an epoch of a session that is not', fetch, 12, {
      sessionId: 123_456,
      sessionEpoch: 4,
    })
  }),

  scenario('no session is asked for', async (session) => {
    const topic = 'fetch-no-session'
    await session.topic(topic)
    await ask(session, 'epoch -1', topic, {}, { sessionEpoch: -1 })
  }),

  scenario('the same partition twice', async (session) => {
    const topic = 'fetch-twice'
    await session.topic(topic)
    await append(session, topic, batchOf(['a']))
    await read(session, 'once', topic)
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
    await session.ask('no topics', fetch, 12, { topics: [] })
    await session.ask('no partitions', fetch, 12, { topics: [{ topic, partitions: [] }] })
    await session.ask('two topics', fetch, 12, {
      topics: [
        { topic, partitions },
        { topic: 'fetch-twice-not', partitions },
      ],
    })
  }),
]
