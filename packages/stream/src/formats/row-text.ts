import type { DataType } from '../plan/type.js'
import type { Column } from '../state/column.js'
import type { Rows } from '../state/rows.js'
import { formatDecimal } from './decimal-text.js'
import { javaFloatText, javaNumberText } from './java-number.js'
import { formatDate, formatTime, formatTimestamp } from './time-text.js'

/** By the codes of the kinds of changes. */
const kindTexts = ['+I', '-U', '+U', '-D'] as const

/** A row as Flink's print connector writes it: `+I[1, Ada, null]`; values as Java writes them. */
export function rowText(rows: Rows, row: number, kind: number): string {
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
      return javaFloatText(column.float32[row] ?? 0)
    case 'double':
      return javaNumberText(column.float64[row] ?? 0)
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
