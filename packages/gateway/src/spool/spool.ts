/**
 * Records that were acknowledged before the log has them, on disk until it does.
 *
 * - Appending is group commit: what arrives while the last group is synced is the next one. A
 *   group is one write and one sync, and of each lane (cluster, topic, partition) one batch, which
 *   is encoded here once and goes to the log as it is.
 * - A frame's number, its batch and the order within a lane never change, so that what is sent
 *   again after a crash is what was sent before it, to the byte. On that rests that the log has
 *   each record once; see `drain.ts`.
 * - A start cuts off a last frame that was not written whole: nobody was told that it is there.
 *   Damage before the last segment's end is told, and costs that segment's frames from there on.
 * - Segments go when all of their frames are done, the oldest one or any other; the progress that
 *   says so is on disk before the file is removed.
 */
import path from 'node:path'
import type { Host } from '@millrace/host'
import { encodeBatch, type LogRecord, type ProducerPlace, recordBytesBound } from '@millrace/log'
import { batchBytesMax } from '../limits.js'
import { encodeFrame, type FramePlace } from './frame.js'
import { Progress, type ProgressState, type ProgressStep } from './progress.js'
import { Segment } from './segment.js'

export interface SpoolLimits {
  /** Of all files; beyond, nothing is taken. */
  bytesMax: number
  /** Frames that wait; beyond, nothing is taken. */
  framesMax: number
  /** A file that has so many bytes is followed by the next. */
  segmentBytes: number
}

/** A frame that waits for the log. */
export interface SpooledFrame extends FramePlace {
  readonly number: number
  readonly lane: string
  readonly records: number
  /** How many of its records are done. */
  recordsDone: number
  readonly segment: Segment
  readonly batchAt: number
  readonly batchBytes: number
}

/** A record for the spool. */
export interface SpoolRecord extends FramePlace {
  readonly record: LogRecord
}

/** The spool holds as much as it may. */
export class SpoolFullError extends Error {
  override readonly name = 'SpoolFullError'
}

interface Group {
  readonly records: readonly SpoolRecord[]
  readonly bytes: number
  resolve(): void
  reject(error: unknown): void
}

export interface SpoolOptions {
  host: Host
  folder: string
  limits: SpoolLimits
  /** Frames that wait, in the order of their numbers: those found at the start, then new ones. */
  onFrames: (frames: readonly SpooledFrame[]) => void
  log: (line: string) => void
}

export class Spool {
  /** Where the producers of the lanes stood when it was opened. */
  readonly places: ReadonlyMap<string, ProducerPlace>
  readonly #options: SpoolOptions
  readonly #progress: Progress
  readonly #unlock: () => void
  /** By first number; the last one is written to. */
  readonly #segments: Segment[] = []
  readonly #places: Map<string, ProducerPlace>
  /** Records done of frames that are not done as a whole. */
  readonly #parts = new Map<number, number>()
  #next = 0
  #bytes = 0
  #frames = 0
  #waiting: Group[] = []
  #waitingBytes = 0
  #committing: Promise<void> | undefined
  #dropping: Promise<void> | undefined
  #isClosed = false

