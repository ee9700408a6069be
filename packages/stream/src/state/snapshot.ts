import { crc32 } from 'node:zlib'
import type { Disk } from '@millrace/host'
import { StateError } from './errors.js'

/**
 * One file: `[u32 CRC-32 of the payload][payload]`, replaced in one move, so that a crash leaves
 * the old one or the new one.
 */
export function writeSnapshot(disk: Disk, path: string, payload: Uint8Array): void {
  const file = Buffer.allocUnsafe(4 + payload.length)
  file.writeUInt32LE(crc32(payload), 0)
  file.set(payload, 4)
  disk.replaceFile(path, file)
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
