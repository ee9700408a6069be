import type { RequestBodyOf } from '../../src/protocol/api.js'
import {
  deleteGroups,
  describeGroups,
  heartbeat,
  joinGroup,
  leaveGroup,
  listGroups,
  offsetDelete,
  syncGroup,
} from '../../src/protocol/apis.js'
import { commit, fetchAll } from './offsets.js'
import { type Scenario, type Session, scenario } from './scenario.js'

type JoinBody = RequestBodyOf<typeof joinGroup>

const protocols = (...names: string[]) => names.map((name) => ({ name, metadata: subscription }))

/** A consumer's subscription to no topics, in version 0: Kafka reads it, and gives no answer else. */
const subscription = Buffer.from('000000000000ffffffff', 'hex')

/** A subscription in version 0 to one topic. */
function subscriptionTo(topic: string): Buffer {
  const bytes = Buffer.from(`0000000000010000${'00'.repeat(topic.length)}ffffffff`, 'hex')
  bytes.writeInt16BE(topic.length, 6)
  bytes.write(topic, 8)
  return bytes
}

function join(
  session: Session,
  step: string,
  groupId: string,
  more: JoinBody & { version?: number; on?: string } = {},
) {
  const { version = 9, on, ...body } = more
  return session.ask(
    step,
    joinGroup,
    version,
    {
      groupId,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      protocolType: 'consumer',
      protocols: protocols('range'),
      ...body,
    },
    on,
  )
}

/** What a member has to say with a sync from version 5 on. */
const consumerRange = { protocolType: 'consumer', protocolName: 'range' }

/** Joins as the only member, id first. Gives the member's id; no step. */
async function enter(
  session: Session,
  groupId: string,
  more: JoinBody = {},
  on?: string,
): Promise<string> {
  const body = {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: 'consumer',
    protocols: protocols('range'),
    ...more,
  }
  const first = await session.quietly(joinGroup, 9, body, on)
  if (first.errorCode === 0) return first.memberId
  const second = await session.quietly(joinGroup, 9, { ...body, memberId: first.memberId }, on)
  return second.memberId
}

/** A stable group of one member, in generation 1; no step. */
async function stable(session: Session, groupId: string, more: JoinBody = {}): Promise<string> {
  const memberId = await enter(session, groupId, more)
  await session.quietly(syncGroup, 5, {
    ...consumerRange,
    groupId,
    generationId: 1,
    memberId,
    groupInstanceId: more.groupInstanceId ?? null,
    assignments: [{ memberId, assignment: Buffer.from('all') }],
  })
  return memberId
}

