import { replayChunkBytes } from '../limits.js'
import { batchesIn } from '../records/batches-in.js'
import type { PartitionLog } from './partition-log.js'

/**
 * Folds a log: calls `apply` with every batch that is in it, from the first on, and from then on
 * with each that is appended, whoever appends it. So what is in memory is always the fold of what
 * is on disk.
 */
export function follow(log: PartitionLog, apply: (batch: Buffer) => void): void {
  let offset = log.startOffset
  while (offset < log.highWatermark) {
    const { batches } = log.read(offset, replayChunkBytes)
    for (const { header, bytes } of batchesIn(batches)) {
      apply(bytes)
      offset = header.nextOffset
    }
  }
  log.followedBy(apply)
}
