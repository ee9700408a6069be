import {
  batchAttribute,
  batchField,
  checksummedFrom,
  readInt64,
  writeInt64,
} from './batch-header.js'
import { crc32c } from './crc32c.js'

/**
 * Sets whose time the records of a batch carry, and the greatest of them, in place: with 'append'
 * it is the time of all. The checksum covers both, and is set anew where they change.
 */
export function setTimestamps(
  batch: Buffer,
  whose: 'create' | 'append',
  maxTimestamp: number,
): void {
  const before = batch.readInt16BE(batchField.attributes)
  const { logAppendTime } = batchAttribute
  const after = whose === 'append' ? before | logAppendTime : before & ~logAppendTime
  if (before === after && readInt64(batch, batchField.maxTimestamp) === maxTimestamp) return
  batch.writeInt16BE(after, batchField.attributes)
  writeInt64(batch, maxTimestamp, batchField.maxTimestamp)
  batch.writeUInt32BE(crc32c(batch, checksummedFrom), batchField.crc)
}
