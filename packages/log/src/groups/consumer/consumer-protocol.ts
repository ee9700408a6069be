import type { Clock, Random } from '@millrace/host'
import { KafkaError } from '../../errors.js'
import { groupMembersMax } from '../../limits.js'
import type { GroupRecord } from '../group-record.js'
import type { GroupStore } from '../group-store.js'
import {
  type ConsumerGroup,
  currentRecord,
  memberGone,
  subscriptionRecord,
} from './consumer-group.js'
import {
  awayEpoch,
  type ConsumerMember,
  checkEpoch,
  joiningEpoch,
  leavingEpoch,
  newMember,
  sameSubscription,
  sameTopics,
} from './consumer-member.js'
import type { GroupTopics } from './group-topics.js'
import { type Beat, checkBeat } from './heartbeat-request.js'
import { MemberTimers } from './member-timers.js'
import { canBeClassic } from './migration.js'
import { listOf, partitionsOf, samePartitions, type TopicPartitions } from './partitions.js'
import { reconciled } from './reconcile.js'
import { subscribed } from './subscriptions.js'
import { targetRecords } from './target-assignment.js'

export interface ConsumerProtocolOptions {
  clock: Clock
  random: Random
  store: GroupStore
  topics: GroupTopics
  /** After how long a silent member is left out. */
  sessionTimeoutMs: number
  /** How often members are to be heard. */
  heartbeatIntervalMs: number
  /** How often at most partitions are shared out anew in a group. */
  assignmentIntervalMs: number
  /** Makes a classic group of the members that are left, who all speak the classic protocol. */
  downgrade: (group: ConsumerGroup, left: readonly ConsumerMember[]) => void
}

/** What a member is told. */
export interface BeatAnswer {
  memberId: string
  memberEpoch: number
  heartbeatIntervalMs: number
  /** Null where it is what it was. */
  assignment: { topicPartitions: TopicPartitions[] } | null
}

/** A member as it was and as it is to be, and what makes it so. */
export interface MemberChange {
  before: ConsumerMember
  after: ConsumerMember
  records: GroupRecord[]
}

/**
 * What a heartbeat of the newer protocol does to its group (KIP-848). It has three steps, each of
 * them one batch of records: the member and what it wants, which may raise the group's epoch; the
 * target for that epoch; the member's own step towards the target. After any of them the group is
 * whole, and the next heartbeat of anybody goes on.
 */
export class ConsumerProtocol {
  readonly timers: MemberTimers
  readonly #options: ConsumerProtocolOptions
  /** The revision of the topics that a group was last looked at with. */
  readonly #seen = new Map<string, number>()

  constructor(options: ConsumerProtocolOptions) {
    this.#options = options
    this.timers = new MemberTimers(options.clock)
  }

  /** Members of a group that a former process left have a session's time to be heard. */
  resume(group: ConsumerGroup): void {
    for (const member of group.members.values()) {
      this.heard(group.name, member)
      this.#timeRevocation(group.name, member)
    }
  }

  /**
   * Takes a heartbeat in. `before` is what has to be written along with its first records.
   * Throws INVALID_REQUEST, UNSUPPORTED_ASSIGNOR, INVALID_REGULAR_EXPRESSION, UNKNOWN_MEMBER_ID,
   * FENCED_MEMBER_EPOCH, FENCED_INSTANCE_ID, UNRELEASED_INSTANCE_ID, GROUP_MAX_SIZE_REACHED.
   */
  heartbeat(group: ConsumerGroup, beat: Beat, before: GroupRecord[] = []): BeatAnswer {
    checkBeat(beat)
    if (beat.memberEpoch < joiningEpoch) return this.#leave(group, beat)
    const change = this.#changed(group, beat)
    this.subscribe(group, change, before)
    const { memberId } = change.after
    this.heard(group.name, change.after)
    const present = this.#present(group)
    this.retarget(present)
    const isNew = !sameTopics(change.before, change.after)
    const member = this.reconcile(present, memberId, beat.topicPartitions, isNew)
    const { rebalanceTimeoutMs, subscribedTopicNames, subscribedTopicRegex } = beat
    const saysAll =
      rebalanceTimeoutMs !== -1 &&
      (subscribedTopicNames !== null || subscribedTopicRegex !== null) &&
      beat.topicPartitions !== null
    const isTold =
      beat.memberEpoch === joiningEpoch ||
      saysAll ||
      !samePartitions(change.before.assigned, member.assigned)
    return {
      memberId,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: this.#options.heartbeatIntervalMs,
      assignment: isTold ? { topicPartitions: listOf(member.assigned) } : null,
    }
  }

