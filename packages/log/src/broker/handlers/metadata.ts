import { metadata } from '../../protocol/apis.js'
import { zeroUuid } from '../../protocol/field.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'
import type { Topic } from '../topics.js'

/** The brokers (one), and the topics asked for: all for null, and for none in version 0. */
export const metadataHandler = defineHandler(metadata, async ({ broker, header }, request) => {
  const { topics: asked } = request
  const all = asked === null || (header.apiVersion === 0 && asked.length === 0)
  const mayCreate = broker.autoCreateTopics && request.allowAutoTopicCreation
  const topics = all
    ? broker.topics.all().map((topic) => described(broker, topic))
    : await Promise.all(asked.map((each) => find(broker, each, mayCreate)))
  return {
    brokers: [{ nodeId: broker.nodeId, ...broker.address }],
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    topics,
  }
})

async function find(
  broker: BrokerState,
  asked: { name: string | null; topicId: string },
  mayCreate: boolean,
) {
  const { name, topicId } = asked
  if (name === null || (name === '' && topicId !== zeroUuid)) {
    const topic = broker.topics.byId(topicId)
    if (topic !== undefined) return described(broker, topic)
    return { errorCode: kafkaErrors.UNKNOWN_TOPIC_ID, name: null, topicId }
  }
  try {
    const topic = mayCreate
      ? await broker.topics.ensure(name, broker.defaultPartitions)
      : broker.topics.get(name)
    if (topic !== undefined) return described(broker, topic)
    return { errorCode: kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, name }
  } catch (cause) {
    return { errorCode: errorOf(cause, broker.log).errorCode, name }
  }
}

function described(broker: BrokerState, topic: Topic) {
  const nodes = [broker.nodeId]
  return {
    name: topic.description.name,
    topicId: topic.description.id,
    isInternal: topic.internal,
    partitions: topic.partitions.map((_, partitionIndex) => ({
      partitionIndex,
      leaderId: broker.nodeId,
      leaderEpoch: 0,
      replicaNodes: nodes,
      isrNodes: nodes,
    })),
  }
}
