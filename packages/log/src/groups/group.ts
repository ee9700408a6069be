import type { Clock, Timer } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { groupInitialRebalanceDelayMs, groupNewMemberTimeoutMs } from '../limits.js'
import type { KafkaErrorName } from '../protocol/kafka-errors.js'
import {
  type AnyGroup,
  acceptAll,
  type CommitKind,
  type GroupCaller,
  type PartitionRefusal,
} from './any-group.js'
import type { CommittedOffset, Membership } from './group-record.js'
import { type Held, type Joined, type Member, voted } from './member.js'
import { membershipOf, membersOf } from './membership.js'
import { readTopics } from './read-topics.js'
import { Roster, unknownMember } from './roster.js'

/** Kafka's names, as DescribeGroups gives them. */
export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

/**
 * The members of one group, and how they agree on who reads what (Kafka's classic protocol).
 *
 *     Empty ──join──▶ PreparingRebalance ──all joined, or time is up──▶ CompletingRebalance
 *                        ▲      ▲                                          │ leader's assignment
 *                        │      └──join, leave, session over── Stable ◀────┘
 *                        └── (the last member left: Empty)
 *
 * Invariants:
 * - A generation begins with `CompletingRebalance` and has a fixed set of members, one protocol
 *   that all of them know, and one leader among them.
 * - A member holds at most one JoinGroup and one SyncGroup. What is held is always answered: by
 *   the next generation, by the assignment, or by an error when the member or its generation go.
 * - Only `Stable` has assignments that count, and what it has was saved before it was told.
 * - Members with an instance id stay in a generation they did not join, as long as their session
 *   lives.
 */
export class Group extends Roster implements AnyGroup {
  readonly type = 'classic'
  /** Ids that were given to members who did not come back with them yet. */
  readonly promised = new Map<string, Timer>()
  readonly #clock: Clock
  readonly #save: (membership: Membership) => void
  #state: GroupState = 'Empty'
  /** When it came into its state; unknown for a group that has nothing but offsets. */
  #stateSince: number | undefined
  #joinDeadline: Timer | undefined
  #syncDeadline: Timer | undefined
  /** Members of the generation who did not ask for their part yet. */
  readonly #unsynced = new Set<string>()
  /** Whether an empty group waits for its first members, and others came since it last looked. */
  #isFilling = false
  #hasNewcomers = false

  constructor(name: string, clock: Clock, save: (membership: Membership) => void) {
    super(name)
    this.#clock = clock
    this.#save = save
  }

  get state(): GroupState {
    return this.#state
  }

  get isEmpty(): boolean {
    return this.#state === 'Empty'
  }

  /** Brings back a generation that was saved; its members have a session's time to be heard. */
  restore(saved: Membership): void {
    this.generation = saved.generation
    this.protocolType = saved.protocolType
    this.protocol = saved.protocol
    this.leader = saved.leader
    for (const member of membersOf(saved)) {
      this.members.set(member.memberId, member)
      this.heard(member)
    }
    this.#state = this.members.size === 0 ? 'Empty' : 'Stable'
    this.#stateSince = saved.stateSince < 0 ? undefined : saved.stateSince
  }

  /** Takes the member in, holds its JoinGroup, and begins a rebalance where none is under way. */
  join(member: Member, held: Held<Joined>): void {
    member.joining?.reject(rebalancing(this.name))
    member.joining = held
    if (!this.members.has(member.memberId)) this.#hasNewcomers = this.#isFilling
    this.members.set(member.memberId, member)
    this.heard(member)
    this.#rebalanceOrComplete()
  }

