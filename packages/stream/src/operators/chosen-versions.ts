import type { ColumnBatch } from '../state/batch.js'
import { BatchIndex } from '../state/batch-index.js'
import type { VersionTable } from '../state/version-table.js'

/** In place of a version: there is none. */
export const noVersion = -1

/** Row `row` of those that just came, in place of a place of the table. */
export function freshVersion(row: number): number {
  return noVersion - 1 - row
}

/** Which of those that just came is chosen. */
export function rowOfFresh(choice: number): number {
  return noVersion - 1 - choice
}

/**
 * For each row the version of its key that counts at its time: a place of the table, a row of those
 * that just came (`freshVersion`), or none. Both begin with the key; `times` are those of the rows,
 * and `timeField` is the time of the versions. A version that is a deletion is none, and ends the
 * one before it: `goneField` is not 0 then.
 */
export function chosenVersions(of: {
  rows: ColumnBatch
  keyCount: number
  times: { numberAt(row: number): number }
  table: VersionTable
  fresh: ColumnBatch
  timeField: number
  goneField: number | undefined
}): Int32Array {
  const { rows, keyCount, times, table, fresh, timeField, goneField } = of
  const chosen = new Int32Array(rows.rowCount).fill(noVersion)
  const kept = table.rows.findEqual(rows)
  const found = new BatchIndex(fresh, keyCount).find(rows)
  const freshTimes = fresh.fixed(timeField)
  const freshGone = goneField === undefined ? undefined : fresh.fixed(goneField)
  for (let row = 0; row < chosen.length; row++) {
    const time = times.numberAt(row)
    let isGone = false
    let latest = Number.NEGATIVE_INFINITY
    for (let at = kept.ends[row - 1] ?? 0; at < (kept.ends[row] as number); at++) {
      const place = kept.places[at] as number
      const from = table.microsAt(place)
      if (from > time || from <= latest) continue
      latest = from
      chosen[row] = place
      isGone = goneField !== undefined && table.rows.numberAt(goneField, place) !== 0
    }
    // Of the same time the version that came last counts; here those come first.
    let latestFresh = Number.NEGATIVE_INFINITY
    for (let at = found.ends[row - 1] ?? 0; at < (found.ends[row] as number); at++) {
      const version = found.places[at] as number
      const from = freshTimes.numberAt(version)
      if (from > time || from < latest || from <= latestFresh) continue
      latestFresh = from
      chosen[row] = freshVersion(version)
      isGone = freshGone !== undefined && freshGone.numberAt(version) !== 0
    }
    if (isGone) chosen[row] = noVersion
  }
  return chosen
}
