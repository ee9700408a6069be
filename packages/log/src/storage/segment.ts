import path from 'node:path'
import type { Disk, DiskFile } from '@millrace/host'
import { indexIntervalBytes, recoveryChunkBytes, segmentOffsetsMax } from '../limits.js'
import { type BatchHeader, batchHeaderBytes, readBatchHeader } from '../records/batch-header.js'
import type { LogConfig } from './log-config.js'
import { OffsetIndex } from './offset-index.js'

/** How much of a segment a reader wants. */
export interface ReadLimits {
  /** Batches are added while the answer stays within this. */
  maxBytes: number
  /** Batches with records at or after this offset are left out. */
  endOffset: number
  /** The first batch is given though it alone is larger than `maxBytes`. */
  atLeastOne: boolean
}

const nothing = Buffer.alloc(0)

/**
 * One file of a partition's log: whole record batches, one after the other, as they were sent.
 *
 * Invariants:
 * - `sizeBytes` is where the next batch goes; bytes of the file after it are a write that failed,
 *   and are cut off before anything else is written.
 * - `nextOffset` is the offset after the last record; offsets in the file are dense.
 * - The `.index` file is there only when the segment is complete and synced, or was so at the last
 *   clean close.
 * - The `.unsynced` file is there when a sync failed. Then the system may take for synced what is
 *   not on the device, and no later sync brings it there: it must be written again.
 */
export class Segment {
  readonly baseOffset: number
  readonly path: string
  nextOffset: number
  sizeBytes = 0
  maxTimestamp = -1
  readonly #disk: Disk
  readonly #file: DiskFile
  #index = new OffsetIndex()
  #bytesSinceEntry = 0
  #firstTimestamp: number | undefined
  #unsynced = false
  #syncing: Promise<void> | undefined
  #leftover = false

  private constructor(disk: Disk, file: DiskFile, directory: string, baseOffset: number) {
    this.#disk = disk
    this.#file = file
    this.baseOffset = baseOffset
    this.path = segmentPath(directory, baseOffset, 'log')
    this.nextOffset = baseOffset
  }

  /** Makes an empty segment. */
  static create(disk: Disk, directory: string, baseOffset: number): Segment {
    const file = disk.open(segmentPath(directory, baseOffset, 'log'), { create: true })
    disk.syncDirectory(directory)
    return new Segment(disk, file, directory, baseOffset)
  }

  /** Opens a segment that is there, as if it were empty: `trustIndex` or `adopt` fill it. */
  static open(disk: Disk, directory: string, baseOffset: number): Segment {
    const file = disk.open(segmentPath(directory, baseOffset, 'log'))
    return new Segment(disk, file, directory, baseOffset)
  }

