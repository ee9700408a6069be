import type { DataType } from '../../plan/type.js'
import { isBytes } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import { formatDecimal, scientificDecimal } from '../decimal-text.js'
import { FormatError } from '../errors.js'
import { javaFloatText, javaNumberText } from '../java-number.js'
import { formatDate, formatTime, formatTimestamp } from '../time-text.js'

/** One plain value that is not NULL, as it stands in a field before it is put into quotes. */
export function csvText(
  column: Column,
  row: number,
  type: DataType,
  isScientific: boolean,
): string {
  if (column.kind === 'bytes') {
    return isBytes(type) ? column.bytesAt(row).toString('base64') : column.stringAt(row)
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
      return javaFloatText(column.float32[row] ?? 0)
    case 'double':
      return javaNumberText(column.float64[row] ?? 0)
    case 'decimal': {
      const unscaled = column.integerAt(row)
      return isScientific
        ? scientificDecimal(unscaled, type.scale)
        : formatDecimal(unscaled, type.scale)
    }
    case 'date':
      return formatDate(column.numberAt(row))
    case 'time':
      return formatTime(column.numberAt(row))
    case 'timestamp':
    case 'timestampLtz':
      return formatTimestamp(column.numberAt(row), 'SQL', type.kind === 'timestampLtz')
    default:
      throw new FormatError('TYPE_UNSUPPORTED', `CSV has no ${type.kind}`)
  }
}