  /**
   * Writes down what a member is and wants, and raises the group's epoch where the topics that
   * are read change by it, or have changed.
   */
  subscribe(group: ConsumerGroup, change: MemberChange, before: GroupRecord[] = []): void {
    const { store, topics, clock } = this.#options
    const { after, records } = change
    const isChanged = !sameSubscription(change.before, after) || !group.members.has(after.memberId)
    const isNewWish = !sameTopics(change.before, after)
    const isNewGroup = group.targetEpoch === 0 && group.isEmpty
    const all = [...before, ...records]
    if (isChanged) all.push(subscriptionRecord(group.name, after))
    if (isNewWish || isNewGroup || this.#seen.get(group.name) !== topics.revision) {
      const replaced = new Set(records.map((each) => ('memberId' in each ? each.memberId : '')))
      const others = [...group.members.values()].filter(
        ({ memberId }) => memberId !== after.memberId && !replaced.has(memberId),
      )
      const found = subscribed(group, [...others, after], topics, clock.now())
      all.push(...found.records)
      const isRaised =
        isNewWish ||
        isNewGroup ||
        found.records.length > 0 ||
        found.metadataHash !== group.metadataHash
      if (isRaised) {
        const value = { epoch: group.epoch + 1, metadataHash: found.metadataHash }
        all.push({ kind: 'group-epoch', group: group.name, value })
      }
    }
    store.append(all)
    this.#seen.set(group.name, topics.revision)
  }

  /** Makes a target for the group's epoch, unless one was made just before. */
  retarget(group: ConsumerGroup): void {
    const { store, topics, clock, assignmentIntervalMs } = this.#options
    const now = clock.now()
    const isDue = group.assignedAt === 0 || now >= group.assignedAt + assignmentIntervalMs
    if (group.epoch > group.targetEpoch && isDue) store.append(targetRecords(group, topics, now))
  }

  /** The member's own step; gives it as it is then. */
  reconcile(
    group: ConsumerGroup,
    memberId: string,
    owned: readonly TopicPartitions[] | null,
    isNewWish: boolean,
  ): ConsumerMember {
    const { store } = this.#options
    const member = group.member(memberId, null)
    const after = reconciled(member, {
      targetEpoch: group.targetEpoch,
      target: group.target(memberId),
      owned: owned === null ? null : partitionsOf(owned),
      isFree: (topicId, partition) => group.holder(topicId, partition) === undefined,
      ...(isNewWish && { topicIds: this.#topicIds(group, member) }),
    })
    if (after === member) return member
    store.append([currentRecord(group.name, after)])
    this.#timeRevocation(group.name, after)
    return after
  }

  /** Gives the member another session's time. */
  heard(group: string, { memberId, classic }: ConsumerMember): void {
    const timeoutMs = classic?.sessionTimeoutMs ?? this.#options.sessionTimeoutMs
    this.timers.set(group, memberId, 'session', timeoutMs, () => this.expire(group, memberId))
  }

  /** The member did not do what it owes, and is gone. */
  expire(groupName: string, memberId: string): void {
    const group = this.#options.store.consumerGroup(groupName)
    const member = group?.members.get(memberId)
    if (group === undefined || member === undefined) return
    try {
      this.remove(group, [member])
    } catch (cause) {
      if (!(cause instanceof KafkaError)) throw cause
      // The disk refuses; the member has another session's time.
      this.heard(groupName, member)
    }
  }

  /** Takes members out; the others share what they had. */
  remove(group: ConsumerGroup, members: readonly ConsumerMember[]): void {
    const { store, topics, clock } = this.#options
    const gone = new Set(members.map((each) => each.memberId))
    const others = [...group.members.values()].filter(({ memberId }) => !gone.has(memberId))
    if (canBeClassic(others)) {
      this.#options.downgrade(group, others)
      for (const memberId of gone) this.timers.cancelAll(group.name, memberId)
      return
    }
    const { records, metadataHash } = subscribed(group, others, topics, clock.now())
    store.append([
      ...members.flatMap(({ memberId }) => memberGone(group.name, memberId)),
      ...records,
      { kind: 'group-epoch', group: group.name, value: { epoch: group.epoch + 1, metadataHash } },
    ])
    for (const memberId of gone) this.timers.cancelAll(group.name, memberId)
  }

  /** There is no such group of the newer protocol any more, and its members owe nothing. */
  forget(group: string, memberIds: readonly string[] = []): void {
    for (const memberId of memberIds) this.timers.cancelAll(group, memberId)
    this.#seen.delete(group)
  }

  /** Throws GROUP_MAX_SIZE_REACHED. */
  checkRoom(group: ConsumerGroup, memberId: string): void {
    if (group.members.size < groupMembersMax || group.members.has(memberId)) return
    throw new KafkaError('GROUP_MAX_SIZE_REACHED', `group ${group.name}`)
  }

  /** The member that a heartbeat speaks of, and what the heartbeat makes of it. */
  #changed(group: ConsumerGroup, beat: Beat): MemberChange {
    const { instanceId } = beat
    const memberId = beat.memberId || this.#options.random.uuid()
    this.checkRoom(group, memberId)
    const { member, records } =
      beat.memberEpoch === joiningEpoch
        ? joining(group, memberId, instanceId)
        : { member: group.member(memberId, instanceId), records: [] }
    checkEpoch(member, beat.memberEpoch, beat.topicPartitions && partitionsOf(beat.topicPartitions))
    const names = beat.subscribedTopicNames
    const after = {
      ...member,
      clientId: beat.clientId,
      clientHost: beat.clientHost,
      instanceId: instanceId ?? member.instanceId,
      rackId: beat.rackId ?? member.rackId,
      rebalanceTimeoutMs:
        beat.rebalanceTimeoutMs < 0 ? member.rebalanceTimeoutMs : beat.rebalanceTimeoutMs,
      assignor: beat.serverAssignor ?? member.assignor,
      topicNames: names === null ? member.topicNames : [...new Set(names)].sort(),
      topicPattern: beat.subscribedTopicRegex ?? member.topicPattern,
      classic: null,
    }
    return { before: member, after, records }
  }

  #leave(group: ConsumerGroup, { memberId, instanceId, memberEpoch }: Beat): BeatAnswer {
    const member = group.member(memberId, instanceId)
    if (memberEpoch === leavingEpoch) {
      this.remove(group, [member])
    } else {
      const revoking = new Map()
      const away: ConsumerMember = { ...member, epoch: awayEpoch, revoking }
      this.#options.store.append([currentRecord(group.name, away)])
    }
    return { memberId, memberEpoch, heartbeatIntervalMs: 0, assignment: null }
  }

