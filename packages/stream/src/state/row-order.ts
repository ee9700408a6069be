import type { Column } from './column.js'

/** By which column rows are ordered: its place, the direction, and where NULL stands. */
export interface OrderKey {
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** Negative where row `left` comes before row `right`, positive where behind, 0 where equal. */
export type RowOrder = (left: number, right: number) => number

/**
 * The order of rows by columns, one key a column. Values are ordered as DuckDB orders them: NaN is
 * the greatest number, the two zeros are equal, text goes by its bytes. Columns must not grow
 * while the order is used.
 */
export function rowOrder(columns: readonly Column[], keys: readonly OrderKey[]): RowOrder {
  const orders = keys.map((key, index) => {
    const column = columns[index]
    if (column === undefined) throw new RangeError(`no column ${index}`)
    return columnOrder(column, key)
  })
  const [first, second] = orders
  if (first === undefined) return () => 0
  if (second === undefined) return first
  return (left, right) => {
    for (const order of orders) {
      const result = order(left, right)
      if (result !== 0) return result
    }
    return 0
  }
}

function columnOrder(column: Column, { descending, nullsFirst }: OrderKey): RowOrder {
  const ascending = valueOrder(column)
  const ofValues: RowOrder = descending ? (left, right) => ascending(right, left) : ascending
  const { validity } = column
  if (validity.bits === undefined) return ofValues
  const ofNull = nullsFirst ? -1 : 1
  return (left, right) => {
    const isLeft = validity.isValid(left)
    const isRight = validity.isValid(right)
    if (isLeft && isRight) return ofValues(left, right)
    if (isLeft === isRight) return 0
    return isLeft ? -ofNull : ofNull
  }
}

function valueOrder(column: Column): RowOrder {
  if (column.kind === 'bytes') {
    const { heap, offsets } = column
    const at = (row: number) => offsets[row] as number
    return (left, right) => heap.compare(heap, at(right), at(right + 1), at(left), at(left + 1))
  }
  const { kind } = column.type
  if (kind === 'double') return numberOrder(column.float64)
  if (kind === 'float') return numberOrder(column.float32)
  switch (column.width) {
    case 1:
      return integerOrder(column.int8)
    case 2:
      return integerOrder(column.int16)
    case 4:
      return integerOrder(column.int32)
    case 8:
      return wideOrder(column.int32, 2)
    default:
      return wideOrder(column.int32, 4)
  }
}

type Numbers = { readonly [index: number]: number }

function integerOrder(values: Numbers): RowOrder {
  return (left, right) => (values[left] as number) - (values[right] as number)
}

function numberOrder(values: Numbers): RowOrder {
  return (left, right) => {
    const [one, other] = [values[left] as number, values[right] as number]
    if (one === other) return 0
    if (Number.isNaN(one)) return Number.isNaN(other) ? 0 : 1
    return Number.isNaN(other) || one < other ? -1 : 1
  }
}

/** Integers of several words of 32 bits, the lowest first; only the highest has a sign. */
function wideOrder(words: Int32Array, count: number): RowOrder {
  return (left, right) => {
    const one = left * count
    const other = right * count
    let at = count - 1
    if (words[one + at] !== words[other + at]) {
      return (words[one + at] as number) < (words[other + at] as number) ? -1 : 1
    }
    for (at--; at >= 0; at--) {
      const difference = ((words[one + at] as number) >>> 0) - ((words[other + at] as number) >>> 0)
      if (difference !== 0) return difference
    }
    return 0
  }
}
