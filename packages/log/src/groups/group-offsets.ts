import type { Clock } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { offsetMetadataBytesMax, offsetsRetentionMs } from '../limits.js'
import type { AnyGroup, CommitKind, GroupCaller } from './any-group.js'
import type { GroupRecord } from './group-record.js'
import type { GroupOffset, GroupStore, OffsetProducer } from './group-store.js'

/** An offset to be kept. */
export interface OffsetToCommit {
  topic: string
  topicId: string
  partition: number
  offset: number
  leaderEpoch: number
  metadata: string
}

export interface TopicPartition {
  topic: string
  partition: number
}

/** The offsets of groups: who may commit and delete them, and when they are forgotten. */
export class GroupOffsets {
  readonly #clock: Clock
  readonly #store: GroupStore

  constructor(clock: Clock, store: GroupStore) {
    this.#clock = clock
    this.#store = store
  }

  /**
   * Keeps offsets, of a member or of a client that needs no group; for `retentionMs` where the
   * client asks for a time of its own. Throws what refuses all of them; gives what refuses each.
   */
  commit(
    group: AnyGroup,
    caller: GroupCaller,
    offsets: readonly OffsetToCommit[],
    options: CommitKind & { producer?: OffsetProducer; retentionMs?: number },
  ): (KafkaError | undefined)[] {
    const { producer, retentionMs } = options
    const refusalOf = group.checkCommit(caller, options)
    const results = offsets.map(({ topic, topicId, partition, metadata }) =>
      Buffer.byteLength(metadata) <= offsetMetadataBytesMax
        ? refusalOf(topicId, partition)
        : new KafkaError('OFFSET_METADATA_TOO_LARGE', `partition ${topic}-${partition}`),
    )
    const committedAt = this.#clock.now()
    const times =
      retentionMs === undefined
        ? { committedAt }
        : { committedAt, expiresAt: committedAt + retentionMs }
    const records = offsets
      .filter((_, at) => results[at] === undefined)
      .map(({ topic, topicId, partition, ...value }) => ({
        kind: 'offset' as const,
        key: { group: group.name, topic, partition },
        value: { ...value, ...times },
      }))
    this.#store.append(records, producer)
    return results
  }

  /**
   * Deletes offsets. Throws NON_EMPTY_GROUP; gives GROUP_SUBSCRIBED_TO_TOPIC for each that is in
   * use.
   */
  delete(group: AnyGroup, partitions: readonly TopicPartition[]): (KafkaError | undefined)[] {
    group.checkOffsetDelete()
    const results = partitions.map(({ topic }) =>
      group.reads(topic)
        ? new KafkaError('GROUP_SUBSCRIBED_TO_TOPIC', `group ${group.name}, topic ${topic}`)
        : undefined,
    )
    const records = partitions
      .filter((_, at) => results[at] === undefined)
      .filter(
        ({ topic, partition }) =>
          this.#store.offset(group.name, topic, partition) !== undefined ||
          this.#store.isPending(group.name, topic, partition),
      )
      .map((each) => removed(group.name, each))
    this.#store.append(records)
    return results
  }

  /** What removes the offsets whose time is over. */
  expired(group: AnyGroup): GroupRecord[] {
    const now = this.#clock.now()
    return this.#store
      .offsets(group.name)
      .filter((each) => isOver(group, each, now))
      .filter(({ topic, partition }) => !this.#store.isPending(group.name, topic, partition))
      .map((each) => removed(group.name, each))
  }
}

function isOver(group: AnyGroup, offset: GroupOffset, now: number): boolean {
  const unusedSince = group.unusedSince(offset)
  if (unusedSince === undefined || group.reads(offset.topic)) return false
  return now >= (offset.expiresAt ?? unusedSince + offsetsRetentionMs)
}

function removed(group: string, { topic, partition }: TopicPartition): GroupRecord {
  return { kind: 'offset', key: { group, topic, partition }, value: null }
}
