import { crc32 } from 'node:zlib'
import type { DiskFile } from '@millrace/host'
import { copyBytes } from './copy-bytes.js'
import { lengthInAll } from './entry.js'
import { frameWindowBytes, journalEntryBytesMax } from './limits.js'

/** `[u32 length][u32 CRC-32 of the payload][payload]`, little-endian, one after another in a file. */
export const frameHeadBytes = 8

/** Writes a payload as a frame into memory of `frameHeadBytes` and its own length. */
export function fillFrame(target: Buffer, payload: readonly Uint8Array[]): void {
  let at = frameHeadBytes
  for (const part of payload) {
    copyBytes(part, 0, part.length, target, at)
    at += part.length
  }
  target.writeUInt32LE(at - frameHeadBytes, 0)
  target.writeUInt32LE(crc32(target.subarray(frameHeadBytes, at)), 4)
}

/** A payload as a frame. */
export function frameOf(payload: readonly Uint8Array[]): Buffer {
  const frame = Buffer.allocUnsafeSlow(frameHeadBytes + lengthInAll(payload))
  fillFrame(frame, payload)
  return frame
}

/** Reads frames, some of the file at a time. */
export class FrameReader {
  private readonly file: DiskFile
  private readonly end: number
  private window = Buffer.alloc(0)
  private start = 0

  constructor(file: DiskFile) {
    this.file = file
    this.end = file.size()
  }

  /**
   * The payload of the frame at a byte, which stays as it is; undefined where no whole one is
   * there. An empty one is none.
   */
  at(position: number): Buffer | undefined {
    const length = this.lengthAt(position)
    if (length === undefined || length === 0 || length > journalEntryBytesMax) return undefined
    const frame = this.bytesAt(position, frameHeadBytes + length)
    if (frame === undefined) return undefined
    const payload = frame.subarray(frameHeadBytes)
    return crc32(payload) === frame.readUInt32LE(4) ? payload : undefined
  }

  /** What the frame at a byte says of its length, whatever is behind; undefined at the end. */
  lengthAt(position: number): number | undefined {
    return this.bytesAt(position, frameHeadBytes)?.readUInt32LE(0)
  }

  private bytesAt(position: number, length: number): Buffer | undefined {
    if (position + length > this.end) return undefined
    if (position < this.start || position + length > this.start + this.window.length) {
      // Memory of its own for each: payloads are parts of it.
      const bytes = Math.min(this.end - position, Math.max(length, frameWindowBytes))
      this.window = Buffer.allocUnsafeSlow(bytes)
      this.start = position
      this.file.read(position, this.window)
    }
    return this.window.subarray(position - this.start, position - this.start + length)
  }
}
