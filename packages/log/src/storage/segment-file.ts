import path from 'node:path'
import type { Disk, DiskFile } from '@millrace/host'
import { recoveryChunkBytes } from '../limits.js'

/**
 * The bytes of a segment.
 *
 * Invariants:
 * - `sizeBytes` is where the next batch goes; bytes of the file after it are a write that failed,
 *   and are cut off before anything else is written.
 * - The file is held open only while it is written to and not yet `release`d; else it is opened
 *   for each read, so that a log needs no descriptor for what nobody reads.
 * - The `.unsynced` file is there when a sync failed. Then the system may take for synced what is
 *   not on the device, and no later sync brings it there: it must be written again.
 */
export class SegmentFile {
  sizeBytes = 0
  readonly #disk: Disk
  #path: string
  #held: DiskFile | undefined
  #unsynced = false
  #syncing: Promise<void> | undefined
  #leftover = false
  #isNameUnsynced = false

  /** A file that is there, or with `create` is made. Nothing of it is known yet. */
  constructor(disk: Disk, file: string, options: { create?: boolean } = {}) {
    this.#disk = disk
    this.#path = file
    if (options.create) disk.open(file, { create: true }).close()
  }

  get path(): string {
    return this.#path
  }

  /** Gives the file another name, in the same folder. */
  moveTo(file: string): void {
    this.#disk.rename(this.#path, file)
    this.#path = file
  }

  /** Bytes of the file, whole batches or not. */
  get fileBytes(): number {
    return this.#use((file) => file.size())
  }

  /** Whether all that is in it survives a power cut. */
  get isSynced(): boolean {
    return !this.#unsynced && this.#syncing === undefined
  }

  /** Takes what is in the file, and its name, for not synced. */
  doubt(): void {
    this.#unsynced = this.fileBytes > 0
    this.#isNameUnsynced = true
  }

  /** Writes at the end. Throws a `DiskError` when it could not: then nothing was added. */
  append(bytes: Buffer): void {
    this.#cutLeftover()
    this.syncName()
    try {
      this.#hold().write(this.sizeBytes, bytes)
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
    this.sizeBytes += bytes.length
  }

  /** Makes the file's name survive a power cut, where it is in doubt. Throws a `DiskError`. */
  syncName(): void {
    if (!this.#isNameUnsynced) return
    this.#disk.syncDirectory(path.dirname(this.#path))
    this.#isNameUnsynced = false
  }

  /** Bytes below `sizeBytes`; fewer than `length` at the end. In new memory by default. */
  read(position: number, length: number, memory?: { take(bytes: number): Buffer }): Buffer {
    const wanted = Math.max(0, Math.min(length, this.sizeBytes - position))
    const bytes = memory?.take(wanted) ?? Buffer.allocUnsafe(wanted)
    return bytes.subarray(
      0,
      this.#use((file) => file.read(position, bytes)),
    )
  }

  /** Bytes of the file, those after `sizeBytes` too; fewer than `length` at its end. */
  readRaw(position: number, length: number): Buffer {
    return this.#use((file) => {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, file.size() - position)))
      return bytes.subarray(0, file.read(position, bytes))
    })
  }

  /** Cuts the file to `sizeBytes`. Returns how many bytes that were. */
  cutTail(): number {
    const cutBytes = this.fileBytes - this.sizeBytes
    if (cutBytes > 0) {
      this.#use((file) => file.truncate(this.sizeBytes))
      this.#unsynced = true
    }
    this.#leftover = false
    return cutBytes
  }

  /**
   * Makes what was found in the file survive a power cut; where a sync failed, by writing it
   * again.
   */
  async syncFound(): Promise<void> {
    // Of an empty file the name is synced when something is written.
    if (this.sizeBytes > 0) this.syncName()
    const mark = withExtension(this.path, 'unsynced')
    const isMarked = this.#disk.exists(mark)
    for (let at = 0; isMarked && at < this.sizeBytes; at += recoveryChunkBytes) {
      this.#hold().write(at, this.read(at, recoveryChunkBytes))
    }
    await this.sync()
    if (isMarked) this.#disk.remove(mark)
  }

  /** Resolves when all that was written before survives a power cut. */
  async sync(): Promise<void> {
    while (this.#syncing !== undefined) await this.#syncing.catch(() => {})
    if (!this.#unsynced) return
    this.#unsynced = false
    this.#syncing = this.#hold().sync()
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

  /** Holds the file open no longer, where nothing is left to be synced. */
  release(): void {
    if (!this.#unsynced && this.#syncing === undefined && !this.#leftover) this.close()
  }

  close(): void {
    this.#held?.close()
    this.#held = undefined
  }

  /** Removes the file. Readers that come later find nothing. */
  remove(): void {
    this.close()
    this.#disk.remove(withExtension(this.path, 'unsynced'))
    this.#disk.remove(this.path)
  }

  #hold(): DiskFile {
    this.#held ??= this.#disk.open(this.path)
    return this.#held
  }

  #use<Result>(action: (file: DiskFile) => Result): Result {
    if (this.#held !== undefined) return action(this.#held)
    const file = this.#disk.open(this.path)
    try {
      return action(file)
    } finally {
      file.close()
    }
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
    this.#hold().truncate(this.sizeBytes)
    this.#leftover = false
  }
}

/** The path of another file of the same segment. */
export function withExtension(segmentPath: string, extension: string): string {
  return `${segmentPath.slice(0, segmentPath.lastIndexOf('.') + 1)}${extension}`
}
