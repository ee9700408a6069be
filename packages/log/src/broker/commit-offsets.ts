import { KafkaError } from '../errors.js'
import type { GroupCaller } from '../groups/group-coordinator.js'
import type { OffsetProducer } from '../groups/group-store.js'
import { errorOf } from './error-code.js'
import type { BrokerState } from './request-handler.js'

interface AskedTopic {
  name: string
  partitions: {
    partitionIndex: number
    committedOffset: number
    committedLeaderEpoch: number
    committedMetadata: string | null
  }[]
}

/** Keeps the offsets that a request brings, and gives the results in the request's own shape. */
export async function commitOffsets(
  broker: BrokerState,
  caller: GroupCaller,
  asked: readonly AskedTopic[],
  producer?: OffsetProducer & { check: () => Promise<void> },
) {
  const offsets = asked.flatMap(({ name, partitions }) =>
    partitions.map((each) => ({
      topic: name,
      partition: each.partitionIndex,
      offset: each.committedOffset,
      leaderEpoch: each.committedLeaderEpoch,
      metadata: each.committedMetadata ?? '',
    })),
  )
  const isThere = (each: { topic: string; partition: number }) =>
    broker.topics.get(each.topic)?.partitions[each.partition] !== undefined
  const codes = new Map<string, number>()
  const place = (topic: string, partition: number) => `${topic}/${partition}`
  for (const each of offsets) {
    if (isThere(each)) continue
    const missing = new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `partition of ${each.topic}`)
    codes.set(place(each.topic, each.partition), missing.code)
  }
  const kept = offsets.filter(isThere)
  try {
    await broker.groups.store.ready()
    await producer?.check()
    const results = await broker.groups.commit(caller, kept, producer)
    for (const [at, refusal] of results.entries()) {
      const each = kept[at]
      if (each !== undefined) codes.set(place(each.topic, each.partition), refusal?.code ?? 0)
    }
  } catch (cause) {
    const { errorCode } = errorOf(cause, broker.log)
    for (const each of kept) codes.set(place(each.topic, each.partition), errorCode)
  }
  return asked.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: codes.get(place(name, partitionIndex)) ?? 0,
    })),
  }))
}
