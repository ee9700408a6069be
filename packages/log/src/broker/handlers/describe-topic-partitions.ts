import { KafkaError } from '../../errors.js'
import { describedPartitionsMax } from '../../limits.js'
import type { RequestOf, ResponseBodyOf } from '../../protocol/api.js'
import { describeTopicPartitions } from '../../protocol/apis.js'
import { topicOperations } from '../authorized-operations.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'
import { checkTopicName } from '../topic-name.js'
import { isInternal } from '../topics.js'

type Request = RequestOf<typeof describeTopicPartitions>
type TopicAnswer = NonNullable<ResponseBodyOf<typeof describeTopicPartitions>['topics']>[number]

/**
 * Topics in the order of their names (all where none is named), from the cursor on, until the
 * answer has as many partitions as it may have; then it says where to go on.
 */
export const describeTopicPartitionsHandler = defineHandler(
  describeTopicPartitions,
  ({ broker }, request) => {
    try {
      return describe(broker, request)
    } catch (cause) {
      const { errorCode } = errorOf(cause, broker.log)
      return { topics: request.topics.map(({ name }) => ({ name, errorCode })) }
    }
  },
)

function describe(broker: BrokerState, request: Request) {
  const { cursor } = request
  const topics: TopicAnswer[] = []
  let left = Math.max(1, Math.min(request.responsePartitionLimit, describedPartitionsMax))
  for (const name of namesFrom(broker, request)) {
    const from = name === cursor?.topicName ? cursor.partitionIndex : 0
    const topic = broker.topics.get(name)
    if (topic !== undefined && left === 0) {
      return { topics, nextCursor: { topicName: name, partitionIndex: from } }
    }
    const to = Math.min(topic?.partitions.length ?? 0, from + left)
    topics.push(answerFor(broker, name, from, to))
    left -= Math.max(0, to - from)
    if (topic !== undefined && to < topic.partitions.length) {
      return { topics, nextCursor: { topicName: name, partitionIndex: to } }
    }
  }
  return { topics }
}

function namesFrom(broker: BrokerState, { topics, cursor }: Request): string[] {
  const named = topics.map(({ name }) => name)
  const all = broker.topics.all().map(({ description }) => description.name)
  const names = [...new Set(named.length > 0 ? named : all)].sort()
  if (cursor === null) return names
  const { topicName, partitionIndex } = cursor
  if (partitionIndex < 0 || (named.length > 0 && !named.includes(topicName))) {
    const detail = 'The cursor is at no partition of the topics that are asked for.'
    throw new KafkaError('INVALID_REQUEST', `cursor "${topicName}"`, { detail })
  }
  return names.filter((name) => name >= topicName)
}

/** The topic with its partitions from `from` to `to` (excluded), or why there is none. */
function answerFor(broker: BrokerState, name: string, from: number, to: number): TopicAnswer {
  const topicAuthorizedOperations = topicOperations
  try {
    const topic = broker.topics.get(name)
    if (topic === undefined) {
      checkTopicName(name)
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic "${name}"`)
    }
    const nodes = [broker.nodeId]
    const partitions = Array.from({ length: Math.max(0, to - from) }, (_, at) => ({
      partitionIndex: from + at,
      leaderId: broker.nodeId,
      leaderEpoch: 0,
      replicaNodes: nodes,
      isrNodes: nodes,
      eligibleLeaderReplicas: [],
      lastKnownElr: [],
    }))
    return {
      name,
      topicId: topic.description.id,
      isInternal: topic.internal,
      partitions,
      topicAuthorizedOperations,
    }
  } catch (cause) {
    const { errorCode } = errorOf(cause, broker.log)
    return { errorCode, name, isInternal: isInternal(name), topicAuthorizedOperations }
  }
}
