import { CorruptBatchError } from '../errors.js'
import {
  batchField,
  batchHeaderBytes,
  checksummedFrom,
  lengthPrefixBytes,
  readBatchHeader,
  writeInt64,
} from './batch-header.js'
import { crc32c } from './crc32c.js'
import { VarintCursor, varintBytes, writeVarint } from './varint.js'

/** What the deltas of time and offset, and the length before them, may take more than before. */
const growthBytesMax = 16

/**
 * Makes one batch of several that are not compressed: their records one after another, with the
 * header of the first. What it holds is what `encodeBatch` would make of all of the records, but
 * no record is read for it: only the place and the time that it has in its batch are written anew.
 * A single batch is given back as it is. Throws a `CorruptBatchError` for what is not whole.
 */
export function joinBatches(batches: readonly Buffer[]): Buffer {
  const [first] = batches
  if (first === undefined) throw new TypeError('There is no batch to be joined.')
  if (batches.length === 1) return first
  const headers = batches.map((batch) => readBatchHeader(batch))
  let bytes = batchHeaderBytes
  for (const { compression, lengthBytes, recordCount } of headers) {
    if (compression !== 'none') throw new TypeError(`A batch is compressed with ${compression}.`)
    bytes += lengthBytes - batchHeaderBytes + recordCount * growthBytesMax
  }
  const joined = Buffer.allocUnsafe(bytes)
  first.copy(joined, 0, 0, batchHeaderBytes)
  const baseTimestamp = headers[0]?.baseTimestamp ?? -1
  let at = batchHeaderBytes
  let records = 0
  let maxTimestamp = baseTimestamp
  headers.forEach((header, nth) => {
    const batch = batches[nth] as Buffer
    const end = Math.min(header.lengthBytes, batch.length)
    const laterMs = header.baseTimestamp - baseTimestamp
    const cursor = new VarintCursor(batch, batchHeaderBytes)
    for (let left = header.recordCount; left > 0; left--) {
      const recordEnd = cursor.int32() + cursor.at
      const attributes = batch[cursor.at++]
      const timestampDelta = cursor.int64() + laterMs
      cursor.int32()
      if (cursor.failed || cursor.at > recordEnd || recordEnd > end || attributes === undefined) {
        throw new CorruptBatchError(`record ${records} of a joined batch is not whole`)
      }
      const restBytes = recordEnd - cursor.at
      const deltaBytes = varintBytes(timestampDelta) + varintBytes(records)
      at = writeVarint(joined, 1 + deltaBytes + restBytes, at)
      joined[at++] = attributes
      at = writeVarint(joined, timestampDelta, at)
      at = writeVarint(joined, records, at)
      at += batch.copy(joined, at, cursor.at, recordEnd)
      cursor.at = recordEnd
      records++
    }
    if (cursor.at !== header.lengthBytes) {
      throw new CorruptBatchError(`a joined batch does not end where its length says`)
    }
    if (header.maxTimestamp > maxTimestamp) maxTimestamp = header.maxTimestamp
  })
  const whole = joined.subarray(0, at)
  whole.writeInt32BE(at - lengthPrefixBytes, batchField.length)
  whole.writeInt32BE(records - 1, batchField.lastOffsetDelta)
  writeInt64(whole, maxTimestamp, batchField.maxTimestamp)
  whole.writeInt32BE(records, batchField.recordCount)
  whole.writeUInt32BE(crc32c(whole, checksummedFrom), batchField.crc)
  return whole
}
