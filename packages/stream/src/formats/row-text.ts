import type { DataType } from '../plan/type.js'
import type { ColumnBatch } from '../state/batch.js'
import type { Column } from '../state/column.js'
import { formatDecimal } from './decimal-text.js'
import { formatDate, formatTime, formatTimestamp } from './time-text.js'

/** By the codes of the kinds of changes. */
const kindTexts = ['+I', '-U', '+U', '-D'] as const

/** A row as Flink's print connector writes it: `+I[1, Ada, null]`; values as Java writes them. */
export function rowText(rows: ColumnBatch, row: number, kind: number): string {
  const values = rows.fields.map(({ type }, index) => valueText(rows.column(index), type, row))
  return `${kindTexts[kind] ?? '+I'}[${values.join(', ')}]`
}

function valueText(column: Column, type: DataType, row: number): string {
  if (!column.validity.isValid(row)) return 'null'
  if (column.kind === 'bytes') {
    const isBinary = type.kind === 'binary' || type.kind === 'varbinary'
    // Bytes are signed in Java.
    return isBinary
      ? `[${[...new Int8Array(column.bytesAt(row))].join(', ')}]`
      : column.stringAt(row)
  }
  switch (type.kind) {
    case 'boolean':
      return column.int8[row] === 1 ? 'true' : 'false'
    case 'float':
      return javaNumber(column.float32[row] ?? 0, shortestFloat)
    case 'double':
      return javaNumber(column.float64[row] ?? 0, (value) => String(value))
    case 'decimal':
      return formatDecimal(column.integerAt(row), type.scale)
    case 'date':
      return formatDate(column.numberAt(row))
    case 'time':
      return javaTime(formatTime(column.numberAt(row)))
    case 'timestamp': {
      const [date = '', time = ''] = formatTimestamp(column.numberAt(row), 'ISO-8601', false).split(
        'T',
      )
      return `${date}T${javaTime(time)}`
    }
    case 'timestampLtz': {
      const [date = '', time = ''] = formatTimestamp(column.numberAt(row), 'ISO-8601', true).split(
        'T',
      )
      return `${date}T${inThrees(time.replace('Z', ''))}Z`
    }
    default:
      return String(column.integerAt(row))
  }
}

/** Java leaves out seconds that are zero, and writes fractions in groups of three digits. */
function javaTime(text: string): string {
  return /^\d\d:\d\d:00$/.test(text) ? text.slice(0, 5) : inThrees(text)
}

function inThrees(text: string): string {
  const [whole = '', fraction] = text.split('.')
  if (fraction === undefined) return whole
  return `${whole}.${fraction.padEnd(Math.ceil(fraction.length / 3) * 3, '0')}`
}

/** The shortest digits that are this number as a 32-bit float. */
function shortestFloat(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = Number(value.toPrecision(digits))
    if (Math.fround(text) === value) return String(text)
  }
  return String(value)
}

/** `1.0`, `1.0E10`: Java's notation of a number whose shortest digits `digitsOf` gives. */
function javaNumber(value: number, digitsOf: (value: number) => string): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const size = Math.abs(value)
  const digits = digitsOf(value)
  if (size >= 1e-3 && size < 1e7) return digits.includes('.') ? digits : `${digits}.0`
  const [mantissa = '', exponent = ''] = Number(digits).toExponential().split('e')
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`
}
