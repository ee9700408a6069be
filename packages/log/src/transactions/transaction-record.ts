import { arrayOf, field, int8, int16, int32, int64, string } from '../protocol/field.js'
import { stateRecord } from '../protocol/state-record.js'

/** In the order of Kafka's codes for them. */
export const transactionStatuses = [
  'empty',
  'ongoing',
  'prepare-commit',
  'prepare-abort',
  'complete-commit',
  'complete-abort',
] as const

export type TransactionStatus = (typeof transactionStatuses)[number]

/** A partition that takes part in a transaction. */
export interface TransactionPartition {
  topic: string
  partition: number
}

/** All that is known of a transactional id. Never changed: a newer one takes its place. */
export interface Transaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  /** Open for longer than this, it is aborted. */
  readonly timeoutMs: number
  readonly status: TransactionStatus
  readonly partitions: readonly TransactionPartition[]
  /** When the present transaction began, ms since 1970; -1 where there is none. */
  readonly startedAt: number
  readonly updatedAt: number
}

/** `TransactionLogKey`, version 0, of Apache Kafka. */
const key = stateRecord(0, [field('transactionalId', string)])

/** `TransactionLogValue`, version 0. */
const value = stateRecord(0, [
  field('producerId', int64),
  field('producerEpoch', int16),
  field('transactionTimeoutMs', int32),
  field('transactionStatus', int8),
  field(
    'transactionPartitions',
    arrayOf([field('topic', string), field('partitionIds', arrayOf(int32))]),
    { nullable: '0+' },
  ),
  field('transactionLastUpdateTimestampMs', int64),
  field('transactionStartTimestampMs', int64),
])

/** A transactional id's state as a record of `__transaction_state`. */
export function encodeTransaction(transaction: Transaction): { key: Buffer; value: Buffer } {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of transaction.partitions) {
    const partitions = byTopic.get(topic) ?? []
    byTopic.set(topic, partitions)
    partitions.push(partition)
  }
  const partitions = [...byTopic].map(([topic, partitionIds]) => ({ topic, partitionIds }))
  return {
    key: key.encode({ transactionalId: transaction.transactionalId }),
    value: value.encode({
      producerId: transaction.producerId,
      producerEpoch: transaction.producerEpoch,
      transactionTimeoutMs: transaction.timeoutMs,
      transactionStatus: transactionStatuses.indexOf(transaction.status),
      transactionPartitions: transaction.status === 'empty' ? null : partitions,
      transactionLastUpdateTimestampMs: transaction.updatedAt,
      transactionStartTimestampMs: transaction.startedAt,
    }),
  }
}

/** Reads what `encodeTransaction` wrote; undefined for a record of another kind. */
export function decodeTransaction(record: {
  key: Buffer | null
  value: Buffer | null
}): Transaction | undefined {
  if (record.key === null || record.value === null) return undefined
  const id = key.decode(record.key)
  const state = value.decode(record.value)
  const status = state && transactionStatuses[state.transactionStatus]
  if (id === undefined || state === undefined || status === undefined) return undefined
  return {
    transactionalId: id.transactionalId,
    producerId: state.producerId,
    producerEpoch: state.producerEpoch,
    timeoutMs: state.transactionTimeoutMs,
    status,
    partitions: (state.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
      partitionIds.map((partition) => ({ topic, partition })),
    ),
    startedAt: state.transactionStartTimestampMs,
    updatedAt: state.transactionLastUpdateTimestampMs,
  }
}
