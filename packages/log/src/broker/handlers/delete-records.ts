import { KafkaError } from '../../errors.js'
import { deleteRecords } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'
import { isInternal } from '../topics.js'

/** Stands for the high watermark: all records that can be read. */
const all = -1

/**
 * Deletes the records of partitions before an offset. Not those of the broker's own topics, nor
 * where the topic's policy is not to delete.
 */
export const deleteRecordsHandler = defineHandler(deleteRecords, ({ broker }, request) => ({
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex, offset }) => {
      try {
        return { partitionIndex, lowWatermark: remove(broker, name, partitionIndex, offset) }
      } catch (cause) {
        const { errorCode } = errorOf(cause, broker.log)
        return { partitionIndex, lowWatermark: -1, errorCode }
      }
    }),
  })),
}))

function remove(broker: BrokerState, topic: string, partition: number, offset: number): number {
  const log = broker.topics.partition(topic, partition)
  if (isInternal(topic)) throw new KafkaError('INVALID_TOPIC_EXCEPTION', `topic "${topic}"`)
  if (!log.config.deletes) {
    const detail = "The topic's cleanup.policy is not to delete."
    throw new KafkaError('POLICY_VIOLATION', `topic "${topic}"`, { detail })
  }
  log.deleteRecordsBefore(offset === all ? log.highWatermark : offset)
  return log.startOffset
}
