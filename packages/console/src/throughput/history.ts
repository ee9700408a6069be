import type { PlatformView, StageView } from '@millrace/control/api'
import { rateGapMsMax, rateSamplesMax } from '../limits.js'

/** Rates of all stages at one moment. */
export interface RateSample {
  /** By the platform's clock, in milliseconds since 1970. */
  time: number
  rates: ReadonlyMap<string, { in: number; out: number }>
}

/** What the page has heard of the rates, oldest first. Immutable. */
export type RateHistory = readonly RateSample[]

/** A point of a line chart; null where the line is to break. */
export type RatePoint = [time: number, perSecond: number | null]

/** Adds a view's rates. A view with an older or equal time (sent again) changes nothing. */
export function addRates(history: RateHistory, view: PlatformView): RateHistory {
  const last = history.at(-1)
  if (last !== undefined && view.now <= last.time) return history
  const rates = new Map(
    view.stages.map((stage) => [
      stage.id,
      { in: stage.recordsInPerSecond, out: stage.recordsOutPerSecond },
    ]),
  )
  return [...history.slice(1 - rateSamplesMax), { time: view.now, rates }]
}

/**
 * One stage's rate over time, since `from`. The line breaks where the page was cut off, and where
 * the stage was not there.
 */
export function ratePoints(
  history: RateHistory,
  stage: string,
  direction: 'in' | 'out',
  from = 0,
): RatePoint[] {
  const points: RatePoint[] = []
  let last: number | undefined
  for (const { time, rates } of history) {
    if (time < from) continue
    if (last !== undefined && time - last > rateGapMsMax) points.push([last + 1, null])
    points.push([time, rates.get(stage)?.[direction] ?? null])
    last = time
  }
  return points
}

/** The busiest stages by what entered them since the history began, in the pipeline's order. */
export function busiestStages(
  history: RateHistory,
  stages: readonly StageView[],
  countMax: number,
): StageView[] {
  if (stages.length <= countMax) return [...stages]
  const sums = new Map<string, number>()
  for (const { rates } of history) {
    for (const [id, rate] of rates) sums.set(id, (sums.get(id) ?? 0) + rate.in)
  }
  const byRate = [...stages].sort((a, b) => (sums.get(b.id) ?? 0) - (sums.get(a.id) ?? 0))
  const chosen = new Set(byRate.slice(0, countMax))
  return stages.filter((stage) => chosen.has(stage))
}
