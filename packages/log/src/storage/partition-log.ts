import type { Clock, Disk } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { producerIdExpirationMs } from '../limits.js'
import {
  type BatchHeader,
  batchHeaderBytes,
  readBatchHeader,
  setBaseOffset,
  setLeaderEpoch,
} from '../records/batch-header.js'
import { readEndMarker } from '../records/end-marker.js'
import type { ReadMemory } from './batch-range.js'
import { checkBatch } from './check-batch.js'
import type { FetchedRange, Isolation } from './fetched-range.js'
import { type LogConfig, logConfigDefault } from './log-config.js'
import { LogUpkeep } from './log-upkeep.js'
import { type OpenedLog, openSegments } from './open-segments.js'
import type { ProducerState } from './producer-state.js'
import { Segment } from './segment.js'
import { SegmentList } from './segment-list.js'
import { SegmentSealer } from './segment-sealer.js'

export { type LogConfig, logConfigDefault } from './log-config.js'

export interface PartitionLogOptions {
  disk: Disk
  /** The partition's own folder; made when it is not there. */
  directory: string
  /** `rides-0`; how log lines and errors name it. */
  name: string
  config?: LogConfig
  /** The broker's time. Without it nothing in `config` may depend on time. */
  clock?: Pick<Clock, 'now'>
  log?: (line: string) => void
}

/** Where a batch of a producer went. */
export interface Appended {
  baseOffset: number
  /** It was there before; nothing was written. */
  duplicate: boolean
  /**
   * The broker's time, which the records carry; -1 where they have their producer's. Of a
   * duplicate the greatest time of its records, whoever's it is, as Kafka gives it.
   */
  appendTime: number
}

const noClock = { now: () => 0 }
const nothing = Buffer.alloc(0)

/** The only leader epoch of a log that was never led by another broker. */
const leaderEpoch = 0

/**
 * A partition's log: record batches in segments on disk, in the order of their offsets.
 *
 * Invariants:
 * - Offsets are dense, from `startOffset` to `endOffset` (excluded), but where records were
 *   compacted away; the segments follow one another, and only the last is written to.
 * - A batch is visible to nobody before it is on disk as a whole, and below `highWatermark`.
 *   With `flushMessages` = 1 that is moved only by a sync, so that no reader sees what a power
 *   cut could take back.
 * - `producers` is the fold of all batches in the log.
 * - After a failed sync nobody knows what is on disk: nothing is appended any more until the
 *   next start.
 */
export class PartitionLog {
  readonly name: string
  readonly directory: string
  readonly producers: ProducerState
  /** May be replaced at any time. */
  config: LogConfig
  readonly #clock: Pick<Clock, 'now'>
  readonly #disk: Disk
  readonly #log: (line: string) => void
  readonly #segments: SegmentList
  readonly #sealer: SegmentSealer
  readonly #upkeep: LogUpkeep
  readonly #listeners = new Set<() => void>()
  #follower: ((batch: Buffer) => void) | undefined
  #highWatermark: number
  /** Records below this offset survive a power cut. */
  #flushedOffset: number
  /** When the first record after `#flushedOffset` was appended. */
  #unflushedSince = 0
  #flushing: Promise<void> | undefined
  #failure: KafkaError | undefined
  #appendedBytes = 0
  #isClosed = false

