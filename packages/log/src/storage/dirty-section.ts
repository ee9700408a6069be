import type { LogConfig } from './log-config.js'
import type { Segment } from './segment.js'

/** The part of a log that was not compacted yet, and may be now. */
export interface DirtySection {
  startOffset: number
  /** Excluded; a segment begins there. */
  endOffset: number
  segments: Segment[]
  /** Whether there is enough of it, or it has waited for long enough. */
  isDue: boolean
}

/**
 * Finds the section, as Kafka does: from where the last compaction ended to the first segment that
 * is written to, has records that are not stable yet, or is younger than `min.compaction.lag.ms`.
 */
export function dirtySection(
  segments: readonly Segment[],
  config: LogConfig,
  at: { now: number; startOffset: number; cleanedOffset: number; stableOffset: number },
): DirtySection {
  const full = segments.slice(0, -1)
  const active = segments.at(-1) as Segment
  const { cleanedOffset, now } = at
  const isValid = cleanedOffset >= at.startOffset && cleanedOffset <= active.nextOffset
  const startOffset = isValid ? cleanedOffset : at.startOffset
  const isYoung = ({ maxTimestamp }: Segment) => maxTimestamp > now - config.compactionLagMsMin
  const isBarred = (segment: Segment) =>
    segment.nextOffset > at.stableOffset || (config.compactionLagMsMin > 0 && isYoung(segment))
  const dirty = full.filter(({ nextOffset }) => nextOffset > startOffset)
  const bar = dirty.findIndex(isBarred)
  const section = bar < 0 ? dirty : dirty.slice(0, bar)
  const dirtyBytes = bytesOf(section)
  const cleanBytes = bytesOf(full.filter(({ nextOffset }) => nextOffset <= startOffset))
  const isLate = section.some(
    ({ firstTimestamp }) => firstTimestamp > 0 && firstTimestamp < now - config.compactionLagMsMax,
  )
  const isMuch = dirtyBytes / (cleanBytes + dirtyBytes) > config.dirtyRatioMin
  return {
    startOffset,
    endOffset: section.at(-1)?.nextOffset ?? startOffset,
    segments: section,
    isDue: dirtyBytes > 0 && (isLate || isMuch),
  }
}

function bytesOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}
