import path from 'node:path'
import type { Disk } from '@millrace/host'
import { CorruptBatchError } from '../errors.js'
import { headerWindowBytes, segmentOffsetsMax } from '../limits.js'
import { type BatchHeader, batchHeaderBytes } from '../records/batch-header.js'
import {
  type BatchRange,
  beginsAt,
  headerAt,
  indexedRange,
  type ReadLimits,
  walkedRange,
} from './batch-range.js'
import type { LogConfig } from './log-config.js'
import { indexHeadBytes, OffsetIndex } from './offset-index.js'
import { SegmentFile, withExtension } from './segment-file.js'

const nothing = Buffer.alloc(0)

/**
 * One file of a partition's log: whole record batches, one after the other, as they were sent.
 *
 * Invariants:
 * - `nextOffset` is where the next segment begins. Offsets in the file are dense, unless it was
 *   compacted: then they rise, and may end before `nextOffset`.
 * - The `.index` file is there only when the segment is complete and synced, or was so at the last
 *   clean close. The index is in memory while there is no such file, and after its first use.
 */
export class Segment {
  readonly baseOffset: number
  nextOffset: number
  maxTimestamp = -1
  /** The greatest timestamp of the first batch; -1 where there is none. */
  firstTimestamp = -1
  readonly #disk: Disk
  readonly #file: SegmentFile
  #index: OffsetIndex | undefined = new OffsetIndex()
  /** Whether the index file says what `#index` does. */
  #isIndexOnDisk = false

  private constructor(disk: Disk, file: SegmentFile, baseOffset: number) {
    this.#disk = disk
    this.#file = file
    this.baseOffset = baseOffset
    this.nextOffset = baseOffset
  }

  /** Makes an empty segment. */
  static create(disk: Disk, directory: string, baseOffset: number): Segment {
    const file = segmentPath(directory, baseOffset, 'log')
    const segment = Segment.draft(disk, file, baseOffset)
    disk.syncDirectory(directory)
    return segment
  }

  /** Makes an empty segment in a file of another name, which is not synced. */
  static draft(disk: Disk, file: string, baseOffset: number): Segment {
    return new Segment(disk, new SegmentFile(disk, file, { create: true }), baseOffset)
  }

  /** Opens a segment that is there, as if it were empty: `trustIndex` or `adopt` fill it. */
  static open(disk: Disk, directory: string, baseOffset: number): Segment {
    const file = segmentPath(directory, baseOffset, 'log')
    return new Segment(disk, new SegmentFile(disk, file), baseOffset)
  }

  get path(): string {
    return this.#file.path
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes
  }

