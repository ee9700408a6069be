import { crc32 } from 'node:zlib'
import type { Disk } from '@millrace/host'
import type { JobDescription } from './description.js'
import type { StepEntry } from './entry.js'
import { StateError } from './errors.js'
import {
  journalBytesMax,
  journalBytesMin,
  journalPerSnapshot,
  journalPerState,
  pieceBytesMax,
  sparsePiecesMax,
} from './limits.js'
import { extentsOf, type StateImage } from './state-image.js'

/** What stands in a snapshot and in a savepoint before what the states hold, in JSON. */
export interface SnapshotHead {
  readonly description: JobDescription
  /** Of a savepoint, which is known by this. */
  readonly savepoint?: string
  /** The savepoint that the job began from. */
  readonly origin?: string
}

/** Where a job stands, without what its states hold. */
export type SnapshotStanding = Pick<StepEntry, 'epoch' | 'positions' | 'totals' | 'openFiles'>

/**
 * A snapshot: where the job stood, and where in the pieces (`pieces.ts`) the memory of each of its
 * states lies as it was then. Pages that were not changed lie where an earlier one has put them.
 */
export interface Snapshot {
  readonly head: SnapshotHead
  readonly standing: SnapshotStanding
  /** By the states' names. */
  readonly states: Readonly<Record<string, StateImage>>
  /** Bytes that were written for it. */
  readonly writtenBytes: number
}

export const formatVersion = 2

/**
 * The bytes of `snapshot`: `[u32 CRC-32 of the payload][payload, JSON]`. The file is replaced in one
 * move, so that a crash leaves the old one or the new one.
 */
export function snapshotBytes(snapshot: Snapshot): Uint8Array[] {
  const payload = Buffer.from(JSON.stringify({ format: formatVersion, ...snapshot }))
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32LE(crc32(payload))
  return [checksum, payload]
}

/** Undefined where there is none; throws a `StateError` when it is damaged, or of another version. */
export function readSnapshot(disk: Disk, directory: string): Snapshot | undefined {
  const path = snapshotPath(directory)
  if (!disk.exists(path)) return undefined
  const file = disk.readFile(path)
  const payload = file.subarray(4)
  if (file.length < 4 || crc32(payload) !== file.readUInt32LE(0)) {
    throw new StateError('SNAPSHOT_DAMAGED', `${path}: the checksum does not match`)
  }
  const { format, ...snapshot } = parsed(payload)
  if (format !== formatVersion) {
    throw new StateError('SNAPSHOT_OF_OTHER_VERSION', `${path} has another format`)
  }
  return snapshot
}

export function snapshotPath(directory: string): string {
  return `${directory}/snapshot`
}

/** How long journals become before the next snapshot; at least `bytesMin`. */
export function journalLimit(
  { writtenBytes, states }: Pick<Snapshot, 'writtenBytes' | 'states'>,
  bytesMin = journalBytesMin,
): number {
  let stateBytes = 0
  for (const [, , bytes] of extentsOf(Object.values(states))) stateBytes += bytes
  const worthwhile = Math.max(
    bytesMin,
    writtenBytes * journalPerSnapshot,
    stateBytes * journalPerState,
  )
  return Math.min(worthwhile, journalBytesMax)
}

/** Pieces of which a snapshot wants so little that the next should write it anew. */
export function sparsePieces({ states }: Pick<Snapshot, 'states'>): Set<number> {
  const wanted = new Map<number, number>()
  for (const [piece, , bytes] of extentsOf(Object.values(states))) {
    wanted.set(piece, (wanted.get(piece) ?? 0) + bytes)
  }
  const sparse = [...wanted].filter(([, bytes]) => bytes < pieceBytesMax / 2)
  return new Set(sparse.length > sparsePiecesMax ? sparse.map(([piece]) => piece) : [])
}

function parsed(payload: Buffer): Snapshot & { format?: number } {
  try {
    return JSON.parse(payload.toString())
  } catch {
    // The checksum is right: what is no JSON was written by another version.
    return { format: 0 } as Snapshot & { format: number }
  }
}
