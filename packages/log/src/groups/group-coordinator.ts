import type { Clock, Random, Timer } from '@millrace/host'
import { KafkaError } from '../errors.js'
import {
  consumerAssignmentIntervalMsDefault,
  consumerHeartbeatIntervalMsDefault,
  consumerSessionTimeoutMsDefault,
  offsetsExpiryCheckMs,
} from '../limits.js'
import type { AnyGroup, CommitKind, GroupCaller } from './any-group.js'
import {
  ClassicProtocol,
  checkGroupId,
  checkJoin,
  type JoinRequest,
  type Leaver,
  type Synced,
  type SyncRequest,
} from './classic-protocol.js'
import { ClassicMembers } from './consumer/classic-members.js'
import { ConsumerGroup } from './consumer/consumer-group.js'
import type { ConsumerMember } from './consumer/consumer-member.js'
import { type BeatAnswer, ConsumerProtocol } from './consumer/consumer-protocol.js'
import type { GroupTopics } from './consumer/group-topics.js'
import { type Beat, checkBeat } from './consumer/heartbeat-request.js'
import { downgraded, upgradeRecords } from './consumer/migration.js'
import { Group } from './group.js'
import { GroupOffsets, type OffsetToCommit, type TopicPartition } from './group-offsets.js'
import type { GroupRecord } from './group-record.js'
import type { GroupStore, OffsetProducer } from './group-store.js'
import type { Joined } from './member.js'

export interface GroupCoordinatorOptions {
  clock: Clock
  random: Random
  store: GroupStore
  topics: GroupTopics
  /** After how long a silent member of the newer protocol is left out; Kafka's default by default. */
  consumerSessionTimeoutMs?: number
  /** How often members of the newer protocol are to be heard; Kafka's default by default. */
  consumerHeartbeatIntervalMs?: number
  /** How often at most partitions are shared out anew in a group of it. */
  consumerAssignmentIntervalMs?: number
}

/**
 * Looks after consumer groups: finds the group that a request is about, makes it where it may be
 * made, and removes it when nothing is left of it.
 *
 * Invariants:
 * - A name is that of one group: a classic one, whose members live in memory and whose
 *   generations are in the store, or one of the newer protocol, which is wholly in the store.
 * - A group becomes one of the other protocol by the records of one batch, with its offsets: an
 *   empty one when somebody joins by the other protocol; a classic one of consumers when the first
 *   joins by the newer protocol; one of the newer when the last that speaks it is gone.
 *
 * A broker that starts again takes up what was saved, so that members go on without a rebalance.
 * A group that has nothing but offsets is a classic one without members.
 */
export class GroupCoordinator {
  readonly store: GroupStore
  readonly consumerSessionTimeoutMs: number
  readonly consumerHeartbeatIntervalMs: number
  readonly consumerAssignmentIntervalMs: number
  readonly #clock: Clock
  readonly #topics: GroupTopics
  readonly #groups = new Map<string, Group>()
  readonly #offsets: GroupOffsets
  readonly #classic: ClassicProtocol
  readonly #consumer: ConsumerProtocol
  readonly #classicMembers: ClassicMembers
  #expiryCheck: Timer

