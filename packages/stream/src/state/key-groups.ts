import type { Column } from './column.js'
import { HashIndex } from './hash-index.js'
import { PlaceList } from './place-list.js'
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
  const heads = new PlaceList()
  const keys = columns.slice(0, keyCount)
  const hashes = hashRows(columns, keyCount, rows)
  const index = new HashIndex(rows >>> 1)
  let row = 0
  const isSame = (group: number) => {
    const head = heads.at(group)
    for (const key of keys) if (!isSameValue(key, head, key, row)) return false
    return true
  }
  for (; row < rows; row++) {
    const hash = hashes[row] as number
    let group = index.find(hash, isSame)
    if (group < 0) {
      group = heads.length
      heads.push(row)
      index.add(hash, group)
    }
    groupOf[row] = group
  }
  return { heads: heads.values, groupOf }
}
