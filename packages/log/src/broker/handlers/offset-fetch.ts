import { offsetFetch } from '../../protocol/apis.js'
import { zeroUuid } from '../../protocol/field.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

interface AskedGroup {
  groupId: string
  /** Of a member that asks for itself. */
  memberId: string | null
  memberEpoch: number
  /** Null: all that the group has. */
  topics: { name: string; topicId: string; partitionIndexes: number[] }[] | null
}

interface FetchKind {
  /** Whether what an open transaction may change is refused. */
  requireStable: boolean
  /** Whether topics are named by their ids. */
  byId: boolean
}

const firstVersionWithGroups = 8
const firstVersionWithIds = 10

/** Reads the offsets of a group, from version 8 on of several groups. */
export const offsetFetchHandler = defineHandler(offsetFetch, ({ broker, header }, request) => {
  const { apiVersion } = header
  const kind = {
    requireStable: request.requireStable,
    byId: apiVersion >= firstVersionWithIds,
  }
  if (apiVersion >= firstVersionWithGroups) {
    return { groups: request.groups.map((asked) => groupOffsets(broker, asked, kind)) }
  }
  const topics = request.topics?.map((each) => ({ ...each, topicId: zeroUuid })) ?? null
  const asked = { groupId: request.groupId, memberId: null, memberEpoch: -1, topics }
  return { topics: offsetsOf(broker, asked, kind) }
})

function groupOffsets(broker: BrokerState, asked: AskedGroup, kind: FetchKind) {
  const { groupId } = asked
  try {
    broker.groups.find(groupId)?.checkFetch(asked)
    return { groupId, topics: offsetsOf(broker, asked, kind) }
  } catch (cause) {
    return { groupId, errorCode: errorOf(cause, broker.log).errorCode }
  }
}

function offsetsOf(broker: BrokerState, { groupId, topics }: AskedGroup, kind: FetchKind) {
  const asked = topics ?? allTopics(broker, groupId)
  return asked.flatMap(({ partitionIndexes, ...topic }) => {
    const found = kind.byId && topics !== null ? broker.topics.byId(topic.topicId) : undefined
    if (kind.byId && topics !== null && found === undefined) {
      const errorCode = kafkaErrors.UNKNOWN_TOPIC_ID
      return [{ ...topic, partitions: partitionIndexes.map((each) => nothing(each, errorCode)) }]
    }
    const name = found?.description.name ?? topic.name
    // Offsets of a topic that has no id any more cannot be told by one.
    if (kind.byId && found === undefined && topic.topicId === zeroUuid) return []
    const partitions = partitionIndexes.map((each) => offsetOf(broker, groupId, name, each, kind))
    return [{ name, topicId: topic.topicId, partitions }]
  })
}

function offsetOf(
  broker: BrokerState,
  groupId: string,
  topic: string,
  partitionIndex: number,
  { requireStable }: FetchKind,
) {
  const { store } = broker.groups
  if (requireStable && store.isPending(groupId, topic, partitionIndex)) {
    return nothing(partitionIndex, kafkaErrors.UNSTABLE_OFFSET_COMMIT)
  }
  const committed = store.offset(groupId, topic, partitionIndex)
  if (committed === undefined) return nothing(partitionIndex)
  return {
    partitionIndex,
    committedOffset: committed.offset,
    committedLeaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
  }
}

function nothing(partitionIndex: number, errorCode: number = kafkaErrors.NONE) {
  return { partitionIndex, committedOffset: -1, metadata: '', errorCode }
}

function allTopics(broker: BrokerState, groupId: string) {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of broker.groups.store.offsets(groupId)) {
    const partitions = byTopic.get(topic) ?? []
    byTopic.set(topic, partitions)
    partitions.push(partition)
  }
  return [...byTopic].map(([name, partitionIndexes]) => ({
    name,
    topicId: broker.topics.get(name)?.description.id ?? zeroUuid,
    partitionIndexes,
  }))
}
