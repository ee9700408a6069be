import { electLeaders } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

/** Of the preferred replica, or of any that is left. */
const electionTypes = [0, 1]

/** The broker leads every partition already. Of all partitions (null) that needs no mention. */
export const electLeadersHandler = defineHandler(electLeaders, ({ broker }, request) => {
  const { electionType, topicPartitions } = request
  if (!electionTypes.includes(electionType)) {
    const errorCode = kafkaErrors.INVALID_REQUEST
    const errorMessage = `There is no type ${electionType} of elections.`
    return {
      errorCode,
      replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
        topic,
        partitionResult: partitions.map((partitionId) => ({
          partitionId,
          errorCode,
          errorMessage,
        })),
      })),
    }
  }
  const all = broker.topics
    .all()
    .map(({ description }) => ({ topic: description.name, partitions: [] }))
  return {
    replicaElectionResults: (topicPartitions ?? all).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({
        partitionId,
        ...election(broker, topic, partitionId),
      })),
    })),
  }
})

function election(broker: BrokerState, topic: string, partition: number) {
  if (broker.topics.get(topic)?.partitions[partition] === undefined) {
    const errorMessage = `There is no partition ${topic}-${partition}.`
    return { errorCode: kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, errorMessage }
  }
  const errorMessage = `Broker ${broker.nodeId} leads the partition already.`
  return { errorCode: kafkaErrors.ELECTION_NOT_NEEDED, errorMessage }
}