  /** Begins a rebalance: all members are to join again. */
  rebalance(): void {
    if (this.#state === 'CompletingRebalance') {
      for (const member of this.members.values()) {
        member.assignment = Buffer.alloc(0)
        this.#dropSync(member, rebalancing(this.name))
        this.heard(member)
      }
    }
    this.#syncDeadline?.cancel()
    this.#unsynced.clear()
    this.#isFilling = this.#state === 'Empty'
    this.#become('PreparingRebalance')
    if (this.#isFilling) this.#fill(this.rebalanceTimeoutMs)
    else this.#waitForJoins()
  }

  /** Holds a member's SyncGroup; the leader's brings the assignment and makes the group stable. */
  sync(member: Member, assignments: ReadonlyMap<string, Buffer>, held: Held<Buffer>): void {
    this.#dropSync(member, rebalancing(this.name))
    member.syncing = held
    this.synced(member)
    if (member.memberId !== this.leader) return
    const assigned = [...this.members.values()]
    for (const each of assigned) {
      // Views of the request's bytes would keep the whole request.
      each.assignment = Buffer.from(assignments.get(each.memberId) ?? Buffer.alloc(0))
    }
    const before = this.#stateSince
    try {
      this.#stateSince = this.#clock.now()
      this.save()
    } catch (cause) {
      this.#stateSince = before
      for (const each of assigned) this.#dropSync(each, cause)
      this.rebalance()
      return
    }
    this.#become('Stable')
    for (const each of assigned) {
      each.syncing?.resolve(each.assignment)
      each.syncing = undefined
      this.heard(each)
    }
  }

  /** The member asked for its part in this generation. */
  synced(member: Member): void {
    this.#unsynced.delete(member.memberId)
    if (this.#unsynced.size === 0) this.#syncDeadline?.cancel()
  }

  /** Gives the member another session's time. Who waits for the others needs none, once known. */
  heard(member: Member): void {
    this.#quiet(member)
    if (member.joining !== undefined && !member.isNew) return
    const isWaiting = member.isNew && member.joining !== undefined
    const timeoutMs = isWaiting ? groupNewMemberTimeoutMs : member.sessionTimeoutMs
    member.session = this.#clock.after(timeoutMs, () => {
      // The deadline for what the leader owes ends this wait.
      if (member.syncing === undefined) this.remove([member])
    })
  }

