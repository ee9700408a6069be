import type { Disk } from '@millrace/host'
import { entryParts } from './entry.js'
import { StateError } from './errors.js'
import { FrameReader, frameHeadBytes, frameOf } from './frames.js'
import type { OperatorState } from './operator-state.js'
import {
  formatVersion,
  readSnapshot,
  type SnapshotHead,
  type SnapshotStanding,
} from './snapshot.js'

/**
 * A savepoint is a folder with one file, `savepoint`, of frames (`frames.ts`): the head in JSON, with
 * an id of its own; an entry (`entry.ts`) of where the job stands; entries of what its states hold, as
 * rows, one part after another; and a frame without a payload, which ends it. It says nothing of
 * how states lie in memory. Nobody changes it after it was written; any number of jobs may begin
 * from it, anywhere.
 */
export interface Savepoint {
  readonly head: SnapshotHead
  /** The payloads of the entries, in order, read while they are asked for. */
  entries(): Generator<Buffer>
}

/** Resolves when it is on disk. */
export async function writeSavepoint(
  disk: Disk,
  directory: string,
  of: {
    head: SnapshotHead
    standing: SnapshotStanding
    states: ReadonlyMap<string, OperatorState>
  },
): Promise<void> {
  const path = pathOf(directory)
  if (disk.exists(path)) {
    throw new StateError('SAVEPOINT_EXISTS', `${directory} holds a savepoint already`)
  }
  disk.makeDirectory(directory)
  const draft = `${path}.new`
  disk.remove(draft)
  const file = disk.open(draft, { create: true })
  try {
    let end = 0
    const write = (bytes: Uint8Array) => {
      file.write(end, bytes)
      end += bytes.length
    }
    write(frameOf([Buffer.from(JSON.stringify({ format: formatVersion, ...of.head }))]))
    const entry = { ...of.standing, changes: [], outbox: [] }
    write(frameOf(entryParts(entry)))
    for (const [state, each] of of.states) {
      for (const change of each.wholeInParts()) {
        write(frameOf(entryParts({ ...entry, positions: [], changes: [{ state, ...change }] })))
      }
    }
    write(Buffer.alloc(frameHeadBytes))
    await file.sync()
  } finally {
    file.close()
  }
  disk.rename(draft, path)
  disk.syncDirectory(directory)
}

/** Undefined where there is none; throws a `StateError` where it is damaged, or of another version. */
export function readSavepoint(disk: Disk, directory: string): Savepoint | undefined {
  const path = pathOf(directory)
  if (!disk.exists(path)) return undefined
  const damaged = (at: number) => {
    return new StateError('SNAPSHOT_DAMAGED', `${path}: what stands at byte ${at} is damaged`)
  }
  const read = function* (): Generator<Buffer> {
    const file = disk.open(path, { readOnly: true })
    try {
      const frames = new FrameReader(file)
      for (let at = 0; ; ) {
        const payload = frames.at(at)
        if (payload === undefined) {
          if (frames.lengthAt(at) === 0) return
          throw damaged(at)
        }
        yield payload
        at += frameHeadBytes + payload.length
      }
    } finally {
      file.close()
    }
  }
  const [first] = read()
  const { format, ...head } = first === undefined ? { format: 0 } : headOf(first, damaged)
  if (format !== formatVersion) {
    throw new StateError('SNAPSHOT_OF_OTHER_VERSION', `${path} has another format`)
  }
  return {
    head: head as SnapshotHead,
    *entries() {
      let isHead = true
      for (const payload of read()) {
        if (!isHead) yield payload
        isHead = false
      }
    },
  }
}

export function needSavepoint(disk: Disk, directory: string): Savepoint {
  const savepoint = readSavepoint(disk, directory)
  if (savepoint !== undefined) return savepoint
  throw new StateError('SAVEPOINT_MISSING', `${directory} holds no savepoint`)
}

/** The tables that the job of a state, or of a savepoint, writes; undefined where there is neither. */
export function storedSinks(disk: Disk, directory: string): readonly string[] | undefined {
  const stored = readSnapshot(disk, directory) ?? readSavepoint(disk, directory)
  return stored?.head.description.sinks
}

function headOf(payload: Buffer, damaged: (at: number) => StateError) {
  try {
    return JSON.parse(payload.toString()) as { format?: number }
  } catch {
    throw damaged(0)
  }
}

function pathOf(directory: string): string {
  return `${directory}/savepoint`
}
