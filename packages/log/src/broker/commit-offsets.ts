import type { CommitKind, GroupCaller } from '../groups/any-group.js'
import type { OffsetProducer } from '../groups/group-store.js'
import { zeroUuid } from '../protocol/field.js'
import { kafkaErrors } from '../protocol/kafka-errors.js'
import { errorOf } from './error-code.js'
import type { BrokerState } from './request-handler.js'

interface AskedTopic {
  name: string
  /** What the topic is named by, where `byId` is set. */
  topicId?: string
  partitions: {
    partitionIndex: number
    committedOffset: number
    committedLeaderEpoch: number
    committedMetadata: string | null
  }[]
}

interface CommitOptions extends CommitKind {
  byId?: boolean
  retentionMs?: number
  producer?: OffsetProducer & {
    check: () => Promise<void>
    /** What the answer waits for once the offsets are written. */
    acknowledged: () => Promise<void> | undefined
  }
}

/** Keeps the offsets that a request brings, and gives the results in the request's own shape. */
export async function commitOffsets(
  broker: BrokerState,
  caller: GroupCaller,
  asked: readonly AskedTopic[],
  options: CommitOptions,
) {
  const named = asked.map((each) => ({ ...each, ...nameOf(broker, each, options.byId ?? false) }))
  const codes = new Map<string, number>()
  const place = (topic: string, partition: number) => `${topic}/${partition}`
  const kept = named
    .flatMap(({ name, partitions }) =>
      partitions.map((each) => ({
        topic: name,
        topicId: broker.topics.get(name)?.description.id ?? zeroUuid,
        partition: each.partitionIndex,
        offset: each.committedOffset,
        leaderEpoch: each.committedLeaderEpoch,
        metadata: each.committedMetadata ?? '',
      })),
    )
    .filter(({ topic, partition }) => {
      if (broker.topics.get(topic)?.partitions[partition] !== undefined) return true
      codes.set(place(topic, partition), kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION)
      return false
    })
  try {
    await broker.groups.store.ready()
    await options.producer?.check()
    const results = await broker.groups.commit(caller, kept, options)
    await options.producer?.acknowledged()
    for (const [at, refusal] of results.entries()) {
      const each = kept[at]
      if (each !== undefined) codes.set(place(each.topic, each.partition), refusal?.code ?? 0)
    }
  } catch (cause) {
    // Clients of offsets in transactions know a fenced epoch as an invalid one.
    const { errorCode } = errorOf(cause, broker.log, true)
    for (const each of kept) codes.set(place(each.topic, each.partition), errorCode)
  }
  return named.map(({ name, topicId, isUnknownId, partitions }) => ({
    name,
    topicId: topicId ?? zeroUuid,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: isUnknownId
        ? kafkaErrors.UNKNOWN_TOPIC_ID
        : (codes.get(place(name, partitionIndex)) ?? 0),
    })),
  }))
}

function nameOf(broker: BrokerState, { name, topicId }: AskedTopic, byId: boolean) {
  if (!byId) return { name, isUnknownId: false }
  const topic = broker.topics.byId(topicId ?? zeroUuid)
  return { name: topic?.description.name ?? '', isUnknownId: topic === undefined }
}
