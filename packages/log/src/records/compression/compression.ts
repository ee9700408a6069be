import { gunzipSync, gzipSync } from 'node:zlib'
import { CorruptBatchError } from '../../errors.js'
import { uncompressedBatchBytesMax } from '../../limits.js'
import { type BatchHeader, batchHeaderBytes, type Compression } from '../batch-header.js'
import { packLz4, unpackLz4 } from './lz4.js'
import { unpackSnappy } from './snappy.js'
import { unpackZstd } from './zstd.js'

/** The compressions that are written here; all of them are read. */
export type WrittenCompression = 'none' | 'gzip' | 'lz4'

/** The compression in which a batch that came in another is written again. */
export function rewrittenAs(compression: Compression): WrittenCompression {
  return compression === 'snappy' || compression === 'zstd' ? 'lz4' : compression
}

/** Compresses the records of a batch, as a whole. */
export function compress(records: Buffer, compression: WrittenCompression): Buffer {
  switch (compression) {
    case 'none':
      return records
    case 'gzip':
      return gzipSync(records)
    case 'lz4':
      return packLz4(records)
  }
}

/**
 * The bytes in which a batch's records stand, and where they begin: the batch itself when it is
 * not compressed. Throws `CorruptBatchError` when the bytes cannot be uncompressed or would grow
 * beyond the limit.
 */
export function uncompressed(batch: Buffer, header: BatchHeader): { bytes: Buffer; at: number } {
  const { compression } = header
  if (compression === 'none') return { bytes: batch, at: batchHeaderBytes }
  const packed = batch.subarray(batchHeaderBytes, header.lengthBytes)
  try {
    return { bytes: unpack(packed, compression, uncompressedBatchBytesMax), at: 0 }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CorruptBatchError(`its ${compression} part cannot be read (${reason})`)
  }
}

function unpack(packed: Buffer, compression: Compression | undefined, bytesMax: number): Buffer {
  switch (compression) {
    case 'gzip':
      return gunzipSync(packed, { maxOutputLength: bytesMax })
    case 'snappy':
      return unpackSnappy(packed, bytesMax)
    case 'lz4':
      return unpackLz4(packed, bytesMax)
    case 'zstd':
      return unpackZstd(packed, bytesMax)
    default:
      throw new RangeError('there is no such compression')
  }
}
