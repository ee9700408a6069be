import { replayChunkBytes } from '../limits.js'
import type { BatchHeader } from '../records/batch-header.js'
import { batchesIn } from '../records/batches-in.js'
import type { PartitionLog } from './partition-log.js'

/** All batches of a log, from its first to its last. */
export function* batchesOf(log: PartitionLog): Generator<{ header: BatchHeader; bytes: Buffer }> {
  let offset = log.startOffset
  while (offset < log.highWatermark) {
    const { batches } = log.read(offset, replayChunkBytes)
    for (const batch of batchesIn(batches)) {
      yield batch
      offset = batch.header.nextOffset
    }
  }
}
