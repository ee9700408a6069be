import type { Clock, Timer } from '@millrace/host'
import { markerRetryMs } from '../limits.js'
import type { Transaction } from './transaction.js'

/**
 * One timer for each open transaction, from its beginning on. `expire` aborts the transaction;
 * where it fails, it is called again a second later, as long as the transaction is open.
 */
export class TransactionTimers {
  readonly #clock: Clock
  readonly #expire: (transactionalId: string) => Promise<void>
  readonly #timers = new Map<string, Timer>()
  readonly #expiring = new Set<Promise<void>>()
  #closed = false

  constructor(clock: Clock, expire: (transactionalId: string) => Promise<void>) {
    this.#clock = clock
    this.#expire = expire
  }

  /** Sets the timer of an open transaction; takes it away from any other. */
  follow({ transactionalId, status, startedAt, timeoutMs }: Transaction): void {
    if (status !== 'ongoing' || this.#closed) {
      this.#timers.get(transactionalId)?.cancel()
      this.#timers.delete(transactionalId)
      return
    }
    if (this.#timers.has(transactionalId)) return
    // A clock that was set back since it began must not make it wait for longer than it may.
    const leftMs = Math.min(timeoutMs, startedAt + timeoutMs - this.#clock.now())
    this.#set(transactionalId, Math.max(0, leftMs))
  }

  /** Waits for what is being aborted; no timer fires after it. */
  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    await Promise.all(this.#expiring)
  }

  #set(transactionalId: string, delayMs: number): void {
    const timer = this.#clock.after(delayMs, () => {
      const expiring = this.#expire(transactionalId)
        .catch(() => {
          // Whoever ended it meanwhile has taken the timer away.
          if (this.#closed || this.#timers.get(transactionalId) !== timer) return
          this.#set(transactionalId, markerRetryMs)
        })
        .finally(() => this.#expiring.delete(expiring))
      this.#expiring.add(expiring)
    })
    this.#timers.set(transactionalId, timer)
  }
}
