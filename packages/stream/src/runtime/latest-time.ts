import type { Source } from '../operators/source.js'
import type { SourcePosition } from '../state/entry.js'

/**
 * The event time of a source that is read as one partition: the latest that a step saw. Its
 * watermark is that less the delay.
 */
export class LatestTime {
  private readonly source: Source
  private latestMs: number | undefined

  /** Goes on from the source's own positions. */
  constructor(source: Source, positions: readonly SourcePosition[]) {
    this.source = source
    for (const { source: table, maxTimeMs } of positions) {
      if (table === source.table.name && maxTimeMs !== undefined) this.see(maxTimeMs)
    }
  }

  /** As `Reader.observe`. */
  observe(times: ReadonlyMap<number, number>): void {
    for (const timeMs of times.values()) this.see(timeMs)
  }

  /** As `Reader.watermarkMs`. */
  get watermarkMs(): number {
    const { hasWatermark, delayMs } = this.source
    if (!hasWatermark) return Number.NEGATIVE_INFINITY
    return (this.latestMs ?? Number.NEGATIVE_INFINITY) - delayMs
  }

  /** What a position says of it. */
  get inPosition(): Pick<SourcePosition, 'maxTimeMs'> {
    return this.latestMs === undefined ? {} : { maxTimeMs: this.latestMs }
  }

  private see(timeMs: number): void {
    this.latestMs = Math.max(this.latestMs ?? timeMs, timeMs)
  }
}
