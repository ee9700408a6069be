import type { Disk, DiskFile } from '@millrace/host'
import { lengthInAll } from './entry.js'
import { StateError } from './errors.js'
import { FrameReader, fillFrame, frameHeadBytes } from './frames.js'
import { journalEntryBytesMax, journalScratchBytesMax } from './limits.js'

/**
 * Entries, one after another, each a frame (`frames.ts`).
 *
 * An entry counts once `append` has resolved: it was written in one write and synced. A crash
 * before that may leave any part of it behind its predecessor; `Journal.open` cuts that off.
 * Since each entry is synced before the next is written, only the last can be torn. Damage with
 * a whole entry behind it is therefore no torn tail but a broken disk, and is refused.
 */
export class Journal {
  readonly path: string
  private readonly file: DiskFile
  private end: number
  /** What an entry is put together in, one after another: new memory for each would cost more. */
  private scratch = Buffer.alloc(0)

  private constructor(file: DiskFile, path: string, end: number) {
    this.file = file
    this.path = path
    this.end = end
  }

  /** Opens or makes the file, gives its entries to `replay` in order, and cuts a torn tail. */
  static async open(disk: Disk, path: string, replay: (payload: Buffer) => void): Promise<Journal> {
    const file = disk.open(path, { create: true })
    try {
      const frames = new FrameReader(file)
      let end = 0
      for (;;) {
        const payload = frames.at(end)
        if (payload === undefined) break
        replay(payload)
        end += frameHeadBytes + payload.length
      }
      refuseDamageBefore(frames, end, path)
      if (end < file.size()) {
        file.truncate(end)
        await file.sync()
      }
      return new Journal(file, path, end)
    } catch (error) {
      file.close()
      throw error
    }
  }

  /** Resolves when the entry survives a power cut. One at a time. */
  async append(payload: readonly Uint8Array[]): Promise<void> {
    const length = lengthInAll(payload)
    if (length > journalEntryBytesMax) {
      throw new StateError('ENTRY_TOO_LARGE', `${this.path}: ${length} bytes in one step`)
    }
    const entry = this.memoryFor(frameHeadBytes + length)
    fillFrame(entry, payload)
    this.file.write(this.end, entry)
    await this.file.sync()
    this.end += entry.length
  }

  private memoryFor(bytes: number): Buffer {
    if (bytes > journalScratchBytesMax) return Buffer.allocUnsafeSlow(bytes)
    if (bytes > this.scratch.length) this.scratch = Buffer.allocUnsafeSlow(bytes * 2)
    return this.scratch.subarray(0, bytes)
  }

  get sizeBytes(): number {
    return this.end
  }

  close(): void {
    this.file.close()
  }
}

function refuseDamageBefore(frames: FrameReader, end: number, path: string): void {
  const length = frames.lengthAt(end)
  if (length === undefined) return
  if (frames.at(end + frameHeadBytes + length) !== undefined) {
    throw new StateError('JOURNAL_DAMAGED', `${path}: the entry at byte ${end} is damaged`)
  }
}
