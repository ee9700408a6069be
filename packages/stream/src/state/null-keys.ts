import type { Column } from './column.js'

/** Whether a row has NULL among its first `keyCount` columns: in SQL its key equals no other then. */
export function hasNullKey(columns: readonly Column[], keyCount: number): (row: number) => boolean {
  const nullable = columns
    .slice(0, keyCount)
    .map(({ validity }) => validity)
    .filter(({ bits }) => bits !== undefined)
  return nullable.length === 0
    ? () => false
    : (row) => nullable.some((validity) => !validity.isValid(row))
}
