import type { Clock, Random, Timer } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { offsetsExpiryCheckMs } from '../limits.js'
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
import { Group } from './group.js'
import { GroupOffsets, type OffsetToCommit, type TopicPartition } from './group-offsets.js'
import type { GroupStore, OffsetProducer } from './group-store.js'
import type { Joined } from './member.js'

/**
 * Looks after consumer groups: finds the group that a request is about, makes it where it may be
 * made, and removes it when nothing is left of it.
 *
 * Members live in memory, offsets and generations in the store; a broker that starts again takes
 * up the saved generations, so that members go on without a rebalance. A group that has nothing
 * but offsets is one without members.
 */
export class GroupCoordinator {
  readonly store: GroupStore
  readonly #clock: Clock
  readonly #groups = new Map<string, Group>()
  readonly #offsets: GroupOffsets
  readonly #classic: ClassicProtocol
  #expiryCheck: Timer

  constructor(options: { clock: Clock; random: Random; store: GroupStore }) {
    this.store = options.store
    this.#clock = options.clock
    this.#offsets = new GroupOffsets(options.clock, options.store)
    this.#classic = new ClassicProtocol(options.random)
    for (const name of this.store.groups()) {
      const saved = this.store.membership(name)
      const group = this.#make(name)
      if (saved !== undefined) group.restore(saved)
    }
    this.#expiryCheck = this.#checkExpiryLater()
  }

  /** All groups, in the order of their names. */
  all(): AnyGroup[] {
    const groups: AnyGroup[] = [...this.#groups.values()]
    return groups.sort((left, right) => (left.name < right.name ? -1 : 1))
  }

  /** The group, whichever protocol its members speak. */
  find(name: string): AnyGroup | undefined {
    return this.#groups.get(name)
  }

  /** The group, where its members speak the classic protocol. */
  group(name: string): Group | undefined {
    return this.#groups.get(name)
  }

  /**
   * See `ClassicProtocol.join`. Rejects with INVALID_GROUP_ID and INVALID_SESSION_TIMEOUT, too.
   */
  async join(request: JoinRequest): Promise<Joined> {
    checkJoin(request)
    await this.store.ready()
    const { group: name, memberId } = request
    const group = this.#groups.get(name)
    if (group === undefined && memberId !== '') throw unknownMember(name)
    return this.#classic.join(group ?? this.#make(name), request)
  }

  /** See `ClassicProtocol.sync`. */
  async sync(request: SyncRequest): Promise<Synced> {
    return this.#classic.sync(this.#joined(request.group), request)
  }

  /** See `ClassicProtocol.heartbeat`. */
  heartbeat(caller: GroupCaller): void {
    this.#classic.heartbeat(this.#joined(caller.group), caller)
  }

  /** See `ClassicProtocol.leave`. Throws INVALID_GROUP_ID. */
  leave(name: string, leavers: readonly Leaver[]): (KafkaError | undefined)[] {
    checkGroupId(name)
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
      const code = options.knowsEpochs ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION'
      throw new KafkaError(code, `group ${name}`)
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
    this.#forget(name)
  }

  /** Stops all timers and answers what is held. */
  async close(): Promise<void> {
    this.#expiryCheck.cancel()
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

  #forget(name: string): void {
    const group = this.#groups.get(name)
    group?.close(new KafkaError('UNKNOWN_MEMBER_ID', `group ${name}`))
    this.#groups.delete(name)
  }

  #present(name: string): AnyGroup {
    const group = this.find(name)
    if (group === undefined) throw new KafkaError('GROUP_ID_NOT_FOUND', `group ${name}`)
    return group
  }

  /** The group that a member speaks of. Throws INVALID_GROUP_ID, UNKNOWN_MEMBER_ID. */
  #joined(name: string): Group {
    checkGroupId(name)
    const group = this.#groups.get(name)
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

function unknownMember(group: string): KafkaError {
  return new KafkaError('UNKNOWN_MEMBER_ID', `group ${group}`)
}
