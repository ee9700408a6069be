import type { Column } from './column.js'

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
    return left.bytesAt(leftRow).equals(right.bytesAt(rightRow))
  }
  if (left.kind === 'bytes' || right.kind === 'bytes') throw new TypeError('columns of two types')
  const { kind } = left.type
  if (kind === 'double') return isSameNumber(left.float64[leftRow], right.float64[rightRow])
  if (kind === 'float') return isSameNumber(left.float32[leftRow], right.float32[rightRow])
  const { width } = left
  const [from, to] = [leftRow * width, rightRow * width]
  for (let i = 0; i < width; i++) if (left.bytes[from + i] !== right.bytes[to + i]) return false
  return true
}

/** The two zeros are one value. */
function isSameNumber(left: number | undefined, right: number | undefined): boolean {
  return left === right || (Number.isNaN(left) && Number.isNaN(right))
}
