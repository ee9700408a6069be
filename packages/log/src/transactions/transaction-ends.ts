import type { Clock, Timer } from '@millrace/host'
import { markerRetryMs } from '../limits.js'
import { encodeEndMarker } from '../records/end-marker.js'
import type { PartitionLog } from '../storage/partition-log.js'
import { isSynced } from './durable-transactions.js'
import {
  completed,
  includes,
  isPrepared,
  named,
  type Transaction,
  type TransactionPartition,
} from './transaction.js'

export interface TransactionEndsOptions {
  clock: Clock
  /** A partition's log; undefined where it was deleted. */
  partition: (topic: string, partition: number) => PartitionLog | undefined
  /** Keeps a transaction's next state. Throws KAFKA_STORAGE_ERROR. */
  append: (transaction: Transaction) => void
  /** Resolves when what was kept survives a power cut. */
  flush: () => Promise<void>
  log: (line: string) => void
}

/**
 * Carries out ends that were decided.
 *
 * Invariants:
 * - A partition is given a marker only while the producer's transaction is open there, so it is
 *   given one, however often the end is begun again.
 * - What the disk refuses is tried again, until the marker of every partition is there and a last
 *   record says so.
 */
export class TransactionEnds {
  readonly #options: TransactionEndsOptions
  readonly #running = new Map<string, Promise<void>>()
  readonly #retries = new Set<Timer>()
  #closed = false

  constructor(options: TransactionEndsOptions) {
    this.#options = options
  }

  /** Resolves when the end under way is through, or put off because the disk refused it. */
  async settled(transactionalId: string): Promise<void> {
    await this.#running.get(transactionalId)
  }

  /** Ends a prepared transaction; resolves as `settled` does. */
  finish(prepared: Transaction): Promise<void> {
    const { transactionalId } = prepared
    const finishing = this.#write(prepared).finally(() => {
      if (this.#running.get(transactionalId) === finishing) this.#running.delete(transactionalId)
    })
    this.#running.set(transactionalId, finishing)
    return finishing
  }

  /** The logs of those partitions that are still there. */
  logsOf(partitions: readonly TransactionPartition[]): PartitionLog[] {
    return partitions
      .map(({ topic, partition }) => this.#options.partition(topic, partition))
      .filter((log) => log !== undefined)
  }

  /**
   * Aborts what is open in a partition of producers that no transaction is known of: a power cut
   * may take the coordinator's records and leave those of the partition, and nobody else would
   * ever end them.
   */
  abortForgotten(
    place: TransactionPartition,
    log: PartitionLog,
    transactions: () => Iterable<Transaction>,
  ): void {
    for (const { producerId, producerEpoch } of log.producers.openTransactions()) {
      const holder = [...transactions()].find((each) => each.producerId === producerId)
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
        this.#later(() => this.abortForgotten(place, log, transactions))
        return
      }
    }
  }

  /** Waits for what is under way; nothing is tried again after it. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#retries) timer.cancel()
    this.#retries.clear()
    await Promise.all(this.#running.values())
  }

  /** Writes the markers, then that all are there. */
  async #write(prepared: Transaction): Promise<void> {
    const { producerId, producerEpoch } = prepared
    const logs = this.logsOf(prepared.partitions)
    const open = logs.filter((log) => log.producers.hasOpenTransaction(producerId))
    try {
      // The decision is at least as durable as any record it is about, and its markers are there
      // before it is written that they are: those of an attempt that the disk cut short, too.
      const isDurable = logs.some(isSynced)
      if (isDurable) await this.#options.flush()
      const end = prepared.status === 'prepare-commit' ? 'commit' : 'abort'
      const timestamp = this.#options.clock.now()
      for (const log of open) {
        log.appendOwn(encodeEndMarker(end, { producerId, producerEpoch, timestamp }))
      }
      await Promise.all(logs.map((log) => (isDurable ? log.flush() : log.acknowledged())))
      this.#options.append(completed(prepared, timestamp))
    } catch (cause) {
      const which = named(prepared.transactionalId)
      this.#options.log(`transactions: ${which} is not ended yet: ${String(cause)}`)
      this.#later(() => void this.finish(prepared))
    }
  }

  #later(action: () => void): void {
    if (this.#closed) return
    const timer = this.#options.clock.after(markerRetryMs, () => {
      this.#retries.delete(timer)
      action()
    })
    this.#retries.add(timer)
  }
}
