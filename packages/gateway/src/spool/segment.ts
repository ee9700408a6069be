import path from 'node:path'
import type { Disk, DiskFile } from '@millrace/host'
import { type Frame, readFrame } from './frame.js'

const suffix = '.spool'

/** A file of frames with ascending numbers, named after the first. */
export class Segment {
  readonly first: number
  readonly #disk: Disk
  readonly #path: string
  readonly #file: DiskFile
  /** The frames that are not done. */
  readonly pending = new Set<number>()
  bytes = 0

  private constructor(disk: Disk, folder: string, first: number) {
    this.first = first
    this.#disk = disk
    this.#path = path.join(folder, `${String(first).padStart(15, '0')}${suffix}`)
    this.#file = disk.open(this.#path, { create: true })
  }

  /** A new file; its name survives a power cut. */
  static create(disk: Disk, folder: string, first: number): Segment {
    const segment = new Segment(disk, folder, first)
    segment.#file.truncate(0)
    disk.syncDirectory(folder)
    return segment
  }

  /** The files of a folder, by their first numbers. */
  static list(disk: Disk, folder: string): number[] {
    return disk
      .list(folder)
      .filter((name) => name.endsWith(suffix))
      .map((name) => Number(name.slice(0, -suffix.length)))
      .sort((a, b) => a - b)
  }

  /**
   * Opens a file and reads its frames, up to the first that is cut off or damaged; tells how many
   * bytes come from there on.
   */
  static open(disk: Disk, folder: string, first: number) {
    const segment = new Segment(disk, folder, first)
    const bytes = Buffer.allocUnsafe(segment.#file.size())
    segment.#file.read(0, bytes)
    const frames: Frame[] = []
    let at = 0
    for (let number = first; ; number++) {
      const frame = readFrame(bytes, at)
      if (frame === undefined || frame.number !== number) break
      frames.push(frame)
      at = frame.end
    }
    segment.bytes = at
    return { segment, frames, unread: bytes.length - at }
  }

  /** Cuts off what comes after the last frame that is whole. */
  cut(): void {
    this.#file.truncate(this.bytes)
  }

  /** Appends bytes, and gives where they begin; not synced. A write that failed leaves nothing. */
  write(bytes: Buffer): number {
    const at = this.bytes
    try {
      this.#file.write(at, bytes)
    } catch (cause) {
      this.cut()
      throw cause
    }
    this.bytes += bytes.length
    return at
  }

  sync(): Promise<void> {
    return this.#file.sync()
  }

  read(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    this.#file.read(at, bytes)
    return bytes
  }

  close(): void {
    this.#file.close()
  }

  /** Closes and removes the file. */
  remove(): void {
    this.close()
    this.#disk.remove(this.#path)
  }
}
