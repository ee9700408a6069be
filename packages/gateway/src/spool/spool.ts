/**
 * Records that were acknowledged before the log has them, on disk until it does.
 *
 * - Appending is group commit: what arrives while the last group is synced is the next one. A
 *   group is one write and one sync, and of each lane (cluster, topic, partition) one batch, which
 *   is encoded here once.
 * - A frame's number, its batch and the order within a lane never change, so that what is sent
 *   again after a crash is what was sent before it, to the byte. On that rests that the log has
 *   each record once; see `lane.ts`. No number is used twice.
 * - A start cuts off a last frame that was not written whole: nobody was told that it is there.
 *   Damage before the last segment's end is told, and costs that segment's frames from there on.
 * - Segments go, or are used again, when all of their frames are done, the oldest one or any other;
 *   the progress that says so is on disk before.
 * - Batches that go to the log soon are taken from memory, those of a backlog from their file.
 */
import path from 'node:path'
import type { Host } from '@millrace/host'
import { recordBytesBound } from '@millrace/log'
import { encodeGroup, type GroupedFrame, laneOf, type SpoolRecord } from './group.js'
import { type KeptBatch, KeptBatches } from './kept-batches.js'
import { type LaneProgress, Progress } from './progress.js'
import type { Segment } from './segment.js'
import { type FoundFrame, Segments } from './segments.js'

export interface SpoolLimits {
  /** Of all frames on disk, done or not; beyond, nothing is taken. Room made ahead comes on top. */
  bytesMax: number
  /** Frames that wait; beyond, nothing is taken. */
  framesMax: number
  /** A file that has so many bytes is followed by the next. */
  segmentBytes: number
}

/** A frame that waits for the log. */
export interface SpooledFrame extends Omit<GroupedFrame, 'batchFrom'> {
  /** How many of its records are done. */
  recordsDone: number
  readonly segment: Segment
  readonly batchAt: number
  /** Its batch, where that is in memory. */
  readonly kept: KeptBatch | undefined
}

/** The spool holds as much as it may. */
export class SpoolFullError extends Error {
  override readonly name = 'SpoolFullError'
}

/** What arrives until the group before it is synced. */
class OpenGroup {
  readonly appends: (readonly SpoolRecord[])[] = []
  bytes = 0
  resolve!: () => void
  reject!: (error: unknown) => void
  /** One for all, for there are many. */
  readonly settled = new Promise<void>((resolve, reject) => {
    this.resolve = resolve
    this.reject = reject
  })
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
  readonly #options: SpoolOptions
  readonly #progress: Progress
  readonly #segments: Segments
  readonly #unlock: () => void
  readonly #lanes: Map<string, LaneProgress>
  /** The number of the next frame. */
  #next = 0
  #frames = 0
  #found: readonly SpooledFrame[]
  readonly #kept = new KeptBatches()
  #open: OpenGroup | undefined
  #committing: Promise<void> | undefined
  #dropping: Promise<void> | undefined
  #isClosed = false

