/**
 * The spool's records into the log.
 *
 * Each lane sends its frames in their order, one at a time, each as the batch that is on disk, from
 * the place where its producer stands. The place is on disk with every frame that is done. So after
 * a crash a lane sends again at most the frames whose end it did not write down, as the same
 * batches from the same places, and the log, which knows a producer's last five batches, has each
 * once. Of the frames that are done, no more than `unsyncedFramesMax` may be such that a power cut
 * takes the lines that say so.
 *
 * Where the log does not know the producer any more (it was silent for longer than the brokers
 * remember, a day by default, or their state is lost), the lane begins anew with another identity;
 * a record that was sent before may then be there twice, under one event id. That is counted.
 *
 * What the log refuses for good is a dead letter (`DeadLetters`), and the lane goes on. Whoever is
 * away is waited for: a lane waits alone.
 */
import type { Clock } from '@millrace/host'
import {
  decodeRecords,
  encodeBatch,
  KafkaError,
  type LogRecord,
  type ProducerPlace,
  SequencedProducer,
} from '@millrace/log'
import { isOfARecord } from '../append.js'
import type { Clusters } from '../cluster.js'
import { GatewayError } from '../errors.js'
import { spoolRetryMsMax, spoolRetryMsMin, unsyncedFramesMax } from '../limits.js'
import type { DeadLetters } from './dead-letters.js'
import type { ProgressStep } from './progress.js'
import type { Spool, SpooledFrame } from './spool.js'

/** What became of records of the spool. */
export interface DrainCounts {
  add(topic: string, more: { accepted?: number; failed?: number; spooled: number }): void
}

export interface DrainOptions {
  clock: Clock
  clusters: Clusters
  counts: DrainCounts
  deadLetters: DeadLetters
  log: (line: string) => void
}

interface Lane {
  readonly name: string
  readonly frames: SpooledFrame[]
  place: ProducerPlace | undefined
  isRunning: boolean
  /** Frames that are done, and whose lines a power cut may take. */
  unsynced: number
}

