import path from 'node:path'
import type { Disk } from '@millrace/host'
import { readEndMarker } from '../records/end-marker.js'
import { LogCheckpoint } from './log-checkpoint.js'
import type { PartitionLogOptions } from './partition-log.js'
import { ProducerState } from './producer-state.js'
import { scanSegment } from './recovery.js'
import { Segment, segmentPath } from './segment.js'
import { recoverSwaps } from './segment-swap.js'

/** What a partition's folder comes to in memory. */
export interface OpenedLog {
  segments: Segment[]
  producers: ProducerState
  checkpoint: LogCheckpoint
}

/**
 * Brings a partition's folder back to memory.
 *
 * Segments that were sealed (an index that fits the file, a snapshot of the producers at the end
 * of the last of them) are taken as they are. All after them are read and checked batch by batch;
 * at the first damage the log is cut, and what does not follow the offset there is removed.
 */
export async function openSegments(options: PartitionLogOptions): Promise<OpenedLog> {
  const { disk, directory, log = () => {} } = options
  if (!disk.exists(directory)) {
    disk.makeDirectory(directory)
    disk.syncDirectory(path.dirname(directory))
  }
  recoverSwaps(disk, directory, (baseOffset) => Segment.open(disk, directory, baseOffset))
  const checkpoint = LogCheckpoint.open(disk, directory, log)
  const found = segmentsIn(disk, directory, checkpoint)
  const { sealed, producers } = sealedPrefix(disk, directory, found, checkpoint)
  const segments = await checked(options, checkpoint, found, sealed, producers)
  const { startOffset } = checkpoint
  const last = segments.at(-1)
  if (last !== undefined && last.nextOffset < startOffset) {
    // What was not synced is gone, and with it only what had been deleted before.
    removeAll(options, segments.splice(0), `it ends before offset ${startOffset}, the first kept`)
  }
  if (segments.length === 0) segments.push(Segment.create(disk, directory, startOffset))
  producers.forgetAbortedBefore(startOffset)
  producers.removeStrays()
  return { segments, producers, checkpoint }
}

/** The segments that are there; those that lie below the first offset that is kept are removed. */
function segmentsIn(disk: Disk, directory: string, checkpoint: LogCheckpoint): Segment[] {
  const found = disk
    .list(directory)
    .filter((file) => /^\d{20}\.log$/.test(file))
    .map((file) => Segment.open(disk, directory, Number.parseInt(file, 10)))
  const first = found.findLastIndex((each) => each.baseOffset <= checkpoint.startOffset)
  for (const segment of found.splice(0, Math.max(0, first))) segment.remove()
  return found
}

/** How many segments from the first on need no check, and the producers after them. */
function sealedPrefix(
  disk: Disk,
  directory: string,
  found: Segment[],
  { startOffset }: LogCheckpoint,
): { sealed: number; producers: ProducerState } {
  let sealed = 0
  let producers = new ProducerState(disk, directory)
  for (const [at, segment] of found.entries()) {
    const before = found[at - 1]
    if (before !== undefined && before.nextOffset !== segment.baseOffset) break
    if (!segment.trustIndex()) break
    const file = segmentPath(directory, segment.nextOffset, 'snapshot')
    if (!disk.exists(file)) continue
    const text = disk.readFile(file).toString()
    const snapshot = ProducerState.decode(text, disk, directory, startOffset)
    if (snapshot === undefined) continue
    sealed = at + 1
    producers = snapshot
  }
  return { sealed, producers }
}

/** Checks the segments from `sealed` on; gives those that are left. */
async function checked(
  options: PartitionLogOptions,
  { sparseBelow }: LogCheckpoint,
  found: Segment[],
  sealed: number,
  producers: ProducerState,
): Promise<Segment[]> {
  const segments = found.slice(0, sealed)
  const now = options.clock?.now() ?? 0
  for (const [at, segment] of found.entries()) {
    if (at < sealed) continue
    const before = segments.at(-1)
    if (before !== undefined && before.nextOffset !== segment.baseOffset) {
      removeAll(
        options,
        found.slice(at),
        `${segment.path} does not follow offset ${before.nextOffset}`,
      )
      break
    }
    // The process may have ended between making the file and syncing it, or its name.
    segment.distrust()
    const end = found[at + 1]?.baseOffset ?? Infinity
    const isSparse = segment.baseOffset < sparseBelow
    const damage = scanSegment(
      segment,
      (header, batch) => {
        const marker = header.isControl ? readEndMarker(batch) : undefined
        producers.replay(header, header.baseOffset, marker, now)
      },
      isSparse ? end : undefined,
    )
    segments.push(segment)
    const cutBytes = segment.cutTail()
    await segment.syncFound()
    if (damage !== undefined) {
      options.log?.(
        `log ${options.name}: cut ${cutBytes} bytes after offset ${segment.nextOffset - 1} of ${segment.path}: ${damage}`,
      )
    } else if (isSparse && end <= sparseBelow) {
      // The last records of a compacted segment may be among those that it left out.
      segment.nextOffset = end
    }
  }
  return segments
}

function removeAll(options: PartitionLogOptions, segments: Segment[], reason: string): void {
  for (const segment of segments) {
    const bytes = segment.fileBytes
    segment.remove()
    options.log?.(`log ${options.name}: removed ${segment.path} with ${bytes} bytes: ${reason}`)
  }
}
