import { KafkaError, RefusedRecordsError } from '../../errors.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import { produce } from '../../protocol/apis.js'
import { kafkaErrors } from '../../protocol/kafka-errors.js'
import { batchHeaderBytes, readBatchHeader, recordBatchMagic } from '../../records/batch-header.js'
import type { PartitionLog } from '../../storage/partition-log.js'
import type { TransactionPartition } from '../../transactions/transaction.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler, type RequestContext } from '../request-handler.js'
import type { Topic } from '../topics.js'

type Request = RequestOf<typeof produce>
type Part = Request['topicData'][number]['partitionData'][number]

const firstVersionWithAbortable = 11
/** By the second protocol of transactions: a partition joins one by being written to. */
const firstVersionThatJoins = 12
const firstVersionWithTopicIds = 13

/** With these the answer says nothing of the log, as Kafka's does not. */
const refusedUnseen: ReadonlySet<number> = new Set([
  kafkaErrors.MESSAGE_TOO_LARGE,
  kafkaErrors.CORRUPT_MESSAGE,
  kafkaErrors.KAFKA_STORAGE_ERROR,
])

/** Where a part of a request goes. */
interface Target {
  topic: Topic | undefined
  part: Part
}

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
  (context, request) => {
    const { broker, header } = context
    const byId = header.apiVersion >= firstVersionWithTopicIds
    const topics = request.topicData.map(({ name, topicId, partitionData }) => {
      const topic = byId ? broker.topics.byId(topicId) : broker.topics.get(name)
      return { name, topicId, targets: partitionData.map((part) => ({ topic, part })) }
    })
    const appendAll = (refusal?: { cause: unknown }) => {
      const outcomes = new Map<Part, Outcome>()
      for (const target of topics.flatMap(({ targets }) => targets)) {
        outcomes.set(target.part, append(context, request, target, refusal))
      }
      const answer = () => {
        if (request.acks === 0) return checkSilent(outcomes.values())
        return {
          responses: topics.map(({ name, topicId, targets }) => ({
            name,
            topicId,
            partitionResponses: targets.map(({ part }) => (outcomes.get(part) as Outcome).response),
          })),
        }
      }
      const waiting = [...outcomes.values()].filter((each) => each.acknowledged !== undefined)
      if (waiting.length === 0) return answer()
      return Promise.all(waiting.map((each) => settled(context, each))).then(answer)
    }
    const targets = topics.flatMap((each) => each.targets)
    if (header.apiVersion < firstVersionThatJoins || request.transactionalId === null) {
      return appendAll()
    }
    return join(broker, request.transactionalId, targets).then(
      () => appendAll(),
      (cause: unknown) => appendAll({ cause }),
    )
  },
  { keepsNothing: true },
)

/** There is no answer to acks 0; what failed closes the connection. */
function checkSilent(outcomes: Iterable<Outcome>): undefined {
  for (const { response } of outcomes) {
    if (response.errorCode === undefined) continue
    throw new KafkaError(response.errorCode, 'records sent with acks=0')
  }
}

/** Makes the partitions of transactional batches part of their producer's transaction. */
async function join(
  broker: BrokerState,
  transactionalId: string,
  targets: readonly Target[],
): Promise<void> {
  const batches = targets.flatMap(({ topic, part: { index, records } }) => {
    if (topic?.partitions[index] === undefined || topic.internal) return []
    if (records === null || records.length < batchHeaderBytes) return []
    const { isTransactional, producerId, producerEpoch } = readBatchHeader(records)
    const partition = { topic: topic.description.name, partition: index }
    return isTransactional ? [{ producer: { producerId, producerEpoch }, partition }] : []
  })
  const [first] = batches
  if (first === undefined) return
  if (batches.some(({ producer }) => producer.producerId !== first.producer.producerId)) {
    const detail = 'The batches of one request are of more than one producer.'
    throw new KafkaError('INVALID_PRODUCER_ID_MAPPING', transactionalId, { detail })
  }
  const partitions = batches.map(({ partition }) => partition)
  await broker.transactions.addPartitions({ transactionalId, ...first.producer }, partitions, 2)
}

