import { arrayOf, field, int8, int16, int32, int64, string } from '../protocol/field.js'
import { stateRecord } from '../protocol/state-record.js'
import { byTopic, type Transaction, transactionStatuses } from './transaction.js'

/** `TransactionLogKey`, version 0, of Apache Kafka. */
const key = stateRecord(0, [field('transactionalId', string)])

/**
 * `TransactionLogValue`. The tag 1000 is ours: without it a repeated InitProducerId or EndTxn is
 * not known again after a start. Kafka's readers pass over it.
 */
export const transactionLogValue = [
  field('producerId', int64),
  field('previousProducerId', int64, { versions: '1+', tag: 0, default: -1 }),
  field('nextProducerId', int64, { versions: '1+', tag: 1, default: -1 }),
  field('producerEpoch', int16),
  field('nextProducerEpoch', int16, { versions: '1+', tag: 3, default: -1 }),
  field('transactionTimeoutMs', int32),
  field('transactionStatus', int8),
  field(
    'transactionPartitions',
    arrayOf([field('topic', string), field('partitionIds', arrayOf(int32))]),
    { nullable: '0+' },
  ),
  field('transactionLastUpdateTimestampMs', int64),
  field('transactionStartTimestampMs', int64),
  field('clientTransactionVersion', int16, { versions: '1+', tag: 2 }),
  field('previousEpoch', int16, { versions: '1+', tag: 1000, default: -1 }),
] as const

const value = stateRecord(1, transactionLogValue, { flexible: true })
/** What brokers before the second protocol wrote. */
const valueBefore = stateRecord(0, transactionLogValue)

/** A transactional id's state as a record of `__transaction_state`. */
export function encodeTransaction(transaction: Transaction): { key: Buffer; value: Buffer } {
  const partitions = byTopic(transaction.partitions).map(({ topic, partitions }) => ({
    topic,
    partitionIds: partitions,
  }))
  return {
    key: key.encode({ transactionalId: transaction.transactionalId }),
    value: value.encode({
      producerId: transaction.producerId,
      previousProducerId: transaction.previousProducerId,
      nextProducerId: transaction.nextProducerId,
      producerEpoch: transaction.producerEpoch,
      transactionTimeoutMs: transaction.timeoutMs,
      transactionStatus: transactionStatuses.indexOf(transaction.status),
      transactionPartitions: transaction.status === 'empty' ? null : partitions,
      transactionLastUpdateTimestampMs: transaction.updatedAt,
      transactionStartTimestampMs: transaction.startedAt,
      // Kafka writes 0 for the first protocol.
      clientTransactionVersion: transaction.protocol === 2 ? 2 : 0,
      previousEpoch: transaction.previousEpoch,
    }),
  }
}

/** The record after which nothing is known of a transactional id. */
export function encodeRemoval(transactionalId: string): { key: Buffer; value: null } {
  return { key: key.encode({ transactionalId }), value: null }
}

/**
 * Reads what `encodeTransaction` and `encodeRemoval` wrote: `transaction` is undefined where the
 * id was removed. Undefined for a record of another kind.
 */
export function decodeTransaction(record: {
  key: Buffer | null
  value: Buffer | null
}): { transactionalId: string; transaction: Transaction | undefined } | undefined {
  const id = record.key === null ? undefined : key.decode(record.key)
  if (id === undefined) return undefined
  const { transactionalId } = id
  if (record.value === null) return { transactionalId, transaction: undefined }
  const state = value.decode(record.value) ?? valueBefore.decode(record.value)
  const status = state && transactionStatuses[state.transactionStatus]
  if (state === undefined || status === undefined) return undefined
  const transaction: Transaction = {
    transactionalId,
    producerId: state.producerId,
    previousProducerId: state.previousProducerId,
    nextProducerId: state.nextProducerId,
    producerEpoch: state.producerEpoch,
    previousEpoch: state.previousEpoch,
    timeoutMs: state.transactionTimeoutMs,
    status,
    partitions: (state.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
      partitionIds.map((partition) => ({ topic, partition })),
    ),
    startedAt: state.transactionStartTimestampMs,
    updatedAt: state.transactionLastUpdateTimestampMs,
    protocol: state.clientTransactionVersion >= 2 ? 2 : 1,
  }
  return { transactionalId, transaction }
}
