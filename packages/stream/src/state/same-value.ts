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
