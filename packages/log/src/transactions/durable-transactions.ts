import type { PartitionLog } from '../storage/partition-log.js'
import type { Transaction, TransactionPartition } from './transaction.js'

/**
 * Transactions that survive a power cut, and do so as a whole: those with a partition that is
 * synced before it acknowledges.
 *
 * Invariant: of such a transaction nothing is acknowledged, in whichever partition, that a power
 * cut could take, for it would leave the rest, which could still be committed. What is written
 * before such a partition joins is synced before it joins.
 */
export class DurableTransactions {
  readonly #logsOf: (partitions: readonly TransactionPartition[]) => PartitionLog[]
  /** Ids of open transactions that such a partition is about to join, or has joined. */
  readonly #joined = new Set<string>()

  /** `logsOf` gives the logs of those partitions that are still there. */
  constructor(logsOf: (partitions: readonly TransactionPartition[]) => PartitionLog[]) {
    this.#logsOf = logsOf
  }

  /** Whether the transaction is open and one of these. */
  has({ transactionalId, status, partitions }: Transaction): boolean {
    if (status !== 'ongoing') return false
    return this.#joined.has(transactionalId) || this.#logsOf(partitions).some(isSynced)
  }

  /**
   * To be awaited before partitions join; undefined where nothing is to be waited for. Rejects with
   * KAFKA_STORAGE_ERROR.
   */
  beforeJoin(
    transaction: Transaction,
    partitions: readonly TransactionPartition[],
  ): Promise<void> | undefined {
    if (transaction.status !== 'ongoing' || this.has(transaction)) return undefined
    if (!this.#logsOf(partitions).some(isSynced)) return undefined
    // From now on: what is acknowledged while the sync is under way is not covered by it.
    this.#joined.add(transaction.transactionalId)
    return this.sync(transaction)
  }

  /** What an acknowledgement of records in one of its partitions waits for. */
  acknowledged(transaction: Transaction, log: PartitionLog): Promise<void> | undefined {
    return this.has(transaction) ? log.flush() : log.acknowledged()
  }

  /** Syncs what is written in the transaction, where it is one of these. */
  async sync(transaction: Transaction): Promise<void> {
    if (!this.has(transaction)) return
    await Promise.all(this.#logsOf(transaction.partitions).map((log) => log.flush()))
  }

  /** To be called with every new state of a transaction. */
  follow({ transactionalId, status }: Transaction): void {
    if (status !== 'ongoing') this.#joined.delete(transactionalId)
  }
}

/** Whether what the log acknowledges survives a power cut. */
export function isSynced(log: PartitionLog): boolean {
  return log.config.flushMessages > 0
}
