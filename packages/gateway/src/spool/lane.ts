/**
 * A lane of the spool (cluster, topic, partition) into the log.
 *
 * Its frames go in their order, several of them as one batch, one batch under way. Before a batch
 * is sent for the first time, which frames it is and where the lane's producer stands are on disk,
 * synced. So after a crash no more than one batch of a lane is in doubt, and it is sent again as
 * the same batch from the same place: the log, which knows a producer's last batches, has it once.
 * That it is done needs no sync of its own; the next batch's note says so too.
 *
 * Where the log does not know the producer any more (it was silent for longer than the brokers
 * remember, a day by default, or their state is lost), the lane begins anew with another identity;
 * a record that was sent before may then be there twice, under one event id. That is counted.
 *
 * What the log refuses for good is looked at more closely: a batch of several frames is sent frame
 * by frame, a frame record by record, and the record that it refuses alone is a dead letter.
 */
import {
  decodeRecords,
  encodeBatch,
  joinBatches,
  KafkaError,
  type LogRecord,
  type ProducerPlace,
  SequencedProducer,
} from '@millrace/log'
import { isOfARecord } from '../append.js'
import { GatewayError } from '../errors.js'
import { spoolSendBytes } from '../limits.js'
import type { DeadLetters } from './dead-letters.js'
import type { FramePlace } from './frame.js'
import type { LaneProgress } from './progress.js'
import type { Spool, SpooledFrame } from './spool.js'

/** What became of records of the spool. */
export interface DrainCounts {
  add(topic: string, more: { accepted?: number; failed?: number; spooled: number }): void
}

export interface LaneOptions {
  spool: Pick<Spool, 'progress' | 'read' | 'step' | 'synced'>
  /** The producer of a cluster. Rejects with a `GatewayError` where there is none. */
  producerOf: (cluster: string) => Promise<Pick<SequencedProducer, 'send' | 'place'>>
  counts: DrainCounts
  deadLetters: Pick<DeadLetters, 'add'>
  /** Aborted when nothing is to be noted any more. */
  closing: AbortSignal
  /** Told of records that may be in the log twice. */
  onDoubt: (records: number) => void
}

export class Lane {
  readonly place: FramePlace
  readonly #name: string
  readonly #options: LaneOptions
  readonly #frames: SpooledFrame[] = []
  #progress: LaneProgress
  #bytes = 0
  /** Frames up to this one go one at a time: the log refused a batch that they were in. */
  #singlyUntil = -1

  /** The lane of the first of its frames. */
  constructor({ lane, cluster, topic, partition }: SpooledFrame, options: LaneOptions) {
    this.place = { cluster, topic, partition }
    this.#name = lane
    this.#options = options
    this.#progress = options.spool.progress(lane)
  }

