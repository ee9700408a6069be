import { BytesColumn, type Column, type FixedColumn } from './column.js'
import type { WorkMemory } from './work-memory.js'

/**
 * A 32-bit hash of the first columns of each row, the same for equal values on every machine. NULL
 * is a value of its own. Mixing: the finalizer of MurmurHash3 (Austin Appleby, public domain).
 * They lie in `memory`, where that is given.
 */
export function hashRows(
  columns: readonly Column[],
  keyCount: number,
  rows: number,
  memory?: WorkMemory,
): Int32Array {
  const hashes = memory?.take(rows).fill(0) ?? new Int32Array(rows)
  for (let index = 0; index < keyCount; index++) {
    const column = columns[index]
    if (column === undefined) throw new RangeError(`no column ${index}`)
    if (column instanceof BytesColumn) addBytes(hashes, column)
    else if (isWide(column)) addWide(hashes, column)
    else addFixed(hashes, column)
  }
  return hashes
}

const nullHash = 0x5bd1e995

function addBytes(hashes: Int32Array, { offsets, heap, validity }: BytesColumn): void {
  for (let row = 0; row < hashes.length; row++) {
    let value = nullHash
    if (validity.isValid(row)) {
      value = 0
      const end = offsets[row + 1] as number
      for (let at = offsets[row] as number; at < end; at++) {
        value = Math.imul(value ^ (heap[at] as number), 0x01000193)
      }
    }
    hashes[row] = mixed((hashes[row] as number) + value)
  }
}

/** Whole numbers of 8 bytes of which none is NULL. */
function isWide({ width, type, validity }: FixedColumn): boolean {
  return width === 8 && type.kind !== 'double' && validity.bits === undefined
}

/** What `addFixed` makes of these. */
function addWide(hashes: Int32Array, { int32 }: FixedColumn): void {
  for (let row = 0; row < hashes.length; row++) {
    const low = mixed((hashes[row] as number) + (int32[2 * row] as number))
    hashes[row] = mixed(low + (int32[2 * row + 1] as number))
  }
}

function addFixed(hashes: Int32Array, column: FixedColumn): void {
  const { width, int32, bytes, validity } = column
  const words = width >>> 2
  const { kind } = column.type
  const isOfFloats = kind === 'double' || kind === 'float'
  for (let row = 0; row < hashes.length; row++) {
    let hash = hashes[row] as number
    if (!validity.isValid(row)) hash = mixed(hash + nullHash)
    else if (words === 0) {
      let value = 0
      for (let i = 0; i < width; i++) value = (value << 8) | (bytes[row * width + i] as number)
      hash = mixed(hash + value)
    } else {
      const own = isOfFloats ? ownWords(column, row) : undefined
      if (own !== undefined) for (const word of own) hash = mixed(hash + word)
      else for (let i = 0; i < words; i++) hash = mixed(hash + (int32[row * words + i] as number))
    }
    hashes[row] = hash
  }
}

/** What stands for the words of a value that others are the same as (`isSameValue`). */
function ownWords(column: FixedColumn, row: number): readonly number[] | undefined {
  const value = column.width === 8 ? column.float64[row] : column.float32[row]
  if (value === 0) return zeroWords
  return Number.isNaN(value) ? nanWords : undefined
}

const zeroWords = [0, 0]
const nanWords = [0x7ff80000, 0x7ff80000]

function mixed(hash: number): number {
  let h = hash | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) + 0x9e3779b9) | 0
}
