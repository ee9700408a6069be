import { describeQuorum } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { type BrokerState, defineHandler } from '../request-handler.js'
import { metadataTopic } from '../topics.js'

/** The broker is the only voter over the metadata, and its leader. */
export const describeQuorumHandler = defineHandler(describeQuorum, ({ broker }, request) => ({
  errorMessage: null,
  topics: request.topics.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ partitionIndex }) =>
      topicName === metadataTopic && partitionIndex === 0
        ? { partitionIndex, errorMessage: null, ...quorum(broker) }
        : { partitionIndex, errorCode: kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION },
    ),
  })),
  nodes: [{ nodeId: broker.nodeId, listeners: [{ name: 'CONTROLLER', ...broker.address }] }],
}))

function quorum(broker: BrokerState) {
  const { nodeId, metadata, host } = broker
  const now = host.clock.now()
  const voter = {
    replicaId: nodeId,
    logEndOffset: metadata.endOffset,
    lastFetchTimestamp: now,
    lastCaughtUpTimestamp: now,
  }
  return {
    leaderId: nodeId,
    leaderEpoch: 0,
    highWatermark: metadata.endOffset,
    currentVoters: [voter],
  }
}
