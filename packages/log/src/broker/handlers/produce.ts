import { KafkaError, RefusedRecordsError } from '../../errors.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { produce } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { batchHeaderBytes, readBatchHeader } from '../../records/batch-header.js'
import type { PartitionLog } from '../../storage/partition-log.js'
import type { TransactionPartition } from '../../transactions/transaction-record.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'
import type { Topic } from '../topics.js'

type Request = RequestOf<typeof produce>

type PartitionResponse = Partial<
  ResponseOf<typeof produce>['responses'][number]['partitionResponses'][number]
> & { index: number }

/** An answer for one partition, and what it must wait for before it may be sent. */
interface Outcome {
  response: PartitionResponse
  acknowledged?: Promise<void>
}

/**
 * Appends batches. All of a request are appended before any is waited for, so that one sync
 * serves them. With acks 0 there is no answer; a failure closes the connection, as the only way
 * to tell.
 */
export const produceHandler = defineHandler(
  produce,
  ({ broker }, request) => {
    const topics = request.topicData.map((data) => {
      const topic = broker.topics.get(data.name)
      const outcomes = data.partitionData.map((part) => append(broker, request, topic, part))
      return { name: data.name, outcomes }
    })
    const outcomes = topics.flatMap((each) => each.outcomes)
    const answer = () => {
      if (request.acks !== 0) {
        return {
          responses: topics.map(({ name, outcomes }) => ({
            name,
            partitionResponses: outcomes.map(({ response }) => response),
          })),
        }
      }
      const failed = outcomes.find(({ response }) => response.errorCode !== undefined)
      if (failed === undefined) return undefined
      throw new KafkaError(failed.response.errorCode ?? -1, 'records sent with acks=0')
    }
    const waiting = outcomes.filter((each) => each.acknowledged !== undefined)
    if (waiting.length === 0) return answer()
    return Promise.all(waiting.map((each) => settled(broker, each))).then(answer)
  },
  '3-11',
)

function append(
  broker: BrokerState,
  request: Request,
  topic: Topic | undefined,
  part: { index: number; records: Buffer | null },
): Outcome {
  const { index, records } = part
  try {
    const log = topic?.partitions[index]
    if (topic === undefined || log === undefined) {
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `partition ${index} of a topic`)
    }
    if (topic.internal) throw new KafkaError('INVALID_TOPIC_EXCEPTION', log.name)
    if (![-1, 0, 1].includes(request.acks)) {
      throw new KafkaError('INVALID_REQUIRED_ACKS', log.name)
    }
    const batch = onlyBatch(log, records)
    if (readBatchHeader(batch).isTransactional) {
      checkTransaction(broker, request, batch, { topic: topic.description.name, partition: index })
    }
    const { baseOffset, appendTime } = log.append(batch)
    const acknowledged = log.acknowledged()
    const logStartOffset = log.startOffset
    const response = { index, baseOffset, logAppendTimeMs: appendTime, logStartOffset }
    return acknowledged === undefined ? { response } : { response, acknowledged }
  } catch (cause) {
    return { response: refused(broker, index, cause) }
  }
}

/** Records of a transaction go only where it was announced; nothing else could end them. */
function checkTransaction(
  broker: BrokerState,
  request: Request,
  batch: Buffer,
  partition: TransactionPartition,
): void {
  const { transactionalId } = request
  if (transactionalId === null) {
    const detail = 'The batch is transactional, the request has no transactional id.'
    throw new KafkaError('INVALID_TXN_STATE', `topic ${partition.topic}`, { detail })
  }
  const { producerId, producerEpoch } = readBatchHeader(batch)
  broker.transactions.checkMember({ transactionalId, producerId, producerEpoch }, partition)
}

/** Version 2 of the batches allows one for each partition of a request. */
function onlyBatch(log: PartitionLog, records: Buffer | null): Buffer {
  if (records === null || records.length < batchHeaderBytes) {
    throw new KafkaError('INVALID_RECORD', log.name, { detail: 'There is no record batch.' })
  }
  const { lengthBytes } = readBatchHeader(records)
  if (lengthBytes >= batchHeaderBytes && lengthBytes < records.length) {
    const detail = 'There is more than one record batch, or something behind it.'
    throw new KafkaError('INVALID_RECORD', log.name, { detail })
  }
  return records
}

async function settled(broker: BrokerState, outcome: Outcome): Promise<void> {
  try {
    await outcome.acknowledged
  } catch (cause) {
    outcome.response = refused(broker, outcome.response.index, cause)
  }
}

function refused(broker: BrokerState, index: number, cause: unknown): Outcome['response'] {
  // To a producer of records, a fenced epoch has always been an invalid one.
  const error = errorOf(cause, broker.log, true)
  if (error.errorCode === kafkaErrors.KAFKA_STORAGE_ERROR) broker.log(error.errorMessage)
  const recordErrors =
    cause instanceof RefusedRecordsError
      ? cause.recordErrors.map(({ batchIndex, reason }) => ({
          batchIndex,
          batchIndexErrorMessage: reason,
        }))
      : []
  return { index, ...error, baseOffset: -1, recordErrors }
}
