import { batchesIn } from '../records/batches-in.js'
import { readEndMarker } from '../records/end-marker.js'
import { verifyBatch } from '../records/verify-batch.js'
import type { Isolation } from './isolation.js'

/** A transaction of `producerId` that was aborted and has its first record at `firstOffset`. */
export interface AbortedTransaction {
  producerId: number
  firstOffset: number
}

export interface VisibleBatches {
  batches: Buffer[]
  /** Where to read on: after the last whole batch, whether it is visible or not. */
  nextOffset: number
}

/**
 * Leaves out what a reader must not see: control batches always, and for `read_committed` those
 * of aborted transactions. What is open the broker does not send then.
 *
 * `aborted` are the aborted transactions that overlap the records. In the order of offsets, a
 * producer's transactional batches are hidden from the first offset of such a transaction until
 * its abort marker; producers have one transaction at a time, so the producer's id is enough.
 */
export function visibleBatches(
  records: Buffer,
  position: number,
  isolation: Isolation,
  aborted: readonly AbortedTransaction[],
  options: { verify: boolean },
): VisibleBatches {
  const upcoming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const hidden = new Set<number>()
  const batches: Buffer[] = []
  let nextOffset = position
  for (const { header, bytes } of batchesIn(records)) {
    if (options.verify) verifyBatch(bytes)
    const { lastOffset } = header
    if (lastOffset < position) continue
    nextOffset = lastOffset + 1
    for (let first = upcoming[0]; first && first.firstOffset <= lastOffset; first = upcoming[0]) {
      hidden.add(first.producerId)
      upcoming.shift()
    }
    if (header.isControl) {
      if (hidden.has(header.producerId) && readEndMarker(bytes)?.end === 'abort') {
        hidden.delete(header.producerId)
      }
      continue
    }
    const isHidden =
      isolation === 'read_committed' && header.isTransactional && hidden.has(header.producerId)
    if (!isHidden) batches.push(bytes)
  }
  return { batches, nextOffset }
}
