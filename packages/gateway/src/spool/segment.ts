import path from 'node:path'
import type { Clock, Disk, DiskFile } from '@millrace/host'
import { spoolAllocateBytes, spoolAllocatePauseMs } from '../limits.js'
import { endMarkBytes, type Frame, hasLaterFrame, isEnd, readFrame } from './frame.js'

const suffix = '.spool'

const zeros = Buffer.alloc(spoolAllocateBytes)

/** No file has so many: a frame with a number that far on is not one. */
const framesOfAFileMax = 1_000_000

/** A file that was there, and what could be read of it. */
export interface FoundSegment {
  readonly segment: Segment
  readonly frames: readonly Frame[]
  /** Of bytes that are neither frames nor room. */
  readonly unread: number
}

/**
 * A file of frames with ascending numbers, and behind their end mark room for further ones: zeros,
 * or what is left of frames that are done, whose numbers are lower.
 *
 * The room is why it is made ahead, and used again: a sync of bytes that lie where the file has
 * bytes already is one write of the device. One that makes a file longer has to wait for the file
 * system's journal too, and for all that others have in it.
 */
export class Segment {
  /** What names it among the files of its folder. */
  readonly index: number
  readonly #disk: Disk
  readonly #path: string
  readonly #file: DiskFile
  /** Frames that are not done. */
  pending = 0
  /** Of its frames. */
  bytes = 0
  #roomBytes = 0
  #isBroken = false

  private constructor(disk: Disk, folder: string, index: number) {
    this.index = index
    this.#disk = disk
    this.#path = pathOf(folder, index)
    this.#file = disk.open(this.#path, { create: true })
  }

  /** A new file; its name survives a power cut. */
  static create(disk: Disk, folder: string, index: number): Segment {
    const segment = new Segment(disk, folder, index)
    segment.#file.truncate(0)
    disk.syncDirectory(folder)
    return segment
  }

  /**
   * The same while others go on, with room for so many bytes. Rejects with a `DiskError`, and then
   * there is no file.
   */
  static async prepare(
    { clock, disk }: { clock: Clock; disk: Disk },
    folder: string,
    index: number,
    bytes: number,
    signal: AbortSignal,
  ): Promise<Segment> {
    await disk.replaceFileInBackground(pathOf(folder, index), '')
    const segment = new Segment(disk, folder, index)
    try {
      // In pieces, and with time between them: whoever syncs the segment in use meanwhile waits for
      // the same device.
      for (let at = 0; at < bytes && !signal.aborted; at += zeros.length) {
        if (at > 0) await clock.sleep(spoolAllocatePauseMs, signal).catch(() => {})
        const piece = zeros.subarray(0, Math.min(zeros.length, bytes - at))
        await segment.#file.writeInBackground(at, piece)
        await segment.#file.sync()
        segment.#roomBytes = at + piece.length
      }
    } catch (cause) {
      segment.remove()
      throw cause
    }
    return segment
  }

  /** The files of a folder, by their indexes. */
  static list(disk: Disk, folder: string): number[] {
    return disk
      .list(folder)
      .filter((name) => name.endsWith(suffix))
      .map((name) => Number(name.slice(0, -suffix.length)))
      .sort((a, b) => a - b)
  }

  /**
   * Opens a file and reads its frames, up to the first that is cut off or damaged; tells how many
   * bytes come from there on, if they are more than room.
   */
  static open(disk: Disk, folder: string, index: number): FoundSegment {
    const segment = new Segment(disk, folder, index)
    const bytes = Buffer.alloc(segment.#file.size())
    segment.#file.read(0, bytes)
    const frames: Frame[] = []
    let at = 0
    for (;;) {
      const frame = readFrame(bytes, at)
      if (frame === undefined || frame.number <= (frames.at(-1)?.number ?? -1)) break
      frames.push(frame)
      at = frame.end
    }
    segment.bytes = at
    segment.#roomBytes = bytes.length
    const last = frames.at(-1)?.number ?? -1
    const isWhole = isEnd(bytes, at) && !hasLaterFrame(bytes, at, last, framesOfAFileMax)
    return { segment, frames, unread: isWhole ? 0 : bytes.length - at }
  }

  /** Whether it takes a group of so many bytes without growing. */
  hasRoom(bytes: number): boolean {
    return this.bytes + bytes <= this.#roomBytes
  }

  /** With the room for further frames. */
  get roomBytes(): number {
    return this.#roomBytes
  }

  /** Takes frames from its beginning again. Those that it has are done, and that is on disk. */
  reuse(): void {
    this.bytes = 0
  }

  /** Whether nothing may be written to it any more. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Cuts off what comes after the last frame that is whole, room included. */
  cut(): void {
    this.#file.truncate(this.bytes)
    this.#roomBytes = this.bytes
  }

  /**
   * Appends a group; resolves when it survives a power cut. Rejects with a `DiskError`: then nobody
   * knows whether it is on disk, so it is cut off, and nothing may be appended any more.
   */
  async append(bytes: Buffer): Promise<void> {
    try {
      this.#file.write(this.bytes, bytes)
      await this.#file.sync()
    } catch (cause) {
      this.#isBroken = true
      try {
        this.cut()
      } catch {
        // Then they may come back at a start: events whose senders were told to send them again.
      }
      throw cause
    }
    this.bytes += bytes.length - endMarkBytes
    this.#roomBytes = Math.max(this.#roomBytes, this.bytes)
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

  /** The same while others go on: to remove a large file takes milliseconds. */
  async removeInBackground(): Promise<void> {
    this.close()
    await this.#disk.removeInBackground(this.#path)
  }
}

function pathOf(folder: string, index: number): string {
  return path.join(folder, `${String(index).padStart(15, '0')}${suffix}`)
}