  /** The members are gone; the others share what they read. */
  remove(members: readonly Member[]): void {
    for (const member of members) this.#forget(member)
    if (this.#state !== 'Empty') this.#rebalanceOrComplete()
  }

  /** Gives out an id; a rebalance waits for its member until its session's time is over. */
  promise(memberId: string, timeoutMs: number): void {
    const expire = () => this.settlePromise(memberId)
    this.promised.set(memberId, this.#clock.after(timeoutMs, expire))
  }

  /** The member is here with the id that it was given. */
  keepPromise(memberId: string): void {
    this.promised.get(memberId)?.cancel()
    this.promised.delete(memberId)
  }

  /** The member does not come, or its time is over. */
  settlePromise(memberId: string): void {
    this.keepPromise(memberId)
    if (this.#state === 'PreparingRebalance') this.#completeJoin()
  }

  /** Puts another member into the place of one, with its part; the old one is fenced. */
  replace(old: Member, member: Member): void {
    const wasLeader = this.leader === old.memberId
    const wasUnsynced = this.#unsynced.has(old.memberId)
    this.#forget(old, 'FENCED_INSTANCE_ID')
    this.members.set(member.memberId, member)
    if (wasLeader) this.leader = member.memberId
    if (wasUnsynced) this.#unsynced.add(member.memberId)
    this.heard(member)
  }

  /** Saves the generation. Throws KAFKA_STORAGE_ERROR. */
  save(): void {
    this.#save(membershipOf(this, this.#stateSince ?? -1))
  }

  checkCommit(caller: GroupCaller, { inTransaction }: CommitKind): PartitionRefusal {
    const { memberId, groupInstanceId, generation } = caller
    if (generation < 0 && this.isEmpty) return acceptAll
    if (generation >= 0 || memberId !== '' || groupInstanceId !== null) {
      const member = this.member(memberId, groupInstanceId)
      this.checkGeneration(generation)
      if (this.#state !== 'CompletingRebalance' && !inTransaction) this.heard(member)
    } else if (!inTransaction) {
      throw unknownMember(this.name)
    }
    if (!inTransaction && this.#state === 'CompletingRebalance') throw rebalancing(this.name)
    return acceptAll
  }

  checkFetch(): void {}

  checkOffsetDelete(): void {
    if (this.isEmpty || this.protocolType === 'consumer') return
    throw new KafkaError('NON_EMPTY_GROUP', named(this.name))
  }

  reads(topic: string): boolean {
    return readTopics(this)?.has(topic) ?? this.protocolType === 'consumer'
  }

  unusedSince({ committedAt }: CommittedOffset): number | undefined {
    if (this.protocolType === '') return committedAt
    if (this.isEmpty) return this.#stateSince ?? committedAt
    const isKnown = this.#state === 'Stable' && readTopics(this) !== undefined
    return isKnown ? committedAt : undefined
  }

  /** Stops all timers and answers what is held. */
  close(cause: KafkaError): void {
    this.#joinDeadline?.cancel()
    this.#syncDeadline?.cancel()
    for (const timer of this.promised.values()) timer.cancel()
    for (const member of this.members.values()) {
      this.#quiet(member)
      member.joining?.reject(cause)
      member.joining = undefined
      this.#dropSync(member, cause)
    }
  }

  #rebalanceOrComplete(): void {
    if (this.#state === 'PreparingRebalance') this.#completeJoin()
    else this.rebalance()
  }

  /** Waits for more members; again while they keep coming, up to the rebalance's time. */
  #fill(leftMs: number): void {
    this.#hasNewcomers = false
    const waitMs = Math.min(groupInitialRebalanceDelayMs, leftMs)
    this.#joinDeadline?.cancel()
    this.#joinDeadline = this.#clock.after(waitMs, () => {
      if (this.#hasNewcomers && leftMs > waitMs) {
        this.#fill(leftMs - waitMs)
        return
      }
      this.#isFilling = false
      this.#beginGeneration()
    })
  }

  #waitForJoins(): void {
    this.#joinDeadline?.cancel()
    const waitMs = this.rebalanceTimeoutMs
    this.#joinDeadline = this.#clock.after(waitMs, () => this.#beginGeneration())
    this.#completeJoin()
  }

  #completeJoin(): void {
    const isComplete =
      this.promised.size === 0 &&
      [...this.members.values()].every((each) => each.joining !== undefined)
    if (isComplete && !this.#isFilling) this.#beginGeneration()
  }

  /** Begins one with those who joined, and those who will be back because of their instance id. */
  #beginGeneration(): void {
    this.#joinDeadline?.cancel()
    for (const member of this.members.values()) {
      const isMissing = member.joining === undefined && member.groupInstanceId === null
      if (isMissing) this.#forget(member)
    }
    const joined = [...this.members.values()].filter((each) => each.joining !== undefined)
    if (joined.length === 0 && this.members.size > 0) {
      this.#waitForJoins()
      return
    }
    this.generation++
    if (this.members.size === 0) {
      this.#becomeEmpty()
      return
    }
    if (!joined.some((each) => each.memberId === this.leader)) {
      this.leader = joined[0]?.memberId ?? null
    }
    this.protocol = voted([...this.members.values()])
    this.#become('CompletingRebalance')
    this.#syncDeadline = this.#clock.after(this.rebalanceTimeoutMs, () => this.#endSync())
    for (const member of this.members.values()) {
      const { joining } = member
      member.joining = undefined
      member.isNew = false
      this.#unsynced.add(member.memberId)
      this.heard(member)
      joining?.resolve(this.joined(member))
    }
  }

  #becomeEmpty(): void {
    this.#become('Empty')
    this.leader = null
    this.protocol = null
    try {
      this.save()
    } catch {
      // The next start finds members that are gone, and waits a session's time for them.
    }
  }

  /** Those who did not ask for their part in time are gone. */
  #endSync(): void {
    const silent = [...this.#unsynced].map((each) => this.members.get(each))
    for (const member of silent) if (member !== undefined) this.#forget(member)
    if (silent.length > 0) this.rebalance()
  }

  #become(state: GroupState): void {
    this.#state = state
    this.#stateSince = this.#clock.now()
  }

  #forget(member: Member, reason: KafkaErrorName = 'UNKNOWN_MEMBER_ID'): void {
    this.members.delete(member.memberId)
    this.#unsynced.delete(member.memberId)
    if (this.leader === member.memberId) this.leader = [...this.members.keys()][0] ?? null
    this.#quiet(member)
    const cause = new KafkaError(reason, named(this.name))
    member.joining?.reject(cause)
    member.joining = undefined
    this.#dropSync(member, cause)
  }

  #dropSync(member: Member, cause: unknown): void {
    member.syncing?.reject(cause)
    member.syncing = undefined
  }

  #quiet(member: Member): void {
    member.session?.cancel()
    member.session = undefined
  }
}

function named(group: string): string {
  return `group ${group}`
}

function rebalancing(group: string): KafkaError {
  return new KafkaError('REBALANCE_IN_PROGRESS', named(group))
}