  private constructor(options: SpoolOptions) {
    const { host, folder } = options
    this.#options = options
    host.disk.makeDirectory(folder)
    this.#unlock = host.disk.lock(path.join(folder, 'lock'))
    const { progress, read } = Progress.open(host.disk, folder)
    this.#progress = progress
    this.#places = read.places
    this.places = new Map(read.places)
    const numbers = Segment.list(host.disk, folder)
    const found = numbers.flatMap((first) => this.#recover(first, read.isDone, read.parts))
    if (this.#segments.length === 0) this.#roll()
    if (this.#segments.some((each) => this.#isDroppable(each))) this.#dropping = this.#drop()
    if (found.length > 0) options.onFrames(found)
  }

  /** Throws a `DiskError`: EBUSY where another process has the folder. */
  static open(options: SpoolOptions): Spool {
    return new Spool(options)
  }

  /**
   * Resolves when all records survive a power cut. Rejects with a `SpoolFullError` or a
   * `DiskError`, and then none of them is there.
   */
  append(records: readonly SpoolRecord[]): Promise<void> {
    let bytes = 0
    for (const { record } of records) bytes += recordBytesBound(record)
    const { bytesMax, framesMax } = this.#options.limits
    if (this.#bytes + this.#waitingBytes + bytes > bytesMax || this.#frames >= framesMax) {
      const message = `The spool holds ${this.#bytes} bytes in ${this.#frames} batches that the log has not taken yet, which is all that it may.`
      return Promise.reject(new SpoolFullError(message))
    }
    this.#waitingBytes += bytes
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, bytes, resolve, reject })
      this.#committing ??= this.#commitAll()
    })
  }

  /** The batch of a frame, to be changed by whoever sends it. */
  read(frame: SpooledFrame): Buffer {
    return frame.segment.read(frame.batchAt, frame.batchBytes)
  }

  /** Keeps a step of a lane; a frame that is done is not given again. */
  step(step: ProgressStep, frame?: SpooledFrame): void {
    if (this.#isClosed) return
    this.#progress.write(step)
    if (step.place !== undefined) this.#places.set(step.lane, step.place)
    if (step.part !== undefined) this.#parts.set(...step.part)
    if (step.done === undefined || frame === undefined) return
    frame.segment.pending.delete(step.done)
    this.#parts.delete(step.done)
    this.#frames--
    if (this.#isDroppable(frame.segment)) this.#dropping ??= this.#drop()
  }

  /** Resolves when all steps survive a power cut. */
  async synced(): Promise<void> {
    if (!this.#isClosed) await this.#progress.synced()
  }

  /** What is under way is committed first. */
  async close(): Promise<void> {
    await this.#committing
    await this.#dropping
    this.#isClosed = true
    await this.#progress.synced()
    this.#progress.close()
    for (const segment of this.#segments) segment.close()
    this.#unlock()
  }

  #recover(
    first: number,
    isDone: (frame: number) => boolean,
    parts: ReadonlyMap<number, number>,
  ): SpooledFrame[] {
    const { host, folder, log } = this.#options
    const { segment, frames, unread } = Segment.open(host.disk, folder, first)
    this.#segments.push(segment)
    if (unread > 0) {
      log(
        `gateway: ${unread} bytes of the spool, after frame ${first + frames.length - 1}, are cut off or damaged and were dropped`,
      )
      segment.cut()
    }
    this.#next = first + frames.length
    this.#bytes += segment.bytes
    const waiting = frames.filter(({ number }) => !isDone(number))
    for (const { number } of waiting) {
      segment.pending.add(number)
      const part = parts.get(number)
      if (part !== undefined) this.#parts.set(number, part)
    }
    this.#frames += waiting.length
    return waiting.map((frame) => ({
      ...frame,
      lane: laneOf(frame),
      recordsDone: parts.get(frame.number) ?? 0,
      segment,
      batchAt: frame.batchFrom,
    }))
  }

  #roll(): Segment {
    const { host, folder } = this.#options
    const segment = Segment.create(host.disk, folder, this.#next)
    const before = this.#segments.at(-1)
    this.#segments.push(segment)
    if (before !== undefined && this.#isDroppable(before)) this.#dropping ??= this.#drop()
    return segment
  }

  async #commitAll(): Promise<void> {
    // What arrives in this turn is one group.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) {
      const groups = this.#waiting
      this.#waiting = []
      this.#waitingBytes = 0
      try {
        await this.#commit(groups)
        for (const group of groups) group.resolve()
      } catch (error) {
        for (const group of groups) group.reject(error)
      }
    }
    this.#committing = undefined
  }

  async #commit(groups: readonly Group[]): Promise<void> {
    let segment = this.#segments.at(-1) as Segment
    if (segment.bytes >= this.#options.limits.segmentBytes) segment = this.#roll()
    const { frames, bytes } = this.#encode(groups, segment)
    segment.write(bytes)
    try {
      await segment.sync()
    } catch (cause) {
      // Whether they are on disk is not known: they go, and so does the file that may be broken.
      segment.bytes -= bytes.length
      segment.cut()
      this.#roll()
      throw cause
    }
    this.#next += frames.length
    this.#bytes += bytes.length
    this.#frames += frames.length
    for (const { number } of frames) segment.pending.add(number)
    this.#options.onFrames(frames)
  }

  /** One batch a lane, or several where it would be too large. */
  #encode(groups: readonly Group[], segment: Segment): { frames: SpooledFrame[]; bytes: Buffer } {
    const batches: { place: FramePlace; records: LogRecord[]; bytes: number }[] = []
    const open = new Map<string, (typeof batches)[number]>()
    for (const { records } of groups) {
      for (const { record, ...place } of records) {
        const lane = laneOf(place)
        const bytes = recordBytesBound(record)
        let batch = open.get(lane)
        if (batch === undefined || batch.bytes + bytes > batchBytesMax) {
          batch = { place, records: [], bytes: 0 }
          batches.push(batch)
          open.set(lane, batch)
        }
        batch.records.push(record)
        batch.bytes += bytes
      }
    }
    const parts: Buffer[] = []
    let at = segment.bytes
    const frames = batches.map(({ place, records }, nth): SpooledFrame => {
      const batch = encodeBatch(records)
      const number = this.#next + nth
      const frame = encodeFrame(number, place, records.length, batch)
      parts.push(frame)
      at += frame.length
      return {
        ...place,
        number,
        lane: laneOf(place),
        records: records.length,
        recordsDone: 0,
        segment,
        batchAt: at - batch.length,
        batchBytes: batch.length,
      }
    })
    return { frames, bytes: Buffer.concat(parts) }
  }

  #isDroppable(segment: Segment): boolean {
    return segment.pending.size === 0 && segment !== this.#segments.at(-1)
  }

  /** Drops the segments that are done. */
  async #drop(): Promise<void> {
    // Once for all that are done in this turn.
    await new Promise(setImmediate)
    try {
      await this.#progress.rewrite(() => this.#state())
      for (const segment of [...this.#segments]) {
        if (!this.#isDroppable(segment)) continue
        this.#bytes -= segment.bytes
        this.#segments.splice(this.#segments.indexOf(segment), 1)
        segment.remove()
      }
    } catch (cause) {
      this.#options.log(`gateway: the spool could not be cleared: ${(cause as Error).message}`)
    } finally {
      this.#dropping = undefined
    }
  }

  #state(): ProgressState {
    const pending: [number, number][] = []
    for (const segment of this.#segments) {
      for (const number of [...segment.pending].sort((a, b) => a - b)) {
        const last = pending.at(-1)
        if (last !== undefined && last[1] === number - 1) last[1] = number
        else pending.push([number, number])
      }
    }
    const places = Object.fromEntries(this.#places)
    return { next: this.#next, pending, parts: [...this.#parts], places }
  }
}

export function laneOf({ cluster, topic, partition }: FramePlace): string {
  return `${cluster}\n${topic}\n${partition}`
}
