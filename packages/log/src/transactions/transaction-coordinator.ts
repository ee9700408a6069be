import type { Clock } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { nameBytesMax, transactionTimeoutMsMax } from '../limits.js'
import { decodeRecords } from '../records/visit-records.js'
import type { PartitionLog } from '../storage/partition-log.js'
import { StateLog } from '../storage/state-log.js'
import { DurableTransactions } from './durable-transactions.js'
import { IdExpiration } from './id-expiration.js'
import type { ProducerIds } from './producer-ids.js'
import {
  checkHolder,
  concurrent,
  decided,
  endOf,
  extended,
  fenced,
  type Identity,
  identityOf,
  includes,
  initialized,
  isExhausted,
  isPrepared,
  named,
  type ProducerIdentity,
  type Transaction,
  type TransactionPartition,
  type TransactionProtocol,
} from './transaction.js'
import { TransactionEnds } from './transaction-ends.js'
import { decodeTransaction, encodeTransaction } from './transaction-record.js'
import { TransactionTimers } from './transaction-timers.js'

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

/**
 * Keeps transactions: who holds a transactional id, which partitions take part, how it ends.
 *
 * Invariants:
 * - State is the fold of `__transaction_state`: a request appends a record, and only the record
 *   changes the state. `transaction.ts` says which state follows which.
 * - A transaction's end is decided by its `prepare-…` record, and by nothing else. From then on
 *   its markers are written until all are there, across restarts.
 * - Whoever takes a transactional id raises its epoch first: the former holder is refused by the
 *   coordinator, and in the partitions by the markers, which carry the new epoch.
 * - An open transaction has a timer; when it fires, the transaction is aborted and its producer
 *   fenced. An id that nobody used for a week is forgotten.
 * - An epoch survives a power cut before it is given. A transaction with a partition that is synced
 *   before it acknowledges is as durable as that (`durable-transactions.ts`): which partitions take
 *   part, before records of it are taken; its records and offsets, before they are acknowledged;
 *   the decision, before its markers.
 */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions
  readonly #transactions = new Map<string, Transaction>()
  readonly #ends: TransactionEnds
  readonly #durable: DurableTransactions
  readonly #timers: TransactionTimers
  readonly #expiration: IdExpiration
  #state: StateLog | undefined

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
    const { clock, partition, log } = options
    this.#ends = new TransactionEnds({
      clock,
      partition,
      append: (transaction) => this.#append(transaction),
      flush: async () => this.#state?.flush(),
      log,
    })
    this.#durable = new DurableTransactions((partitions) => this.#ends.logsOf(partitions))
    this.#timers = new TransactionTimers(clock, (id) => this.#expire(id))
    this.#expiration = new IdExpiration({
      clock,
      transactions: () => this.all(),
      append: (records) => this.#state?.append(records),
      log,
    })
    if (options.stateLog !== undefined) this.#follow(options.stateLog)
  }

  /**
   * Takes up what a former process left: ends what was decided, times what is open, and aborts
   * what a power cut left in partitions without leaving it here.
   */
  resume(): void {
    for (const each of this.#options.partitions()) {
      this.#ends.abortForgotten(each, each.log, () => this.all())
    }
    for (const transaction of this.all()) {
      if (isPrepared(transaction)) void this.#ends.finish(transaction)
      else this.#timers.follow(transaction)
    }
    this.#expiration.start()
  }

  get(transactionalId: string): Transaction | undefined {
    return this.#transactions.get(transactionalId)
  }

  all(): Iterable<Transaction> {
    return this.#transactions.values()
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
    held?: Identity,
  ): Promise<Identity> {
    const { producerIds, clock } = this.#options
    if (transactionalId === null) {
      return { producerId: await producerIds.next(), producerEpoch: 0 }
    }
    checkAsked(transactionalId, timeoutMs)
    if (this.#state === undefined) this.#follow(await this.#options.makeStateLog())
    const freshId = await producerIds.next()
    await this.#ends.settled(transactionalId)
    // Nothing waits between this look and the end: of two who come at once one begins it.
    const before = this.#unlessPrepared(transactionalId)
    if (before?.status === 'ongoing') {
      // A request that comes late must not abort what its own successor has begun.
      if (held !== undefined) checkResumed(before, held)
      await this.#end(before, 'prepare-abort', 2, freshId)
    }
    const now = clock.now()
    const latest = this.#unlessPrepared(transactionalId)
    const given = initialized(latest, { transactionalId, timeoutMs, held, freshId, now })
    this.#append(given)
    await this.#state?.flush()
    return identityOf(given)
  }

  /**
   * Makes partitions part of the producer's transaction; the first ones open it. Throws
   * PRODUCER_FENCED, INVALID_PRODUCER_ID_MAPPING, CONCURRENT_TRANSACTIONS, KAFKA_STORAGE_ERROR.
   */
  async addPartitions(
    producer: ProducerIdentity,
    partitions: readonly TransactionPartition[],
    protocol: TransactionProtocol,
  ): Promise<void> {
    const joining = this.#durable.beforeJoin(this.#unended(producer), partitions)
    if (joining !== undefined) await joining
    const before = this.#unended(producer)
    const added: TransactionPartition[] = []
    for (const each of partitions) {
      if (!includes(before.partitions, each) && !includes(added, each)) added.push(each)
    }
    const isNews = before.status !== 'ongoing' || added.length > 0
    const after = isNews ? extended(before, added, protocol, this.#options.clock.now()) : before
    if (isNews) this.#append(after)
    if (this.#durable.has(after)) await this.#state?.flush()
  }

  /**
   * Whether a producer may write transactional records to a partition. Throws `refusal` where the
   * partition is not part of its open transaction, and what `addPartitions` throws.
   */
  checkMember(
    producer: ProducerIdentity,
    partition: TransactionPartition,
    refusal: 'INVALID_TXN_STATE' | 'TRANSACTION_ABORTABLE',
  ): void {
    const transaction = this.#unended(producer)
    if (includes(transaction.partitions, partition)) return
    const detail = `${partition.topic}-${partition.partition} is not part of an open transaction.`
    throw new KafkaError(refusal, named(producer.transactionalId), { detail })
  }

  /**
   * What an acknowledgement of records that the transaction has in a partition waits for; undefined
   * for nothing. Rejects with KAFKA_STORAGE_ERROR; throws INVALID_PRODUCER_ID_MAPPING.
   */
  acknowledged(transactionalId: string, log: PartitionLog): Promise<void> | undefined {
    return this.#durable.acknowledged(this.#known(transactionalId), log)
  }

  /**
   * Commits or aborts; gives what the producer is from now on. Resolves when the end is decided
   * and, unless the disk refuses, all its markers are written. Asking again for the same end is
   * answered the same.
   */
  async end(
    producer: ProducerIdentity,
    committed: boolean,
    protocol: TransactionProtocol,
  ): Promise<Identity> {
    const { transactionalId } = producer
    // Those that were written and not acknowledged, too.
    if (committed) await this.#durable.sync(this.#known(transactionalId))
    const freshId = await this.#freshId(transactionalId)
    const before = this.#known(transactionalId)
    if (endOf(before, producer, committed, protocol) === 'done') return identityOf(before)
    const status = committed ? 'prepare-commit' : 'prepare-abort'
    return identityOf(await this.#end(before, status, protocol, freshId))
  }

  /** Stops timers and waits for what is under way. */
  async close(): Promise<void> {
    this.#expiration.close()
    await this.#timers.close()
    await this.#ends.close()
    await this.#state?.settled()
  }

  #follow(stateLog: PartitionLog): void {
    if (this.#state !== undefined) return
    this.#state = new StateLog(stateLog, {
      apply: (batch) => {
        for (const record of decodeRecords(batch)) {
          const change = decodeTransaction(record)
          if (change?.transaction !== undefined) {
            this.#transactions.set(change.transactionalId, change.transaction)
          } else if (change !== undefined) {
            this.#transactions.delete(change.transactionalId)
          }
        }
      },
      records: () => [...this.all()].map(encodeTransaction),
    })
  }

  #append(transaction: Transaction): void {
    if (this.#state === undefined) throw new Error('A transaction before its log was made.')
    this.#state.append([encodeTransaction(transaction)], { timestamp: transaction.updatedAt })
    this.#timers.follow(transaction)
    this.#durable.follow(transaction)
    this.#expiration.start()
  }

  /** The present state; throws CONCURRENT_TRANSACTIONS while markers are being written. */
  #unlessPrepared(transactionalId: string): Transaction | undefined {
    const transaction = this.#transactions.get(transactionalId)
    if (transaction !== undefined && isPrepared(transaction)) throw concurrent(transaction)
    return transaction
  }

  #known(transactionalId: string): Transaction {
    const transaction = this.#transactions.get(transactionalId)
    if (transaction !== undefined) return transaction
    throw new KafkaError('INVALID_PRODUCER_ID_MAPPING', named(transactionalId))
  }

  #held(producer: ProducerIdentity): Transaction {
    const transaction = this.#known(producer.transactionalId)
    checkHolder(transaction, producer)
    return transaction
  }

  /** The holder's transaction; throws CONCURRENT_TRANSACTIONS while its end is under way. */
  #unended(producer: ProducerIdentity): Transaction {
    const transaction = this.#held(producer)
    if (isPrepared(transaction)) throw concurrent(transaction)
    return transaction
  }

  /** A producer id for after the end, where the present one has no epoch left; else -1. */
  async #freshId(transactionalId: string): Promise<number> {
    const transaction = this.#transactions.get(transactionalId)
    const isNeeded = transaction !== undefined && isExhausted(transaction)
    return isNeeded ? this.#options.producerIds.next() : -1
  }

  /** Decides the end, then carries it out; gives the state that decided it. */
  async #end(
    before: Transaction,
    status: 'prepare-commit' | 'prepare-abort',
    protocol: TransactionProtocol,
    freshId: number,
  ): Promise<Transaction> {
    // The last epoch was taken just now: whoever tries again is given a new id.
    if (protocol === 2 && isExhausted(before) && freshId < 0) throw concurrent(before)
    const prepared = decided(before, status, protocol, freshId, this.#options.clock.now())
    const isDurable = this.#durable.has(before)
    this.#append(prepared)
    const finishing = this.#ends.finish(prepared)
    // Whoever is told of the decision finds it after a power cut, whatever becomes of the markers.
    if (isDurable) await this.#state?.flush()
    await finishing
    return prepared
  }

  /** Aborts a transaction that was open for too long. Rejects where that could not be decided. */
  async #expire(transactionalId: string): Promise<void> {
    const freshId = await this.#freshId(transactionalId)
    const present = this.#transactions.get(transactionalId)
    if (present?.status !== 'ongoing') return
    const which = named(transactionalId)
    this.#options.log(`transactions: ${which} was open for ${present.timeoutMs} ms, aborted`)
    try {
      await this.#end(present, 'prepare-abort', 2, freshId)
    } catch (cause) {
      this.#options.log(`transactions: could not abort ${which}: ${String(cause)}`)
      throw cause
    }
  }
}

function checkAsked(transactionalId: string, timeoutMs: number): void {
  if (transactionalId === '' || Buffer.byteLength(transactionalId) > nameBytesMax) {
    const detail = `The id must have 1 to ${nameBytesMax} bytes.`
    throw new KafkaError('INVALID_REQUEST', named(transactionalId.slice(0, 100)), { detail })
  }
  if (timeoutMs <= 0 || timeoutMs > transactionTimeoutMsMax) {
    const detail = `${timeoutMs} ms were asked for, at most ${transactionTimeoutMsMax} are possible.`
    throw new KafkaError('INVALID_TRANSACTION_TIMEOUT', named(transactionalId), { detail })
  }
}

/** Throws PRODUCER_FENCED to whoever resumes what it does not hold. */
function checkResumed(transaction: Transaction, held: Identity): void {
  const { producerId, producerEpoch } = identityOf(transaction)
  if (held.producerId === producerId && held.producerEpoch === producerEpoch) return
  throw fenced(transaction, held)
}
