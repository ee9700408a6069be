import { CorruptBatchError } from '../errors.js'
import { indexIntervalBytes } from '../limits.js'
import { type BatchHeader, batchHeaderBytes, readBatchHeader } from '../records/batch-header.js'
import type { OffsetIndex } from './offset-index.js'
import type { SegmentFile } from './segment-file.js'

/** How much of a segment a reader wants. */
export interface ReadLimits {
  /** Batches are added while the answer stays within this. */
  maxBytes: number
  /** Batches with records at or after this offset are left out. */
  endOffset: number
  /** The first batch is given though it alone is larger than `maxBytes`. */
  atLeastOne: boolean
  /** Where the batches are to lie; in new memory by default. */
  memory?: ReadMemory
}

/** Gives memory to read into. */
export interface ReadMemory {
  take(bytes: number): Buffer
}

/** Whole batches that lie one after another in a segment. */
export interface BatchRange {
  batches: Buffer
  /** Behind the last record of them, and not behind the first record of what comes after them. */
  nextOffset: number
}

/** A segment's bytes, and what is known of where the batches in them begin. */
export interface IndexedFile {
  file: SegmentFile
  index: OffsetIndex
  /** Where the next segment begins. */
  nextOffset: number
}

/**
 * The batches from the one that holds `offset` on, as far as the index tells where they begin and
 * end: one read, and no look at the headers in between. At the upper limit it ends up to an index
 * interval before what would have fitted. Undefined where the index does not tell: a first batch
 * that is too large, the end of what may be read within the segment, records that were compacted
 * away, an index that lies.
 */
export function indexedRange(
  { file, index, nextOffset }: IndexedFile,
  offset: number,
  { maxBytes, endOffset, memory }: ReadLimits,
): BatchRange | undefined {
  const first = index.entryOf(offset)
  if (first === undefined) return undefined
  const isToTheEnd = file.sizeBytes - first.position <= maxBytes
  const end = isToTheEnd
    ? { position: file.sizeBytes, offset: nextOffset }
    : index.entryWithin(first.position + maxBytes)
  if (end.position === first.position) return undefined
  if (end.offset <= offset || end.offset > endOffset) return undefined
  // What begins at the end is read too, to see whether the index is of this file.
  const length = end.position - first.position
  const chunk = file.read(first.position, length + (isToTheEnd ? 0 : batchHeaderBytes), memory)
  if (!beginsAt(chunk, 0, first.offset)) return undefined
  if (!isToTheEnd && !beginsAt(chunk, length, end.offset)) return undefined
  let start = 0
  for (;;) {
    const header = headerAt(chunk, start, file, first.position)
    if (header.lastOffset >= offset) break
    start += header.lengthBytes
    if (start >= length) return undefined
  }
  return { batches: chunk.subarray(start, length), nextOffset: end.offset }
}

/**
 * The batches from the first one that has an offset at or after `offset`, found by their headers,
 * from a position on at which a batch at or before it begins. Empty where the limits let none
 * through, undefined where there is none. Throws `CorruptBatchError` where the file is damaged.
 */
export function walkedRange(
  file: SegmentFile,
  position: number,
  offset: number,
  wanted: ReadLimits,
): BatchRange | undefined {
  const nothing = { batches: Buffer.alloc(0), nextOffset: offset }
  // A batch begins less than one interval after its index entry, so its header is in the chunk.
  const windowBytes = wanted.maxBytes + indexIntervalBytes + batchHeaderBytes
  let from = position
  let chunk = file.read(from, windowBytes, wanted.memory)
  let start = 0
  let header: BatchHeader
  for (;;) {
    // Unless what was asked for was compacted away: then the first that is left may be far.
    if (start > 0 && start + batchHeaderBytes > chunk.length) {
      from += start
      start = 0
      chunk = file.read(from, windowBytes)
    }
    if (from + start >= file.sizeBytes) return undefined
    header = headerAt(chunk, start, file, from)
    if (header.lastOffset >= offset) break
    start += header.lengthBytes
  }
  if (header.lastOffset >= wanted.endOffset) return nothing
  let { nextOffset } = header
  if (header.lengthBytes > wanted.maxBytes) {
    if (!wanted.atLeastOne) return nothing
    return { batches: file.read(from + start, header.lengthBytes, wanted.memory), nextOffset }
  }
  let end = start + header.lengthBytes
  while (end + batchHeaderBytes <= chunk.length) {
    header = headerAt(chunk, end, file, from)
    const after = end + header.lengthBytes
    if (after > chunk.length || after - start > wanted.maxBytes) break
    if (header.lastOffset >= wanted.endOffset) break
    end = after
    nextOffset = header.nextOffset
  }
  const batches = chunk.subarray(start, end)
  // What is given is kept until it is sent, and must not keep a chunk many times its size.
  const isSmall = batches.length * 2 < chunk.length
  return { batches: isSmall ? Buffer.from(batches) : batches, nextOffset }
}

/**
 * The header at `start` of a chunk that begins at `chunkAt` of a file; its length is one that can
 * be, or a `CorruptBatchError` is thrown.
 */
export function headerAt(
  chunk: Buffer,
  start: number,
  file: SegmentFile,
  chunkAt: number,
): BatchHeader {
  const header = readBatchHeader(chunk, start)
  const { lengthBytes } = header
  const leftBytes = file.sizeBytes - chunkAt - start
  if (lengthBytes >= batchHeaderBytes && lengthBytes <= leftBytes) return header
  throw new CorruptBatchError(
    `at byte ${chunkAt + start} of ${file.path} it says it has ${lengthBytes} bytes, ${leftBytes} are left`,
  )
}

/** Whether a batch whose first offset is `offset` begins there. */
export function beginsAt(chunk: Buffer, start: number, offset: number): boolean {
  return (
    chunk.length - start >= batchHeaderBytes && readBatchHeader(chunk, start).baseOffset === offset
  )
}
