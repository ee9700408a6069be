/**
 * The spool's frames into the log: their lanes (`lane.ts`), and which of them send, and when.
 *
 * Lanes send in rounds, so that what is noted of all of them is one sync, and what came in between
 * is one batch of each. A round takes a bounded part of what waits, and there is time between two
 * of them: those whose requests wait for an answer share the thread with the drain.
 *
 * Whoever is away is waited for: a lane waits alone.
 */
import type { Clock } from '@millrace/host'
import type { Clusters } from '../cluster.js'
import {
  spoolBacklogRoundMs,
  spoolRetryMsMax,
  spoolRetryMsMin,
  spoolRoundBytes,
  spoolRoundMs,
  spoolSendBytes,
} from '../limits.js'
import type { DeadLetters } from './dead-letters.js'
import { type DrainCounts, Lane } from './lane.js'
import type { Spool, SpooledFrame } from './spool.js'

export interface DrainOptions {
  clock: Clock
  clusters: Pick<Clusters, 'named'>
  counts: DrainCounts
  deadLetters: Pick<DeadLetters, 'add'>
  log: (line: string) => void
}

export class Drain {
  readonly #options: DrainOptions
  readonly #lanes = new Map<string, Lane>()
  /** Lanes with frames that have nothing under way. */
  readonly #ready: Lane[] = []
  readonly #closing = new AbortController()
  #spool: Spool | undefined
  #early: SpooledFrame[] = []
  #mayBeTwice = 0
  #isRoundDue = false
  #lastRoundMs = Number.NEGATIVE_INFINITY

  constructor(options: DrainOptions) {
    this.#options = options
  }

  /** Records that may be in the log twice, because it did not know their producer any more. */
  get mayBeTwice(): number {
    return this.#mayBeTwice
  }

  /** Begins with the frames that were handed over while the spool was opened. */
  start(spool: Spool): void {
    this.#spool = spool
    const early = this.#early
    this.#early = []
    this.take(early)
  }

  /** Takes frames over; those of a lane in their order. */
  take(frames: readonly SpooledFrame[]): void {
    if (this.#spool === undefined) {
      this.#early.push(...frames)
      return
    }
    for (const frame of frames) {
      const { topic, records, recordsDone } = frame
      this.#options.counts.add(topic, { spooled: records - recordsDone })
      let lane = this.#lanes.get(frame.lane)
      if (lane === undefined) {
        lane = this.#newLane(frame, this.#spool)
        this.#lanes.set(frame.lane, lane)
      }
      const isIdle = lane.isEmpty
      lane.push(frame)
      if (isIdle) this.#enqueue(lane)
    }
  }

  /** Sends nothing more; what is under way is sent again at the next start. */
  close(): void {
    this.#closing.abort()
  }

  #newLane(frame: SpooledFrame, spool: Spool): Lane {
    const { clusters, counts, deadLetters, log } = this.#options
    return new Lane(frame, {
      ...{ spool, counts, deadLetters, closing: this.#closing.signal },
      producerOf: async (cluster) => (await clusters.named(cluster)).sequenced,
      onDoubt: (records) => {
        this.#mayBeTwice += records
        log(
          `gateway: the log does not know the producer of ${where(frame)} any more; ${records} events may be there twice`,
        )
      },
    })
  }

  #enqueue(lane: Lane): void {
    this.#ready.push(lane)
    if (!this.#isRoundDue) void this.#round()
  }

  /** The next round, when it is due. */
  async #round(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#closing
    this.#isRoundDue = true
    // Behind the answers to those whose events they are.
    await new Promise(setImmediate)
    const waiting = this.#ready.reduce((sum, { bytes }) => sum + bytes, 0)
    const everyMs = waiting > spoolRoundBytes ? spoolBacklogRoundMs : spoolRoundMs
    const waitMs = this.#lastRoundMs + everyMs - clock.monotonic()
    if (waitMs > 0) await clock.sleep(waitMs, signal).catch(() => {})
    this.#isRoundDue = false
    if (signal.aborted) return
    this.#lastRoundMs = clock.monotonic()
    for (let bytes = 0; bytes < spoolRoundBytes; ) {
      const lane = this.#ready.shift()
      if (lane === undefined) break
      bytes += Math.min(lane.bytes, spoolSendBytes)
      void this.#run(lane)
    }
    if (this.#ready.length > 0 && !this.#isRoundDue) void this.#round()
  }

  /** One batch of a lane; then it is ready again, or has nothing to do. */
  async #run(lane: Lane): Promise<void> {
    const { signal } = this.#closing
    for (let failures = 1; !signal.aborted && !lane.isEmpty; failures++) {
      try {
        await lane.deliver()
        break
      } catch (error) {
        if (!signal.aborted) await this.#pause(lane, failures, error)
      }
    }
    if (!lane.isEmpty && !signal.aborted) this.#enqueue(lane)
  }

  async #pause(lane: Lane, failures: number, error: unknown): Promise<void> {
    const { clock, log } = this.#options
    if (failures === 1) {
      log(`gateway: the spool waits for ${where(lane.place)}: ${(error as Error).message}`)
    }
    const delayMs = Math.min(spoolRetryMsMax, spoolRetryMsMin * 2 ** Math.min(failures - 1, 20))
    await clock.sleep(delayMs, this.#closing.signal).catch(() => {})
  }
}

function where({ topic, partition }: { topic: string; partition: number }): string {
  return `topic ${topic}, partition ${partition}`
}
