import type { Clock, Timer } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { markerRetryMs, nameBytesMax, transactionTimeoutMsMax } from '../limits.js'
import { encodeEndMarker } from '../records/end-marker.js'
import { decodeRecords } from '../records/visit-records.js'
import type { PartitionLog } from '../storage/partition-log.js'
import { StateLog } from '../storage/state-log.js'
import type { ProducerIds } from './producer-ids.js'
import {
  decodeTransaction,
  encodeTransaction,
  type Transaction,
  type TransactionPartition,
} from './transaction-record.js'

export interface TransactionCoordinatorOptions {
  clock: Clock
  producerIds: ProducerIds
  /** `__transaction_state`: undefined as long as nobody used a transaction. */
  stateLog: PartitionLog | undefined
  /** Makes it at the first use. */
  makeStateLog: () => Promise<PartitionLog>
  /** A partition's log; undefined where it was deleted. */
  partition: (topic: string, partition: number) => PartitionLog | undefined
  /** All partitions there are. */
  partitions: () => Iterable<TransactionPartition & { log: PartitionLog }>
  log: (line: string) => void
}

/** What a producer says it is. */
export interface ProducerIdentity {
  transactionalId: string
  producerId: number
  producerEpoch: number
}

/** Epochs are int16; the last one is left for fencing. */
const producerEpochMax = 0x7ffe