export class Drain {
  readonly #options: DrainOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #closing = new AbortController()
  #spool: Spool | undefined
  #early: SpooledFrame[] = []
  #mayBeTwice = 0

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
      const lane = this.#lane(frame.lane, this.#spool)
      lane.frames.push(frame)
      if (!lane.isRunning) void this.#run(lane, this.#spool)
    }
  }

  /** Sends nothing more; what is under way is sent again at the next start. */
  close(): void {
    this.#closing.abort()
  }

  #lane(name: string, spool: Spool): Lane {
    let lane = this.#lanes.get(name)
    if (lane === undefined) {
      lane = { name, frames: [], place: spool.places.get(name), isRunning: false, unsynced: 0 }
      this.#lanes.set(name, lane)
    }
    return lane
  }

  async #run(lane: Lane, spool: Spool): Promise<void> {
    const { signal } = this.#closing
    lane.isRunning = true
    let failures = 0
    while (lane.frames.length > 0 && !signal.aborted) {
      const frame = lane.frames[0] as SpooledFrame
      try {
        await this.#deliver(lane, frame, spool)
        lane.frames.shift()
        failures = 0
      } catch (error) {
        if (signal.aborted) break
        failures++
        await this.#pause(lane, failures, error)
      }
    }
    lane.isRunning = false
  }

  /** Resolves when the frame is done. Rejects with what may pass. */
  async #deliver(lane: Lane, frame: SpooledFrame, spool: Spool): Promise<void> {
    const producer = await this.#producer(frame)
    if (typeof producer === 'string') {
      await this.#bury(lane, frame, spool, decodeRecords(spool.read(frame)), producer)
      this.#step(spool, { lane: lane.name, done: frame.number }, frame)
      return
    }
    if (frame.recordsDone > 0) return this.#deliverSingly(lane, frame, spool, producer)
    const place = await this.#place(lane, spool, producer)
    try {
      await producer.send(frame.topic, frame.partition, spool.read(frame), place)
    } catch (error) {
      if (!isFinal(error)) return this.#failed(lane, frame, error)
      return this.#deliverSingly(lane, frame, spool, producer, error)
    }
    const after = SequencedProducer.after(place, frame.records)
    this.#step(spool, { lane: lane.name, place: after, done: frame.number }, frame)
    lane.place = after
    const { counts } = this.#options
    counts.add(frame.topic, { accepted: frame.records, spooled: -frame.records })
    lane.unsynced++
    if (lane.unsynced < unsyncedFramesMax) return
    await spool.synced()
    lane.unsynced = 0
  }

  /**
   * Delivers the records of a frame one by one, where the log has refused the whole for good:
   * `refusal` says why. Those that it refuses again are dead letters. A topic that is not there is
   * not asked for each.
   */
  async #deliverSingly(
    lane: Lane,
    frame: SpooledFrame,
    spool: Spool,
    producer: SequencedProducer,
    refusal?: unknown,
  ): Promise<void> {
    const records = decodeRecords(spool.read(frame))
    let refused = refusal
    if (refused !== undefined && (!isOfARecord(refused) || records.length === 1)) {
      await this.#bury(lane, frame, spool, records, (refused as Error).message)
    }
    for (let at = frame.recordsDone; at < records.length; at++) {
      const record = records[at] as LogRecord
      const place = await this.#place(lane, spool, producer)
      let after = place
      try {
        await producer.send(frame.topic, frame.partition, encodeBatch([record]), place)
        after = SequencedProducer.after(place, 1)
        this.#options.counts.add(frame.topic, { accepted: 1, spooled: -1 })
      } catch (error) {
        if (!isFinal(error)) return this.#failed(lane, frame, error)
        refused = error
        await this.#bury(lane, frame, spool, [record], (error as Error).message)
        continue
      }
      this.#step(spool, { lane: lane.name, place: after, part: [frame.number, at + 1] })
      frame.recordsDone = at + 1
      lane.place = after
      await spool.synced()
    }
    this.#step(spool, { lane: lane.name, done: frame.number }, frame)
  }

  /** Dead letters; on disk before anything else takes their place in the producer's sequence. */
  async #bury(
    lane: Lane,
    frame: SpooledFrame,
    spool: Spool,
    records: readonly LogRecord[],
    reason: string,
  ): Promise<void> {
    await this.#options.deadLetters.add(frame, records, reason)
    frame.recordsDone += records.length
    this.#step(spool, { lane: lane.name, part: [frame.number, frame.recordsDone] })
    await spool.synced()
    const { length } = records
    this.#options.counts.add(frame.topic, { failed: length, spooled: -length })
  }

  /** The producer of a frame's cluster, or why there is none and will be none. */
  async #producer({ cluster }: SpooledFrame): Promise<SequencedProducer | string> {
    try {
      return (await this.#options.clusters.named(cluster)).sequenced
    } catch (error) {
      if (error instanceof GatewayError && !error.retriable) return error.message
      throw error
    }
  }

  /** Where the lane's producer stands; that of a new one is on disk before it sends. */
  async #place(lane: Lane, spool: Spool, producer: SequencedProducer): Promise<ProducerPlace> {
    if (lane.place !== undefined) return lane.place
    const place = await producer.place()
    this.#step(spool, { lane: lane.name, place })
    await spool.synced()
    lane.place = place
    return place
  }

  #step(spool: Spool, step: ProgressStep, frame?: SpooledFrame): void {
    this.#closing.signal.throwIfAborted()
    spool.step(step, frame)
  }

  /** What may pass: the lane comes again, under another identity where the log lost its own. */
  #failed(lane: Lane, frame: SpooledFrame, error: unknown): never {
    if (error instanceof KafkaError && SequencedProducer.isLost(error.code)) {
      lane.place = undefined
      this.#mayBeTwice += frame.records - frame.recordsDone
      this.#options.log(
        `gateway: the log does not know the producer of ${where(frame)} any more; ${frame.records} events may be there twice`,
      )
    }
    throw error
  }

  async #pause(lane: Lane, failures: number, error: unknown): Promise<void> {
    const { clock, log } = this.#options
    const frame = lane.frames[0] as SpooledFrame
    if (failures === 1) {
      log(`gateway: the spool waits for ${where(frame)}: ${(error as Error).message}`)
    }
    const delayMs = Math.min(spoolRetryMsMax, spoolRetryMsMin * 2 ** Math.min(failures - 1, 20))
    await clock.sleep(delayMs, this.#closing.signal).catch(() => {})
  }
}

function isFinal(error: unknown): boolean {
  if (!(error instanceof KafkaError)) return false
  return !error.retriable && !SequencedProducer.isLost(error.code)
}

function where({ topic, partition }: SpooledFrame): string {
  return `topic ${topic}, partition ${partition}`
}
