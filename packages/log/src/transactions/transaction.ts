import { KafkaError } from '../errors.js'

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

/**
 * The two protocols of transactions. In the first, epochs are raised by InitProducerId alone; in
 * the second (KIP-890) every end raises the epoch, so that a request of one transaction, however
 * late, is never taken for one of the next, and partitions join by being written to.
 */
export type TransactionProtocol = 1 | 2

/** A partition that takes part in a transaction. */
export interface TransactionPartition {
  topic: string
  partition: number
}

/** What a producer was given: the right to write under a transactional id. */
export interface Identity {
  producerId: number
  producerEpoch: number
}

/** What a producer says it is. */
export interface ProducerIdentity extends Identity {
  transactionalId: string
}

/** All that is known of a transactional id. Never changed: a newer one takes its place. */
export interface Transaction extends ProducerIdentity {
  /** The producer id before the last change; -1 for none. */
  readonly previousProducerId: number
  /** The producer id from the end on, where this one has no epoch left; -1 for none. */
  readonly nextProducerId: number
  /** The epoch that the same holder had before this one; -1 where it is a new holder. */
  readonly previousEpoch: number
  /** Open for longer than this, it is aborted. */
  readonly timeoutMs: number
  readonly status: TransactionStatus
  readonly partitions: readonly TransactionPartition[]
  /** When the present transaction began, ms since 1970; -1 where there is none. */
  readonly startedAt: number
  readonly updatedAt: number
  /** By which protocol the last change came. */
  readonly protocol: TransactionProtocol
}

/** Epochs are int16. The greatest is never given, so that its holder can still be fenced. */
const producerEpochMax = 0x7ffe

export function isExhausted({ producerEpoch }: Identity): boolean {
  return producerEpoch >= producerEpochMax
}

export function isPrepared({ status }: Transaction): boolean {
  return status === 'prepare-commit' || status === 'prepare-abort'
}

/**
 * A transactional id in the hands of whoever asks for it. `held` is what the asker was given
 * before, if anything (KIP-360): only the present holder is given the next epoch, and one whose
 * answer was lost is given the same again. `freshId` is used where there is no epoch left.
 * Throws PRODUCER_FENCED. Precondition: no transaction is open or being ended.
 */
export function initialized(
  before: Transaction | undefined,
  asked: {
    transactionalId: string
    timeoutMs: number
    held: Identity | undefined
    freshId: number
    now: number
  },
): Transaction {
  const { transactionalId, timeoutMs, held, freshId, now } = asked
  const rest = {
    transactionalId,
    previousProducerId: before?.producerId ?? -1,
    nextProducerId: -1,
    timeoutMs,
    status: 'empty' as const,
    partitions: [],
    startedAt: -1,
    updatedAt: now,
    protocol: 1 as const,
  }
  if (before === undefined) {
    return { ...rest, producerId: freshId, producerEpoch: 0, previousEpoch: -1 }
  }
  const { producerId, producerEpoch, previousEpoch } = before
  if (held !== undefined && !isHolder(before, held)) {
    if (!isFormerSelf(before, held)) throw fenced(before, held)
    return { ...rest, producerId, producerEpoch, previousEpoch }
  }
  const lastEpoch = held === undefined ? -1 : producerEpoch
  if (isExhausted(before)) {
    return { ...rest, producerId: freshId, producerEpoch: 0, previousEpoch: lastEpoch }
  }
  return { ...rest, producerId, producerEpoch: producerEpoch + 1, previousEpoch: lastEpoch }
}

/** With more partitions; the first ones begin it. */
export function extended(
  before: Transaction,
  partitions: readonly TransactionPartition[],
  protocol: TransactionProtocol,
  now: number,
): Transaction {
  const isOngoing = before.status === 'ongoing'
  return {
    ...before,
    previousProducerId: before.producerId,
    status: 'ongoing',
    partitions: [...before.partitions, ...partitions],
    startedAt: isOngoing ? before.startedAt : now,
    updatedAt: now,
    protocol,
  }
}

/**
 * With its end decided. By the second protocol that raises the epoch; `freshId` is the producer
 * id from then on, where there is none left.
 */
export function decided(
  before: Transaction,
  end: 'prepare-commit' | 'prepare-abort',
  protocol: TransactionProtocol,
  freshId: number,
  now: number,
): Transaction {
  const raised =
    protocol === 1
      ? {}
      : {
          producerEpoch: before.producerEpoch + 1,
          previousEpoch: before.producerEpoch,
          nextProducerId: isExhausted(before) ? freshId : -1,
        }
  return {
    ...before,
    ...raised,
    previousProducerId: before.producerId,
    status: end,
    startedAt: before.status === 'ongoing' ? before.startedAt : now,
    updatedAt: now,
    protocol,
  }
}

