import type { Disk } from '@millrace/host'
import { CorruptBatchError } from '../errors.js'
import { cleanerChunkBytes, cleanerMapBytesMax, segmentOffsetsMax } from '../limits.js'
import { type BatchHeader, batchHeaderBytes, readBatchHeader } from '../records/batch-header.js'
import { readEndMarker, type TransactionEnd } from '../records/end-marker.js'
import { filterBatch } from '../records/filter-batch.js'
import { verifyBatch } from '../records/verify-batch.js'
import { visitRecords } from '../records/visit-records.js'
import type { AbortedTransaction } from './aborted-run.js'
import { CleanedTransactions } from './cleaned-transactions.js'
import type { DirtySection } from './dirty-section.js'
import type { LogCheckpoint } from './log-checkpoint.js'
import type { LogConfig } from './log-config.js'
import { OffsetMap } from './offset-map.js'
import type { ProducerState } from './producer-state.js'
import { Segment } from './segment.js'
import type { SegmentList } from './segment-list.js'
import { commitSwap, draftPath, finishSwap } from './segment-swap.js'

/** What a cleaner works on. */
export interface CleanedLog {
  disk: Disk
  directory: string
  config: LogConfig
  segments: SegmentList
  checkpoint: LogCheckpoint
  producers: ProducerState
  now: number
  /** Called often, so that others come to their turn; rejects when the work is to be given up. */
  pause: () => Promise<void>
  /** Forgets aborted transactions, in memory and in what a start reads. */
  forget: (aborted: readonly AbortedTransaction[]) => Promise<void>
  /** Called where a swap could not be finished: nothing may be compacted until the next start. */
  halt: () => void
  mapBytesMax?: number
}

/**
 * Compacts a log: of the records before the section's end only the last of each key is kept, with
 * its offset. Two passes, as Kafka's cleaner: the section is read into a map of keys to their last
 * offsets (as far as the map has room), then all segments up to there are written again without
 * what a later record made obsolete, several small ones into one.
 *
 * - Records of aborted transactions go. A record without a value, and the marker of a transaction
 *   of which no record is left, get a time from which on the next compaction drops them
 *   (`delete.retention.ms` from the first that met them).
 * - A batch without records stays where it is the last of its producer, whose epoch and sequence
 *   numbers it tells, and where it is the last of the section, whose end it tells.
 * - Nothing is written to the old segments. Each group of them is replaced at once
 *   (`segment-swap.ts`), and readers notice nothing.
 *
 * Gives how many bytes it took away. Throws `CorruptBatchError` where the log is damaged: nothing
 * is made of that segment and those after it.
 */
export async function cleanLog(log: CleanedLog, section: DirtySection): Promise<number> {
  const { map, endOffset } = await mapSection(log, section)
  if (endOffset <= section.startOffset) return 0
  const { segments, checkpoint } = log
  const cleaned = segments.full.filter(({ baseOffset }) => baseOffset < endOffset)
  const sparseBelow = cleaned.at(-1)?.nextOffset ?? 0
  if (checkpoint.sparseBelow < sparseBelow) checkpoint.set({ sparseBelow })
  const aborted = log.producers.abortedBetween(segments.first.baseOffset, section.endOffset)
  const transactions = new CleanedTransactions(aborted)
  const round = { log, map, endOffset, sectionEnd: section.endOffset, transactions }
  let removedBytes = 0
  for (const group of groupsOf(cleaned, log.config.segmentBytes)) {
    removedBytes += await cleanGroup(round, group)
  }
  checkpoint.set({ cleanedOffset: endOffset })
  return removedBytes
}

interface Round {
  log: CleanedLog
  map: OffsetMap
  /** Of what is in the map; later records stay. */
  endOffset: number
  sectionEnd: number
  transactions: CleanedTransactions
}

/** The last offsets of the section's keys, and up to which offset they are known. */
async function mapSection(
  log: CleanedLog,
  section: DirtySection,
): Promise<{ map: OffsetMap; endOffset: number }> {
  const map = new OffsetMap(log.mapBytesMax ?? cleanerMapBytesMax)
  const { startOffset } = section
  const transactions = new CleanedTransactions(
    log.producers.abortedBetween(startOffset, section.endOffset),
  )
  for (const segment of section.segments) {
    for await (const batch of batchesIn(segment, log.pause)) {
      const header = readBatchHeader(batch)
      if (header.isControl) transactions.isSpent(header, readEndMarker(batch)?.end)
      else if (!transactions.isAborted(header) && !mapBatch(map, batch, startOffset)) {
        return { map, endOffset: header.baseOffset }
      }
    }
  }
  return { map, endOffset: section.endOffset }
}

/** False where the map has no room for all of its keys. */
function mapBatch(map: OffsetMap, batch: Buffer, startOffset: number): boolean {
  let hasRoom = true
  ifReadable(batch, () =>
    visitRecords(batch, (offset, _timestamp, bytes, keyStart, keyBytes) => {
      if (keyBytes < 0 || offset < startOffset || !hasRoom) return
      hasRoom = map.set(bytes.subarray(keyStart, keyStart + keyBytes), offset)
    }),
  )
  return hasRoom
}