  constructor(options: GroupCoordinatorOptions) {
    const { clock, random, store, topics } = options
    this.store = store
    this.consumerSessionTimeoutMs =
      options.consumerSessionTimeoutMs ?? consumerSessionTimeoutMsDefault
    this.consumerHeartbeatIntervalMs =
      options.consumerHeartbeatIntervalMs ?? consumerHeartbeatIntervalMsDefault
    this.consumerAssignmentIntervalMs =
      options.consumerAssignmentIntervalMs ?? consumerAssignmentIntervalMsDefault
    this.#clock = clock
    this.#topics = topics
    this.#offsets = new GroupOffsets(clock, store)
    this.#classic = new ClassicProtocol(random)
    this.#consumer = new ConsumerProtocol({
      clock,
      random,
      store,
      topics,
      sessionTimeoutMs: this.consumerSessionTimeoutMs,
      heartbeatIntervalMs: this.consumerHeartbeatIntervalMs,
      assignmentIntervalMs: this.consumerAssignmentIntervalMs,
      downgrade: (group, members) => this.#downgrade(group, members, true),
    })
    this.#classicMembers = new ClassicMembers({
      random,
      protocol: this.#consumer,
      topics,
      downgrade: (group, members) => this.#downgrade(group, members, false),
    })
    for (const name of store.groups()) {
      const consumerGroup = store.consumerGroup(name)
      const saved = store.membership(name)
      if (consumerGroup !== undefined) this.#consumer.resume(consumerGroup)
      else if (saved !== undefined) this.#make(name).restore(saved)
      else this.#make(name)
    }
    this.#expiryCheck = this.#checkExpiryLater()
  }

  /** All groups, in the order of their names. */
  all(): AnyGroup[] {
    const groups: AnyGroup[] = [...this.#groups.values(), ...this.store.consumerGroups()]
    return groups.sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  /** The group, whichever protocol it is of. */
  find(name: string): AnyGroup | undefined {
    return this.store.consumerGroup(name) ?? this.#groups.get(name)
  }

  /** The group, where it is one of the classic protocol. */
  group(name: string): Group | undefined {
    return this.#groups.get(name)
  }

  /** The group, where it is one of the newer protocol. */
  consumerGroup(name: string): ConsumerGroup | undefined {
    return this.store.consumerGroup(name)
  }

  /**
   * See `ConsumerProtocol.heartbeat`. Rejects with GROUP_ID_NOT_FOUND where there is no such
   * group, or one of another kind.
   */
  async consumerHeartbeat(beat: Beat): Promise<BeatAnswer> {
    checkBeat(beat)
    await this.store.ready()
    const { group: name, memberEpoch } = beat
    const present = this.store.consumerGroup(name)
    if (present !== undefined) return this.#consumer.heartbeat(present, beat)
    const classic = this.#groups.get(name)
    if (memberEpoch !== 0) throw notFound(name)
    const isTakenOver = classic !== undefined && !classic.isEmpty
    const before = isTakenOver ? upgradeRecords(classic, this.#topics) : this.store.gone(name)
    try {
      return this.#consumer.heartbeat(consumerGroupOf(name, before), beat, before)
    } finally {
      const made = this.store.consumerGroup(name)
      if (made !== undefined) {
        this.#dismiss(name, new KafkaError('REBALANCE_IN_PROGRESS', `group ${name}`))
        for (const member of made.members.values()) this.#consumer.heard(name, member)
      }
    }
  }

  /**
   * See `ClassicProtocol.join`. Rejects with INVALID_GROUP_ID and INVALID_SESSION_TIMEOUT, too.
   */
  async join(request: JoinRequest): Promise<Joined> {
    checkJoin(request)
    await this.store.ready()
    const { group: name, memberId } = request
    const consumerGroup = this.store.consumerGroup(name)
    if (consumerGroup?.isEmpty === false) return this.#classicMembers.join(consumerGroup, request)
    const group = this.#groups.get(name)
    if (group === undefined && memberId !== '') throw unknownMember(name)
    if (consumerGroup !== undefined) {
      this.store.append(this.store.gone(name))
      this.#consumer.forget(name)
    }
    return this.#classic.join(group ?? this.#make(name), request)
  }

  /** See `ClassicProtocol.sync`. */
  async sync(request: SyncRequest): Promise<Synced> {
    const group = this.#joined(request.group)
    if (group.type === 'consumer') return this.#classicMembers.sync(group, request)
    return this.#classic.sync(group, request)
  }

  /** See `ClassicProtocol.heartbeat`. */
  heartbeat(caller: GroupCaller): void {
    const group = this.#joined(caller.group)
    if (group.type === 'consumer') this.#classicMembers.heartbeat(group, caller)
    else this.#classic.heartbeat(group, caller)
  }

  /** See `ClassicProtocol.leave`. Throws INVALID_GROUP_ID. */
  leave(name: string, leavers: readonly Leaver[]): (KafkaError | undefined)[] {
    checkGroupId(name)
    const consumerGroup = this.store.consumerGroup(name)
    if (consumerGroup !== undefined) return this.#classicMembers.leave(consumerGroup, leavers)
    const group = this.#groups.get(name)
    if (group === undefined) return leavers.map(() => unknownMember(name))
    return this.#classic.leave(group, leavers)
  }

  /**
   * See `GroupOffsets.commit`; a commit from outside makes the group. Rejects with
   * GROUP_ID_NOT_FOUND or ILLEGAL_GENERATION where it is a member's, of a group that is gone.
   */
  async commit(
    caller: GroupCaller,
    offsets: readonly OffsetToCommit[],
    options: CommitKind & { producer?: OffsetProducer; retentionMs?: number },
  ): Promise<(KafkaError | undefined)[]> {
    await this.store.ready()
    const { group: name, generation } = caller
    const group = this.find(name)
    if (group === undefined && generation >= 0) {
      throw options.knowsEpochs
        ? notFound(name)
        : new KafkaError('ILLEGAL_GENERATION', `group ${name}`)
    }
    return this.#offsets.commit(group ?? this.#make(name), caller, offsets, options)
  }

  /** See `GroupOffsets.delete`. Throws INVALID_GROUP_ID, GROUP_ID_NOT_FOUND. */
  deleteOffsets(name: string, partitions: readonly TopicPartition[]): (KafkaError | undefined)[] {
    if (name === '') throw new KafkaError('INVALID_GROUP_ID', 'group ""')
    return this.#offsets.delete(this.#present(name), partitions)
  }

  /** Removes a group and its offsets. Throws GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP. */
  delete(name: string): void {
    const group = this.#present(name)
    if (!group.isEmpty) throw new KafkaError('NON_EMPTY_GROUP', `group ${name}`)
    this.store.removeGroup(name)
    this.#consumer.forget(name)
    this.#dismiss(name, unknownMember(name))
  }

  /** Stops all timers and answers what is held. */
  async close(): Promise<void> {
    this.#expiryCheck.cancel()
    this.#consumer.timers.close()
    for (const group of this.#groups.values()) {
      group.close(new KafkaError('COORDINATOR_NOT_AVAILABLE', `group ${group.name}`))
    }
    await this.store.settled()
  }

  #make(name: string): Group {
    const group = new Group(name, this.#clock, (value) =>
      this.store.append([{ kind: 'membership', group: name, value }]),
    )
    this.#groups.set(name, group)
    return group
  }

  /** There is no classic group of this name any more; what it holds is refused. */
  #dismiss(name: string, cause: KafkaError): void {
    this.#groups.get(name)?.close(cause)
    this.#groups.delete(name)
  }

  /** Makes a classic group of those who are left; they are to share what nobody has any more. */
  #downgrade(group: ConsumerGroup, left: readonly ConsumerMember[], rebalance: boolean): void {
    const { membership, records } = downgraded(group, left, this.#topics, this.#clock)
    const timed = [...group.members.keys()]
    this.store.append(records)
    this.#consumer.forget(group.name, timed)
    const classic = this.#make(group.name)
    classic.restore(membership)
    if (rebalance) classic.rebalance()
  }

  #present(name: string): AnyGroup {
    const group = this.find(name)
    if (group === undefined) throw notFound(name)
    return group
  }

  /** The group that a member speaks of. Throws INVALID_GROUP_ID, UNKNOWN_MEMBER_ID. */
  #joined(name: string): Group | ConsumerGroup {
    checkGroupId(name)
    const group = this.store.consumerGroup(name) ?? this.#groups.get(name)
    if (group === undefined) throw unknownMember(name)
    return group
  }

  #checkExpiryLater(): Timer {
    return this.#clock.after(offsetsExpiryCheckMs, () => {
      for (const group of this.all()) this.#expire(group)
      this.#expiryCheck = this.#checkExpiryLater()
    })
  }

  /** Removes offsets whose time is over, and the group when neither offsets nor members are left. */
  #expire(group: AnyGroup): void {
    const { name } = group
    const records = this.#offsets.expired(group)
    const isOver =
      group.isEmpty &&
      this.store.offsets(name).length === records.length &&
      !this.store.hasPending(name) &&
      (this.#groups.get(name)?.promised.size ?? 0) === 0
    try {
      this.store.append(records)
      if (isOver) this.delete(name)
    } catch (cause) {
      // The disk refuses; the next check tries again.
      if (!(cause instanceof KafkaError)) throw cause
    }
  }
}

/** The group that these records make. */
function consumerGroupOf(name: string, records: readonly GroupRecord[]): ConsumerGroup {
  const group = new ConsumerGroup(name)
  for (const record of records) {
    if (record.kind !== 'membership' && record.kind !== 'offset') group.apply(record)
  }
  return group
}

function notFound(group: string): KafkaError {
  return new KafkaError('GROUP_ID_NOT_FOUND', `group ${group}`)
}

function unknownMember(group: string): KafkaError {
  return new KafkaError('UNKNOWN_MEMBER_ID', `group ${group}`)
}