/** With all its markers written. */
export function completed(prepared: Transaction, now: number): Transaction {
  const { producerId, nextProducerId } = prepared
  const next = nextProducerId < 0 ? {} : { producerId: nextProducerId, producerEpoch: 0 }
  return {
    ...prepared,
    ...next,
    previousProducerId: producerId,
    nextProducerId: -1,
    status: prepared.status === 'prepare-commit' ? 'complete-commit' : 'complete-abort',
    partitions: [],
    updatedAt: now,
  }
}

/** What its holder was given, or is given as soon as the markers are written. */
export function identityOf(transaction: Transaction): Identity {
  const { producerId, producerEpoch, nextProducerId } = transaction
  return nextProducerId < 0
    ? { producerId, producerEpoch }
    : { producerId: nextProducerId, producerEpoch: 0 }
}

/** Throws INVALID_PRODUCER_ID_MAPPING or PRODUCER_FENCED to anyone but the present holder. */
export function checkHolder(transaction: Transaction, claimed: Identity): void {
  const present = identityOf(transaction)
  if (present.producerId !== claimed.producerId) {
    throw new KafkaError('INVALID_PRODUCER_ID_MAPPING', named(transaction.transactionalId))
  }
  if (present.producerEpoch !== claimed.producerEpoch) throw fenced(transaction, claimed)
}

/**
 * What is to be done when a producer ends its transaction: decide it so, or nothing, because it
 * is a repeated request that was carried out. Throws INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED,
 * INVALID_TXN_STATE, and CONCURRENT_TRANSACTIONS while an end is being carried out.
 */
export function endOf(
  transaction: Transaction,
  claimed: Identity,
  committed: boolean,
  protocol: TransactionProtocol,
): 'decide' | 'done' {
  const { status, transactionalId } = transaction
  const isRepeated = protocol === 2 && isFormerSelf(transaction, claimed)
  if (!isRepeated) checkHolder(transaction, claimed)
  if (isPrepared(transaction)) throw concurrent(transaction)
  if (status === 'ongoing' || status === 'empty') {
    if (isRepeated) throw fenced(transaction, claimed)
  }
  if (status === 'ongoing') return 'decide'
  const isSameEnd = status === (committed ? 'complete-commit' : 'complete-abort')
  if (isSameEnd && (protocol === 1 || isRepeated)) return 'done'
  // Nothing was written since the last end: an abort of that only raises the epoch.
  if (protocol === 2 && !isRepeated && !committed) return 'decide'
  const detail = `It is ${status}, and was to be ${committed ? 'committed' : 'aborted'}.`
  throw new KafkaError('INVALID_TXN_STATE', named(transactionalId), { detail })
}

export function includes(
  partitions: readonly TransactionPartition[],
  wanted: TransactionPartition,
): boolean {
  return partitions.some(
    ({ topic, partition }) => topic === wanted.topic && partition === wanted.partition,
  )
}

/** The numbers of the partitions, by topic. */
export function byTopic(
  partitions: readonly TransactionPartition[],
): { topic: string; partitions: number[] }[] {
  const numbers = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const known = numbers.get(topic)
    if (known === undefined) numbers.set(topic, [partition])
    else known.push(partition)
  }
  return [...numbers].map(([topic, each]) => ({ topic, partitions: each }))
}

export function concurrent({ transactionalId }: Transaction): KafkaError {
  return new KafkaError('CONCURRENT_TRANSACTIONS', named(transactionalId))
}

export function fenced({ transactionalId, producerEpoch }: Transaction, claimed: Identity) {
  const detail = `Its epoch is ${producerEpoch}, the producer has ${claimed.producerEpoch}.`
  return new KafkaError('PRODUCER_FENCED', named(transactionalId), { detail })
}

/** How errors and log lines name it. */
export function named(transactionalId: string): string {
  return `transactional id "${transactionalId}"`
}

function isHolder(transaction: Transaction, claimed: Identity): boolean {
  const { producerId, producerEpoch } = identityOf(transaction)
  return claimed.producerId === producerId && claimed.producerEpoch === producerEpoch
}

/** Whether the claim is what the present holder had before its epoch was raised the last time. */
function isFormerSelf(transaction: Transaction, claimed: Identity): boolean {
  const { producerId, previousProducerId, previousEpoch } = transaction
  if (previousEpoch < 0 || claimed.producerEpoch !== previousEpoch) return false
  // With the last epoch of a producer id, the next one is of another id.
  const formerId = previousEpoch >= producerEpochMax ? previousProducerId : producerId
  return claimed.producerId === formerId
}
