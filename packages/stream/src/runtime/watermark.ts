import type { PartitionState } from './partition.js'

/**
 * The watermark of a source: no record before it is expected any more.
 *
 * Each partition's is its latest event time less the delay; the source's is the least of them, so
 * that a partition that is read slower holds the windows open. A partition without any record
 * holds them open for good, unless `idleTimeoutMs` is set and nothing came for so long: then it
 * does not count. When all are idle, the latest of them counts.
 *
 * It is computed from whole partitions and applied after a batch, so that a batch never makes its
 * own records late, and how the input is cut changes nothing for records that are in time.
 */
export function watermarkOf(
  partitions: readonly PartitionState[],
  delayMs: number,
  idle: (partition: PartitionState) => boolean,
): number {
  const active = partitions.filter((partition) => !idle(partition))
  const times = (each: readonly PartitionState[]) =>
    each.map(({ maxTimeMs }) => maxTimeMs ?? Number.NEGATIVE_INFINITY)
  if (partitions.length === 0) return Number.NEGATIVE_INFINITY
  const latest = active.length > 0 ? Math.min(...times(active)) : Math.max(...times(partitions))
  return latest - delayMs
}

/**
 * Which of the partitions that have a backlog may be read now: those whose latest time is no more
 * than `driftMsMax` ahead of the one furthest behind.
 */
export function aligned<Partition extends { maxTimeMs: number | undefined }>(
  withBacklog: readonly Partition[],
  driftMsMax: number,
): Partition[] {
  const times = withBacklog.map(({ maxTimeMs }) => maxTimeMs ?? Number.NEGATIVE_INFINITY)
  const limit = Math.min(...times.filter(Number.isFinite)) + driftMsMax
  return withBacklog.filter((_, index) => (times[index] ?? 0) <= limit)
}
