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
  const isGone = new Uint8Array(rows.rowCount)
  const latest = new Float64Array(rows.rowCount).fill(Number.NEGATIVE_INFINITY)
  // Versions are looked at one by one and not collected: a key may have very many.
  table.rows.findEqual(rows, (row, place) => {
    const from = table.microsAt(place)
    if (from > times.numberAt(row) || from <= (latest[row] as number)) return false
    latest[row] = from
    chosen[row] = place
    isGone[row] = goneField !== undefined && table.rows.numberAt(goneField, place) !== 0 ? 1 : 0
    return false
  })
  const freshTimes = fresh.fixed(timeField)
  const freshGone = goneField === undefined ? undefined : fresh.fixed(goneField)
  // Of the same time the version that came last counts; here those come first.
  const latestFresh = new Float64Array(rows.rowCount).fill(Number.NEGATIVE_INFINITY)
  new BatchIndex(fresh, keyCount).find(rows, (row, version) => {
    const from = freshTimes.numberAt(version)
    if (from > times.numberAt(row) || from < (latest[row] as number)) return false
    if (from <= (latestFresh[row] as number)) return false
    latestFresh[row] = from
    chosen[row] = freshVersion(version)
    isGone[row] = freshGone !== undefined && freshGone.numberAt(version) !== 0 ? 1 : 0
    return false
  })
  for (let row = 0; row < chosen.length; row++) if (isGone[row] === 1) chosen[row] = noVersion
  return chosen
}