  /** Takes size, offsets and index from the index file; false where it does not fit. */
  trustIndex(): boolean {
    const file = indexPath(this.path)
    if (!this.#disk.exists(file)) return false
    const decoded = OffsetIndex.decode(this.baseOffset, this.#disk.readFile(file))
    if (decoded === undefined || decoded.summary.sizeBytes !== this.#file.size()) return false
    this.#index = decoded.index
    this.sizeBytes = decoded.summary.sizeBytes
    this.nextOffset = decoded.summary.nextOffset
    this.maxTimestamp = decoded.summary.maxTimestamp
    return true
  }

  /** Begins anew, as if nothing were known of the file; what is in it was perhaps not synced. */
  distrust(): void {
    this.#disk.remove(indexPath(this.path))
    this.#index = new OffsetIndex()
    this.#bytesSinceEntry = 0
    this.sizeBytes = 0
    this.nextOffset = this.baseOffset
    this.maxTimestamp = -1
    this.#firstTimestamp = undefined
    this.#unsynced = true
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

  /** The greatest timestamp of the first batch; -1 where there is none. */
  get firstTimestamp(): number {
    if (this.sizeBytes === 0) return -1
    this.#firstTimestamp ??= readBatchHeader(this.#readAt(0, batchHeaderBytes)).maxTimestamp
    return this.#firstTimestamp
  }

  /**
   * Writes a batch at the end. Throws a `DiskError` when it could not: then nothing was added.
   * Precondition: the header is the batch's, and its base offset is `nextOffset`.
   */
  append(batch: Buffer, header: BatchHeader): void {
    this.#cutLeftover()
    try {
      this.#file.write(this.sizeBytes, batch)
    } catch (cause) {
      this.#leftover = true
      try {
        this.#cutLeftover()
      } catch {
        // Tried again before the next write; at a start it is cut off as a torn batch.
      }
      throw cause
    }
    this.#unsynced = true
    this.adopt(batch.length, header)
  }

  /** Takes in a batch that is in the file, at its end. */
  adopt(batchBytes: number, header: BatchHeader): void {
    if (this.sizeBytes === 0 || this.#bytesSinceEntry >= indexIntervalBytes) {
      this.#index.add(this.nextOffset, this.sizeBytes, this.maxTimestamp)
      this.#bytesSinceEntry = 0
    }
    this.#bytesSinceEntry += batchBytes
    this.sizeBytes += batchBytes
    this.nextOffset += header.lastOffsetDelta + 1
    if (header.maxTimestamp > this.maxTimestamp) this.maxTimestamp = header.maxTimestamp
  }

  /** Whole batches, from the one that holds `offset` on. */
  read(offset: number, wanted: ReadLimits): Buffer {
    const from = this.#index.positionOf(offset)
    // A batch begins less than one interval after its index entry, so its header is in the chunk.
    const chunk = this.#readAt(from, wanted.maxBytes + indexIntervalBytes + batchHeaderBytes)
    let start = 0
    let header = readBatchHeader(chunk, start)
    while (header.lastOffset < offset) {
      start += header.lengthBytes
      header = readBatchHeader(chunk, start)
    }
    if (header.lastOffset >= wanted.endOffset) return nothing
    if (header.lengthBytes > wanted.maxBytes) {
      return wanted.atLeastOne ? this.#readAt(from + start, header.lengthBytes) : nothing
    }
    let end = start + header.lengthBytes
    while (end + batchHeaderBytes <= chunk.length) {
      header = readBatchHeader(chunk, end)
      const after = end + header.lengthBytes
      if (after > chunk.length || after - start > wanted.maxBytes) break
      if (header.lastOffset >= wanted.endOffset) break
      end = after
    }
    const batches = chunk.subarray(start, end)
    // What is given is kept until it is sent, and must not keep a chunk many times its size.
    return batches.length * 2 < chunk.length ? Buffer.from(batches) : batches
  }

  /** The first batch whose greatest timestamp is at least `timestamp`. */
  batchAtTime(timestamp: number): Buffer | undefined {
    if (this.maxTimestamp < timestamp) return undefined
    let position = this.#index.positionAtTime(timestamp)
    while (position < this.sizeBytes) {
      const header = readBatchHeader(this.#readAt(position, batchHeaderBytes), 0)
      if (header.maxTimestamp >= timestamp) return this.#readAt(position, header.lengthBytes)
      position += header.lengthBytes
    }
    return undefined
  }

  /** Bytes of the file, whole batches or not. */
  get fileBytes(): number {
    return this.#file.size()
  }

  /** Bytes of the file, those after `sizeBytes` too; fewer than `length` at its end. */
  readRaw(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.#file.size() - position)))
    return bytes.subarray(0, this.#file.read(position, bytes))
  }

  /** Cuts the file to `sizeBytes`. Returns how many bytes that were. */
  cutTail(): number {
    const cutBytes = this.#file.size() - this.sizeBytes
    if (cutBytes > 0) {
      this.#file.truncate(this.sizeBytes)
      this.#unsynced = true
    }
    return cutBytes
  }

  /**
   * Makes what was found in the file survive a power cut; where a sync failed, by writing it
   * again.
   */
  async syncFound(): Promise<void> {
    const mark = withExtension(this.path, 'unsynced')
    const isMarked = this.#disk.exists(mark)
    for (let at = 0; isMarked && at < this.sizeBytes; at += recoveryChunkBytes) {
      this.#file.write(at, this.#readAt(at, recoveryChunkBytes))
    }
    await this.sync()
    if (isMarked) this.#disk.remove(mark)
  }

  /** Resolves when all that was written before survives a power cut. */
  async sync(): Promise<void> {
    while (this.#syncing !== undefined) await this.#syncing.catch(() => {})
    if (!this.#unsynced) return
    this.#unsynced = false
    this.#syncing = this.#file.sync()
    try {
      await this.#syncing
    } catch (cause) {
      this.#unsynced = true
      this.#markUnsynced()
      throw cause
    } finally {
      this.#syncing = undefined
    }
  }

  /** Writes the index file. Precondition: the segment is synced. */
  writeIndex(): void {
    this.#disk.replaceFile(indexPath(this.path), this.#index.encode(this.baseOffset, this))
  }

  close(): void {
    this.#file.close()
  }

  /** Removes the closed segment from the disk. */
  remove(): void {
    this.#disk.remove(indexPath(this.path))
    this.#disk.remove(withExtension(this.path, 'unsynced'))
    this.#disk.remove(this.path)
  }

  #readAt(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.min(length, this.sizeBytes - position))
    return bytes.subarray(0, this.#file.read(position, bytes))
  }

  /** For the next start, whatever ends this process; after a power cut it is not needed. */
  #markUnsynced(): void {
    try {
      this.#disk.open(withExtension(this.path, 'unsynced'), { create: true }).close()
    } catch {
      // The disk takes nothing at all; the next start reads what is left of the file.
    }
  }

  #cutLeftover(): void {
    if (!this.#leftover) return
    this.#file.truncate(this.sizeBytes)
    this.#leftover = false
  }
}

/** `00000000000000000042.log`, as Kafka names it. */
export function segmentPath(directory: string, baseOffset: number, extension: string): string {
  return path.join(directory, `${String(baseOffset).padStart(20, '0')}.${extension}`)
}

function indexPath(logPath: string): string {
  return withExtension(logPath, 'index')
}

function withExtension(logPath: string, extension: string): string {
  return `${logPath.slice(0, -'log'.length)}${extension}`
}
