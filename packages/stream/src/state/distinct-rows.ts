import type { Column } from './column.js'
import { HashIndex } from './hash-index.js'
import { PlaceList } from './place-list.js'
import { hashRows } from './row-hash.js'
import { isSameValue } from './same-value.js'

/** Rows by what they have in common: those of one number are the same in their key. */
export interface DistinctRows {
  /** Of each row, from 0 on, in the order in which keys are met first. */
  readonly numbers: Int32Array
  /** Of each number the first row that has it. */
  readonly firsts: Int32Array
}

/** Rows that are the same in their first `keyCount` columns. NULL is a value like any other. */
export function distinctRows(
  columns: readonly Column[],
  keyCount: number,
  rowCount: number,
): DistinctRows {
  const hashes = hashRows(columns, keyCount, rowCount)
  const index = new HashIndex(rowCount)
  const numbers = new Int32Array(rowCount)
  const firsts = new PlaceList()
  let row = 0
  const isSame = (number: number) => {
    const first = firsts.at(number)
    for (let key = 0; key < keyCount; key++) {
      const column = columns[key] as Column
      if (!isSameValue(column, first, column, row)) return false
    }
    return true
  }
  for (; row < rowCount; row++) {
    const hash = hashes[row] as number
    const known = index.find(hash, isSame)
    numbers[row] = known < 0 ? firsts.length : known
    if (known >= 0) continue
    index.add(hash, firsts.length)
    firsts.push(row)
  }
  return { numbers, firsts: firsts.values }
}