/** Segments that follow one another, and together are no larger than one may be. */
function groupsOf(segments: readonly Segment[], bytesMax: number): Segment[][] {
  const groups: Segment[][] = []
  let bytes = 0
  for (const segment of segments) {
    const group = groups.at(-1)
    const first = group?.[0]
    const fits =
      first !== undefined &&
      bytes + segment.sizeBytes <= bytesMax &&
      segment.nextOffset - first.baseOffset <= segmentOffsetsMax
    bytes = fits ? bytes + segment.sizeBytes : segment.sizeBytes
    if (fits) group?.push(segment)
    else groups.push([segment])
  }
  return groups
}

/** Replaces a group by one segment; gives how many bytes that is less. */
async function cleanGroup(round: Round, group: readonly Segment[]): Promise<number> {
  const { disk, directory, forget, segments } = round.log
  const baseOffset = (group[0] as Segment).baseOffset
  const endOffset = (group.at(-1) as Segment).nextOffset
  const draft = Segment.draft(disk, draftPath(directory, baseOffset, endOffset), baseOffset)
  try {
    await writeCleaned(round, group, draft)
    draft.nextOffset = endOffset
    await draft.sync()
    await forget(round.transactions.takeForgotten())
    if (!segments.holds(group)) throw new Error('Records were deleted meanwhile.')
    commitSwap(disk, draft)
  } catch (cause) {
    draft.remove()
    throw cause
  }
  segments.replace(group, draft)
  try {
    finishSwap(disk, draft, group)
  } catch (cause) {
    round.log.halt()
    throw cause
  }
  await draft.writeIndex()
  return group.reduce((sum, { sizeBytes }) => sum + sizeBytes, -draft.sizeBytes)
}

async function writeCleaned(
  round: Round,
  group: readonly Segment[],
  draft: Segment,
): Promise<void> {
  const lastOfProducers = round.log.producers.lastBatches()
  for (const segment of group) {
    for await (const batch of batchesIn(segment, round.log.pause)) {
      verifyBatch(batch)
      const left = cleanedBatch(round, batch, lastOfProducers)
      if (left !== undefined) draft.append(left, readBatchHeader(left))
    }
  }
}

/** What is left of a batch. */
function cleanedBatch(
  { log, map, endOffset, sectionEnd, transactions }: Round,
  batch: Buffer,
  lastOfProducers: ReturnType<ProducerState['lastBatches']>,
): Buffer | undefined {
  const header = readBatchHeader(batch)
  const { isControl, deleteHorizon } = header
  const end: TransactionEnd | undefined = isControl ? readEndMarker(batch)?.end : undefined
  const isSpent = isControl && transactions.isSpent(header, end)
  const isOver = deleteHorizon !== undefined && deleteHorizon <= log.now
  const goes = isControl ? isSpent && isOver : transactions.isAborted(header)
  const keeps = (
    offset: number,
    bytes: Buffer,
    keyStart: number,
    keyBytes: number,
    hasValue: boolean,
  ) => {
    if (goes) return false
    if (isControl || offset >= endOffset) return true
    if (keyBytes < 0) return false
    const last = map.get(bytes.subarray(keyStart, keyStart + keyBytes))
    return offset >= last && (hasValue || !isOver)
  }
  const last = lastOfProducers.get(header.producerId)
  const filter = {
    keeps,
    keepsEmpty: isLastOf(last, header) || header.nextOffset === sectionEnd,
    deleteHorizon: log.now + log.config.tombstoneMs,
    isPassing: isSpent,
  }
  const left = ifReadable(batch, () => ({ batch: filterBatch(batch, filter) }))
  return left === undefined ? batch : left.batch
}

/**
 * Undefined for a batch whose checksum is right and whose compressed part cannot be read: a client
 * wrote it so. It has no keys that anybody could find, and stays as it is.
 */
function ifReadable<Result>(batch: Buffer, read: () => Result): Result | undefined {
  try {
    return read()
  } catch (cause) {
    const isCompressed = readBatchHeader(batch).compression !== 'none'
    if (!(cause instanceof CorruptBatchError) || !isCompressed) throw cause
    verifyBatch(batch)
    return undefined
  }
}

function isLastOf(
  last: { lastOffset: number | undefined; epoch: number } | undefined,
  header: BatchHeader,
): boolean {
  if (last === undefined) return false
  if (last.lastOffset !== undefined) return header.lastOffset === last.lastOffset
  return header.isControl && header.producerEpoch === last.epoch
}

/** The whole batches of a segment, with a pause after each chunk that is read. */
async function* batchesIn(segment: Segment, pause: () => Promise<void>): AsyncGenerator<Buffer> {
  let position = 0
  while (position < segment.sizeBytes) {
    let chunk = segment.bytesFrom(position, cleanerChunkBytes)
    const first = readBatchHeader(chunk).lengthBytes
    if (first > chunk.length) chunk = segment.bytesFrom(position, first)
    let at = 0
    while (at < chunk.length) {
      const lengthBytes = lengthAt(chunk, at)
      if (lengthBytes === undefined) break
      yield chunk.subarray(at, at + lengthBytes)
      at += lengthBytes
    }
    if (at === 0) throw new CorruptBatchError(`${segment.path} is damaged at byte ${position}`)
    position += at
    await pause()
  }
}

/** The length of the batch there; undefined where it is not whole. */
function lengthAt(chunk: Buffer, at: number): number | undefined {
  if (chunk.length - at < batchHeaderBytes) return undefined
  const { lengthBytes } = readBatchHeader(chunk, at)
  const isWhole = lengthBytes >= batchHeaderBytes && at + lengthBytes <= chunk.length
  return isWhole ? lengthBytes : undefined
}
