import type { Column } from './column.js'
import { PlaceList } from './place-list.js'
import { hashRows } from './row-hash.js'
import { rowEquality } from './same-value.js'
import { WorkMemory } from './work-memory.js'

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
  const heads = new PlaceList(rows >>> 1)
  const hashes = hashRows(columns, keyCount, rows, rowHashes)
  const isSame = rowEquality(columns, columns, keyCount)
  const { slots, mask } = freeSlots(rows)
  for (let row = 0; row < rows; row++) {
    const hash = hashes[row] as number
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const group = (slots[slot] as number) - 1
      if (group < 0) {
        groupOf[row] = heads.length
        heads.push(row)
        slots[slot] = heads.length
        break
      }
      const head = heads.at(group)
      if (hashes[head] === hash && isSame(head, row)) {
        groupOf[row] = group
        break
      }
    }
  }
  return { heads: heads.values, groupOf }
}

/**
 * For each of `rows` rows which of `knownRows` has the same key: their first `keyCount` columns. No
 * two that are known are the same; NULL is a value like any other. Throws where one is not known.
 */
export function placesOfKeys(
  known: readonly Column[],
  knownRows: number,
  columns: readonly Column[],
  rows: number,
  keyCount: number,
): Int32Array {
  const places = new Int32Array(rows)
  const hashesOfKnown = hashRows(known, keyCount, knownRows, knownHashes)
  const { slots, mask } = freeSlots(knownRows)
  for (let place = 0; place < knownRows; place++) {
    let slot = (hashesOfKnown[place] as number) & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = place + 1
  }
  const hashes = hashRows(columns, keyCount, rows, rowHashes)
  const isSame = rowEquality(known, columns, keyCount)
  for (let row = 0; row < rows; row++) {
    const hash = hashes[row] as number
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = (slots[slot] as number) - 1
      if (place < 0) throw new RangeError(`the key of row ${row} is not known`)
      if (hashesOfKnown[place] === hash && isSame(place, row)) {
        places[row] = place
        break
      }
    }
  }
  return places
}

const rowHashes = new WorkMemory()
const knownHashes = new WorkMemory()
const usedSlots = new WorkMemory()

/** Slots that hold 0, of which so many rows take up half at most. */
function freeSlots(rows: number): { readonly slots: Int32Array; readonly mask: number } {
  const count = 2 ** Math.max(4, Math.ceil(Math.log2(2 * Math.max(1, rows))))
  return { slots: usedSlots.take(count).fill(0), mask: count - 1 }
}
