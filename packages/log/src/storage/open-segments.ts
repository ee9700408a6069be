import path from 'node:path'
import type { Disk } from '@millrace/host'
import { readEndMarker } from '../records/end-marker.js'
import type { PartitionLogOptions } from './partition-log.js'
import { ProducerState } from './producer-state.js'
import { scanSegment } from './recovery.js'
import { Segment, segmentPath } from './segment.js'

/**
 * Brings a partition's folder back to memory.
 *
 * Segments that were sealed (an index that fits the file, a snapshot of the producers at the end
 * of the last of them) are taken as they are. All after them are read and checked batch by batch;
 * at the first damage the log is cut, and what does not follow the offset there is removed.
 */
export async function openSegments(
  options: PartitionLogOptions,
): Promise<{ segments: Segment[]; producers: ProducerState }> {
  const { disk, directory } = options
  if (!disk.exists(directory)) {
    disk.makeDirectory(directory)
    disk.syncDirectory(path.dirname(directory))
  }
  const found = disk
    .list(directory)
    .filter((file) => /^\d{20}\.log$/.test(file))
    .map((file) => Segment.open(disk, directory, Number.parseInt(file, 10)))
  const { sealed, producers } = sealedPrefix(disk, directory, found)
  const segments = await checked(options, found, sealed, producers)
  if (segments.length === 0) segments.push(Segment.create(disk, directory, 0))
  return { segments, producers }
}

/** How many segments from the first on need no check, and the producers after them. */
function sealedPrefix(
  disk: Disk,
  directory: string,
  found: Segment[],
): { sealed: number; producers: ProducerState } {
  let sealed = 0
  let producers = new ProducerState()
  for (const [at, segment] of found.entries()) {
    const before = found[at - 1]
    if (before !== undefined && before.nextOffset !== segment.baseOffset) break
    if (!segment.trustIndex()) break
    const file = segmentPath(directory, segment.nextOffset, 'snapshot')
    if (!disk.exists(file)) continue
    const snapshot = ProducerState.decode(disk.readFile(file).toString())
    if (snapshot === undefined) continue
    sealed = at + 1
    producers = snapshot
  }
  return { sealed, producers }
}

/** Checks the segments from `sealed` on; gives those that are left. */
async function checked(
  options: PartitionLogOptions,
  found: Segment[],
  sealed: number,
  producers: ProducerState,
): Promise<Segment[]> {
  const segments = found.slice(0, sealed)
  // The process may have ended between making a file and syncing its name.
  if (sealed < found.length) options.disk.syncDirectory(options.directory)
  for (const [at, segment] of found.entries()) {
    if (at < sealed) continue
    const before = segments.at(-1)
    if (before !== undefined && before.nextOffset !== segment.baseOffset) {
      removeFrom(
        options,
        found.slice(at),
        `${segment.path} does not follow offset ${before.nextOffset}`,
      )
      break
    }
    segment.distrust()
    const damage = scanSegment(segment, (header, batch) => {
      const marker = header.isControl ? readEndMarker(batch) : undefined
      producers.replay(header, header.baseOffset, marker)
    })
    segments.push(segment)
    const cutBytes = segment.cutTail()
    await segment.syncFound()
    if (damage !== undefined) {
      options.log?.(
        `log ${options.name}: cut ${cutBytes} bytes after offset ${segment.nextOffset - 1} of ${segment.path}: ${damage}`,
      )
    }
  }
  return segments
}

function removeFrom(options: PartitionLogOptions, segments: Segment[], reason: string): void {
  for (const segment of segments) {
    const bytes = segment.fileBytes
    segment.close()
    segment.remove()
    options.log?.(`log ${options.name}: removed ${segment.path} with ${bytes} bytes: ${reason}`)
  }
}
