import { CorruptBatchError } from '../errors.js'
import { recoveryChunkBytes } from '../limits.js'
import { type BatchHeader, batchHeaderBytes, readBatchHeader } from '../records/batch-header.js'
import { verifyBatch } from '../records/verify-batch.js'
import type { Segment } from './segment.js'

/**
 * Reads a segment from `sizeBytes` on, checks every batch, hands it to `visit` and lets the
 * segment adopt it. Stops at the first batch that is torn, damaged, or not the next one by its
 * offset, for nothing after it can be trusted, and gives the reason; undefined where the file
 * ends with a whole batch.
 *
 * With `sparseEnd`, the segment was perhaps compacted: offsets may be left out, but they rise, and
 * lie below `sparseEnd`, where the next segment begins.
 */
export function scanSegment(
  segment: Segment,
  visit: (header: BatchHeader, batch: Buffer) => void,
  sparseEnd?: number,
): string | undefined {
  const bytesAt = windowOn(segment)
  for (;;) {
    const position = segment.sizeBytes
    const head = bytesAt(position, batchHeaderBytes)
    if (head.length === 0) return undefined
    if (head.length < batchHeaderBytes) return torn(head.length, batchHeaderBytes)
    const { lengthBytes } = readBatchHeader(head)
    if (lengthBytes < batchHeaderBytes) return `a batch announces a length of ${lengthBytes} bytes`
    const batch = bytesAt(position, lengthBytes)
    if (batch.length < lengthBytes) return torn(batch.length, lengthBytes)
    const header = readBatchHeader(batch)
    const misplaced = misplacement(header, segment.nextOffset, sparseEnd)
    if (misplaced !== undefined) return misplaced
    try {
      verifyBatch(batch)
    } catch (cause) {
      if (cause instanceof CorruptBatchError) return cause.message
      throw cause
    }
    visit(header, batch)
    segment.adopt(header)
  }
}

function misplacement(
  { baseOffset, lastOffset }: BatchHeader,
  nextOffset: number,
  sparseEnd: number | undefined,
): string | undefined {
  if (baseOffset === nextOffset) return undefined
  if (sparseEnd === undefined) return `a batch has offset ${baseOffset} where ${nextOffset} is next`
  if (baseOffset > nextOffset && lastOffset < sparseEnd) return undefined
  return `a batch has offset ${baseOffset}, which is not between ${nextOffset} and ${sparseEnd}`
}

/** Reads a file in large chunks, and gives views of them. */
function windowOn(segment: Segment): (position: number, length: number) => Buffer {
  let chunk: Buffer = Buffer.alloc(0)
  let chunkAt = 0
  return (position, length) => {
    if (position < chunkAt || position + length > chunkAt + chunk.length) {
      chunkAt = position
      chunk = segment.readRaw(position, Math.max(length, recoveryChunkBytes))
    }
    return chunk.subarray(position - chunkAt, position - chunkAt + length)
  }
}

function torn(thereBytes: number, wholeBytes: number): string {
  return `the last batch is torn, ${thereBytes} of ${wholeBytes} bytes are there`
}