  /** Takes size, offsets and times from the index file; false where it does not fit. */
  trustIndex(): boolean {
    if (!this.#disk.exists(this.#indexPath)) return false
    const summary = OffsetIndex.summaryIn(headOf(this.#disk, this.#indexPath))
    if (summary === undefined || summary.sizeBytes !== this.#file.fileBytes) return false
    this.#index = undefined
    this.#isIndexOnDisk = true
    this.#file.sizeBytes = summary.sizeBytes
    this.nextOffset = summary.nextOffset
    this.maxTimestamp = summary.maxTimestamp
    this.firstTimestamp = summary.firstTimestamp
    return true
  }

  /** Begins anew, as if nothing were known of the file; what is in it was perhaps not synced. */
  distrust(): void {
    this.removeIndex()
    this.#index = new OffsetIndex()
    this.#file.sizeBytes = 0
    this.#file.doubt()
    this.nextOffset = this.baseOffset
    this.maxTimestamp = -1
    this.firstTimestamp = -1
  }

  /**
   * Whether another batch would make the file larger than it may be, or its times or offsets span
   * more than they may.
   */
  isFullFor(batch: BatchHeader, { segmentBytes, segmentMs }: LogConfig): boolean {
    if (this.sizeBytes === 0) return false
    if (this.sizeBytes + batch.lengthBytes > segmentBytes) return true
    if (this.nextOffset + batch.lastOffsetDelta - this.baseOffset > segmentOffsetsMax) return true
    return this.firstTimestamp >= 0 && batch.maxTimestamp - this.firstTimestamp > segmentMs
  }

  /**
   * Writes a batch at the end. Throws a `DiskError` when it could not: then nothing was added.
   * Precondition: the header is the batch's, and its base offset is not before `nextOffset`.
   */
  append(batch: Buffer, header: BatchHeader): void {
    const position = this.sizeBytes
    const index = this.#indexOrRead()
    this.#file.append(batch)
    this.#takeIn(index, position, header)
  }

  /** Takes in a batch that is in the file, at its end. */
  adopt(header: BatchHeader): void {
    const position = this.sizeBytes
    const index = this.#indexOrRead()
    this.#file.sizeBytes += header.lengthBytes
    this.#takeIn(index, position, header)
  }

  /**
   * Whole batches, from the first one that has an offset at or after `offset`; undefined where
   * there is none. Throws `CorruptBatchError` where the file is damaged.
   */
  read(offset: number, wanted: ReadLimits): BatchRange | undefined {
    const file = this.#file
    const indexed = { file, index: this.#indexOrRead(), nextOffset: this.nextOffset }
    return (
      indexedRange(indexed, offset, wanted) ??
      walkedRange(file, this.#positionBefore(offset), offset, wanted)
    )
  }

  /**
   * The first batch with an offset at or after `offset` whose greatest timestamp is at least
   * `timestamp`. Throws `CorruptBatchError`.
   */
  batchAtTime(timestamp: number, offset: number): Buffer | undefined {
    if (this.maxTimestamp < timestamp || this.nextOffset <= offset) return undefined
    const fromOffset = this.#positionBefore(offset)
    const from = Math.max(this.#indexOrRead().positionAtTime(timestamp), fromOffset)
    for (const { header, position } of this.headersFrom(from)) {
      if (header.maxTimestamp < timestamp || header.lastOffset < offset) continue
      return this.#file.read(position, header.lengthBytes)
    }
    return undefined
  }

  /**
   * The headers of the batches from a position on, which is the first byte of one. Throws
   * `CorruptBatchError` where the bytes are none.
   */
  *headersFrom(from: number): Generator<{ header: BatchHeader; position: number }> {
    let chunk: Buffer = nothing
    let chunkAt = from
    let position = from
    while (position < this.sizeBytes) {
      if (position + batchHeaderBytes > chunkAt + chunk.length) {
        chunkAt = position
        chunk = this.#file.read(position, headerWindowBytes)
      }
      const header = headerAt(chunk, position - chunkAt, this.#file, chunkAt)
      yield { header, position }
      position += header.lengthBytes
    }
  }

  /** Bytes of the segment, from a position that a batch begins at. */
  bytesFrom(position: number, length: number): Buffer {
    return this.#file.read(position, length)
  }

  /** Bytes of the file, whole batches or not. */
  get fileBytes(): number {
    return this.#file.fileBytes
  }

  /** Bytes of the file, those after `sizeBytes` too; fewer than `length` at its end. */
  readRaw(position: number, length: number): Buffer {
    return this.#file.readRaw(position, length)
  }

  /** Cuts the file to `sizeBytes`. Returns how many bytes that were. */
  cutTail(): number {
    return this.#file.cutTail()
  }

  /** Makes what was found in the file survive a power cut. */
  async syncFound(): Promise<void> {
    await this.#file.syncFound()
    this.#file.release()
  }

  get isSynced(): boolean {
    return this.#file.isSynced
  }

  /** Resolves when all that was written before survives a power cut. */
  sync(): Promise<void> {
    return this.#file.sync()
  }

  /** Whether there is an index file: the segment is as it was when that was written. */
  get isSealed(): boolean {
    return this.#disk.exists(this.#indexPath)
  }

  /**
   * Writes the index file; after that nothing of the segment need be in memory or open.
   * Precondition: the segment is synced.
   */
  async writeIndex(): Promise<void> {
    const index = this.#indexOrRead()
    const bytes = index.encode(this.baseOffset, this)
    await this.#disk.replaceFileInBackground(this.#indexPath, bytes)
    this.#isIndexOnDisk = true
    this.unloadIndex()
    this.#file.release()
  }

  /** Has the index in memory no longer, where it can be read again. */
  unloadIndex(): void {
    if (this.#isIndexOnDisk) this.#index = undefined
  }

  close(): void {
    this.#file.close()
  }

  /** Gives its file another name. The index, which has its name from it, must not be there yet. */
  moveTo(path: string): void {
    this.#file.moveTo(path)
  }

  /** Removes the index file alone. */
  removeIndex(): void {
    this.#isIndexOnDisk = false
    this.#disk.remove(this.#indexPath)
  }

  /** Removes the segment from the disk. */
  remove(): void {
    this.removeIndex()
    this.#file.remove()
  }

  get #indexPath(): string {
    return withExtension(this.path, 'index')
  }

  #takeIn(index: OffsetIndex, position: number, header: BatchHeader): void {
    const { baseOffset, lengthBytes, maxTimestamp, nextOffset } = header
    this.#isIndexOnDisk = false
    index.adopt(baseOffset, position, lengthBytes, this.maxTimestamp)
    this.nextOffset = nextOffset
    if (position === 0) this.firstTimestamp = maxTimestamp
    if (maxTimestamp > this.maxTimestamp) this.maxTimestamp = maxTimestamp
  }

  /** A position at which a batch begins, less than an index interval before `offset`'s batch. */
  #positionBefore(offset: number): number {
    const entry = this.#indexOrRead().entryOf(offset)
    if (entry === undefined) return 0
    if (beginsAt(this.#file.read(entry.position, batchHeaderBytes), 0, entry.offset)) {
      return entry.position
    }
    // The index is of another file than this; one that is made from it does not lie.
    this.#isIndexOnDisk = false
    this.#index = this.#indexOfFile()
    return this.#index.entryOf(offset)?.position ?? 0
  }

  /** The index; read from its file, or made from the segment where that cannot be believed. */
  #indexOrRead(): OffsetIndex {
    if (this.#index !== undefined) return this.#index
    const there = this.#disk.exists(this.#indexPath)
    const decoded = there
      ? OffsetIndex.decode(this.baseOffset, this.#disk.readFile(this.#indexPath))
      : undefined
    this.#isIndexOnDisk = decoded !== undefined
    this.#index = decoded ?? this.#indexOfFile()
    return this.#index
  }

  #indexOfFile(): OffsetIndex {
    const index = new OffsetIndex()
    let maxTimestamp = -1
    let nextOffset = this.baseOffset
    for (const { header, position } of this.headersFrom(0)) {
      const { baseOffset, lengthBytes } = header
      if (baseOffset < nextOffset) {
        throw new CorruptBatchError(
          `at byte ${position} of ${this.path} it has offset ${baseOffset}, which is not after ${nextOffset - 1}`,
        )
      }
      index.adopt(baseOffset, position, lengthBytes, maxTimestamp)
      maxTimestamp = Math.max(maxTimestamp, header.maxTimestamp)
      nextOffset = header.nextOffset
    }
    return index
  }
}

/** `00000000000000000042.log`, as Kafka names it. */
export function segmentPath(directory: string, baseOffset: number, extension: string): string {
  return path.join(directory, `${String(baseOffset).padStart(20, '0')}.${extension}`)
}

function headOf(disk: Disk, file: string): Buffer {
  const opened = disk.open(file)
  try {
    const head = Buffer.alloc(indexHeadBytes)
    return head.subarray(0, opened.read(0, head))
  } finally {
    opened.close()
  }
}