/**
 * Keeps transactions: who holds a transactional id, which partitions take part, how it ends.
 *
 * Invariants:
 * - State is the fold of `__transaction_state`: a request appends a record, and only the record
 *   changes the state.
 * - A transaction's end is decided by its `prepare-…` record, and by nothing else. From then on
 *   its markers are written until all are there, across restarts; a partition gets one only while
 *   the producer's transaction is open there, so none gets two.
 * - Whoever takes a transactional id raises its epoch first: the former holder is refused by the
 *   coordinator, and in the partitions by the markers, which carry the new epoch.
 * - An open transaction has a timer; when it fires, the transaction is aborted and its producer
 *   fenced.
 * - An epoch survives a power cut before it is given. A transaction with a partition that is synced
 *   before it acknowledges is as durable as that: which partitions take part, before records of it
 *   are taken; its records and offsets, before it is decided; the decision, before its markers.
 */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions
  readonly #transactions = new Map<string, Transaction>()
  readonly #timers = new Map<string, Timer>()
  readonly #ending = new Map<string, Promise<void>>()
  #state: StateLog | undefined
  #closed = false

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
    if (options.stateLog !== undefined) this.#follow(options.stateLog)
  }

  /**
   * Takes up what a former process left: ends what was decided, times what is open, and aborts
   * what a power cut left in partitions without leaving it here.
   */
  resume(): void {
    for (const each of this.#options.partitions()) this.#endForgotten(each, each.log)
    for (const transaction of this.#transactions.values()) {
      if (isPrepared(transaction)) void this.#finish(transaction)
      else this.#time(transaction)
    }
  }

  get(transactionalId: string): Transaction | undefined {
    return this.#transactions.get(transactionalId)
  }

  /**
   * Gives a producer its id and epoch; for a transactional id it fences the former holder and
   * aborts its open transaction. `held` is what the producer was given before, if anything.
   * Throws INVALID_TRANSACTION_TIMEOUT, PRODUCER_FENCED, KAFKA_STORAGE_ERROR, and
   * CONCURRENT_TRANSACTIONS while markers of the former holder are missing.
   */
  async initProducer(
    transactionalId: string | null,
    timeoutMs: number,
    held?: { producerId: number; producerEpoch: number },
  ): Promise<{ producerId: number; producerEpoch: number }> {
    if (transactionalId === null) {
      return { producerId: await this.#options.producerIds.next(), producerEpoch: 0 }
    }
    if (transactionalId === '' || Buffer.byteLength(transactionalId) > nameBytesMax) {
      const detail = `The id must have 1 to ${nameBytesMax} bytes.`
      throw new KafkaError('INVALID_REQUEST', named(transactionalId.slice(0, 100)), { detail })
    }
    if (timeoutMs <= 0 || timeoutMs > transactionTimeoutMsMax) {
      const detail = `${timeoutMs} ms were asked for, at most ${transactionTimeoutMsMax} are possible.`
      throw new KafkaError('INVALID_TRANSACTION_TIMEOUT', named(transactionalId), { detail })
    }
    if (this.#state === undefined) this.#follow(await this.#options.makeStateLog())
    const freshId = await this.#options.producerIds.next()
    await this.#ending.get(transactionalId)
    // Nothing waits between this look and the end: of two who come at once one begins it.
    const before = this.#unlessPrepared(transactionalId)
    if (held !== undefined && before !== undefined) this.#checkHolder(before, held)
    if (before?.status === 'ongoing') {
      // The markers carry the epoch of the next holder, so that the former is fenced by them.
      await this.#end(withNextEpoch(before), 'prepare-abort')
    }
    const now = this.#options.clock.now()
    const latest = this.#unlessPrepared(transactionalId)
    const given =
      latest === undefined || latest.producerEpoch >= producerEpochMax
        ? { producerId: freshId, producerEpoch: 0 }
        : { producerId: latest.producerId, producerEpoch: latest.producerEpoch + 1 }
    this.#append({
      transactionalId,
      ...given,
      timeoutMs,
      status: 'empty',
      partitions: [],
      startedAt: -1,
      updatedAt: now,
    })
    await this.#state?.flush()
    return given
  }

  /**
   * Makes partitions part of the producer's transaction; the first ones open it. Throws
   * PRODUCER_FENCED, INVALID_PRODUCER_ID_MAPPING, CONCURRENT_TRANSACTIONS, KAFKA_STORAGE_ERROR.
   */
  async addPartitions(
    producer: ProducerIdentity,
    partitions: readonly TransactionPartition[],
  ): Promise<void> {
    const before = this.#held(producer)
    if (isPrepared(before)) throw concurrent(before)
    const known = before.status === 'ongoing' ? before.partitions : []
    const added = partitions.filter((each) => !includes(known, each))
    const after = [...known, ...added]
    if (before.status !== 'ongoing' || added.length > 0) {
      const now = this.#options.clock.now()
      const startedAt = before.status === 'ongoing' ? before.startedAt : now
      this.#append({ ...before, status: 'ongoing', partitions: after, startedAt, updatedAt: now })
    }
    if (this.#logsOf(after).some(isSynced)) await this.#state?.flush()
  }

  /**
   * Whether a producer may append transactional records to a partition; throws what it is
   * refused with.
   */
  checkMember(producer: ProducerIdentity, partition: TransactionPartition): void {
    const transaction = this.#held(producer)
    if (transaction.status === 'ongoing' && includes(transaction.partitions, partition)) return
    const detail = `${partition.topic}-${partition.partition} is not part of an open transaction.`
    throw new KafkaError('INVALID_TXN_STATE', named(producer.transactionalId), { detail })
  }

  /**
   * Commits or aborts. Resolves when the end is decided and, unless the disk refuses, all its
   * markers are written. Asking again for the same end is answered the same.
   */
  async end(producer: ProducerIdentity, committed: boolean): Promise<void> {
    if (committed) await this.#syncRecords(this.#held(producer))
    const before = this.#held(producer)
    switch (before.status) {
      case 'ongoing':
        await this.#end(before, committed ? 'prepare-commit' : 'prepare-abort')
        return
      case 'prepare-commit':
      case 'prepare-abort':
        throw concurrent(before)
      case 'complete-commit':
        if (committed) return
        break
      case 'complete-abort':
        if (!committed) return
        break
    }
    const detail = `It is ${before.status}, and was to be ${committed ? 'committed' : 'aborted'}.`
    throw new KafkaError('INVALID_TXN_STATE', named(producer.transactionalId), { detail })
  }

  /** Stops timers and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    await Promise.all([...this.#ending.values()].map((each) => each.catch(() => {})))
    await this.#state?.settled()
  }

  #follow(stateLog: PartitionLog): void {
    if (this.#state !== undefined) return
    this.#state = new StateLog(stateLog, {
      apply: (batch) => {
        for (const record of decodeRecords(batch)) {
          const transaction = decodeTransaction(record)
          if (transaction !== undefined) this.#apply(transaction)
        }
      },
      records: () => [...this.#transactions.values()].map(encodeTransaction),
    })
  }

  #append(transaction: Transaction): Transaction {
    if (this.#state === undefined) throw new Error('A transaction before its log was made.')
    this.#state.append([encodeTransaction(transaction)], { timestamp: transaction.updatedAt })
    this.#time(transaction)
    return transaction
  }

  #apply(transaction: Transaction): void {
    this.#transactions.set(transaction.transactionalId, transaction)
  }

  /** The present state; throws CONCURRENT_TRANSACTIONS while markers are being written. */
  #unlessPrepared(transactionalId: string): Transaction | undefined {
    const transaction = this.#transactions.get(transactionalId)
    if (transaction !== undefined && isPrepared(transaction)) throw concurrent(transaction)
    return transaction
  }

  #held(producer: ProducerIdentity): Transaction {
    const transaction = this.#transactions.get(producer.transactionalId)
    if (transaction === undefined) {
      throw new KafkaError('INVALID_PRODUCER_ID_MAPPING', named(producer.transactionalId))
    }
    this.#checkHolder(transaction, producer)
    return transaction
  }

  #checkHolder(
    transaction: Transaction,
    claimed: { producerId: number; producerEpoch: number },
  ): void {
    const where = named(transaction.transactionalId)
    if (transaction.producerId !== claimed.producerId) {
      throw new KafkaError('INVALID_PRODUCER_ID_MAPPING', where)
    }
    if (transaction.producerEpoch !== claimed.producerEpoch) {
      const detail = `Its epoch is ${transaction.producerEpoch}, the producer has ${claimed.producerEpoch}.`
      throw new KafkaError('PRODUCER_FENCED', where, { detail })
    }
  }

  /** Decides the end, then carries it out. */
  async #end(transaction: Transaction, status: 'prepare-commit' | 'prepare-abort'): Promise<void> {
    const updatedAt = this.#options.clock.now()
    await this.#finish(this.#append({ ...transaction, status, updatedAt }))
  }

  #finish(prepared: Transaction): Promise<void> {
    const { transactionalId } = prepared
    const finishing = this.#writeEnd(prepared).finally(() => {
      if (this.#ending.get(transactionalId) === finishing) this.#ending.delete(transactionalId)
    })
    this.#ending.set(transactionalId, finishing)
    return finishing
  }

  /** Writes the markers, then that all are there. What the disk refuses is tried again later. */
  async #writeEnd(prepared: Transaction): Promise<void> {
    const logs = this.#logsOf(prepared.partitions).filter((log) =>
      log.producers.hasOpenTransaction(prepared.producerId),
    )
    try {
      // The decision is at least as durable as any record it is about.
      if (logs.some(isSynced)) await this.#state?.flush()
      const { producerId, producerEpoch } = prepared
      const end = prepared.status === 'prepare-commit' ? 'commit' : 'abort'
      const timestamp = this.#options.clock.now()
      for (const log of logs) {
        log.appendOwn(encodeEndMarker(end, { producerId, producerEpoch, timestamp }))
      }
      await Promise.all(logs.map((log) => log.acknowledged()))
      const status = end === 'commit' ? 'complete-commit' : 'complete-abort'
      this.#append({ ...prepared, status, partitions: [], updatedAt: timestamp })
    } catch (cause) {
      const { transactionalId } = prepared
      this.#options.log(
        `transactions: ${named(transactionalId)} is not ended yet: ${String(cause)}`,
      )
      if (this.#closed) return
      const retry = () => void this.#finish(prepared)
      this.#timers.set(transactionalId, this.#options.clock.after(markerRetryMs, retry))
    }
  }

  /** The logs of those partitions that are still there. */
  #logsOf(partitions: readonly TransactionPartition[]): PartitionLog[] {
    return partitions
      .map(({ topic, partition }) => this.#options.partition(topic, partition))
      .filter((log) => log !== undefined)
  }

  /** Syncs what is written in a transaction, where it is to survive a power cut as a whole. */
  async #syncRecords({ status, partitions }: Transaction): Promise<void> {
    const logs = status === 'ongoing' ? this.#logsOf(partitions) : []
    if (logs.some(isSynced)) await Promise.all(logs.map((log) => log.flush()))
  }

  /** Aborts transactions that are open in a partition, and that nobody will ever end. */
  #endForgotten(place: TransactionPartition, log: PartitionLog): void {
    for (const { producerId, producerEpoch } of log.producers.openTransactions()) {
      const holder = [...this.#transactions.values()].find((each) => each.producerId === producerId)
      const isOpen = holder !== undefined && (holder.status === 'ongoing' || isPrepared(holder))
      if (isOpen && includes(holder.partitions, place)) continue
      const timestamp = this.#options.clock.now()
      try {
        log.appendOwn(encodeEndMarker('abort', { producerId, producerEpoch, timestamp }))
        this.#options.log(
          `transactions: aborted what producer ${producerId} left open in ${log.name}, which a power cut made unknown`,
        )
      } catch (cause) {
        this.#options.log(`transactions: could not abort in ${log.name}: ${String(cause)}`)
        if (this.#closed) return
        this.#options.clock.after(markerRetryMs, () => this.#endForgotten(place, log))
        return
      }
    }
  }

  /** Sets the timer of an open transaction; takes it away from any other. */
  #time(transaction: Transaction): void {
    const { transactionalId, startedAt, timeoutMs } = transaction
    if (transaction.status === 'ongoing' && this.#timers.has(transactionalId)) return
    this.#timers.get(transactionalId)?.cancel()
    this.#timers.delete(transactionalId)
    if (transaction.status !== 'ongoing' || this.#closed) return
    // A clock that was set back since it began must not make it wait for longer than it may.
    const leftMs = Math.min(timeoutMs, startedAt + timeoutMs - this.#options.clock.now())
    const expire = () => {
      this.#timers.delete(transactionalId)
      const present = this.#transactions.get(transactionalId)
      if (present?.status !== 'ongoing') return
      this.#options.log(
        `transactions: ${named(transactionalId)} was open for ${timeoutMs} ms, aborted`,
      )
      this.#end(withNextEpoch(present), 'prepare-abort').catch((cause) => {
        this.#options.log(
          `transactions: could not abort ${named(transactionalId)}: ${String(cause)}`,
        )
        if (this.#closed || this.#timers.has(transactionalId)) return
        this.#timers.set(transactionalId, this.#options.clock.after(markerRetryMs, expire))
      })
    }
    this.#timers.set(transactionalId, this.#options.clock.after(Math.max(0, leftMs), expire))
  }
}

function withNextEpoch(transaction: Transaction): Transaction {
  return { ...transaction, producerEpoch: transaction.producerEpoch + 1 }
}

function isPrepared({ status }: Transaction): boolean {
  return status === 'prepare-commit' || status === 'prepare-abort'
}

/** Whether what the log acknowledges survives a power cut. */
function isSynced(log: PartitionLog): boolean {
  return log.config.flushMessages > 0
}

function includes(partitions: readonly TransactionPartition[], wanted: TransactionPartition) {
  return partitions.some(
    ({ topic, partition }) => topic === wanted.topic && partition === wanted.partition,
  )
}

function concurrent({ transactionalId }: Transaction): KafkaError {
  return new KafkaError('CONCURRENT_TRANSACTIONS', named(transactionalId))
}

function named(transactionalId: string): string {
  return `transactional id "${transactionalId}"`
}
