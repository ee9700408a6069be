import type { RequestBodyOf } from '../../src/protocol/api.js'
import {
  consumerGroupDescribe,
  consumerGroupHeartbeat,
  createPartitions,
  deleteGroups,
  deleteTopics,
  describeGroups,
  heartbeat,
  joinGroup,
  leaveGroup,
  listGroups,
  offsetCommit,
  offsetDelete,
  offsetFetch,
  syncGroup,
} from '../../src/protocol/apis.js'
import { commit } from './offsets.js'
import { type Scenario, type Session, scenario } from './scenario.js'

type Beat = RequestBodyOf<typeof consumerGroupHeartbeat> & { version?: number }

function beat(session: Session, step: string, groupId: string, more: Beat) {
  const { version = 1, ...body } = more
  return session.ask(step, consumerGroupHeartbeat, version, { groupId, ...body })
}

/** Joins as a new member that reads these topics. */
function join(
  session: Session,
  step: string,
  groupId: string,
  memberId: string,
  subscribedTopicNames: string[] | null,
  more: Beat = {},
) {
  return beat(session, step, groupId, {
    memberId,
    memberEpoch: 0,
    rebalanceTimeoutMs: 30_000,
    subscribedTopicNames,
    topicPartitions: [],
    ...more,
  })
}

/** Makes a topic, and waits until the coordinator of groups knows it, too. Gives its id. */
async function known(session: Session, topic: string, partitions = 1): Promise<string> {
  const topicId = await session.topic(topic, { partitions })
  const probe = { groupId: `${topic}-probe`, memberId: 'probe' }
  await session.until(`groups know ${topic}`, async () => {
    const joined = await session.quietly(consumerGroupHeartbeat, 1, {
      ...probe,
      memberEpoch: 0,
      rebalanceTimeoutMs: 30_000,
      subscribedTopicNames: [topic],
      topicPartitions: [],
    })
    await session.quietly(consumerGroupHeartbeat, 1, { ...probe, memberEpoch: -1 })
    const assigned = joined.assignment?.topicPartitions[0]?.partitions ?? []
    return assigned.length === partitions
  })
  await session.quietly(deleteGroups, 2, { groupsNames: [probe.groupId] })
  return topicId
}

function describe(session: Session, step: string, groupIds: string[], version = 1) {
  return session.ask(step, consumerGroupDescribe, version, { groupIds })
}

/** A subscription of a consumer in version 1: its topics, and of one what it owns. */
function subscriptionTo(topic: string, owned: number[] = []): Buffer {
  const name = Buffer.concat([
    Buffer.from([topic.length >> 8, topic.length & 0xff]),
    Buffer.from(topic),
  ])
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return bytes
  }
  const partitions =
    owned.length === 0 ? [int32(0)] : [int32(1), name, int32(owned.length), ...owned.map(int32)]
  return Buffer.concat([Buffer.from([0, 1]), int32(1), name, int32(-1), ...partitions])
}

const consumerRange = { protocolType: 'consumer', protocolName: 'range' }

/** Joins by the classic protocol, id first where it is asked for; one step for the second. */
async function joinClassic(
  session: Session,
  step: string,
  groupId: string,
  topic: string,
  more: RequestBodyOf<typeof joinGroup> & { owned?: number[]; on?: string } = {},
) {
  const { owned = [], on, ...rest } = more
  const body = {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscriptionTo(topic, owned) }],
    ...rest,
  }
  if (body.memberId !== undefined || body.groupInstanceId !== undefined) {
    return session.ask(step, joinGroup, 9, body, on)
  }
  const first = await session.quietly(joinGroup, 9, body, on)
  return session.ask(step, joinGroup, 9, { ...body, memberId: first.memberId }, on)
}

