import type { Column } from './column.js'
import { HashIndex } from './hash-index.js'
import { hashRows } from './row-hash.js'
import { isSameValue } from './same-value.js'

/** Rows of a batch by the values of some columns. */
export interface KeyGroups {
  /** The first row of each group, in the order in which they come. */
  readonly heads: Int32Array
  /** The group of each row, by its place in `heads`. */
  readonly groupOf: Int32Array
}

/** Groups rows by their first `keyCount` columns; NULL is a value like any other. */
export function groupByKey(columns: readonly Column[], keyCount: number, rows: number): KeyGroups {
  const groupOf = new Int32Array(rows)
  const heads: number[] = []
  const keys = columns.slice(0, keyCount)
  const hashes = hashRows(columns, keyCount, rows)
  const index = new HashIndex()
  let row = 0
  const isSame = (group: number) => {
    const head = heads[group] as number
    for (const key of keys) if (!isSameValue(key, head, key, row)) return false
    return true
  }
  for (; row < rows; row++) {
    const hash = hashes[row] as number
    let group = index.find(hash, isSame)
    if (group < 0) {
      group = heads.push(row) - 1
      index.add(hash, group)
    }
    groupOf[row] = group
  }
  return { heads: Int32Array.from(heads), groupOf }
}
