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

/** The header of the last batch in bytes that are whole batches, at least one. */
export function lastHeaderIn(batches: Buffer): BatchHeader {
  let at = 0
  for (;;) {
    const next = at + batches.readInt32BE(at + batchField.length) + lengthPrefixBytes
    if (next <= at) throw new CorruptBatchError(`at byte ${at} its length is ${next - at} bytes`)
    if (next >= batches.length) return new BatchHeader(batches, at)
    at = next
  }
}
