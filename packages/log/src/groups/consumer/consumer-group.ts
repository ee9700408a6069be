import { KafkaError } from '../../errors.js'
import { consumerProtocolType } from '../../protocol/embedded-protocol.js'
import {
  type AnyGroup,
  acceptAll,
  type CommitKind,
  type GroupCaller,
  type PartitionRefusal,
} from '../any-group.js'
import type { CommittedOffset } from '../group-record.js'
import type { ConsumerGroupRecord, ResolvedPattern } from './consumer-group-record.js'
import { type ConsumerMember, newMember, nothingAssigned } from './consumer-member.js'
import { type HeldPartitions, noPartitions, type Partitions } from './partitions.js'

/** Kafka's names, as ConsumerGroupDescribe gives them. */
export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

/** The epoch of a group that nothing was written of. */
export const firstEpoch = 1

/**
 * A group of the newer protocol (KIP-848): the fold of its records. Who is a member and wants what
 * raises the group's epoch; from that a target is made, who is to have what; and each member comes
 * to its part of it by itself, giving up what it is not to have before others are given it.
 *
 * Invariants:
 * - `apply` is the only thing that changes it.
 * - target epoch ≤ group epoch, and a member's epoch ≤ target epoch.
 * - A partition has at most one holder: the member that it is assigned to, or that was told to
 *   give it back and did not say that it has.
 */
export class ConsumerGroup implements AnyGroup {
  readonly type = 'consumer'
  readonly protocolType = consumerProtocolType
  readonly name: string
  readonly #members = new Map<string, ConsumerMember>()
  readonly #byInstance = new Map<string, string>()
  readonly #targets = new Map<string, Partitions>()
  readonly #patterns = new Map<string, ResolvedPattern>()
  readonly #holders = new Map<string, string>()
  #epoch = firstEpoch
  #metadataHash = 0
  #targetEpoch = 0
  #assignedAt = 0

  constructor(name: string) {
    this.name = name
  }

  get epoch(): number {
    return this.#epoch
  }

  /** Of the topics that its members read, as they were when the epoch was raised. */
  get metadataHash(): number {
    return this.#metadataHash
  }

  get targetEpoch(): number {
    return this.#targetEpoch
  }

  /** When the target was made; 0 where there is none. */
  get assignedAt(): number {
    return this.#assignedAt
  }

  get members(): ReadonlyMap<string, ConsumerMember> {
    return this.#members
  }

  /** What the patterns of its members mean. */
  get patterns(): ReadonlyMap<string, ResolvedPattern> {
    return this.#patterns
  }

  get isEmpty(): boolean {
    return this.#members.size === 0
  }

