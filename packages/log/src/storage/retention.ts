import type { LogConfig } from './log-config.js'
import type { Segment } from './segment.js'

/**
 * How many segments from the first on are to go, as Kafka's retention has it: those that end
 * before the first offset that is kept; then, where the topic deletes, the first ones while the
 * others alone have `retentionBytes`, and those whose youngest record is older than
 * `retentionMs`. None that has records which may not be read yet, and never more than all; a last
 * segment without records stays.
 *
 * The time of a record is what it says; a segment whose records say none does not become old.
 */
export function expiredSegments(
  segments: readonly Segment[],
  config: LogConfig,
  { now, startOffset, highWatermark }: { now: number; startOffset: number; highWatermark: number },
): number {
  const mayGo = (segment: Segment) => segment.sizeBytes > 0 || segment !== segments.at(-1)
  let surplusBytes = segments.reduce(
    (sum, { sizeBytes }) => sum + sizeBytes,
    -config.retentionBytes,
  )
  let expired = 0
  for (const segment of segments) {
    if (!mayGo(segment) || segment.nextOffset > highWatermark) break
    const next = segments[expired + 1]
    const isBelow = next !== undefined && next.baseOffset <= startOffset
    const isSurplus = config.deletes && surplusBytes >= segment.sizeBytes
    const isOld =
      config.deletes && segment.maxTimestamp >= 0 && now - segment.maxTimestamp > config.retentionMs
    if (!isBelow && !isSurplus && !isOld) break
    surplusBytes -= segment.sizeBytes
    expired++
  }
  return expired
}
