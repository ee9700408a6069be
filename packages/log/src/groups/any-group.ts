import type { KafkaError } from '../errors.js'
import type { CommittedOffset } from './group-record.js'

/** Who speaks; generation -1 and an empty id for a client that only keeps offsets. */
export interface GroupCaller {
  group: string
  memberId: string
  /** Of a member of the newer protocol: its epoch. */
  generation: number
  groupInstanceId: string | null
}

/** How offsets are committed. */
export interface CommitKind {
  inTransaction: boolean
  /** Whether the request is one that members of the newer protocol use (OffsetCommit from 9 on). */
  knowsEpochs: boolean
}

/** Why the offset of one partition is refused; undefined where it is not. */
export type PartitionRefusal = (topicId: string, partition: number) => KafkaError | undefined

/** What offsets and lists have to know of a group, whichever protocol its members speak. */
export interface AnyGroup {
  readonly name: string
  readonly type: 'classic' | 'consumer'
  /** Empty for a group that has nothing but offsets. */
  readonly protocolType: string
  /** Kafka's name of it. */
  readonly state: string
  /** Whether it has no members. */
  readonly isEmpty: boolean

  /** Throws what refuses a commit of this caller as a whole; gives what refuses a part of it. */
  checkCommit(caller: GroupCaller, kind: CommitKind): PartitionRefusal
  /** Throws what refuses to tell offsets to this member. */
  checkFetch(member: { memberId: string | null; memberEpoch: number }): void
  /** Throws NON_EMPTY_GROUP where offsets may not be deleted from outside. */
  checkOffsetDelete(): void
  /** Whether a member reads the topic, so that its offsets are in use. */
  reads(topic: string): boolean
  /** Since when an offset has been of no use to anybody; undefined while it may be of use. */
  unusedSince(offset: CommittedOffset): number | undefined
}

/** Nothing is refused. */
export const acceptAll: PartitionRefusal = () => undefined
