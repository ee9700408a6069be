import { CorruptBatchError } from '../errors.js'
import { BatchHeader, batchField, batchHeaderBytes, lengthPrefixBytes } from './batch-header.js'

/**
 * The record batches that stand one after another in `buffer`, as views. Stops at one that is
 * cut off at the end (a broker may cut the last one of a fetch). Throws `CorruptBatchError` when a length
 * cannot be.
 */
export function* batchesIn(buffer: Buffer): Generator<{ header: BatchHeader; bytes: Buffer }> {
  let at = 0
  while (buffer.length - at >= lengthPrefixBytes) {
    const length = buffer.readInt32BE(at + batchField.length) + lengthPrefixBytes
    if (length < batchHeaderBytes) {
      throw new CorruptBatchError(`at byte ${at} it says it has ${length} bytes`)
    }
    if (length > buffer.length - at) return
    yield { header: new BatchHeader(buffer, at), bytes: buffer.subarray(at, at + length) }
    at += length
  }
}
