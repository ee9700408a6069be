import type { PartitionLog } from '../storage/partition-log.js'
import { concurrent, type Transaction, type TransactionPartition } from './transaction.js'

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
  /** Of open transactions that such a partition joins, by their ids: what it waits for. */
  readonly #joining = new Map<string, Promise<void>>()

  /** `logsOf` gives the logs of those partitions that are still there. */
  constructor(logsOf: (partitions: readonly TransactionPartition[]) => PartitionLog[]) {
    this.#logsOf = logsOf
  }

  /** Whether the transaction is open and one of these. */
  has({ transactionalId, status, partitions }: Transaction): boolean {
    if (status !== 'ongoing') return false
    return this.#joining.has(transactionalId) || this.#logsOf(partitions).some(isSynced)
  }

  /**
   * To be awaited before partitions join; undefined where nothing is to be waited for. Rejects with
   * KAFKA_STORAGE_ERROR, and with CONCURRENT_TRANSACTIONS where the transaction ended meanwhile.
   */
  beforeJoin(
    transaction: Transaction,
    partitions: readonly TransactionPartition[],
  ): Promise<void> | undefined {
    const { transactionalId, status } = transaction
    if (status !== 'ongoing') return undefined
    const begun = this.#joining.get(transactionalId)
    if (begun !== undefined) return begun
    if (this.has(transaction) || !this.#logsOf(partitions).some(isSynced)) return undefined
    const joining = this.#flush(transaction).then(
      () => {
        if (this.#joining.get(transactionalId) !== joining) throw concurrent(transaction)
      },
      (cause) => {
        if (this.#joining.get(transactionalId) === joining) this.#joining.delete(transactionalId)
        throw cause
      },
    )
    // From now on: what is acknowledged while the sync is under way is not covered by it.
    this.#joining.set(transactionalId, joining)
    return joining
  }

  /** What an acknowledgement of records in one of its partitions waits for. */
  acknowledged(transaction: Transaction, log: PartitionLog): Promise<void> | undefined {
    return this.has(transaction) ? log.flush() : log.acknowledged()
  }

  /** Syncs what is written in the transaction, where it is one of these. */
  async sync(transaction: Transaction): Promise<void> {
    if (this.has(transaction)) await this.#flush(transaction)
  }

  /** To be called with every new state of a transaction. */
  follow({ transactionalId, status }: Transaction): void {
    if (status !== 'ongoing') this.#joining.delete(transactionalId)
  }

  async #flush({ partitions }: Transaction): Promise<void> {
    await Promise.all(this.#logsOf(partitions).map((log) => log.flush()))
  }
}

/** Whether what the log acknowledges survives a power cut. */
export function isSynced(log: PartitionLog): boolean {
  return log.config.flushMessages > 0
}
