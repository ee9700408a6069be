import path from 'node:path'
import type { Clock, Disk, DiskFile } from '@millrace/host'
import { spoolAllocateBytes, spoolAllocatePauseMs } from '../limits.js'
import { type Frame, readFrame } from './frame.js'

const suffix = '.spool'

const zeros = Buffer.alloc(spoolAllocateBytes)

/**
 * A file of frames with ascending numbers; it may end with zeros, room for further ones.
 *
 * The room is why it is made ahead: a sync of bytes that lie where the file has bytes already is
 * one write of the device. One that makes a file longer has to wait for the file system's journal
 * too, and for all that others have in it.
 */
export class Segment {
  /** What names it among the files of its folder. */
  readonly index: number
  readonly #disk: Disk
  readonly #path: string
  readonly #file: DiskFile
  /** The frames that are not done. */
  readonly pending = new Set<number>()
  /** Of its frames. */
  bytes = 0
  /** With the room for further ones. */
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
  static open(disk: Disk, folder: string, index: number) {
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
    const isRoom = bytes.subarray(at).equals(Buffer.alloc(bytes.length - at))
    return { segment, frames, unread: isRoom ? 0 : bytes.length - at }
  }

  /** Whether it takes so many bytes without growing. */
  hasRoom(bytes: number): boolean {
    return this.bytes + bytes <= this.#roomBytes
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
   * Appends bytes; resolves when they survive a power cut. Rejects with a `DiskError`: then nobody
   * knows whether they are on disk, so they are cut off, and nothing may be appended any more.
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
    this.bytes += bytes.length
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

function pathOf(folder: string, index: number): string {
  return path.join(folder, `${String(index).padStart(15, '0')}${suffix}`)
}
