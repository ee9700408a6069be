import { KafkaError } from '../../errors.js'
import type { RequestOf, ResponseBodyOf } from '../../protocol/api.js'
import { metadata } from '../../protocol/apis.js'
import { zeroUuid } from '../../protocol/field.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { clusterOperations, operationsNotAsked, topicOperations } from '../authorized-operations.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'
import { checkTopicName } from '../topic-name.js'
import { isInternal, type Topic } from '../topics.js'

type Request = RequestOf<typeof metadata>
type AskedTopic = NonNullable<Request['topics']>[number]
type TopicAnswer = NonNullable<ResponseBodyOf<typeof metadata>['topics']>[number]

/** The messages of 10 and 11 have ids already, but those versions may not ask by them. */
const firstVersionByIds = 12

/** The brokers (one), and the topics asked for: all for null, and for none in version 0. */
export const metadataHandler = defineHandler(metadata, async ({ broker, header }, request) => {
  const { apiVersion } = header
  const { topics: asked } = request
  if (asked?.some((each) => isMalformed(each, apiVersion))) {
    const errorCode = kafkaErrors.INVALID_REQUEST
    return { topics: asked.map(({ name, topicId }) => ({ name: name ?? '', topicId, errorCode })) }
  }
  const all = asked === null || (apiVersion === 0 && asked.length === 0)
  const topics = all
    ? broker.topics.all().map((topic) => described(broker, topic))
    : await find(broker, asked, broker.autoCreateTopics && request.allowAutoTopicCreation)
  return {
    brokers: [{ nodeId: broker.nodeId, ...broker.address }],
    clusterId: broker.clusterId,
    controllerId: broker.nodeId,
    topics: topics.map((topic) => ({
      ...topic,
      topicAuthorizedOperations:
        request.includeTopicAuthorizedOperations && topic.name !== null
          ? topicOperations
          : operationsNotAsked,
    })),
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? clusterOperations
      : operationsNotAsked,
  }
})

function isMalformed({ name, topicId }: AskedTopic, apiVersion: number): boolean {
  if (apiVersion < firstVersionByIds) return name === null || topicId !== zeroUuid
  return name === null && topicId === zeroUuid
}

/** A request that has ids asks by ids alone. */
async function find(
  broker: BrokerState,
  asked: readonly AskedTopic[],
  mayCreate: boolean,
): Promise<TopicAnswer[]> {
  const ids = new Set(asked.map(({ topicId }) => topicId).filter((id) => id !== zeroUuid))
  if (ids.size > 0) return [...ids].map((id) => byId(broker, id))
  const names = new Set(asked.map(({ name }) => name ?? ''))
  return Promise.all([...names].map((name) => byName(broker, name, mayCreate)))
}

function byId(broker: BrokerState, topicId: string): TopicAnswer {
  const topic = broker.topics.byId(topicId)
  if (topic !== undefined) return described(broker, topic)
  return { errorCode: kafkaErrors.UNKNOWN_TOPIC_ID, name: null, topicId }
}

async function byName(broker: BrokerState, name: string, mayCreate: boolean): Promise<TopicAnswer> {
  try {
    const topic = broker.topics.get(name)
    if (topic !== undefined) return described(broker, topic)
    checkTopicName(name)
    if (!mayCreate) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic "${name}"`)
    const partitions = isInternal(name) ? 1 : broker.defaultPartitions
    return described(broker, await broker.topics.ensure(name, partitions))
  } catch (cause) {
    const { errorCode } = errorOf(cause, broker.log)
    return { errorCode, name, isInternal: isInternal(name) }
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
