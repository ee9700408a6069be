import { CorruptBatchError } from '../errors.js'
import {
  type BatchHeader,
  checksummedFrom,
  readBatchHeader,
  recordBatchMagic,
} from './batch-header.js'
import { crc32c } from './crc32c.js'

/**
 * Checks that the bytes are exactly one batch of version 2 with the right checksum and with
 * counts that can be; throws `CorruptBatchError` with the reason. Base offset and leader epoch
 * are not under the checksum and not checked.
 */
export function verifyBatch(bytes: Buffer): void {
  verifyChecksum(bytes)
  verifyCounts(readBatchHeader(bytes))
}

/** The first half of `verifyBatch`: the bytes are a batch, as somebody wrote it. */
export function verifyChecksum(bytes: Buffer): void {
  const header = readBatchHeader(bytes)
  if (header.magic !== recordBatchMagic) {
    throw new CorruptBatchError(`its format is version ${header.magic}, not ${recordBatchMagic}`)
  }
  if (header.lengthBytes !== bytes.length) {
    throw new CorruptBatchError(
      `it says it has ${header.lengthBytes} bytes, ${bytes.length} are there`,
    )
  }
  const crc = crc32c(bytes, checksummedFrom)
  if (crc !== header.crc) {
    throw new CorruptBatchError(`its checksum is ${hex(header.crc)}, its bytes have ${hex(crc)}`)
  }
}

/** The second half: what was written can be. */
export function verifyCounts(header: BatchHeader): void {
  const { recordCount, lastOffsetDelta } = header
  if (recordCount < 0 || lastOffsetDelta < recordCount - 1) {
    throw new CorruptBatchError(
      `it says it has ${recordCount} records over ${lastOffsetDelta + 1} offsets`,
    )
  }
  if (header.compression === undefined) {
    throw new CorruptBatchError(`compression ${header.attributes & 7} does not exist`)
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
