import type { Column } from '../../state/column.js'

/**
 * A value of a column as JavaScript has it: numbers for integers up to 32 bits, dates, floats and
 * doubles; bigints for BIGINT, times (in microseconds) and decimals (without their point); booleans;
 * text as strings, and so are nested values; bytes as they are; null.
 */
export type Value = boolean | number | bigint | string | Uint8Array | null

export function valueAt(column: Column, row: number): Value {
  if (!column.validity.isValid(row)) return null
  if (column.kind === 'bytes') {
    const { kind } = column.type
    const isBinary = kind === 'binary' || kind === 'varbinary'
    return isBinary ? Uint8Array.from(column.bytesAt(row)) : column.stringAt(row)
  }
  switch (column.type.kind) {
    case 'boolean':
      return column.int8[row] === 1
    case 'float':
      return column.float32[row] ?? 0
    case 'double':
      return column.float64[row] ?? 0
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'date':
      return column.numberAt(row)
    default:
      return column.integerAt(row)
  }
}

/** Adds a value to a column of the type that it is of. */
export function pushValue(column: Column, value: Value): void {
  if (value === null) column.pushNull()
  else if (column.kind === 'bytes') {
    if (typeof value === 'string') column.pushString(value)
    else column.pushBytes(value as Uint8Array)
  } else if (typeof value === 'bigint') column.pushInteger(value)
  else if (typeof value === 'boolean') column.pushInt8(value ? 1 : 0)
  else if (column.type.kind === 'float') column.pushFloat32(Number(value))
  else if (column.type.kind === 'double') column.pushFloat64(Number(value))
  else column.pushSmallInteger(Number(value))
}

/**
 * Which of two values of the same type is the greater, as DuckDB orders them: positive where the
 * first is. NaN is the greatest number, and equal to itself.
 */
export function compareValues(left: Exclude<Value, null>, right: Exclude<Value, null>): number {
  if (left === right) return 0
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right)
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right)
  if (left < right) return -1
  if (left > right) return 1
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right))
}

/** By their bytes in UTF-8. */
function compareTexts(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}

/** What tells a partition apart as a text: equal where the values are. */
export function keyText(key: readonly Value[]): string {
  return JSON.stringify(
    key.map((value) => {
      if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('hex')]
      return value === null ? null : [typeof value, `${value}`]
    }),
  )
}
