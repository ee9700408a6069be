import type { DataType } from '../plan/type.js'
import type { Column } from '../state/column.js'
import { DecodeError, FormatError } from './errors.js'
import type { RecordDecoder, RecordEncoder, SinkField, Target } from './format.js'

/** Flink's `raw` format: one column, its bytes as they are; numbers big-endian. */
export class RawDecoder implements RecordDecoder {
  private readonly target: Target

  constructor(targets: readonly Target[], columnCount: number) {
    const [target] = targets
    if (target === undefined || columnCount !== 1) {
      throw new FormatError('FORMAT_UNSUPPORTED', "the format 'raw' takes exactly one column")
    }
    this.target = target
  }

  decode(bytes: Buffer, start: number, end: number): boolean {
    const { column, field } = this.target
    if (column.kind === 'bytes') {
      column.pushBytes(bytes, start, end)
      return true
    }
    const width = rawWidth(field.type)
    if (end - start !== width) {
      throw new DecodeError(`${end - start} bytes, where '${field.name}' has ${width}`)
    }
    if (field.type.kind === 'float') column.pushFloat32(bytes.readFloatBE(start))
    else if (field.type.kind === 'double') column.pushFloat64(bytes.readDoubleBE(start))
    else if (width === 8) column.pushInt64(bytes.readBigInt64BE(start))
    else column.pushSmallInteger(bytes.readIntBE(start, width))
    return true
  }
}

export class RawEncoder implements RecordEncoder {
  private readonly field: SinkField

  constructor(fields: readonly SinkField[]) {
    const [field] = fields
    if (field === undefined || fields.length !== 1) {
      throw new FormatError('FORMAT_UNSUPPORTED', "the format 'raw' takes exactly one column")
    }
    if (!isBytes(field.field.type)) rawWidth(field.field.type)
    this.field = field
  }

  encode(columns: readonly Column[], row: number): Buffer {
    const { field, index } = this.field
    const column = columns[index]
    if (column === undefined) throw new RangeError(`no column ${index}`)
    if (column.kind === 'bytes') return Buffer.from(column.bytesAt(row))
    const width = rawWidth(field.type)
    const out = Buffer.alloc(width)
    if (field.type.kind === 'float') out.writeFloatBE(column.float32[row] ?? 0)
    else if (field.type.kind === 'double') out.writeDoubleBE(column.float64[row] ?? 0)
    else if (width === 8) out.writeBigInt64BE(column.integerAt(row))
    else out.writeIntBE(column.numberAt(row), 0, width)
    return out
  }
}

/** Whether a single column of the type can be written as `raw`. */
export function isRaw(type: DataType): boolean {
  return isBytes(type) || widths[type.kind] !== undefined
}

function isBytes(type: DataType): boolean {
  return ['char', 'varchar', 'binary', 'varbinary'].includes(type.kind)
}

const widths: Partial<Record<DataType['kind'], number>> = {
  boolean: 1,
  tinyint: 1,
  smallint: 2,
  int: 4,
  bigint: 8,
  float: 4,
  double: 8,
}

function rawWidth(type: DataType): number {
  const width = widths[type.kind]
  if (width === undefined) {
    throw new FormatError('TYPE_UNSUPPORTED', `the format 'raw' has no ${type.kind}`)
  }
  return width
}
