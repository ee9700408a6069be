import { addPartitionsToTxn } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { errorOf } from '../error-code.js'
import { defineHandler } from '../request-handler.js'

const firstVersionWithFenced = 2

/** Makes partitions part of a transaction: all of them, or none. */
export const addPartitionsToTxnHandler = defineHandler(
  addPartitionsToTxn,
  async ({ broker, header }, request) => {
    const producer = {
      transactionalId: request.v3AndBelowTransactionalId,
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
    }
    const asked = request.v3AndBelowTopics
    const answer = (codeOf: (topic: string, partition: number) => number) => ({
      resultsByTopicV3AndBelow: asked.map(({ name, partitions }) => ({
        name,
        resultsByPartition: partitions.map((partitionIndex) => ({
          partitionIndex,
          partitionErrorCode: codeOf(name, partitionIndex),
        })),
      })),
    })
    const isThere = (topic: string, partition: number) =>
      broker.topics.get(topic)?.partitions[partition] !== undefined
    const wanted = asked.flatMap(({ name, partitions }) =>
      partitions.map((partition) => ({ topic: name, partition })),
    )
    if (!wanted.every(({ topic, partition }) => isThere(topic, partition))) {
      return answer((topic, partition) =>
        isThere(topic, partition)
          ? kafkaErrors.OPERATION_NOT_ATTEMPTED
          : kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION,
      )
    }
    try {
      await broker.transactions.addPartitions(producer, wanted)
      return answer(() => kafkaErrors.NONE)
    } catch (cause) {
      const { errorCode } = errorOf(cause, broker.log, header.apiVersion < firstVersionWithFenced)
      return answer(() => errorCode)
    }
  },
  '0-3',
)
