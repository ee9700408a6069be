import type { Disk } from '@millrace/host'
import { StateError } from './errors.js'
import { readSnapshot, writeSnapshot } from './snapshot.js'

/**
 * A savepoint is a folder with one file, `savepoint`: a snapshot (`snapshot.ts`) with an id of its
 * own. Nobody changes it after it was written; any number of jobs may begin from it, anywhere.
 */
export function writeSavepoint(
  disk: Disk,
  directory: string,
  payload: readonly Uint8Array[],
): void {
  if (disk.exists(pathOf(directory))) {
    throw new StateError('SAVEPOINT_EXISTS', `${directory} holds a savepoint already`)
  }
  disk.makeDirectory(directory)
  writeSnapshot(disk, pathOf(directory), payload)
  disk.syncDirectory(directory)
}

export function readSavepoint(disk: Disk, directory: string): Buffer {
  const payload = readSnapshot(disk, pathOf(directory))
  if (payload !== undefined) return payload
  throw new StateError('SAVEPOINT_MISSING', `${directory} holds no savepoint`)
}

function pathOf(directory: string): string {
  return `${directory}/savepoint`
}