/** `refusal`: why no transactional batch of the request can be taken. */
function append(
  context: RequestContext,
  request: Request,
  { topic, part }: Target,
  refusal: { cause: unknown } | undefined,
): Outcome {
  const { broker, header } = context
  const { index, records } = part
  let logStartOffset = -1
  try {
    const log = topic?.partitions[index]
    if (topic === undefined && header.apiVersion >= firstVersionWithTopicIds) {
      throw new KafkaError('UNKNOWN_TOPIC_ID', 'a topic that was named by id')
    }
    if (topic === undefined || log === undefined) {
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `partition ${index} of a topic`)
    }
    if (topic.internal) throw new KafkaError('INVALID_TOPIC_EXCEPTION', log.name)
    if (![-1, 0, 1].includes(request.acks)) {
      throw new KafkaError('INVALID_REQUIRED_ACKS', log.name)
    }
    const batch = onlyBatch(log, records)
    const { isTransactional } = readBatchHeader(batch)
    if (isTransactional) {
      if (refusal !== undefined) throw refusal.cause
      const place = { topic: topic.description.name, partition: index }
      checkTransaction(context, request, batch, place)
    }
    const fromZero = isTransactional && header.apiVersion >= firstVersionThatJoins
    logStartOffset = log.startOffset
    const { baseOffset, appendTime } = log.append(batch, fromZero)
    const acknowledged =
      isTransactional && request.transactionalId !== null
        ? broker.transactions.acknowledged(request.transactionalId, log)
        : log.acknowledged()
    const response = { index, baseOffset, logAppendTimeMs: appendTime, logStartOffset }
    return acknowledged === undefined ? { response } : { response, acknowledged }
  } catch (cause) {
    return { response: refused(context, index, cause, logStartOffset) }
  }
}

/** Records of a transaction go only where it was announced; nothing else could end them. */
function checkTransaction(
  { broker, header }: RequestContext,
  request: Request,
  batch: Buffer,
  partition: TransactionPartition,
): void {
  const { transactionalId } = request
  if (transactionalId === null) {
    const detail = 'The batch is transactional, the request has no transactional id.'
    const where = `topic ${partition.topic}`
    throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', where, { detail })
  }
  const { producerId, producerEpoch } = readBatchHeader(batch)
  const producer = { transactionalId, producerId, producerEpoch }
  const abortable = header.apiVersion >= firstVersionWithAbortable
  const refusal = abortable ? 'TRANSACTION_ABORTABLE' : 'INVALID_TXN_STATE'
  broker.transactions.checkMember(producer, partition, refusal)
}

/** Version 2 of the batches allows one for each partition of a request. */
function onlyBatch(log: PartitionLog, records: Buffer | null): Buffer {
  if (records === null || records.length < batchHeaderBytes) {
    throw new KafkaError('INVALID_RECORD', log.name, { detail: 'There is no record batch.' })
  }
  const { lengthBytes, magic } = readBatchHeader(records)
  const invalid = (detail: string) => new KafkaError('INVALID_RECORD', log.name, { detail })
  if (magic !== recordBatchMagic) throw invalid(`The batch has format ${magic}, not 2.`)
  if (lengthBytes > records.length) throw invalid('The batch is cut off.')
  if (lengthBytes >= batchHeaderBytes && lengthBytes < records.length) {
    throw invalid('There is more than one record batch, or something behind it.')
  }
  return records
}

async function settled(context: RequestContext, outcome: Outcome): Promise<void> {
  try {
    await outcome.acknowledged
  } catch (cause) {
    outcome.response = refused(context, outcome.response.index, cause)
  }
}

function refused(
  { broker, header }: RequestContext,
  index: number,
  cause: unknown,
  logStartOffset = -1,
): Outcome['response'] {
  // To a producer of records, a fenced epoch has always been an invalid one.
  const error = errorOf(cause, broker.log, true)
  if (error.errorCode === kafkaErrors.KAFKA_STORAGE_ERROR) broker.log(error.errorMessage)
  // Older clients try again only after errors that they know in an answer to Produce.
  const isConcurrent = error.errorCode === kafkaErrors.CONCURRENT_TRANSACTIONS
  if (isConcurrent && header.apiVersion < firstVersionThatJoins) {
    error.errorCode = kafkaErrors.NOT_ENOUGH_REPLICAS
  }
  const recordErrors =
    cause instanceof RefusedRecordsError
      ? cause.recordErrors.map(({ batchIndex, reason }) => ({
          batchIndex,
          batchIndexErrorMessage: reason,
        }))
      : []
  const startIsTold = !refusedUnseen.has(error.errorCode)
  return {
    index,
    ...error,
    baseOffset: -1,
    logStartOffset: startIsTold ? logStartOffset : -1,
    recordErrors,
  }
}