  get state(): ConsumerGroupState {
    if (this.isEmpty) return 'Empty'
    if (this.#epoch > this.#targetEpoch) return 'Assigning'
    const isReconciled = [...this.#members.values()].every(
      ({ state, epoch }) => state === 'stable' && epoch === this.#targetEpoch,
    )
    return isReconciled ? 'Stable' : 'Reconciling'
  }

  /** The member that has an instance id. */
  instance(instanceId: string): ConsumerMember | undefined {
    return this.#members.get(this.#byInstance.get(instanceId) ?? '')
  }

  /** What a member is to have. */
  target(memberId: string): Partitions {
    return this.#targets.get(memberId) ?? noPartitions
  }

  /** Who has a partition, or did not give it back yet. */
  holder(topicId: string, partition: number): string | undefined {
    return this.#holders.get(placeOf(topicId, partition))
  }

  /** The member that speaks. Throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID. */
  member(memberId: string, instanceId: string | null): ConsumerMember {
    if (instanceId === null) {
      const member = this.#members.get(memberId)
      if (member !== undefined) return member
    } else {
      const holder = this.instance(instanceId)
      if (holder?.memberId === memberId) return holder
      if (holder !== undefined) {
        throw new KafkaError('FENCED_INSTANCE_ID', `group ${this.name}, instance ${instanceId}`)
      }
    }
    throw new KafkaError('UNKNOWN_MEMBER_ID', `group ${this.name}`)
  }

  /** Names of the topics that a member reads, whether they exist or not. */
  topicsOf({ topicNames, topicPattern }: ConsumerMember): ReadonlySet<string> {
    return new Set([...topicNames, ...(this.#patterns.get(topicPattern)?.topics ?? [])])
  }

  /** The records that alone make it what it is. */
  records(): ConsumerGroupRecord[] {
    const group = this.name
    const members = [...this.#members.values()]
    return [
      ...members.map((value) => subscriptionRecord(group, value)),
      ...[...this.#patterns].map(([pattern, value]) => ({
        kind: 'pattern' as const,
        group,
        pattern,
        value,
      })),
      {
        kind: 'group-epoch',
        group,
        value: { epoch: this.#epoch, metadataHash: this.#metadataHash },
      },
      ...[...this.#targets].map(([memberId, value]) => ({
        kind: 'target' as const,
        group,
        memberId,
        value,
      })),
      {
        kind: 'target-epoch',
        group,
        value: { epoch: this.#targetEpoch, assignedAt: this.#assignedAt },
      },
      ...members.map((value) => currentRecord(group, value)),
    ]
  }

  apply(record: ConsumerGroupRecord): void {
    switch (record.kind) {
      case 'group-epoch':
        this.#epoch = record.value?.epoch ?? firstEpoch
        this.#metadataHash = record.value?.metadataHash ?? 0
        break
      case 'target-epoch':
        this.#targetEpoch = record.value?.epoch ?? 0
        this.#assignedAt = record.value?.assignedAt ?? 0
        break
      case 'pattern':
        if (record.value === null) this.#patterns.delete(record.pattern)
        else this.#patterns.set(record.pattern, record.value)
        break
      case 'target':
        if (record.value === null) this.#targets.delete(record.memberId)
        else this.#targets.set(record.memberId, record.value)
        break
      case 'subscription':
        if (record.value === null) this.#remove(record.memberId)
        else this.#set({ ...this.#known(record.memberId), ...record.value })
        break
      case 'current':
        if (record.value !== null) this.#set({ ...this.#known(record.memberId), ...record.value })
        else if (this.#members.has(record.memberId)) {
          this.#set({ ...this.#known(record.memberId), ...nothingAssigned })
        }
        break
    }
  }

  checkCommit(caller: GroupCaller, kind: CommitKind): PartitionRefusal {
    const { memberId, generation, groupInstanceId } = caller
    if (generation < 0 && this.isEmpty) return acceptAll
    const isOutside = generation < 0 && memberId === '' && groupInstanceId === null
    if (kind.inTransaction && isOutside) return acceptAll
    const member = this.member(memberId, null)
    const isClassic = member.classic !== null
    if (!kind.inTransaction && !isClassic && !kind.knowsEpochs) {
      const detail =
        'Members of the newer group protocol commit with OffsetCommit from version 9 on.'
      throw new KafkaError('UNSUPPORTED_VERSION', `group ${this.name}`, { detail })
    }
    if (generation === member.epoch) return acceptAll
    const code = isClassic || kind.inTransaction ? 'ILLEGAL_GENERATION' : 'STALE_MEMBER_EPOCH'
    const refusal = staleEpoch(code, this.name, member, generation)
    if (generation > member.epoch) throw refusal
    // What it was given in that epoch or before is its own still: nobody else can have read it.
    return (topicId, partition) => {
      const givenIn = givenEpoch(member.assigned, topicId, partition)
      const isOwn = givenIn !== undefined && givenIn <= generation
      return isOwn ? undefined : refusal
    }
  }

  checkFetch({ memberId, memberEpoch }: { memberId: string | null; memberEpoch: number }): void {
    if (memberId === null && memberEpoch < 0) return
    const member = this.member(memberId ?? '', null)
    if (memberEpoch === member.epoch) return
    const code = member.classic === null ? 'STALE_MEMBER_EPOCH' : 'ILLEGAL_GENERATION'
    throw staleEpoch(code, this.name, member, memberEpoch)
  }

  checkOffsetDelete(): void {}

  reads(topic: string): boolean {
    return [...this.#members.values()].some((each) => this.topicsOf(each).has(topic))
  }

  unusedSince({ committedAt }: CommittedOffset): number {
    return committedAt
  }

  #known(memberId: string): ConsumerMember {
    return this.#members.get(memberId) ?? newMember(memberId)
  }

  #set(member: ConsumerMember): void {
    const { memberId, instanceId } = member
    const before = this.#members.get(memberId)
    if (before !== undefined) this.#release(before)
    this.#members.set(memberId, member)
    for (const held of [member.assigned, member.revoking]) {
      for (const place of placesOf(held)) this.#holders.set(place, memberId)
    }
    if (instanceId !== null) this.#byInstance.set(instanceId, memberId)
  }

  #remove(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member === undefined) return
    this.#release(member)
    this.#members.delete(memberId)
    const { instanceId } = member
    if (instanceId !== null && this.#byInstance.get(instanceId) === memberId) {
      this.#byInstance.delete(instanceId)
    }
  }

  #release({ memberId, assigned, revoking }: ConsumerMember): void {
    for (const held of [assigned, revoking]) {
      for (const place of placesOf(held)) {
        if (this.#holders.get(place) === memberId) this.#holders.delete(place)
      }
    }
  }
}

export function subscriptionRecord(group: string, member: ConsumerMember): ConsumerGroupRecord {
  const { epoch, previousEpoch, state, assigned, revoking, ...value } = member
  return { kind: 'subscription', group, memberId: member.memberId, value }
}

export function currentRecord(group: string, member: ConsumerMember): ConsumerGroupRecord {
  const { memberId, epoch, previousEpoch, state, assigned, revoking } = member
  const value = { epoch, previousEpoch, state, assigned, revoking }
  return { kind: 'current', group, memberId, value }
}

/** What removes all that is kept of a member. */
export function memberGone(group: string, memberId: string): ConsumerGroupRecord[] {
  return [
    { kind: 'current', group, memberId, value: null },
    { kind: 'target', group, memberId, value: null },
    { kind: 'subscription', group, memberId, value: null },
  ]
}

/** What removes all that is kept of a group. */
export function groupGone({
  name: group,
  members,
  patterns,
}: ConsumerGroup): ConsumerGroupRecord[] {
  return [
    ...[...members.keys()].flatMap((memberId) => memberGone(group, memberId)),
    ...[...patterns.keys()].map((pattern) => ({
      kind: 'pattern' as const,
      group,
      pattern,
      value: null,
    })),
    { kind: 'target-epoch', group, value: null },
    { kind: 'group-epoch', group, value: null },
  ]
}

function givenEpoch(held: HeldPartitions, topicId: string, partition: number): number | undefined {
  return held.get(topicId)?.get(partition)
}

function* placesOf(held: HeldPartitions): Generator<string> {
  for (const [topicId, ofTopic] of held) {
    for (const partition of ofTopic.keys()) yield placeOf(topicId, partition)
  }
}

function placeOf(topicId: string, partition: number): string {
  return `${topicId}/${partition}`
}

function staleEpoch(
  code: 'ILLEGAL_GENERATION' | 'STALE_MEMBER_EPOCH',
  group: string,
  member: ConsumerMember,
  said: number,
): KafkaError {
  const detail = `Its epoch is ${member.epoch}, it says ${said}.`
  return new KafkaError(code, `group ${group}, member ${member.memberId}`, { detail })
}
