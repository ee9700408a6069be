import { deleteRecords } from '../../src/protocol/apis.js'
import { append, batchOf, read } from './batches.js'
import { type Scenario, type Session, scenario } from './scenario.js'

function remove(
  session: Session,
  step: string,
  topic: string,
  offset: number,
  options: { partition?: number; version?: number } = {},
) {
  const { partition: partitionIndex = 0, version = 2 } = options
  return session.ask(step, deleteRecords, version, {
    topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }],
    timeoutMs: 10_000,
  })
}

export const deleteRecordsScenarios: Scenario[] = [
  scenario('records before an offset are deleted', async (session) => {
    const topic = 'delete-records'
    await session.topic(topic)
    for (const value of ['a', 'b', 'c']) await append(session, topic, batchOf([value, value]))
    await remove(session, 'none', topic, 0)
    await remove(session, 'within a batch', topic, 3)
    await read(session, 'from a deleted offset', topic, { offset: 1 })
    await read(session, 'from the first that is left', topic, { offset: 3 })
    await remove(session, 'further back', topic, 1)
    await remove(session, 'behind the end', topic, 7)
    await remove(session, 'a negative offset', topic, -2)
    await remove(session, 'in an older version', topic, 4, { version: 0 })
    await remove(session, 'all of them', topic, -1)
    await read(session, 'from the end', topic, { offset: 6 })
    await append(session, topic, batchOf(['d']))
    await read(session, 'what comes after', topic, { offset: 6 })
  }),

  scenario('records that cannot be deleted', async (session) => {
    const topic = 'delete-records-not'
    await session.topic(topic)
    await remove(session, 'of an unknown topic', 'delete-records-nowhere', 0)
    await remove(session, 'of an unknown partition', topic, 0, { partition: 4 })
    await session.topic('delete-records-compacted', { configs: { 'cleanup.policy': 'compact' } })
    await remove(session, 'of a compacted topic', 'delete-records-compacted', 0)
    await session.ask('of no topic', deleteRecords, 2, { topics: [] })
  }),
]
