import type { FixedColumn } from '../state/column.js'

/** How many records rows are of, each of which says it in a column. */
export function recordsOf(counts: FixedColumn): number {
  let sum = 0
  for (let row = 0; row < counts.length; row++) sum += counts.numberAt(row)
  return sum
}
