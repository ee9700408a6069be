import { listOffsets, offsetForLeaderEpoch } from '../../src/protocol/apis.js'
import { encodeBatch } from '../../src/records/encode-batch.js'
import { append, batchOf } from './batches.js'
import { type Scenario, type Session, scenario } from './scenario.js'

/** Finds an offset of partition 0 as a step. */
function find(
  session: Session,
  step: string,
  topic: string,
  timestamp: number,
  more: {
    version?: number
    partitionIndex?: number
    currentLeaderEpoch?: number
    isolationLevel?: number
  } = {},
) {
  const { version = 8, isolationLevel = 0, ...partition } = more
  return session.ask(step, listOffsets, version, {
    replicaId: -1,
    isolationLevel,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp, ...partition }] }],
    timeoutMs: 10_000,
  })
}

const marks = { latest: -1, earliest: -2, 'greatest timestamp': -3, 'earliest local': -4 }

export const listOffsetsScenarios: Scenario[] = [
  scenario('marks and times', async (session) => {
    const topic = 'list-offsets'
    await session.topic(topic)
    for (const [mark, timestamp] of Object.entries(marks)) {
      await find(session, `${mark}, of nothing`, topic, timestamp)
    }
    await find(session, 'a time, of nothing', topic, 100)
    for (const timestamp of [100, 300, 200]) {
      const records = [0, 1].map((delta) => ({
        key: null,
        value: Buffer.from('x'),
        timestamp: timestamp + delta,
      }))
      await append(session, topic, encodeBatch(records))
    }
    for (const [mark, timestamp] of Object.entries(marks)) {
      await find(session, mark, topic, timestamp)
    }
    for (const timestamp of [0, 100, 101, 102, 201, 301, 302]) {
      await find(session, `time ${timestamp}`, topic, timestamp)
    }
  }),

  scenario('versions', async (session) => {
    const topic = 'list-offsets-versions'
    await session.topic(topic)
    await append(session, topic, batchOf(['a', 'b']))
    for (let version = 1; version <= 11; version++) {
      await find(session, 'latest', topic, -1, { version })
    }
  }),

  scenario('marks that newer versions have', async (session) => {
    const topic = 'list-offsets-newer'
    await session.topic(topic)
    await append(session, topic, batchOf(['a', 'b']))
    await find(session, 'latest tiered', topic, -5, { version: 9 })
    await find(session, 'earliest that is not uploaded', topic, -6, { version: 11 })
    await find(session, 'no mark at all', topic, -7, { version: 11 })
    await find(session, 'a mark that the version has not', topic, -4, { version: 7 })
    await find(session, 'the greatest timestamp, in an old version', topic, -3, { version: 6 })
  }),

  scenario('what cannot be found', async (session) => {
    const topic = 'list-offsets-not'
    await session.topic(topic)
    await find(session, 'an unknown topic', 'list-offsets-nowhere', -1)
    await find(session, 'an unknown partition', topic, -1, { partitionIndex: 3 })
    await find(session, 'the present epoch', topic, -1, { currentLeaderEpoch: 0 })
    await find(session, 'an epoch that is to come', topic, -1, { currentLeaderEpoch: 4 })
    const same = [0, 0].map((partitionIndex) => ({ partitionIndex, timestamp: -1 }))
    await session.ask('the same partition twice', listOffsets, 8, {
      replicaId: -1,
      topics: [{ name: topic, partitions: same }],
    })
  }),

  scenario('the end of an epoch of the leader', async (session) => {
    const topic = 'list-offsets-epochs'
    await session.topic(topic)
    const ask = (
      step: string,
      leaderEpoch: number,
      more: { partition?: number; currentLeaderEpoch?: number } = {},
      name = topic,
    ) =>
      session.ask(step, offsetForLeaderEpoch, 4, {
        replicaId: -1,
        topics: [{ topic: name, partitions: [{ partition: 0, leaderEpoch, ...more }] }],
      })
    await ask('of nothing', 0)
    await append(session, topic, batchOf(['a', 'b']))
    await ask('the present one', 0)
    await ask('one that is to come', 3)
    await ask('none', -1)
    await ask('asked in the present epoch', 0, { currentLeaderEpoch: 0 })
    await ask('asked in one that is to come', 0, { currentLeaderEpoch: 3 })
    await ask('of an unknown partition', 0, { partition: 5 })
    await ask('of an unknown topic', 0, {}, 'list-offsets-nowhere')
  }),
]
