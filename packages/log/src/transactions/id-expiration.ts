import type { Clock, Timer } from '@millrace/host'
import {
  stateBatchRecords,
  transactionalIdExpirationMs,
  transactionalIdSweepMs,
} from '../limits.js'
import type { LogRecord } from '../records/record.js'
import { isPrepared, type Transaction } from './transaction.js'
import { encodeRemoval } from './transaction-record.js'

export interface IdExpirationOptions {
  clock: Clock
  transactions: () => Iterable<Transaction>
  /** Keeps records of the coordinator. Throws KAFKA_STORAGE_ERROR. */
  append: (records: LogRecord[]) => void
  log: (line: string) => void
}

/** Forgets transactional ids that nobody used for long. Looks once an hour while there are any. */
export class IdExpiration {
  readonly #options: IdExpirationOptions
  #timer: Timer | undefined
  #closed = false

  constructor(options: IdExpirationOptions) {
    this.#options = options
  }

  /** To be called when there may be ids; does nothing when it looks already. */
  start(): void {
    if (this.#closed || this.#timer !== undefined || this.#isEmpty()) return
    this.#timer = this.#options.clock.after(transactionalIdSweepMs, () => {
      this.#timer = undefined
      this.#sweep()
      this.start()
    })
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #isEmpty(): boolean {
    for (const _ of this.#options.transactions()) return false
    return true
  }

  #sweep(): void {
    const before = this.#options.clock.now() - transactionalIdExpirationMs
    const unused = [...this.#options.transactions()]
      .filter((each) => each.status !== 'ongoing' && !isPrepared(each))
      .filter((each) => each.updatedAt <= before)
    try {
      for (let at = 0; at < unused.length; at += stateBatchRecords) {
        const some = unused.slice(at, at + stateBatchRecords)
        this.#options.append(some.map(({ transactionalId }) => encodeRemoval(transactionalId)))
      }
    } catch (cause) {
      // They are only kept longer than they need be.
      this.#options.log(`transactions: could not forget unused ids: ${String(cause)}`)
    }
  }
}