export const groupsScenarios: Scenario[] = [
  scenario('one member, from joining to leaving', async (session) => {
    const groupId = 'groups-one'
    const first = await join(session, 'an id first', groupId)
    const { memberId } = first
    const joined = await join(session, 'with the id', groupId, { memberId })
    const { generationId } = joined
    const caller = { groupId, generationId, memberId }
    await session.ask('a heartbeat before the assignment', heartbeat, 4, caller)
    await session.ask('described before it', describeGroups, 5, { groups: [groupId] })
    await session.ask('the assignment', syncGroup, 5, {
      ...caller,
      ...consumerRange,
      assignments: [{ memberId, assignment: Buffer.from('all') }],
    })
    await session.ask('the assignment again', syncGroup, 5, { ...caller, ...consumerRange })
    await session.ask('the assignment again, without a protocol', syncGroup, 5, caller)
    await session.ask('a heartbeat', heartbeat, 4, caller)
    await session.ask('described', describeGroups, 5, { groups: [groupId] })
    await session.ask('with what one may do', describeGroups, 5, {
      groups: [groupId],
      includeAuthorizedOperations: true,
    })
    await session.ask('a group with members is not deleted', deleteGroups, 2, {
      groupsNames: [groupId],
    })
    await join(session, 'the leader joins again: a new generation', groupId, { memberId })
    await session.ask('it leaves', leaveGroup, 5, { groupId, members: [{ memberId }] })
    await session.ask('it leaves again', leaveGroup, 5, { groupId, members: [{ memberId }] })
    await session.ask('described when it is empty', describeGroups, 5, { groups: [groupId] })
    await session.ask('an empty group is deleted', deleteGroups, 2, { groupsNames: [groupId] })
    await session.ask('described when it is gone', describeGroups, 5, { groups: [groupId] })
    await session.ask('described when it is gone', describeGroups, 6, { groups: [groupId] })
  }),

  scenario('older versions of joining', async (session) => {
    for (let version = 0; version <= 8; version++) {
      await join(session, 'a new member', `groups-version-${version}`, { version })
    }
  }),

  scenario('joins that are refused', async (session) => {
    const groupId = 'groups-refused'
    await join(session, 'no name of the group', '')
    await join(session, 'a session that is too short', groupId, { sessionTimeoutMs: 1 })
    await join(session, 'a session that is too long', groupId, { sessionTimeoutMs: 1_800_001 })
    await join(session, 'a session of 6 s', `${groupId}-6`, { sessionTimeoutMs: 6000 })
    await join(session, 'a session of 5 s', `${groupId}-5`, { sessionTimeoutMs: 5000 })
    await join(session, 'an unknown member', groupId, { memberId: 'somebody' })
    await join(session, 'no protocols', groupId, { protocols: [] })
    await join(session, 'no type of protocol', groupId, { protocolType: '' })
    await stable(session, groupId)
    await join(session, 'another type of protocol', groupId, { protocolType: 'connect' })
    await join(session, 'no protocol in common', groupId, { protocols: protocols('roundrobin') })
  }),

  scenario('who is no member', async (session) => {
    const groupId = 'groups-strangers'
    const memberId = await stable(session, groupId)
    const stranger = { groupId, generationId: 1, memberId: 'somebody' }
    const late = { groupId, generationId: 7, memberId }
    await session.ask('a heartbeat of a stranger', heartbeat, 4, stranger)
    await session.ask('a heartbeat of another generation', heartbeat, 4, late)
    await session.ask('a heartbeat of an unknown group', heartbeat, 4, {
      ...stranger,
      groupId: 'groups-nowhere',
    })
    await session.ask('a sync of a stranger', syncGroup, 5, { ...stranger, ...consumerRange })
    await session.ask('a sync of another generation', syncGroup, 5, { ...late, ...consumerRange })
    await session.ask('a sync with another protocol', syncGroup, 5, {
      groupId,
      generationId: 1,
      memberId,
      ...consumerRange,
      protocolName: 'roundrobin',
    })
    await session.ask('a sync with another type', syncGroup, 5, {
      groupId,
      generationId: 1,
      memberId,
      ...consumerRange,
      protocolType: 'connect',
    })
    await session.ask('a sync of an unknown group', syncGroup, 5, {
      ...consumerRange,
      ...stranger,
      groupId: 'groups-nowhere',
    })
    const members = [{ memberId: 'somebody' }]
    await session.ask('a stranger leaves', leaveGroup, 5, { groupId, members })
    await session.ask('a stranger leaves', leaveGroup, 2, { groupId, memberId: 'somebody' })
    await session.ask('one leaves a group that is not', leaveGroup, 5, {
      groupId: 'groups-nowhere',
      members,
    })
    const topic = 'groups-strangers'
    await session.topic(topic)
    await commit(session, 'the member commits', groupId, { topic, generation: 1, memberId })
    await commit(session, 'another generation commits', groupId, { topic, generation: 2, memberId })
    await commit(session, 'a stranger commits', groupId, {
      topic,
      generation: 1,
      memberId: 'somebody',
    })
    await commit(session, 'one without a member commits', groupId, { topic })
    await fetchAll(session, 'what was committed', groupId)
  }),

  scenario('two members: the generation begins when both are there', async (session) => {
    const groupId = 'groups-two'
    const leader = await stable(session, groupId)
    const range = { protocols: protocols('range', 'roundrobin') }
    const other = await session.quietly(
      joinGroup,
      9,
      {
        groupId,
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        protocolType: 'consumer',
        ...range,
      },
      'second',
    )
    const joining = join(session, 'the other joins', groupId, {
      memberId: other.memberId,
      on: 'second',
      ...range,
    })
    const ofLeader = { groupId, generationId: 1, memberId: leader }
    await session.until('a rebalance begins', async () => {
      const answer = await session.quietly(heartbeat, 4, ofLeader)
      return answer.errorCode !== 0
    })
    await session.ask('the first is told', heartbeat, 4, ofLeader)
    await session.ask('described meanwhile', describeGroups, 5, { groups: [groupId] })
    await join(session, 'the first joins again', groupId, { memberId: leader })
    await joining
    const following = session.ask(
      'the other waits for its part',
      syncGroup,
      5,
      { groupId, generationId: 2, memberId: other.memberId, ...consumerRange },
      'second',
    )
    await session.ask('the leader hands in the parts', syncGroup, 5, {
      groupId,
      generationId: 2,
      memberId: leader,
      ...consumerRange,
      assignments: [
        { memberId: leader, assignment: Buffer.from('part 1') },
        { memberId: other.memberId, assignment: Buffer.from('part 2') },
      ],
    })
    await following
    await session.ask('both leave', leaveGroup, 5, {
      groupId,
      members: [{ memberId: leader }, { memberId: other.memberId }, { memberId: 'somebody' }],
    })
  }),

  scenario('static members', async (session) => {
    const groupId = 'groups-static'
    const groupInstanceId = 'one'
    const joined = await join(session, 'it joins at once', groupId, { groupInstanceId })
    const { memberId } = joined
    await session.ask('its part', syncGroup, 5, {
      groupId,
      generationId: 1,
      memberId,
      groupInstanceId,
      ...consumerRange,
      assignments: [{ memberId, assignment: Buffer.from('all') }],
    })
    await session.ask('described', describeGroups, 5, { groups: [groupId] })
    await session.ask('another id in its name', heartbeat, 4, {
      groupId,
      generationId: 1,
      memberId: 'somebody',
      groupInstanceId,
    })
    await session.ask('an unknown instance', heartbeat, 4, {
      groupId,
      generationId: 1,
      memberId,
      groupInstanceId: 'two',
    })
    const back = await join(session, 'it comes back', groupId, { groupInstanceId })
    await session.ask('the one before is fenced', heartbeat, 4, {
      groupId,
      generationId: 1,
      memberId,
      groupInstanceId,
    })
    await session.ask('the present one', heartbeat, 4, {
      groupId,
      generationId: back.generationId,
      memberId: back.memberId,
      groupInstanceId,
    })
    await join(session, 'a join of the one before', groupId, { groupInstanceId, memberId })
    await session.ask('removed by its name', leaveGroup, 5, {
      groupId,
      members: [{ memberId: '', groupInstanceId }],
    })
    await session.ask('removed again', leaveGroup, 5, {
      groupId,
      members: [{ memberId: '', groupInstanceId }],
    })
  }),

  scenario('static members that come back in an older version', async (session) => {
    const groupId = 'groups-static-old'
    const groupInstanceId = 'one'
    const memberId = await stable(session, groupId, { groupInstanceId })
    const other = await join(session, 'the leader comes back', groupId, {
      groupInstanceId,
      version: 8,
    })
    const caller = { groupId, generationId: other.generationId, memberId: other.memberId }
    await session.ask('its part is what it was', syncGroup, 5, {
      ...caller,
      ...consumerRange,
      groupInstanceId,
    })
    await join(session, 'with another protocol', groupId, {
      groupInstanceId,
      protocols: protocols('sticky'),
    })
    await session.ask('two at once leave, one by an id of before', leaveGroup, 5, {
      groupId,
      members: [
        { memberId, groupInstanceId },
        { memberId: '', groupInstanceId: 'two' },
        { memberId: '', groupInstanceId },
      ],
    })
  }),

  scenario('offsets are deleted', async (session) => {
    const topic = 'groups-offset-delete'
    const groupId = 'groups-offset-delete'
    await session.topic(topic, { partitions: 2 })
    const remove = (step: string, group: string, name = topic, partitions = [0, 1, 9]) =>
      session.ask(step, offsetDelete, 0, {
        groupId: group,
        topics: [{ name, partitions: partitions.map((each) => ({ partitionIndex: each })) }],
      })
    await remove('of a group without a name', '')
    await remove('of an unknown group', 'groups-nowhere')
    await commit(session, 'an offset without members', groupId, { topic })
    await remove('of an unknown topic', groupId, 'groups-no-topic')
    await remove('of a group without members', groupId)
    await fetchAll(session, 'nothing is left', groupId)
    const memberId = await stable(session, groupId)
    await commit(session, 'of a member', groupId, { topic, generation: 1, memberId })
    await remove('of a topic that no member reads', groupId)
    const reading = await join(session, 'the member reads it', groupId, {
      memberId,
      protocols: [{ name: 'range', metadata: subscriptionTo(topic) }],
    })
    await session.quietly(syncGroup, 5, {
      groupId,
      ...consumerRange,
      generationId: reading.generationId,
      memberId,
      assignments: [{ memberId, assignment: Buffer.from('all') }],
    })
    await remove('of a topic that a member reads', groupId)
    const other = 'groups-offset-delete-other'
    await stable(session, other, { protocolType: 'connect' })
    await remove('of a group whose members are no consumers', other)
  }),

  scenario('groups are listed', async (session) => {
    const groupId = 'groups-listed'
    await stable(session, groupId)
    const list = async (step: string, version: number, body: RequestBodyOf<typeof listGroups>) => {
      const answer = await session.quietly(listGroups, version, body)
      const groups = answer.groups.filter((each) => each.groupId.startsWith(groupId))
      session.note(step, { errorCode: answer.errorCode, groups })
    }
    await list('all', 0, {})
    await list('with state', 4, {})
    await list('with type', 5, {})
    await list('those that are stable', 5, { statesFilter: ['Stable'] })
    await list('those that are stable, in small letters', 5, { statesFilter: ['stable'] })
    await list('those that are empty', 5, { statesFilter: ['Empty'] })
    await list('a state that does not exist', 5, { statesFilter: ['Happy'] })
    await list('those of the classic type', 5, { typesFilter: ['classic'] })
    await list('those of the newer type', 5, { typesFilter: ['consumer'] })
    await list('a type that does not exist', 5, { typesFilter: ['happy'] })
  }),

  scenario('several groups are described', async (session) => {
    await session.ask('none of them is there', describeGroups, 5, {
      groups: ['groups-nowhere', 'groups-no-where'],
    })
    await session.ask('none', describeGroups, 5, { groups: [] })
    for (let version = 0; version <= 4; version++) {
      await session.ask('an older version', describeGroups, version, { groups: ['groups-nowhere'] })
    }
  }),
]