  private constructor(
    options: PartitionLogOptions,
    config: LogConfig,
    { segments, producers, checkpoint }: OpenedLog,
  ) {
    const { disk, directory, name, log = () => {} } = options
    this.name = name
    this.directory = directory
    this.producers = producers
    this.config = config
    this.#clock = options.clock ?? noClock
    this.#disk = disk
    this.#log = log
    this.#segments = new SegmentList(segments)
    this.#sealer = new SegmentSealer({
      disk,
      directory,
      name,
      producers,
      sync: (segment) => this.#sync(segment),
      log,
    })
    this.#upkeep = new LogUpkeep({
      disk,
      directory,
      name,
      segments: this.#segments,
      checkpoint,
      producers,
      sealed: () => this.#sealer.settled,
      log,
    })
    this.#highWatermark = this.endOffset
    this.#flushedOffset = this.endOffset
  }

  /**
   * Opens the log, or makes it. What a crash left torn at its end is cut off, with a line to
   * `log`. Throws a `DiskError` where the disk does not let it.
   */
  static async open(options: PartitionLogOptions): Promise<PartitionLog> {
    const opened = await openSegments(options)
    return new PartitionLog(options, options.config ?? logConfigDefault, opened)
  }

  /** Offset of the first record that is kept. */
  get startOffset(): number {
    return this.#upkeep.startOffset
  }

  /** Offset that the next record gets. */
  get endOffset(): number {
    return this.#segments.active.nextOffset
  }

  /** Records that were ever appended: offsets given, less those of transactions' end markers. */
  get recordsAppended(): number {
    return this.endOffset - this.producers.markers
  }

  /** Records below this offset may be read. */
  get highWatermark(): number {
    return this.#highWatermark
  }

  /** Records below this offset are of transactions that ended, or of none. */
  get lastStableOffset(): number {
    const firstOpen = this.producers.firstOpenOffset ?? Infinity
    return Math.min(this.#highWatermark, Math.max(firstOpen, this.startOffset))
  }

  /** The end of what a reader of this isolation may read. */
  readableEnd(isolation: Isolation): number {
    return isolation === 'read_committed' ? this.lastStableOffset : this.#highWatermark
  }

  /** Bytes that were appended since the log was opened. */
  get appendedBytes(): number {
    return this.#appendedBytes
  }

  /** Whether it is closed, as that of a deleted topic. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  get sizeBytes(): number {
    return this.#segments.sizeBytes
  }

  /**
   * Appends one batch of a client as it came, after checking it: its base offset, leader epoch
   * and, where the topic wants the broker's, its time are set in place, in the caller's bytes.
   * Throws a `KafkaError`: what `checkBatch` and `ProducerState.admit` throw, KAFKA_STORAGE_ERROR.
   * Await `acknowledged()` before telling the producer. `fromZero`: see `ProducerState.admit`.
   */
  append(batch: Buffer, fromZero = false): Appended {
    const where = `partition ${this.name}`
    const header = checkBatch(batch, where, this.config, this.#clock.now())
    const admission = this.producers.admit(header, fromZero)
    const duplicate = admission.kind === 'duplicate'
    const timestamp = duplicate ? admission.timestamp : header.maxTimestamp
    const isOurs = duplicate || this.config.timestamps === 'append'
    const appendTime = isOurs ? timestamp : -1
    const baseOffset = duplicate ? admission.baseOffset : this.#write(batch, header)
    return { baseOffset, duplicate, appendTime }
  }

  /** Appends a batch of the broker itself: a marker, or a record of an internal topic. */
  appendOwn(batch: Buffer): number {
    return this.#write(batch, readBatchHeader(batch))
  }

  /**
   * Resolves when all that was appended so far is as durable as the topic promises; undefined
   * where it is so already. Rejects with KAFKA_STORAGE_ERROR.
   */
  acknowledged(): Promise<void> | undefined {
    const { flushMessages } = this.config
    if (flushMessages === 0 || this.endOffset - this.#flushedOffset < flushMessages) {
      return undefined
    }
    return this.flush()
  }

  /** Syncs what has waited for longer than `flush.ms`; undefined where nothing has. */
  flushOverdue(): Promise<void> | undefined {
    if (this.#failure !== undefined || this.#flushedOffset >= this.endOffset) return undefined
    const now = this.#clock.now()
    return now - this.#unflushedSince >= this.config.flushMs ? this.flush() : undefined
  }

  /** Resolves when all that was appended so far survives a power cut. */
  async flush(): Promise<void> {
    const target = this.endOffset
    // One sync serves all that wait when it begins; whoever comes during it waits for the next.
    while (this.#flushedOffset < target) {
      if (this.#failure !== undefined) throw this.#failure
      this.#flushing ??= this.#syncAll().finally(() => {
        this.#flushing = undefined
      })
      await this.#flushing
    }
  }

  /**
   * Whole batches from the one that holds `offset` on, as they lie on disk; empty at the end.
   * With `atLeastOne` the first is given even if it is larger than `maxBytes`.
   * They lie in `memory` where there is one. Throws OFFSET_OUT_OF_RANGE.
   */
  read(
    offset: number,
    maxBytes: number,
    isolation: Isolation = 'read_uncommitted',
    atLeastOne = true,
    memory?: ReadMemory,
  ): FetchedRange {
    if (offset < this.startOffset || offset > this.endOffset) {
      const detail = `Offset ${offset} was asked for; there are ${this.startOffset} to ${this.endOffset}.`
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `partition ${this.name}`, { detail })
    }
    const endOffset = this.readableEnd(isolation)
    const isTooLittle = maxBytes < batchHeaderBytes && !atLeastOne
    if (offset >= endOffset || isTooLittle) {
      return { batches: nothing, nextOffset: offset, aborted: [] }
    }
    for (const segment of this.#segments.from(offset)) {
      const wanted = { maxBytes, endOffset, atLeastOne, ...(memory && { memory }) }
      const range = this.#guarded('read', () => segment.read(offset, wanted))
      this.#segments.wasRead(segment)
      // What was asked for, and all after it in this segment, was compacted away.
      if (range === undefined) continue
      const aborted =
        isolation === 'read_committed' && range.batches.length > 0
          ? this.producers.abortedBetween(offset, range.nextOffset)
          : []
      return { ...range, aborted }
    }
    return { batches: nothing, nextOffset: offset, aborted: [] }
  }

  /**
   * The first visible batch that has a record at or after `offset` and a time of at least
   * `timestamp`; undefined for none. Its records before `offset` may be deleted ones.
   */
  batchAtTime(timestamp: number, offset = this.startOffset): Buffer | undefined {
    for (const segment of this.#segments.from(offset)) {
      const batch = this.#guarded('read', () => segment.batchAtTime(timestamp, offset))
      this.#segments.wasRead(segment)
      if (batch === undefined) continue
      return readBatchHeader(batch).baseOffset < this.#highWatermark ? batch : undefined
    }
    return undefined
  }

  /** The greatest timestamp in the log, -1 where there is none. */
  get maxTimestamp(): number {
    return this.#segments.maxTimestamp
  }

  /**
   * Calls `listener` whenever what a reader sees has changed: there is more to read, the start
   * moved, the log is closed. Returns how to stop that.
   */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Begins a new segment, so that all before it may be removed; nothing to do in an empty one. */
  roll(): void {
    if (this.#segments.active.sizeBytes === 0) return
    this.#guarded('begin a segment of', () => this.#roll())
  }

  /**
   * Removes the segments whose records all lie below `offset`, but none that has records of a
   * transaction still open, and never the last.
   */
  async removeBefore(offset: number): Promise<void> {
    const bound = Math.min(offset, this.producers.firstOpenOffset ?? offset)
    const first = this.#segments.at(bound).baseOffset
    if (first > this.startOffset) this.#beginAt(first)
    await this.#guardedLater('remove segments of', this.#upkeep.removeDeleted())
  }

  /**
   * Deletes the records below `offset`; they are gone for all readers when it returns, also after
   * a power cut, and their segments a little later. Throws OFFSET_OUT_OF_RANGE beyond the high
   * watermark, KAFKA_STORAGE_ERROR.
   */
  deleteRecordsBefore(offset: number): void {
    if (offset < 0 || offset > this.#highWatermark) {
      const detail = `Records up to ${this.#highWatermark} can be deleted, not up to ${offset}.`
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `partition ${this.name}`, { detail })
    }
    if (offset <= this.#upkeep.recordedStart) return
    this.#beginAt(Math.max(offset, this.startOffset))
    this.#upkeep.removeDeleted().catch((cause) => this.#log(String(cause)))
  }

  /** Removes the segments that the topic does not keep any longer. Throws KAFKA_STORAGE_ERROR. */
  async applyRetention(): Promise<void> {
    const now = this.#clock.now()
    const { offset, isAll } = this.#upkeep.retainedFrom(this.config, now, this.#highWatermark)
    if (isAll) this.roll()
    if (offset > this.startOffset) {
      this.#beginAt(offset)
      this.#log(`log ${this.name}: records before ${offset} are deleted, by retention`)
    }
    await this.#guardedLater('remove segments of', this.#upkeep.removeDeleted())
  }

  /** Forgets the producers that were silent for too long. */
  expireProducers(): void {
    this.producers.expire(this.#clock.now() - producerIdExpirationMs)
  }

  /**
   * Compacts what the topic wants compacted; undefined where nothing is due. `pause` is awaited
   * often, so that others come to their turn; `signal` ends it.
   */
  compact(pause: () => Promise<void>, signal?: AbortSignal): Promise<void> | undefined {
    if (!this.config.compacts || this.#failure !== undefined) return undefined
    const at = { now: this.#clock.now(), stableOffset: this.lastStableOffset }
    return this.#upkeep.compact(this.config, at, pause, signal)
  }

  /** Calls `follower` with each batch that is appended from now on, as soon as it is on disk. */
  followedBy(follower: (batch: Buffer) => void): void {
    this.#follower = follower
  }

  /** Syncs and closes the files. What is appended from its beginning on is refused. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#tell()
    await this.#flushing?.catch(() => {})
    await this.#sealer.settled
    await this.#upkeep.stop()
    const { active } = this.#segments
    if (this.#failure === undefined && !this.#isAsItWas) {
      await this.#sealer.seal(active, this.producers.snapshot())
    }
    for (const segment of this.#segments) segment.close()
  }

  #write(batch: Buffer, header: BatchHeader): number {
    if (this.#isClosed) {
      // What is sealed meanwhile would say less of the producers than there is in the log.
      const detail = 'The log is closed.'
      throw new KafkaError('NOT_LEADER_OR_FOLLOWER', `partition ${this.name}`, { detail })
    }
    if (this.#failure !== undefined) throw this.#failure
    const baseOffset = this.endOffset
    const now = this.#clock.now()
    setBaseOffset(batch, baseOffset)
    setLeaderEpoch(batch, leaderEpoch)
    this.#guarded('append to', () => {
      if (this.#segments.active.isFullFor(header, this.config)) this.#roll()
      this.#segments.active.append(batch, header)
    })
    this.#appendedBytes += batch.length
    if (this.#flushedOffset === baseOffset) this.#unflushedSince = now
    this.producers.replay(
      header,
      baseOffset,
      header.isControl ? readEndMarker(batch) : undefined,
      now,
    )
    this.#follower?.(batch)
    if (this.config.flushMessages !== 1) this.#advance(this.endOffset)
    return baseOffset
  }

  /** Whether the log is as the last clean close left it; it need not be sealed anew then. */
  get #isAsItWas(): boolean {
    return this.#appendedBytes === 0 && this.#sealer.isSealed(this.#segments.active)
  }

  #advance(highWatermark: number): void {
    this.#highWatermark = highWatermark
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  /** The segment that is full gets its index in the background. */
  #roll(): void {
    const full = this.#segments.active
    // What a refused write left behind its end would be taken for a torn log at the next start.
    full.cutTail()
    const snapshot = this.producers.snapshot()
    this.#segments.push(Segment.create(this.#disk, this.directory, full.nextOffset))
    this.#sealer.sealLater(full, snapshot)
  }

  async #syncAll(): Promise<void> {
    const endOffset = this.endOffset
    const beganAt = this.#clock.now()
    for (const segment of [...this.#segments]) await this.#sync(segment)
    this.#flushedOffset = endOffset
    this.#unflushedSince = beganAt
    if (this.#highWatermark < endOffset) this.#advance(endOffset)
  }

  async #sync(segment: Segment): Promise<void> {
    // A sync after a failed one may succeed without what the failed one was for.
    if (this.#failure !== undefined) throw this.#failure
    try {
      await segment.sync()
    } catch (cause) {
      const detail = `A sync failed, so nothing more is written until the broker is started again: ${String(cause)}`
      this.#failure = new KafkaError('KAFKA_STORAGE_ERROR', `log ${this.name}`, { detail, cause })
      this.#log(this.#failure.message)
      throw this.#failure
    }
  }

  #beginAt(offset: number): void {
    this.#guarded('shorten', () => this.#upkeep.beginAt(offset))
    this.#tell()
  }

  async #guardedLater<Result>(verb: string, action: Promise<Result>): Promise<Result> {
    try {
      return await action
    } catch (cause) {
      return this.#guarded(verb, () => {
        throw cause
      })
    }
  }

  #guarded<Result>(verb: string, action: () => Result): Result {
    try {
      return action()
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause)
      throw new KafkaError('KAFKA_STORAGE_ERROR', `could not ${verb} log ${this.name}`, {
        detail,
        cause,
      })
    }
  }
}
