import type { Random } from '@millrace/host'
import { KafkaError, ProtocolError } from '../../errors.js'
import {
  consumerProtocolType,
  decodeSubscription,
  type EmbeddedSubscription,
} from '../../protocol/embedded-protocol.js'
import type { GroupCaller } from '../any-group.js'
import {
  type JoinRequest,
  type Leaver,
  MemberIdRequired,
  type Synced,
  type SyncRequest,
} from '../classic-protocol.js'
import { commonProtocols, type Joined, keptProtocols } from '../member.js'
import type { ConsumerGroup } from './consumer-group.js'
import { type ClassicSide, type ConsumerMember, newMember, sameTopics } from './consumer-member.js'
import type { ConsumerProtocol } from './consumer-protocol.js'
import { replaced } from './consumer-protocol.js'
import type { GroupTopics } from './group-topics.js'
import { assignmentOf, canBeClassic } from './migration.js'
import type { TopicPartitions } from './partitions.js'

type ClassicMember = ConsumerMember & { classic: ClassicSide }

/**
 * Members of the classic protocol in a group of the newer one (KIP-848, online migration). Each
 * request of theirs is a heartbeat of the newer protocol in disguise: joining says what a member
 * wants and has, its part is what it has come to, and a rebalance is in progress for it whenever
 * it could go a step further. The group decides who is to have what, so there is no leader.
 */
export class ClassicMembers {
  readonly #random: Random
  readonly #protocol: ConsumerProtocol
  readonly #topics: GroupTopics
  readonly #downgrade: (group: ConsumerGroup, members: readonly ConsumerMember[]) => void

  constructor(options: {
    random: Random
    protocol: ConsumerProtocol
    topics: GroupTopics
    /** Makes a classic group of its members, where it is. */
    downgrade: (group: ConsumerGroup, members: readonly ConsumerMember[]) => void
  }) {
    this.#random = options.random
    this.#protocol = options.protocol
    this.#topics = options.topics
    this.#downgrade = options.downgrade
  }

  /** See `ClassicProtocol.join`; but nothing is held back. */
  join(group: ConsumerGroup, request: JoinRequest): Joined {
    const { groupInstanceId } = request
    const memberId = request.memberId || this.#random.uuid()
    this.#protocol.checkRoom(group, memberId)
    checkProtocols(group, request)
    if (request.memberId === '' && request.idFirst && groupInstanceId === null) {
      throw new MemberIdRequired(group.name, memberId)
    }
    const subscription = subscriptionOf(request)
    const { member, records } = place(group, request, memberId)
    const after = { ...member, ...said(request, subscription, member) }
    this.#protocol.subscribe(group, { before: member, after, records })
    this.#protocol.heard(group.name, after)
    this.#protocol.retarget(group)
    const owned = this.#owned(subscription)
    const isNewWish = !sameTopics(member, after)
    const { epoch } = this.#protocol.reconcile(group, memberId, owned, isNewWish)
    const { timers } = this.#protocol
    timers.cancel(group.name, memberId, 'joining')
    const joined = joinedAt(epoch, memberId, request)
    const members = [...group.members.values()]
    if (canBeClassic(members)) {
      // It took the place of the last one that spoke the newer protocol.
      this.#downgrade(group, members)
      return joined
    }
    timers.set(group.name, memberId, 'syncing', after.rebalanceTimeoutMs, () =>
      this.#protocol.expire(group.name, memberId),
    )
    return joined
  }

  /** See `ClassicProtocol.sync`; but nothing is held back. */
  sync(group: ConsumerGroup, request: SyncRequest): Synced {
    const member = this.#member(group, request)
    const [protocol] = member.classic.protocols
    const differs =
      (request.protocolType !== null && request.protocolType !== consumerProtocolType) ||
      (request.protocol !== null && request.protocol !== protocol?.name)
    if (differs) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `group ${group.name}`)
    if (group.epoch > member.epoch && member.state !== 'unrevoked') {
      throw this.#rejoin(group, member)
    }
    this.#protocol.timers.cancel(group.name, member.memberId, 'syncing')
    this.#protocol.heard(group.name, member)
    const metadata = protocol?.metadata ?? Buffer.alloc(0)
    const assignment = assignmentOf(member.assigned, metadata, this.#topics)
    return { protocolType: request.protocolType, protocol: request.protocol, assignment }
  }

  /** Throws REBALANCE_IN_PROGRESS to a member that could go a step further. */
  heartbeat(group: ConsumerGroup, caller: GroupCaller): void {
    const member = this.#member(group, caller)
    this.#protocol.heard(group.name, member)
    const couldGetMore = member.state === 'unreleased' && !isWaiting(group, member)
    if (member.epoch < group.epoch || member.state === 'unrevoked' || couldGetMore) {
      throw this.#rejoin(group, member)
    }
  }

