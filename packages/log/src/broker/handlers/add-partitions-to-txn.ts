import { addPartitionsToTxn } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import type { ProducerIdentity } from '../../transactions/transaction.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'

const firstVersionWithFenced = 2
const firstVersionWithMany = 4
const firstVersionWithAbortable = 5

interface AskedTopic {
  name: string
  partitions: number[]
}

interface Asked {
  producer: ProducerIdentity
  topics: AskedTopic[]
  /** Only ask whether they are part of it. */
  verifyOnly: boolean
}

/**
 * Makes partitions part of transactions: of each transaction all of them, or none. Versions up to
 * 3 are for clients; newer ones Kafka's brokers send one another, for many transactions at once.
 */
export const addPartitionsToTxnHandler = defineHandler(
  addPartitionsToTxn,
  async ({ broker, header }, request) => {
    const { apiVersion } = header
    if (apiVersion < firstVersionWithMany) {
      const producer = {
        transactionalId: request.v3AndBelowTransactionalId,
        producerId: request.v3AndBelowProducerId,
        producerEpoch: request.v3AndBelowProducerEpoch,
      }
      const asked = { producer, topics: request.v3AndBelowTopics, verifyOnly: false }
      return { resultsByTopicV3AndBelow: await resultsOf(broker, apiVersion, asked) }
    }
    const resultsByTransaction = []
    for (const { topics, verifyOnly, ...producer } of request.transactions) {
      const topicResults = await resultsOf(broker, apiVersion, { producer, topics, verifyOnly })
      resultsByTransaction.push({ transactionalId: producer.transactionalId, topicResults })
    }
    return { resultsByTransaction }
  },
)

async function resultsOf(broker: BrokerState, version: number, asked: Asked) {
  const { producer, topics, verifyOnly } = asked
  const results = (codeOf: (topic: string, partition: number) => number) =>
    topics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: codeOf(name, partitionIndex),
      })),
    }))
  const codeOf = (cause: unknown) =>
    errorOf(cause, broker.log, version < firstVersionWithFenced).errorCode
  const isThere = (topic: string, partition: number) =>
    broker.topics.get(topic)?.partitions[partition] !== undefined
  const wanted = topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({ topic: name, partition })),
  )
  if (!wanted.every(({ topic, partition }) => isThere(topic, partition))) {
    return results((topic, partition) =>
      isThere(topic, partition)
        ? kafkaErrors.OPERATION_NOT_ATTEMPTED
        : kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION,
    )
  }
  if (verifyOnly) {
    const refusal =
      version >= firstVersionWithAbortable ? 'TRANSACTION_ABORTABLE' : 'INVALID_TXN_STATE'
    return results((topic, partition) => {
      try {
        broker.transactions.checkMember(producer, { topic, partition }, refusal)
        return kafkaErrors.NONE
      } catch (cause) {
        return codeOf(cause)
      }
    })
  }
  try {
    await broker.transactions.addPartitions(
      producer,
      wanted,
      version < firstVersionWithMany ? 1 : 2,
    )
    return results(() => kafkaErrors.NONE)
  } catch (cause) {
    const errorCode = codeOf(cause)
    return results(() => errorCode)
  }
}
