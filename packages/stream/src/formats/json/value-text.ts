import type { DataType } from '../../plan/type.js'
import { isBytes } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import { formatDecimal } from '../decimal-text.js'
import { FormatError } from '../errors.js'
import { formatDate, formatTime, formatTimestamp, type TimestampStandard } from '../time-text.js'

/** One plain value as JSON text. */
export function jsonText(
  column: Column,
  row: number,
  type: DataType,
  standard: TimestampStandard,
): string {
  if (!column.validity.isValid(row)) return 'null'
  if (column.kind === 'bytes') {
    return JSON.stringify(
      isBytes(type) ? column.bytesAt(row).toString('base64') : column.stringAt(row),
    )
  }
  switch (type.kind) {
    case 'boolean':
      return column.int8[row] === 1 ? 'true' : 'false'
    case 'tinyint':
    case 'smallint':
    case 'int':
      return String(column.numberAt(row))
    case 'bigint':
      return String(column.int64[row])
    case 'float':
      return doubleText(Math.fround(column.float32[row] ?? 0), true)
    case 'double':
      return doubleText(column.float64[row] ?? 0, false)
    case 'decimal':
      return formatDecimal(column.integerAt(row), type.scale)
    case 'date':
      return `"${formatDate(column.numberAt(row))}"`
    case 'time':
      return `"${formatTime(column.numberAt(row))}"`
    case 'timestamp':
    case 'timestampLtz':
      return `"${formatTimestamp(column.numberAt(row), standard, type.kind === 'timestampLtz')}"`
    default:
      throw new FormatError('TYPE_UNSUPPORTED', `JSON has no ${type.kind}`)
  }
}

/** JSON has no NaN and no infinity: they are strings, as Jackson writes them. */
function doubleText(value: number, isFloat: boolean): string {
  if (!Number.isFinite(value)) return `"${value}"`
  return String(isFloat ? shortestFloat(value) : value)
}

/** The shortest number that is the same 32-bit float. */
function shortestFloat(value: number): number {
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}