  /** Takes members of either protocol out; gives what refuses each, in their order. */
  leave(group: ConsumerGroup, leavers: readonly Leaver[]): (KafkaError | undefined)[] {
    const gone = new Set<ConsumerMember>()
    const refusals = leavers.map(({ memberId, groupInstanceId }) => {
      try {
        const byInstance = groupInstanceId === null ? undefined : group.instance(groupInstanceId)
        const isByInstance = memberId === '' && byInstance !== undefined
        const member = isByInstance ? byInstance : group.member(memberId, groupInstanceId)
        if (gone.has(member)) throw new KafkaError('UNKNOWN_MEMBER_ID', `group ${group.name}`)
        gone.add(member)
        return undefined
      } catch (cause) {
        if (cause instanceof KafkaError) return cause
        throw cause
      }
    })
    if (gone.size > 0) this.#protocol.remove(group, [...gone])
    return refusals
  }

  #member(group: ConsumerGroup, caller: GroupCaller): ClassicMember {
    const member = group.member(caller.memberId, caller.groupInstanceId)
    const { classic } = member
    if (classic === null) throw new KafkaError('UNKNOWN_MEMBER_ID', `group ${group.name}`)
    if (caller.generation !== member.epoch) {
      const detail = `Its epoch is ${member.epoch}, it says ${caller.generation}.`
      throw new KafkaError('ILLEGAL_GENERATION', `group ${group.name}`, { detail })
    }
    return { ...member, classic }
  }

  /** The member has a rebalance's time to join again. */
  #rejoin(group: ConsumerGroup, { memberId, rebalanceTimeoutMs }: ConsumerMember): KafkaError {
    const { timers } = this.#protocol
    if (!timers.has(group.name, memberId, 'joining')) {
      timers.set(group.name, memberId, 'joining', rebalanceTimeoutMs, () =>
        this.#protocol.expire(group.name, memberId),
      )
    }
    return new KafkaError('REBALANCE_IN_PROGRESS', `group ${group.name}`)
  }

  #owned({ ownedPartitions }: EmbeddedSubscription): TopicPartitions[] {
    return ownedPartitions.flatMap(({ topic, partitions }) => {
      const topicId = this.#topics.get(topic)?.id
      return topicId === undefined ? [] : [{ topicId, partitions }]
    })
  }
}

/** What a member is told: there is no leader, and nothing for it to hand in. */
function joinedAt(generation: number, memberId: string, { protocols }: JoinRequest): Joined {
  return {
    generation,
    protocolType: consumerProtocolType,
    protocol: protocols[0]?.name ?? '',
    leader: '',
    memberId,
    skipAssignment: false,
    members: [],
  }
}

/** A member must be a consumer, and share a protocol with all others that have some. */
function checkProtocols(group: ConsumerGroup, { protocolType, protocols }: JoinRequest): void {
  const others = [...group.members.values()]
    .map(({ classic }) => classic)
    .filter((each) => each !== null)
    .map((each) => ({ protocols: [...each.protocols] }))
  const common = commonProtocols(others)
  const isShared = protocols.some(({ name }) => others.length === 0 || common.includes(name))
  if (protocolType === consumerProtocolType && isShared) return
  throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `group ${group.name}`)
}

function subscriptionOf({ group, protocols }: JoinRequest): EmbeddedSubscription {
  try {
    return decodeSubscription(protocols[0]?.metadata ?? Buffer.alloc(0))
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause
    const { detail } = cause
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `group ${group}`, { detail, cause })
  }
}

/** The member that joins; one with a known instance id takes its place under a new id. */
function place(group: ConsumerGroup, request: JoinRequest, memberId: string) {
  const { groupInstanceId } = request
  const old = groupInstanceId === null ? undefined : group.instance(groupInstanceId)
  if (groupInstanceId !== null && request.memberId !== '') {
    return { member: group.member(memberId, groupInstanceId), records: [] }
  }
  if (old !== undefined) return replaced(group, old, memberId, group.targetEpoch)
  return { member: group.members.get(memberId) ?? newMember(memberId), records: [] }
}

function said(request: JoinRequest, subscription: EmbeddedSubscription, member: ConsumerMember) {
  const { sessionTimeoutMs, protocols } = request
  return {
    instanceId: request.groupInstanceId ?? member.instanceId,
    rackId: subscription.rackId ?? member.rackId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    topicNames: [...new Set(subscription.topics)].sort(),
    topicPattern: '',
    classic: { sessionTimeoutMs, protocols: keptProtocols(protocols) },
  }
}

/** Whether something that it is to have is still somebody else's. */
function isWaiting(group: ConsumerGroup, { memberId, assigned }: ConsumerMember): boolean {
  for (const [topicId, ofTopic] of group.target(memberId)) {
    for (const each of ofTopic) {
      const isMissing = !assigned.get(topicId)?.has(each)
      if (isMissing && group.holder(topicId, each) !== undefined) return true
    }
  }
  return false
}
