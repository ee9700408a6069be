import type { Slices } from '../state/slices.js'

/** Which windows close in a step. */
export interface DueWindows {
  /** Each by the start of its last slice, in order. */
  readonly due: readonly number[]
  /** The watermark that counts from now on. */
  readonly throughMs: number
  /** More is due than one step may give. */
  readonly behind: boolean
}

/**
 * Decides which windows close under a watermark, of slices with so many rows. The limit on rows is
 * kept by stopping early: the watermark that counts is then the end of the last window closed, and
 * the next step goes on from there. Draining (an infinite watermark) closes through the last window
 * there is, so that later ones are still accepted.
 */
export function dueWindows(of: {
  slices: Slices
  closedThroughMs: number
  rowsBySlice: Iterable<readonly [startMs: number, rows: number]>
  watermarkMs: number
  rowsMax: number
}): DueWindows {
  const { slices, closedThroughMs, watermarkMs } = of
  const rowsByWindow = new Map<number, number>()
  for (const [start, rows] of of.rowsBySlice) {
    for (const window of slices.windowsOf(start, closedThroughMs, watermarkMs)) {
      rowsByWindow.set(window, (rowsByWindow.get(window) ?? 0) + rows)
    }
  }
  const due: number[] = []
  let rows = 0
  for (const window of [...rowsByWindow.keys()].sort((left, right) => left - right)) {
    rows += rowsByWindow.get(window) ?? 0
    if (due.length > 0 && rows > of.rowsMax) {
      const last = due[due.length - 1] ?? window
      return { due, throughMs: slices.lastInstantOf(last), behind: true }
    }
    due.push(window)
  }
  const last = due[due.length - 1]
  const through =
    watermarkMs !== Number.POSITIVE_INFINITY
      ? watermarkMs
      : last === undefined
        ? Number.NEGATIVE_INFINITY
        : slices.lastInstantOf(last)
  return { due, throughMs: Math.max(through, closedThroughMs), behind: false }
}