  #present(group: ConsumerGroup): ConsumerGroup {
    const present = this.#options.store.consumerGroup(group.name)
    if (present === undefined) throw new Error('A group that was written is not there.')
    return present
  }

  #timeRevocation(group: string, { memberId, state, epoch, ...member }: ConsumerMember): void {
    if (state !== 'unrevoked' || member.classic !== null) {
      this.timers.cancel(group, memberId, 'revoking')
      return
    }
    this.timers.set(group, memberId, 'revoking', member.rebalanceTimeoutMs, () => {
      const present = this.#options.store.consumerGroup(group)?.members.get(memberId)
      if (present?.epoch === epoch) this.expire(group, memberId)
    })
  }

  #topicIds(group: ConsumerGroup, member: ConsumerMember): ReadonlySet<string> {
    const topics = [...group.topicsOf(member)].map((each) => this.#options.topics.get(each)?.id)
    return new Set(topics.filter((each) => each !== undefined))
  }
}

/** A member that joins, perhaps again; a static one that was away takes its place under a new id. */
export function joining(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
): { member: ConsumerMember; records: GroupRecord[] } {
  const old = instanceId === null ? undefined : group.instance(instanceId)
  if (old === undefined || old.memberId === memberId) {
    return { member: group.members.get(memberId) ?? newMember(memberId), records: [] }
  }
  if (old.classic === null && old.epoch !== awayEpoch) {
    const detail = `Member ${old.memberId} has it, and did not leave.`
    const where = `group ${group.name}, instance ${instanceId}`
    throw new KafkaError('UNRELEASED_INSTANCE_ID', where, { detail })
  }
  return replaced(group, old, memberId, joiningEpoch)
}

/** Puts a member under another id into the place of one, with all that it has. */
export function replaced(
  group: ConsumerGroup,
  old: ConsumerMember,
  memberId: string,
  epoch: number,
): { member: ConsumerMember; records: GroupRecord[] } {
  const member = { ...old, memberId, epoch, previousEpoch: epoch }
  const target = group.target(old.memberId)
  const records: GroupRecord[] = [
    ...memberGone(group.name, old.memberId),
    subscriptionRecord(group.name, member),
    { kind: 'target', group: group.name, memberId, value: target },
    currentRecord(group.name, member),
  ]
  return { member, records }
}
