import type { Clock, Timer } from '@millrace/host'
import {
  cleanerBackoffMs,
  flushCheckMs,
  producerExpirationCheckMs,
  retentionCheckMs,
} from '../limits.js'
import type { PartitionLog } from './partition-log.js'

export interface LogManagerOptions {
  clock: Clock
  /** The logs there are now; not those of the broker's own state, which see to themselves. */
  logs: () => Iterable<PartitionLog>
  log: (line: string) => void
}

/**
 * Sees to the logs in the background: retention, compaction, syncs by time, producers that are
 * heard no more.
 *
 * Each task is done for one log after the other, with a turn of the event loop between two, and
 * begins again its interval after it ended. A log that fails is told of, and is tried again the
 * next time.
 */
export class LogManager {
  readonly #options: LogManagerOptions
  readonly #timers = new Set<Timer>()
  readonly #running = new Set<Promise<void>>()
  readonly #ending = new AbortController()

  constructor(options: LogManagerOptions) {
    this.#options = options
  }

  /** Begins; the first round of each task comes after its interval. */
  start(): void {
    this.#every(retentionCheckMs, (log) => log.applyRetention())
    this.#every(cleanerBackoffMs, (log) => this.#compact(log))
    this.#every(producerExpirationCheckMs, (log) => void log.expireProducers())
    this.#every(flushCheckMs, (log) => log.flushOverdue())
  }

  /** Stops; resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#ending.abort()
    for (const timer of this.#timers) timer.cancel()
    await Promise.all(this.#running)
  }

  #compact(log: PartitionLog): Promise<void> | undefined {
    const { signal } = this.#ending
    return log.compact(() => this.#options.clock.sleep(0, signal), signal)
  }

  #every(intervalMs: number, task: (log: PartitionLog) => Promise<void> | undefined): void {
    if (this.#ending.signal.aborted) return
    const timer = this.#options.clock.after(intervalMs, () => {
      this.#timers.delete(timer)
      const round = this.#round(task).finally(() => {
        this.#running.delete(round)
        this.#every(intervalMs, task)
      })
      this.#running.add(round)
    })
    this.#timers.add(timer)
  }

  async #round(task: (log: PartitionLog) => Promise<void> | undefined): Promise<void> {
    for (const log of [...this.#options.logs()]) {
      if (this.#ending.signal.aborted) return
      if (log.isClosed) continue
      try {
        await task(log)
      } catch (cause) {
        this.#options.log(cause instanceof Error ? cause.message : String(cause))
      }
    }
  }
}