export const consumerGroupsScenarios: Scenario[] = [
  scenario('heartbeats of the newer protocol that are refused', async (session) => {
    const topic = 'consumer-refused'
    const group = 'consumer-refused'
    await known(session, topic)
    await join(session, 'no name of the group', '', 'one', [topic])
    await join(session, 'no name of the member', group, '', [topic])
    await join(session, 'an empty instance', group, 'one', [topic], { instanceId: '' })
    await join(session, 'an empty rack', group, 'one', [topic], { rackId: '' })
    await join(session, 'no time to rebalance', group, 'one', [topic], { rebalanceTimeoutMs: -1 })
    await join(session, 'no partitions', group, 'one', [topic], { topicPartitions: null })
    await join(session, 'some partitions', group, 'one', [topic], {
      topicPartitions: [{ topicId: '00000000-0000-4000-8000-00000000abcd', partitions: [0] }],
    })
    await join(session, 'nothing to read', group, 'one', null)
    await join(session, 'an assignor that does not exist', group, 'one', [topic], {
      serverAssignor: 'mine',
    })
    await join(session, 'a pattern that is none', group, 'one', null, {
      subscribedTopicRegex: '[a',
    })
    await beat(session, 'an epoch below all', group, { memberId: 'one', memberEpoch: -3 })
    await beat(session, 'it leaves without an instance', group, {
      memberId: 'one',
      memberEpoch: -2,
    })
    await beat(session, 'an unknown group', group, { memberId: 'one', memberEpoch: 2 })
    await beat(session, 'it leaves an unknown group', group, { memberId: 'one', memberEpoch: -1 })
    await join(session, 'it joins', group, 'one', [topic])
    await beat(session, 'an unknown member', group, { memberId: 'two', memberEpoch: 2 })
    await beat(session, 'an unknown member leaves', group, { memberId: 'two', memberEpoch: -1 })
    await beat(session, 'a greater epoch', group, { memberId: 'one', memberEpoch: 3 })
    await beat(session, 'no name of the member, later', group, { memberId: '', memberEpoch: 2 })
    await describe(session, 'described', [group, 'consumer-nowhere', ''])
  }),

  scenario('one member of the newer protocol', async (session) => {
    const topic = 'consumer-one'
    const group = 'consumer-one'
    const topicId = await known(session, topic, 2)
    const owned = [{ topicId, partitions: [0, 1] }]
    await join(session, 'it joins', group, 'one', [topic])
    await beat(session, 'it goes on', group, { memberId: 'one', memberEpoch: 2 })
    await beat(session, 'it says what it has', group, {
      memberId: 'one',
      memberEpoch: 2,
      topicPartitions: owned,
    })
    await beat(session, 'it says everything', group, {
      memberId: 'one',
      memberEpoch: 2,
      rebalanceTimeoutMs: 30_000,
      subscribedTopicNames: [topic],
      topicPartitions: owned,
    })
    await describe(session, 'described', [group])
    await describe(session, 'described', [group], 0)
    await session.ask('with what one may do', consumerGroupDescribe, 1, {
      groupIds: [group],
      includeAuthorizedOperations: true,
    })
    await session.ask('described as a classic one', describeGroups, 6, { groups: [group] })
    await join(session, 'it joins again', group, 'one', [topic])
    await beat(session, 'it reads more', group, {
      memberId: 'one',
      memberEpoch: 2,
      subscribedTopicNames: [topic, 'consumer-one-more'],
    })
    await beat(session, 'the epoch before, with what it had', group, {
      memberId: 'one',
      memberEpoch: 2,
      topicPartitions: owned,
    })
    await beat(session, 'the epoch before, without it', group, { memberId: 'one', memberEpoch: 2 })
    await beat(session, 'another assignor', group, {
      memberId: 'one',
      memberEpoch: 3,
      serverAssignor: 'range',
    })
    await beat(session, 'it reads nothing', group, {
      memberId: 'one',
      memberEpoch: 3,
      subscribedTopicNames: [],
    })
    await beat(session, 'and gives it back', group, {
      memberId: 'one',
      memberEpoch: 3,
      topicPartitions: [],
    })
    await describe(session, 'described then', [group])
    await session.ask('not deleted while it is there', deleteGroups, 2, { groupsNames: [group] })
    await beat(session, 'it leaves', group, { memberId: 'one', memberEpoch: -1 })
    await beat(session, 'it leaves again', group, { memberId: 'one', memberEpoch: -1 })
    await beat(session, 'it goes on all the same', group, { memberId: 'one', memberEpoch: 4 })
    await describe(session, 'described when it is empty', [group])
    await session.ask('deleted', deleteGroups, 2, { groupsNames: [group] })
    await describe(session, 'described when it is gone', [group])
  }),

  scenario('members of the newer protocol share partitions', async (session) => {
    const topic = 'consumer-two'
    const group = 'consumer-two'
    const topicId = await known(session, topic, 3)
    const owned = (...partitions: number[]) => [{ topicId, partitions }]
    const range = { serverAssignor: 'range' }
    await join(session, 'the first joins', group, 'one', [topic], range)
    await join(session, 'the second joins', group, 'two', [topic], range)
    await beat(session, 'the first is to give back one', group, { memberId: 'one', memberEpoch: 2 })
    await describe(session, 'described meanwhile', [group])
    await beat(session, 'the second waits', group, { memberId: 'two', memberEpoch: 3 })
    await beat(session, 'the first has it still', group, {
      memberId: 'one',
      memberEpoch: 2,
      topicPartitions: owned(0, 1, 2),
    })
    await beat(session, 'the first gave it back', group, {
      memberId: 'one',
      memberEpoch: 2,
      topicPartitions: owned(0, 1),
    })
    await beat(session, 'the second gets it', group, { memberId: 'two', memberEpoch: 3 })
    await describe(session, 'described', [group])
    await beat(session, 'the first leaves', group, { memberId: 'one', memberEpoch: -1 })
    await describe(session, 'described when it is gone', [group])
    await beat(session, 'the second gets all', group, { memberId: 'two', memberEpoch: 3 })
    await beat(session, 'the leaver comes back', group, { memberId: 'one', memberEpoch: 3 })
  }),

  scenario('static members of the newer protocol', async (session) => {
    const topic = 'consumer-static'
    const group = 'consumer-static'
    const topicId = await known(session, topic, 2)
    const instance = { instanceId: 'i' }
    await join(session, 'it joins', group, 'one', [topic], instance)
    await join(session, 'another with its instance', group, 'two', [topic], instance)
    await beat(session, 'another goes on in its name', group, {
      memberId: 'two',
      memberEpoch: 2,
      ...instance,
    })
    await beat(session, 'an unknown instance goes on', group, {
      memberId: 'one',
      memberEpoch: 2,
      instanceId: 'j',
    })
    await beat(session, 'another leaves in its name', group, {
      memberId: 'two',
      memberEpoch: -1,
      ...instance,
    })
    await beat(session, 'it leaves for a while', group, {
      memberId: 'one',
      memberEpoch: -2,
      ...instance,
    })
    await describe(session, 'described while it is away', [group])
    await join(session, 'it comes back under another id', group, 'two', [topic], instance)
    await describe(session, 'described', [group])
    await beat(session, 'the one before goes on', group, {
      memberId: 'one',
      memberEpoch: 2,
      ...instance,
    })
    await beat(session, 'the present one goes on', group, {
      memberId: 'two',
      memberEpoch: 2,
      topicPartitions: [{ topicId, partitions: [0, 1] }],
    })
    await beat(session, 'it leaves for good', group, {
      memberId: 'two',
      memberEpoch: -1,
      ...instance,
    })
    await describe(session, 'described when it is gone', [group])
  }),

  scenario('offsets of members of the newer protocol', async (session) => {
    const topic = 'consumer-offsets'
    const group = 'consumer-offsets'
    const topicId = await known(session, topic, 2)
    const memberId = 'one'
    await join(session, 'it joins', group, memberId, [topic])
    await commit(session, 'it commits', group, { topic, generation: 2, memberId, version: 9 })
    const old = { topic, generation: 2, memberId, version: 8 }
    await commit(session, 'in an older version', group, old)
    await commit(session, 'a greater epoch', group, { ...old, generation: 3, version: 9 })
    await commit(session, 'a smaller epoch', group, { ...old, generation: 1, version: 9 })
    await commit(session, 'no member', group, { topic, version: 9 })
    await commit(session, 'an unknown member', group, { ...old, memberId: 'two', version: 9 })
    await commit(session, 'an epoch of a group that is not', 'consumer-nowhere', {
      ...old,
      version: 9,
    })
    const fetch = (step: string, who: { memberId?: string | null; memberEpoch?: number }) =>
      session.ask(step, offsetFetch, 9, { groups: [{ groupId: group, ...who, topics: null }] })
    await fetch('it reads them', { memberId, memberEpoch: 2 })
    await fetch('somebody reads them', {})
    await fetch('an unknown member reads them', { memberId: 'two', memberEpoch: 2 })
    await fetch('a greater epoch reads them', { memberId, memberEpoch: 3 })
    await join(session, 'the group grows', group, 'two', [topic])
    await beat(session, 'it gives back', group, { memberId, memberEpoch: 2 })
    await commit(session, 'it commits while it gives back', group, { ...old, version: 9 })
    const given = await beat(session, 'it gave back', group, {
      memberId,
      memberEpoch: 2,
      topicPartitions: [],
    })
    const [kept = 0] = given.assignment?.topicPartitions[0]?.partitions ?? []
    const late = { ...old, version: 9, generation: 2 }
    await commit(session, 'late, of a partition that it kept', group, { ...late, partition: kept })
    await commit(session, 'late, of one that it gave back', group, { ...late, partition: 1 - kept })
    const body = (id: string) => ({
      groupId: group,
      generationIdOrMemberEpoch: 3,
      memberId,
      topics: [
        {
          topicId: id,
          partitions: [{ partitionIndex: kept, committedOffset: 5, committedMetadata: '' }],
        },
      ],
    })
    await session.ask('by the id of the topic', offsetCommit, 10, body(topicId))
    await session.ask('deleted while it is read', offsetDelete, 0, {
      groupId: group,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0 }] }],
    })
  }),

  scenario('topics of the newer protocol come, grow and go', async (session) => {
    const group = 'consumer-grows'
    const names = ['consumer-grows-a', 'consumer-grows-b']
    const [first = '', second = ''] = names
    const firstId = await known(session, first)
    await join(session, 'it joins', group, 'one', names)
    const secondId = await session.topic(second)
    const reaches = async (what: string, owned: [topicId: string, partitions: number[]][]) => {
      const count = owned.reduce((sum, [, partitions]) => sum + partitions.length, 0)
      let memberEpoch = 2
      await session.until(what, async () => {
        const answer = await session.quietly(consumerGroupDescribe, 1, { groupIds: [group] })
        const [member] = answer.groups[0]?.members ?? []
        memberEpoch = member?.memberEpoch ?? memberEpoch
        const has = member?.assignment.topicPartitions.flatMap(({ partitions }) => partitions) ?? []
        const topicPartitions = owned.map(([topicId, partitions]) => ({ topicId, partitions }))
        await session.quietly(consumerGroupHeartbeat, 1, {
          groupId: group,
          memberId: 'one',
          memberEpoch,
          topicPartitions,
        })
        return answer.groups[0]?.groupState === 'Stable' && has.length === count
      })
      const answer = await session.quietly(consumerGroupDescribe, 1, { groupIds: [group] })
      const [described] = answer.groups
      const assigned = described?.members[0]?.assignment.topicPartitions ?? []
      // Kafka keeps them in no order.
      const assignment = assigned.map((each) => `${each.topicName} ${each.partitions}`).sort()
      session.note(what, { groupEpoch: described?.groupEpoch, assignment })
    }
    await reaches('the second topic is there', [
      [firstId, [0]],
      [secondId, [0]],
    ])
    await session.quietly(createPartitions, 3, {
      topics: [{ name: first, count: 2, assignments: null }],
      timeoutMs: 10_000,
    })
    await reaches('the first topic has grown', [
      [firstId, [0, 1]],
      [secondId, [0]],
    ])
    await session.quietly(deleteTopics, 6, { topics: [{ name: second }], timeoutMs: 10_000 })
    await reaches('the second topic is gone', [[firstId, [0, 1]]])
  }),

  scenario('topics by a pattern', async (session) => {
    const group = 'consumer-pattern'
    await session.topic('consumer-pattern-a')
    await session.topic('consumer-pattern-b')
    await session.topic('consumer-pattern-long')
    const pattern = { subscribedTopicRegex: 'consumer-pattern-[a-c]' }
    await session.quietly(consumerGroupHeartbeat, 1, {
      groupId: group,
      memberId: 'one',
      memberEpoch: 0,
      rebalanceTimeoutMs: 30_000,
      topicPartitions: [],
      ...pattern,
    })
    const assigned = async (what: string, count: number) => {
      await session.until(what, async () => {
        const answer = await session.quietly(consumerGroupDescribe, 1, { groupIds: [group] })
        const member = answer.groups[0]?.members[0]
        const epoch = member?.memberEpoch ?? 0
        await session.quietly(consumerGroupHeartbeat, 1, {
          groupId: group,
          memberId: 'one',
          memberEpoch: epoch,
          topicPartitions: [],
        })
        return member?.assignment.topicPartitions.length === count
      })
      const answer = await session.quietly(consumerGroupDescribe, 1, { groupIds: [group] })
      const [member] = answer.groups[0]?.members ?? []
      session.note(what, {
        names: member?.subscribedTopicNames,
        pattern: member?.subscribedTopicRegex,
        topics: member?.assignment.topicPartitions.map(({ topicName }) => topicName).sort(),
      })
    }
    await assigned('two match', 2)
  }),

  scenario('groups of both protocols', async (session) => {
    const topic = 'consumer-both'
    await known(session, topic)
    const newer = 'consumer-both-newer'
    const classic = 'consumer-both-classic'
    const offsetsOnly = 'consumer-both-offsets'
    await join(session, 'a newer group', newer, 'one', [topic])
    await commit(session, 'a group that has only offsets', offsetsOnly, { topic })
    await join(session, 'the newer protocol in it', offsetsOnly, 'one', [topic])
    const joined = await joinClassic(session, 'a classic group', classic, topic, {
      protocolType: 'connect',
    })
    await join(session, 'the newer protocol in it, though it is of another type', classic, 'one', [
      topic,
    ])
    const list = async (step: string, body: RequestBodyOf<typeof listGroups>) => {
      const answer = await session.quietly(listGroups, 5, body)
      const groups = answer.groups
        .filter((each) => each.groupId.startsWith('consumer-both'))
        .sort((left, right) => (left.groupId < right.groupId ? -1 : 1))
      session.note(step, { errorCode: answer.errorCode, groups })
    }
    await list('all', {})
    await list('those of the newer type', { typesFilter: ['Consumer'] })
    await list('those that are stable', { statesFilter: ['stable'] })
    await describe(session, 'a classic one described as a newer one', [classic])
    await session.quietly(leaveGroup, 5, {
      groupId: classic,
      members: [{ memberId: joined.memberId }],
    })
    await join(session, 'the newer protocol in an empty classic group', classic, 'one', [topic])
    await beat(session, 'it leaves', classic, { memberId: 'one', memberEpoch: -1 })
    await joinClassic(session, 'the classic protocol in an empty newer group', classic, topic)
    await describe(session, 'the group then', [classic])
  }),

  scenario('a classic group is taken over by the newer protocol, and back', async (session) => {
    const topic = 'consumer-migrates'
    const group = 'consumer-migrates'
    await known(session, topic, 2)
    const joined = await joinClassic(session, 'a classic member', group, topic)
    const { memberId } = joined
    const part = Buffer.concat([
      Buffer.from('000100000001', 'hex'),
      Buffer.from([0, topic.length]),
      Buffer.from(topic),
      Buffer.from('000000020000000000000001ffffffff', 'hex'),
    ])
    const caller = { groupId: group, generationId: joined.generationId, memberId }
    await session.ask('its part', syncGroup, 5, {
      ...caller,
      ...consumerRange,
      assignments: [{ memberId, assignment: part }],
    })
    await join(session, 'a newer member', group, 'newer', [topic])
    await describe(session, 'described', [group])
    await session.ask('the classic one is told', heartbeat, 4, caller)
    const again = await joinClassic(session, 'it joins again, with both', group, topic, {
      memberId,
      owned: [0, 1],
    })
    const second = { ...caller, generationId: again.generationId }
    await session.ask('it asks for its part', syncGroup, 5, { ...second, ...consumerRange })
    await session.ask('it is told to give back', heartbeat, 4, second)
    const third = await joinClassic(session, 'it gave back', group, topic, { memberId, owned: [0] })
    const last = { ...caller, generationId: third.generationId }
    await session.ask('it asks for its part again', syncGroup, 5, { ...last, ...consumerRange })
    await session.ask('it goes on', heartbeat, 4, last)
    await commit(session, 'it commits', group, {
      topic,
      generation: third.generationId,
      memberId,
      version: 8,
    })
    await commit(session, 'it commits by another generation', group, {
      topic,
      generation: 77,
      memberId,
      version: 8,
    })
    await beat(session, 'the newer one gets its part', group, {
      memberId: 'newer',
      memberEpoch: third.generationId,
      topicPartitions: [],
    })
    await describe(session, 'described then', [group])
    await session.ask('a stranger leaves by the classic protocol', leaveGroup, 5, {
      groupId: group,
      members: [{ memberId: 'newer' }],
    })
    await beat(session, 'the newer one leaves', group, { memberId: 'newer', memberEpoch: -1 })
    await session.ask('described as a classic one', describeGroups, 6, { groups: [group] })
    await session.ask('the classic one is told to join', heartbeat, 4, {
      ...last,
      generationId: last.generationId,
    })
  }),
]
