import type { BytesColumn, Column } from './column.js'

/** Whether two columns of one type hold the same value; NULL is the same as NULL, as NaN as NaN. */
export function isSameValue(
  left: Column,
  leftRow: number,
  right: Column,
  rightRow: number,
): boolean {
  const isValid = left.validity.isValid(leftRow)
  if (isValid !== right.validity.isValid(rightRow)) return false
  if (!isValid) return true
  if (left.kind === 'bytes' && right.kind === 'bytes') {
    return isSameText(left, leftRow, right, rightRow)
  }
  if (left.kind === 'bytes' || right.kind === 'bytes') throw new TypeError('columns of two types')
  const { kind } = left.type
  if (kind === 'double') return isSameNumber(left.float64[leftRow], right.float64[rightRow])
  if (kind === 'float') return isSameNumber(left.float32[leftRow], right.float32[rightRow])
  const { width } = left
  if (width === 8) {
    const [one, other] = [left.int32, right.int32]
    const [at, to] = [2 * leftRow, 2 * rightRow]
    return one[at] === other[to] && one[at + 1] === other[to + 1]
  }
  const [from, to] = [leftRow * width, rightRow * width]
  for (let i = 0; i < width; i++) if (left.bytes[from + i] !== right.bytes[to + i]) return false
  return true
}

/**
 * Whether two rows have the same values in their first `count` columns, which are of the same types;
 * the columns must not grow while it is asked.
 */
export function rowEquality(
  left: readonly Column[],
  right: readonly Column[],
  count: number,
): (leftRow: number, rightRow: number) => boolean {
  const [ones, others] = [left, right].map((columns) => columns.slice(0, count).map(wideWords))
  if (ones?.every(isThere) && others?.every(isThere)) {
    return (leftRow, rightRow) => {
      for (let index = 0; index < count; index++) {
        const [one, other] = [ones[index] as Int32Array, others[index] as Int32Array]
        if (one[2 * leftRow] !== other[2 * rightRow]) return false
        if (one[2 * leftRow + 1] !== other[2 * rightRow + 1]) return false
      }
      return true
    }
  }
  return (leftRow, rightRow) => {
    for (let index = 0; index < count; index++) {
      const [one, other] = [left[index] as Column, right[index] as Column]
      if (!isSameValue(one, leftRow, other, rightRow)) return false
    }
    return true
  }
}

/** The words of whole numbers of 8 bytes of which none is NULL. */
function wideWords(column: Column): Int32Array | undefined {
  if (column.kind === 'bytes' || column.width !== 8 || column.type.kind === 'double')
    return undefined
  return column.validity.bits === undefined ? column.int32 : undefined
}

function isThere<Value>(value: Value | undefined): value is Value {
  return value !== undefined
}

/** Texts are short: comparing them byte by byte costs less than making views of them. */
function isSameText(
  left: BytesColumn,
  leftRow: number,
  right: BytesColumn,
  rightRow: number,
): boolean {
  const from = left.offsets[leftRow] as number
  const to = right.offsets[rightRow] as number
  const length = (left.offsets[leftRow + 1] as number) - from
  if (length !== (right.offsets[rightRow + 1] as number) - to) return false
  const [one, other] = [left.heap, right.heap]
  for (let i = 0; i < length; i++) if (one[from + i] !== other[to + i]) return false
  return true
}

/** The two zeros are one value. */
function isSameNumber(left: number | undefined, right: number | undefined): boolean {
  return left === right || (Number.isNaN(left) && Number.isNaN(right))
}
