import { crc32 } from 'node:zlib'
import type { Disk, DiskFile } from '@millrace/host'
import { copyBytes } from './column.js'
import { lengthInAll } from './entry.js'
import { StateError } from './errors.js'
import { journalEntryBytesMax, journalScratchBytesMax } from './limits.js'

/**
 * Entries, one after another: `[u32 length][u32 CRC-32 of the payload][payload]`.
 *
 * An entry counts once `append` has resolved: it was written in one write and synced. A crash
 * before that may leave any part of it behind its predecessor; `openJournal` cuts that off.
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
    const bytes = disk.exists(path) ? disk.readFile(path) : Buffer.alloc(0)
    let end = 0
    for (;;) {
      const payload = entryAt(bytes, end)
      if (payload === undefined) break
      replay(payload)
      end += headBytes + payload.length
    }
    refuseDamageBefore(bytes, end, path)
    const file = disk.open(path, { create: true })
    if (end < file.size()) {
      file.truncate(end)
      await file.sync()
    }
    return new Journal(file, path, end)
  }

  /** Resolves when the entry survives a power cut. One at a time. */
  async append(payload: readonly Uint8Array[]): Promise<void> {
    const length = lengthInAll(payload)
    if (length > journalEntryBytesMax) {
      throw new StateError('ENTRY_TOO_LARGE', `${this.path}: ${length} bytes in one step`)
    }
    const entry = this.memoryFor(headBytes + length)
    let at = headBytes
    for (const part of payload) {
      copyBytes(part, 0, part.length, entry, at)
      at += part.length
    }
    entry.writeUInt32LE(length, 0)
    entry.writeUInt32LE(crc32(entry.subarray(headBytes)), 4)
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

const headBytes = 8

function entryAt(bytes: Buffer, at: number): Buffer | undefined {
  if (at + headBytes > bytes.length) return undefined
  const length = bytes.readUInt32LE(at)
  const start = at + headBytes
  if (length === 0 || length > journalEntryBytesMax || start + length > bytes.length) {
    return undefined
  }
  const payload = bytes.subarray(start, start + length)
  return crc32(payload) === bytes.readUInt32LE(at + 4) ? payload : undefined
}

function refuseDamageBefore(bytes: Buffer, end: number, path: string): void {
  if (end + headBytes > bytes.length) return
  const next = end + headBytes + bytes.readUInt32LE(end)
  if (entryAt(bytes, next) !== undefined) {
    throw new StateError('JOURNAL_DAMAGED', `${path}: the entry at byte ${end} is damaged`)
  }
}
