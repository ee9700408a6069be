import { crc32 } from 'node:zlib'
import type { Disk } from '@millrace/host'
import type { JobDescription } from './description.js'
import { entryParts, lengthInAll, type StepEntry } from './entry.js'
import { StateError } from './errors.js'
import { journalBytesMax, journalBytesMin, journalPerSnapshot, snapshotBytesMax } from './limits.js'

/**
 * One file: `[u32 CRC-32 of the payload][payload]`, replaced in one move, so that a crash leaves
 * the old one or the new one.
 */
export function writeSnapshot(disk: Disk, path: string, payload: readonly Uint8Array[]): void {
  const checksum = Buffer.alloc(4)
  const bytes = checksum.length + lengthInAll(payload)
  if (bytes > snapshotBytesMax) {
    throw new StateError('SNAPSHOT_TOO_LARGE', `${path} would have ${bytes} bytes`)
  }
  checksum.writeUInt32LE(payload.reduce((sum, part) => crc32(part, sum), 0))
  disk.replaceFile(path, [checksum, ...payload])
}

/** How long a journal becomes before the next snapshot, where the last had so many bytes. */
export function journalLimit(snapshotBytes: number): number {
  const worthwhile = Math.max(journalBytesMin, snapshotBytes * journalPerSnapshot)
  return Math.min(worthwhile, journalBytesMax)
}

/** Undefined where there is none; throws a `StateError` when it is damaged. */
export function readSnapshot(disk: Disk, path: string): Buffer | undefined {
  if (!disk.exists(path)) return undefined
  const file = disk.readFile(path)
  const payload = file.subarray(4)
  if (file.length < 4 || crc32(payload) !== file.readUInt32LE(0)) {
    throw new StateError('SNAPSHOT_DAMAGED', `${path}: the checksum does not match`)
  }
  return payload
}

/** What stands before the rows of a snapshot, in JSON. */
export interface SnapshotHead {
  readonly description: JobDescription
  /** Of a savepoint, which is known by this. */
  readonly savepoint?: string
  /** The savepoint that the job began from. */
  readonly origin?: string
}

/** `[u32 length of the head][head][entry]`: the payload of a snapshot, one part after another. */
export function snapshotPayload(head: SnapshotHead, entry: StepEntry): Uint8Array[] {
  const text = Buffer.from(JSON.stringify({ format: formatVersion, ...head }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return [length, text, ...entryParts(entry)]
}

export function splitPayload(payload: Buffer): { head: SnapshotHead; entry: Buffer } {
  const end = 4 + payload.readUInt32LE(0)
  const head = JSON.parse(payload.toString('utf8', 4, end))
  if (head.format !== formatVersion) {
    throw new StateError('SNAPSHOT_OF_OTHER_VERSION', 'the state has another format')
  }
  return { head, entry: payload.subarray(end) }
}

/** The tables that the job of a state, or of a savepoint, writes; undefined where there is neither. */
export function storedSinks(disk: Disk, directory: string): readonly string[] | undefined {
  for (const name of ['snapshot', 'savepoint']) {
    const payload = readSnapshot(disk, `${directory}/${name}`)
    if (payload !== undefined) return splitPayload(payload).head.description.sinks
  }
  return undefined
}

const formatVersion = 1