  /** Of the batches that wait. */
  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0
  }

  push(frame: SpooledFrame): void {
    this.#frames.push(frame)
    this.#bytes += frame.batchBytes
  }

  /** Resolves when the next batch is done. Rejects with what may pass. */
  async deliver(): Promise<void> {
    const producer = await this.#producer()
    const [first] = this.#frames as [SpooledFrame]
    if (typeof producer === 'string') return this.#buryAll([first], producer)
    if (this.#progress.part?.[0] === first.number) return this.#deliverSingly(producer, first)
    const frames = this.#nextFrames()
    const place = await this.#begin(producer, frames)
    const batch = this.#batchOf(frames)
    const records = frames.reduce((sum, each) => sum + each.records, 0)
    try {
      await this.#send(producer, batch, records, place)
    } catch (error) {
      return this.#refused(error, frames, producer)
    }
    this.#finish(frames, SequencedProducer.after(place, records))
    this.#count({ accepted: records, spooled: -records })
  }

  /** The frames of the next batch: those that were sent before, or as many as go together. */
  #nextFrames(): SpooledFrame[] {
    const [first] = this.#frames as [SpooledFrame]
    const { sending = -1 } = this.#progress
    const again = this.#frames.findIndex(({ number }) => number > sending)
    if (again !== 0) return again < 0 ? [...this.#frames] : this.#frames.slice(0, again)
    if (first.number <= this.#singlyUntil) return [first]
    let bytes = first.batchBytes
    let count = 1
    for (; count < this.#frames.length; count++) {
      bytes += (this.#frames[count] as SpooledFrame).batchBytes
      if (bytes > spoolSendBytes) break
    }
    return this.#frames.slice(0, count)
  }

  /** One batch of its own: a broker that is slow may still be read to when the frames are done. */
  #batchOf(frames: readonly SpooledFrame[]): Buffer {
    const batches = frames.map((frame) => this.#options.spool.read(frame))
    const [only, second] = batches as [Buffer, Buffer?]
    return second === undefined ? Buffer.from(only) : joinBatches(batches)
  }

  /** Notes what is about to be sent, and from where, if it is not noted; gives from where. */
  async #begin(
    producer: Pick<SequencedProducer, 'place'>,
    frames: readonly SpooledFrame[],
  ): Promise<ProducerPlace> {
    const { sending, place } = this.#progress
    const last = frames.at(-1)?.number as number
    if (sending === last && place !== undefined) return place
    const begun = place ?? (await producer.place())
    await this.#step({ ...this.#progress, place: begun, sending: last })
    return begun
  }

  /** Of a batch that was not taken: what may pass is thrown, what is final is dealt with. */
  async #refused(
    error: unknown,
    frames: readonly SpooledFrame[],
    producer: Pick<SequencedProducer, 'send' | 'place'>,
  ): Promise<void> {
    if (!isFinal(error)) throw error
    const [first, second] = frames as [SpooledFrame, SpooledFrame?]
    if (!isOfARecord(error) || (second === undefined && first.records === 1)) {
      return this.#buryAll(frames, error.message)
    }
    const { sending: _, ...progress } = this.#progress
    if (second !== undefined) {
      this.#singlyUntil = frames.at(-1)?.number as number
      this.#progress = progress
      return
    }
    await this.#step({ ...progress, part: [first.number, 0] })
    return this.#deliverSingly(producer, first)
  }

  async #deliverSingly(
    producer: Pick<SequencedProducer, 'send' | 'place'>,
    frame: SpooledFrame,
  ): Promise<void> {
    const records = decodeRecords(this.#options.spool.read(frame))
    for (let at = frame.recordsDone; at < records.length; at++) {
      const record = records[at] as LogRecord
      if (this.#progress.place === undefined) {
        await this.#step({ ...this.#progress, place: await producer.place() })
      }
      const place = this.#progress.place as ProducerPlace
      let refusal: string | undefined
      try {
        await this.#send(producer, encodeBatch([record]), 1, place)
      } catch (error) {
        if (!isFinal(error)) throw error
        refusal = error.message
        await this.#options.deadLetters.add(this.place, [record], refusal)
      }
      const after = refusal === undefined ? SequencedProducer.after(place, 1) : place
      await this.#step({ ...this.#progress, place: after, part: [frame.number, at + 1] })
      frame.recordsDone = at + 1
      this.#count(refusal === undefined ? { accepted: 1, spooled: -1 } : { failed: 1, spooled: -1 })
    }
    this.#finish([frame], this.#progress.place)
  }

  /** Dead letters; on disk before anything else takes their place in the producer's sequence. */
  async #buryAll(frames: readonly SpooledFrame[], reason: string): Promise<void> {
    let failed = 0
    for (const frame of frames) {
      const records = decodeRecords(this.#options.spool.read(frame)).slice(frame.recordsDone)
      await this.#options.deadLetters.add(this.place, records, reason)
      failed += records.length
    }
    this.#finish(frames, this.#progress.place)
    this.#count({ failed, spooled: -failed })
    await this.#options.spool.synced()
  }

  /** The lane goes on from behind these frames, the first that it has. */
  #finish(frames: readonly SpooledFrame[], place: ProducerPlace | undefined): void {
    this.#options.closing.throwIfAborted()
    const done = frames.at(-1)?.number as number
    const progress = { done, ...(place !== undefined && { place }) }
    this.#options.spool.step(this.#name, progress, frames)
    this.#progress = progress
    this.#frames.splice(0, frames.length)
    for (const { batchBytes } of frames) this.#bytes -= batchBytes
  }

  /** Where the lane stands now, on disk. */
  async #step(progress: LaneProgress): Promise<void> {
    const { spool, closing } = this.#options
    closing.throwIfAborted()
    spool.step(this.#name, progress)
    await spool.synced()
    closing.throwIfAborted()
    this.#progress = progress
  }

  /** Sends a batch; where the log has lost the producer, the lane has none any more. */
  async #send(
    producer: Pick<SequencedProducer, 'send'>,
    batch: Buffer,
    records: number,
    place: ProducerPlace,
  ): Promise<void> {
    const { topic, partition } = this.place
    try {
      await producer.send(topic, partition, batch, place)
    } catch (error) {
      if (isLost(error)) {
        const { place: _, ...progress } = this.#progress
        this.#progress = progress
        this.#options.onDoubt(records)
      }
      throw error
    }
    this.#options.closing.throwIfAborted()
  }

  /** The producer of the lane's cluster, or why there is none and will be none. */
  async #producer(): Promise<Pick<SequencedProducer, 'send' | 'place'> | string> {
    try {
      return await this.#options.producerOf(this.place.cluster)
    } catch (error) {
      if (error instanceof GatewayError && !error.retriable) return error.message
      throw error
    }
  }

  #count(more: { accepted?: number; failed?: number; spooled: number }): void {
    this.#options.counts.add(this.place.topic, more)
  }
}

function isFinal(error: unknown): error is KafkaError {
  return error instanceof KafkaError && !error.retriable && !isLost(error)
}

function isLost(error: unknown): boolean {
  return error instanceof KafkaError && SequencedProducer.isLost(error.code)
}
