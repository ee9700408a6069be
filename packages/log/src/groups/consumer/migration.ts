import type { Clock } from '@millrace/host'
import { KafkaError, ProtocolError } from '../../errors.js'
import {
  consumerProtocolType,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  subscriptionVersion,
} from '../../protocol/embedded-protocol.js'
import type { Group } from '../group.js'
import type { GroupRecord, Membership } from '../group-record.js'
import { metadataFor, voted } from '../member.js'
import {
  type ConsumerGroup,
  currentRecord,
  groupGone,
  subscriptionRecord,
} from './consumer-group.js'
import type { ConsumerMember } from './consumer-member.js'
import type { GroupTopics } from './group-topics.js'
import { listOf, type Partitions } from './partitions.js'

/**
 * What makes a group of the newer protocol of a classic one, its members and what each has with
 * it. They go on with the classic protocol, and are told to join again.
 * Throws GROUP_ID_NOT_FOUND where they are no consumers, or what they say cannot be read.
 */
export function upgradeRecords(group: Group, topics: GroupTopics): GroupRecord[] {
  const { name, generation: epoch } = group
  if (group.protocolType !== consumerProtocolType) throw notAConsumerGroup(name)
  const members = [...group.members.values()]
  const protocol = group.protocol ?? voted(members)
  const upgraded = members.map((member): ConsumerMember => {
    const said = readable(name, () => decodeSubscription(metadataFor(member, protocol)))
    const has = readable(name, () => decodeAssignment(member.assignment))
    const assigned = new Map<string, ReadonlyMap<number, number>>()
    for (const { topic, partitions } of has.assignedPartitions) {
      const topicId = topics.get(topic)?.id
      if (topicId === undefined || partitions.length === 0) continue
      assigned.set(topicId, new Map(partitions.map((each) => [each, epoch])))
    }
    return {
      memberId: member.memberId,
      instanceId: member.groupInstanceId,
      rackId: said.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      topicNames: [...new Set(said.topics)].sort(),
      topicPattern: '',
      assignor: null,
      classic: { sessionTimeoutMs: member.sessionTimeoutMs, protocols: member.protocols },
      epoch,
      previousEpoch: epoch,
      state: 'stable',
      assigned,
      revoking: new Map(),
    }
  })
  return [
    { kind: 'membership', group: name, value: null },
    ...upgraded.map((each) => subscriptionRecord(name, each)),
    { kind: 'group-epoch', group: name, value: { epoch, metadataHash: 0 } },
    ...upgraded.map(({ memberId, assigned }) => ({
      kind: 'target' as const,
      group: name,
      memberId,
      value: new Map([...assigned].map(([topicId, each]) => [topicId, new Set(each.keys())])),
    })),
    { kind: 'target-epoch', group: name, value: { epoch, assignedAt: 0 } },
    ...upgraded.map((each) => currentRecord(name, each)),
  ]
}

/** Whether all of them speak the classic protocol, so that their group can be a classic one. */
export function canBeClassic(members: readonly ConsumerMember[]): boolean {
  return members.length > 0 && members.every((each) => each.classic !== null)
}

/** The classic group of these members, who are to have what they were to have so far. */
export function downgraded(
  group: ConsumerGroup,
  members: readonly ConsumerMember[],
  topics: GroupTopics,
  clock: Clock,
): { membership: Membership; records: GroupRecord[] } {
  const protocols = members.map(({ classic }) => ({ protocols: [...(classic?.protocols ?? [])] }))
  const protocol = voted(protocols)
  const subscriptions = protocols.map(
    (each) => each.protocols.find(({ name }) => name === protocol)?.metadata ?? Buffer.alloc(0),
  )
  const membership: Membership = {
    protocolType: consumerProtocolType,
    generation: group.epoch,
    protocol,
    leader: members[0]?.memberId ?? null,
    stateSince: clock.now(),
    members: members.map((member, at) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.classic?.sessionTimeoutMs ?? 0,
      subscription: subscriptions[at] ?? Buffer.alloc(0),
      assignment: assignmentOf(
        group.target(member.memberId),
        subscriptions[at] ?? Buffer.alloc(0),
        topics,
      ),
    })),
  }
  const records: GroupRecord[] = [
    ...groupGone(group),
    { kind: 'membership', group: group.name, value: membership },
  ]
  return { membership, records }
}

/** Partitions as consumers of the classic protocol are told them, in the version they speak. */
export function assignmentOf(
  partitions: Partitions | ConsumerMember['assigned'],
  subscription: Buffer,
  topics: GroupTopics,
): Buffer {
  const assigned = listOf(partitions).flatMap(({ topicId, partitions: ofTopic }) => {
    const topic = topics.byId(topicId)?.name
    return topic === undefined ? [] : [{ topic, partitions: ofTopic }]
  })
  return encodeAssignment(assigned, subscriptionVersion(subscription))
}

export function notAConsumerGroup(group: string): KafkaError {
  const detail = 'It is not a consumer group.'
  return new KafkaError('GROUP_ID_NOT_FOUND', `group ${group}`, { detail })
}

function readable<Read>(group: string, read: () => Read): Read {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    const detail = `What its members say cannot be read: ${cause.detail}.`
    throw new KafkaError('GROUP_ID_NOT_FOUND', `group ${group}`, { detail, cause })
  }
}