  private constructor(options: SpoolOptions) {
    const { host, folder, limits, log } = options
    this.#options = options
    host.disk.makeDirectory(folder)
    this.#unlock = host.disk.lock(path.join(folder, 'lock'))
    const state = () => ({ next: this.#next, lanes: Object.fromEntries(this.#lanes) })
    const { progress, read } = Progress.open(host.disk, folder, state)
    this.#progress = progress
    this.#lanes = read.lanes
    const { segmentBytes } = limits
    const found = Segments.open({ host, folder, segmentBytes, log })
    this.#segments = found.segments
    // A number that a lane has passed may be that of a frame that was damaged.
    const last = [...read.lanes.values()].map(({ done = -1, sending = -1 }) =>
      Math.max(done, sending),
    )
    this.#next = Math.max(read.next, 1 + Math.max(found.frames.at(-1)?.number ?? -1, ...last))
    this.#found = this.#waitingOf(found.frames)
  }

  /** Rejects with a `DiskError`: EBUSY where another process has the folder. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(options)
    try {
      await spool.#settle()
    } catch (cause) {
      await spool.close().catch(() => {})
      throw cause
    }
    return spool
  }

  /** Where a lane stands. */
  progress(lane: string): LaneProgress {
    return this.#lanes.get(lane) ?? {}
  }

  /**
   * Resolves when all records survive a power cut. Rejects with a `SpoolFullError` or a
   * `DiskError`, and then none of them is there.
   */
  append(records: readonly SpoolRecord[]): Promise<void> {
    let bytes = 0
    for (const { record } of records) bytes += recordBytesBound(record)
    const { bytesMax, framesMax } = this.#options.limits
    const held = this.#segments.bytes
    if (held + (this.#open?.bytes ?? 0) + bytes > bytesMax || this.#frames >= framesMax) {
      const message = `The spool holds ${held} bytes in ${this.#frames} batches that the log has not taken yet, which is all that it may.`
      return Promise.reject(new SpoolFullError(message))
    }
    this.#open ??= new OpenGroup()
    this.#open.appends.push(records)
    this.#open.bytes += bytes
    this.#committing ??= this.#commitAll()
    return this.#open.settled
  }

  /** The batch of a frame. It is another's when the frame is done. */
  read({ kept, segment, batchAt, batchBytes }: SpooledFrame): Buffer {
    if (kept !== undefined) return this.#kept.read(kept, batchBytes)
    return segment.read(batchAt, batchBytes)
  }

  /** Keeps where a lane stands now, with the frames that are done by it and not given again. */
  step(lane: string, progress: LaneProgress, done: readonly SpooledFrame[] = []): void {
    if (this.#isClosed) return
    this.#progress.write(lane, progress)
    this.#lanes.set(lane, progress)
    this.#frames -= done.length
    for (const { segment, kept } of done) {
      if (kept !== undefined) this.#kept.letGo(kept)
      segment.pending--
      if (this.#segments.isDroppable(segment)) this.#dropping ??= this.#drop()
    }
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
    try {
      await this.#progress.synced()
    } finally {
      this.#progress.close()
      await this.#segments.close()
      this.#unlock()
    }
  }

  /**
   * What was found may be what a process wrote and did not sync before it ended: before anything is
   * built on it, it is made to survive a power cut.
   */
  async #settle(): Promise<void> {
    await this.#segments.synced()
    await this.#progress.synced()
    const found = this.#found
    this.#found = []
    if (this.#segments.droppable().length > 0) this.#dropping = this.#drop()
    if (found.length > 0) this.#options.onFrames(found)
  }

  /** Of frames that were found, those that are not done. */
  #waitingOf(found: readonly FoundFrame[]): SpooledFrame[] {
    return found.flatMap(({ segment, batchFrom, number, records, batchBytes, ...rest }) => {
      const { cluster, topic, partition } = rest
      const place = { cluster, topic, partition }
      const lane = laneOf(place)
      const { done = -1, part } = this.progress(lane)
      if (number <= done) return []
      segment.pending++
      this.#frames++
      const recordsDone = part?.[0] === number ? part[1] : 0
      const at = { segment, batchAt: batchFrom, batchBytes, kept: undefined }
      return { ...place, ...at, lane, number, records, recordsDone }
    })
  }

  async #commitAll(): Promise<void> {
    // What arrives in this turn is one group.
    await new Promise(setImmediate)
    for (let group = this.#open; group !== undefined; group = this.#open) {
      this.#open = undefined
      try {
        const frames = await this.#commit(group)
        group.resolve()
        this.#options.onFrames(frames)
      } catch (error) {
        group.reject(error)
      }
    }
    this.#committing = undefined
  }

  async #commit({ appends }: OpenGroup): Promise<SpooledFrame[]> {
    const { frames, bytes } = encodeGroup(this.#next, appends)
    this.#next += frames.length
    const segment = this.#segments.for(bytes.length)
    const from = segment.bytes
    await this.#segments.append(segment, bytes)
    this.#frames += frames.length
    return frames.map((frame) => {
      const { batchFrom, batchBytes, number } = frame
      segment.pending++
      // Written out, as in `encodeGroup`.
      return {
        cluster: frame.cluster,
        topic: frame.topic,
        partition: frame.partition,
        number,
        lane: frame.lane,
        records: frame.records,
        recordsDone: 0,
        segment,
        batchAt: from + batchFrom,
        batchBytes,
        kept: this.#kept.keep(bytes.subarray(batchFrom, batchFrom + batchBytes)),
      }
    })
  }

  /** Drops the segments that are done. */
  async #drop(): Promise<void> {
    // Once for all that are done in this turn.
    await new Promise(setImmediate)
    try {
      for (;;) {
        const done = this.#segments.droppable()
        if (done.length === 0) break
        await this.#progress.synced()
        await this.#segments.drop(done)
      }
    } catch (cause) {
      this.#options.log(`gateway: the spool could not be cleared: ${(cause as Error).message}`)
    } finally {
      this.#dropping = undefined
    }
  }
}
