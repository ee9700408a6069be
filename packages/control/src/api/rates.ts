import { rateMeasurementsMax } from '../limits.js'

/**
 * Rates of counters, averaged over the last few measurements. A counter that goes back (its
 * stage was restarted and counts anew) begins anew here too.
 */
export class Rates {
  readonly #measurements = new Map<string, { atMs: number; count: number }[]>()

  /** Adds what `counter` shows at `atMs`, by a clock that never goes back. */
  measure(counter: string, atMs: number, count: number): void {
    const earlier = this.#measurements.get(counter) ?? []
    const last = earlier.at(-1)
    const kept = last !== undefined && count < last.count ? [] : earlier.slice(-rateMeasurementsMax)
    this.#measurements.set(counter, [...kept, { atMs, count }])
  }

  /** A second; 0 before the second measurement. */
  perSecond(counter: string): number {
    const measurements = this.#measurements.get(counter)
    const first = measurements?.[0]
    const last = measurements?.at(-1)
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0
    return ((last.count - first.count) * 1_000) / (last.atMs - first.atMs)
  }
}
