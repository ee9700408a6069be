import { deleteGroups, offsetCommit, offsetDelete, offsetFetch } from '../../src/protocol/apis.js'
import { type Scenario, type Session, scenario } from './scenario.js'

interface Commit {
  topic: string
  partition?: number
  offset?: number
  metadata?: string | null
  generation?: number
  memberId?: string
  instance?: string | null
  version?: number
}

/** Commits one offset as a step, in version 8 and without a member. */
export function commit(session: Session, step: string, groupId: string, what: Commit) {
  return session.ask(step, offsetCommit, what.version ?? 8, {
    groupId,
    generationIdOrMemberEpoch: what.generation ?? -1,
    memberId: what.memberId ?? '',
    groupInstanceId: what.instance ?? null,
    topics: [
      {
        name: what.topic,
        partitions: [
          {
            partitionIndex: what.partition ?? 0,
            committedOffset: what.offset ?? 1,
            committedLeaderEpoch: 0,
            committedMetadata: what.metadata === undefined ? 'note' : what.metadata,
          },
        ],
      },
    ],
  })
}

/** Reads all offsets of a group as a step. */
export function fetchAll(session: Session, step: string, groupId: string, requireStable = false) {
  return session.ask(step, offsetFetch, 8, { groups: [{ groupId, topics: null }], requireStable })
}

export const offsetsScenarios: Scenario[] = [
  scenario('offsets are kept without members', async (session) => {
    const topic = 'offsets-kept'
    const group = 'offsets-kept'
    await session.topic(topic, { partitions: 3 })
    await commit(session, 'the first', group, { topic, offset: 7 })
    await commit(session, 'another partition', group, {
      topic,
      partition: 2,
      offset: 0,
      metadata: '',
    })
    await commit(session, 'again, further back', group, { topic, offset: 3, metadata: null })
    await fetchAll(session, 'all of them', group)
    const topics = [{ name: topic, partitionIndexes: [0, 1, 2, 9] }]
    for (let version = 1; version <= 7; version++) {
      await session.ask('some of them', offsetFetch, version, { groupId: group, topics })
    }
    await session.ask('all of them', offsetFetch, 2, { groupId: group, topics: null })
    for (const version of [8, 9]) {
      await session.ask('of two groups', offsetFetch, version, {
        groups: [
          { groupId: group, topics },
          { groupId: 'offsets-nobody', topics },
        ],
      })
    }
    for (const version of [2, 5, 9]) {
      await commit(session, 'in another version', group, { topic, offset: 9, version })
    }
  }),

  scenario('topics by their ids', async (session) => {
    const topicId = await session.topic('offsets-id')
    const groupId = 'offsets-id'
    const to = (id: string) => ({
      groupId,
      topics: [
        {
          topicId: id,
          partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }],
        },
      ],
    })
    await session.ask('committed', offsetCommit, 10, to(topicId))
    const nobody = '00000000-0000-4000-8000-00000000abcd'
    await session.ask('of nobody', offsetCommit, 10, to(nobody))
    const topics = [{ topicId, partitionIndexes: [0] }]
    await session.ask('read', offsetFetch, 10, { groups: [{ groupId, topics }] })
    await session.ask('read all', offsetFetch, 10, { groups: [{ groupId, topics: null }] })
    await session.ask('read of nobody', offsetFetch, 10, {
      groups: [{ groupId, topics: [{ topicId: nobody, partitionIndexes: [0] }] }],
    })
  }),

  scenario('offsets that are refused', async (session) => {
    const topic = 'offsets-refused'
    const group = 'offsets-refused'
    await session.topic(topic)
    await commit(session, 'an unknown topic', group, { topic: 'offsets-nowhere' })
    await commit(session, 'an unknown partition', group, { topic, partition: 5 })
    await commit(session, 'metadata of 4097 letters', group, { topic, metadata: 'x'.repeat(4097) })
    await commit(session, 'metadata of 4096 letters', group, { topic, metadata: 'x'.repeat(4096) })
    await commit(session, 'a group without a name', '', { topic })
    await commit(session, 'a generation of a group that is not', 'offsets-none', {
      topic,
      generation: 3,
      memberId: 'somebody',
    })
    await commit(session, 'a member without a generation', 'offsets-none', {
      topic,
      memberId: 'somebody',
    })
    await commit(session, 'a generation without a member', 'offsets-none', { topic, generation: 3 })
    await commit(session, 'a generation of a group that has only offsets', group, {
      topic,
      generation: 3,
      memberId: 'somebody',
    })
    await commit(session, 'a negative offset', group, { topic, offset: -5 })
    await fetchAll(session, 'what is there', 'offsets-none')
    await session.ask('nothing to commit', offsetCommit, 8, { groupId: group, topics: [] })
  }),

  scenario('a group that has only offsets is deleted', async (session) => {
    const topic = 'offsets-deleted'
    const group = 'offsets-deleted'
    await session.topic(topic)
    await commit(session, 'an offset', group, { topic })
    for (const version of [0, 1, 2]) {
      await session.ask('unknown groups', deleteGroups, version, {
        groupsNames: ['offsets-nobody', 'offsets-no-one'],
      })
    }
    await session.ask('no name', deleteGroups, 2, { groupsNames: [''] })
    await session.ask('the group', deleteGroups, 2, { groupsNames: [group] })
    await session.ask('again', deleteGroups, 2, { groupsNames: [group] })
    await fetchAll(session, 'its offsets are gone', group)
  }),

  scenario('single offsets are deleted', async (session) => {
    const topic = 'offsets-single'
    const group = 'offsets-single'
    await session.topic(topic, { partitions: 2 })
    await commit(session, 'an offset', group, { topic })
    await commit(session, 'another', group, { topic, partition: 1 })
    const remove = (step: string, groupId: string, name: string, partitions: number[]) =>
      session.ask(step, offsetDelete, 0, {
        groupId,
        topics: [{ name, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }],
      })
    await remove('one', group, topic, [0])
    await remove('one that is gone', group, topic, [0])
    await remove('of an unknown partition', group, topic, [7])
    await remove('of an unknown topic', group, 'offsets-nowhere', [0])
    await remove('of an unknown group', 'offsets-nobody', topic, [0])
    await remove('of a group without a name', '', topic, [0])
    await session.ask('none', offsetDelete, 0, { groupId: group, topics: [] })
    await fetchAll(session, 'what is left', group)
  }),
]
