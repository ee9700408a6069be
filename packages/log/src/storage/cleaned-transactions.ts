import type { BatchHeader } from '../records/batch-header.js'
import type { TransactionEnd } from '../records/end-marker.js'
import type { AbortedTransaction } from './aborted-run.js'

/**
 * Follows the transactions while a cleaner goes through a log in the order of its offsets: which
 * batches were aborted, and which markers have nothing left to end.
 *
 * A marker is needed as long as a batch of its transaction is there. An aborted transaction of
 * which no batch is left is forgotten a round before its marker goes: a reader that is told of it
 * would take whatever the producer wrote later for aborted too, if it met no marker.
 */
export class CleanedTransactions {
  readonly #upcoming: AbortedTransaction[]
  /** How many of them have begun. */
  #begun = 0
  /** By producer, the aborted transactions that are open at this offset. */
  readonly #aborted = new Map<number, { transaction: AbortedTransaction; hasBatches: boolean }>()
  /** Producers that have written in a transaction which was not aborted. */
  readonly #committed = new Set<number>()
  #forgotten: AbortedTransaction[] = []

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#upcoming = [...aborted].sort((left, right) => left.firstOffset - right.firstOffset)
  }

  /** Takes the aborted transactions of which nothing is left; each is given once. */
  takeForgotten(): AbortedTransaction[] {
    const forgotten = this.#forgotten
    this.#forgotten = []
    return forgotten
  }

  /** Whether a batch of records is of an aborted transaction. */
  isAborted(header: BatchHeader): boolean {
    this.#begin(header.lastOffset)
    if (!header.isTransactional) return false
    const open = this.#aborted.get(header.producerId)
    if (open === undefined) this.#committed.add(header.producerId)
    else open.hasBatches = true
    return open !== undefined
  }

  /** Whether a control batch has nothing to end any more. */
  isSpent(header: BatchHeader, end: TransactionEnd | undefined): boolean {
    this.#begin(header.lastOffset)
    const { producerId } = header
    if (end === 'commit') return !this.#committed.delete(producerId)
    // One that was emptied before is only kept for its header.
    if (end === undefined) return header.recordCount === 0
    const open = this.#aborted.get(producerId)
    this.#aborted.delete(producerId)
    if (open === undefined) return true
    if (!open.hasBatches) this.#forgotten.push(open.transaction)
    return !open.hasBatches
  }

  #begin(offset: number): void {
    for (;;) {
      const next = this.#upcoming[this.#begun]
      if (next === undefined || next.firstOffset > offset) break
      this.#begun++
      if (this.#aborted.has(next.producerId)) continue
      this.#aborted.set(next.producerId, { transaction: next, hasBatches: false })
    }
  }
}
