import { gunzipSync, gzipSync } from 'node:zlib'
import { CorruptBatchError, UnsupportedCompressionError } from '../errors.js'
import { uncompressedBatchBytesMax } from '../limits.js'
import { type BatchHeader, batchHeaderBytes } from './batch-header.js'

/** The compressions that can be read and written here. */
export type SupportedCompression = 'none' | 'gzip'

/** Compresses the records of a batch, as a whole. */
export function compress(records: Buffer, compression: SupportedCompression): Buffer {
  return compression === 'gzip' ? gzipSync(records) : records
}

/**
 * The bytes in which a batch's records stand, and where they begin: the batch itself when it is
 * not compressed. Throws `UnsupportedCompressionError`, or `CorruptBatchError` when the bytes
 * cannot be uncompressed or would grow beyond the limit.
 */
export function uncompressed(batch: Buffer, header: BatchHeader): { bytes: Buffer; at: number } {
  const { compression } = header
  if (compression === 'none') return { bytes: batch, at: batchHeaderBytes }
  if (compression !== 'gzip') {
    throw new UnsupportedCompressionError(compression ?? `code ${header.attributes & 7}`)
  }
  try {
    const packed = batch.subarray(batchHeaderBytes, header.lengthBytes)
    const bytes = gunzipSync(packed, { maxOutputLength: uncompressedBatchBytesMax })
    return { bytes, at: 0 }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CorruptBatchError(`its gzip part cannot be read (${reason})`)
  }
}
