/**
 * From a board's rows to a table of windows × series that a reader can take in: the latest windows
 * and, of the series in them, those with the highest totals. What is left out is counted.
 */
import type { BoardRows } from '@millrace/control/api'
import { filledWindowsMax } from '../limits.js'

export interface BoardTable {
  /** Starts of the windows, oldest first, in milliseconds since 1970. */
  windows: number[]
  /** Names, in natural order: the same from one refresh to the next. */
  series: string[]
  /** values[series][window]; undefined where the query gave no row. */
  values: (number | undefined)[][]
  /** Least and greatest of the values shown; undefined when there are none. */
  range: { min: number; max: number } | undefined
  /** How much there was before choosing. */
  windowCount: number
  seriesCount: number
}

export interface BoardChoice {
  windowsMax: number
  seriesMax: number
}

const natural = new Intl.Collator('en', { numeric: true })

/** Chooses windows and series of the points, and lays them out. */
export function shapeBoard(points: BoardRows['points'], choice: BoardChoice): BoardTable {
  const valid = points.filter(({ time, value }) => Number.isFinite(time) && Number.isFinite(value))
  const allWindows = fillWindows([...new Set(valid.map(({ time }) => time))].sort((a, b) => a - b))
  const windows = allWindows.slice(-choice.windowsMax)
  const first = windows[0] ?? 0
  const shown = valid.filter(({ time }) => time >= first)

  const totals = new Map<string, number>()
  for (const { series, value } of shown) totals.set(series, (totals.get(series) ?? 0) + value)
  const series = [...totals]
    .sort(([nameA, a], [nameB, b]) => b - a || natural.compare(nameA, nameB))
    .slice(0, choice.seriesMax)
    .map(([name]) => name)
    .sort(natural.compare)

  const windowAt = new Map(windows.map((time, at) => [time, at]))
  const seriesAt = new Map(series.map((name, at) => [name, at]))
  const values = series.map(() => new Array<number | undefined>(windows.length).fill(undefined))
  let range: BoardTable['range']
  for (const point of shown) {
    const row = values[seriesAt.get(point.series) ?? -1]
    const at = windowAt.get(point.time)
    if (row === undefined || at === undefined) continue
    row[at] = point.value
    range = {
      min: Math.min(range?.min ?? point.value, point.value),
      max: Math.max(range?.max ?? point.value, point.value),
    }
  }
  const seriesCount = new Set(valid.map((point) => point.series)).size
  return { windows, series, values, range, windowCount: allWindows.length, seriesCount }
}

/**
 * Puts windows in which nothing happened back on the axis, so that a pause looks like one: the
 * smallest distance of two windows is taken as their size. Times that do not lie on such a grid,
 * or would make too many windows of it, are left as they are.
 */
export function fillWindows(times: readonly number[]): number[] {
  const [first, last] = [times[0], times.at(-1)]
  if (first === undefined || last === undefined || times.length < 3) return [...times]
  const steps = times.slice(1).map((time, at) => time - (times[at] ?? time))
  const size = Math.min(...steps)
  const count = (last - first) / size + 1
  if (count > filledWindowsMax || steps.some((step) => step % size !== 0)) return [...times]
  return Array.from({ length: count }, (_, at) => first + at * size)
}
