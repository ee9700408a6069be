import type { DataType } from '../plan/type.js'
import { isBytes, isText } from '../plan/type-family.js'
import type { Column } from '../state/column.js'
import { type Charset, charsetNamed } from './charset.js'
import { DecodeError, FormatError } from './errors.js'
import type { RecordDecoder, RecordEncoder, SinkField, Target } from './format.js'

export interface RawOptions {
  /** Undefined for UTF-8. */
  readonly charset: Charset | undefined
  readonly isLittleEndian: boolean
}

export function rawOptions(options: ReadonlyMap<string, string>): RawOptions {
  return {
    charset: charsetNamed(options.get('charset') ?? 'UTF-8'),
    isLittleEndian: options.get('endianness') === 'little-endian',
  }
}

/** Flink's `raw` format: one column, its bytes as they are; numbers big-endian by default. */
export class RawDecoder implements RecordDecoder {
  /** Undefined where nothing is read of the column. */
  private readonly target: Target | undefined
  private readonly options: RawOptions

  constructor(targets: readonly Target[], columnCount: number, options: RawOptions) {
    if (columnCount !== 1) {
      throw new FormatError('FORMAT_UNSUPPORTED', "the format 'raw' takes exactly one column")
    }
    this.target = targets[0]
    this.options = options
  }

  decode(bytes: Buffer, start: number, end: number): boolean {
    if (this.target === undefined) return true
    const { column, field } = this.target
    const { charset, isLittleEndian } = this.options
    if (column.kind === 'bytes') {
      if (charset === undefined || !isText(field.type)) column.pushBytes(bytes, start, end)
      else column.pushString(charset.decode(bytes.subarray(start, end)))
      return true
    }
    const width = rawWidth(field.type)
    if (end - start !== width) {
      throw new DecodeError(`${end - start} bytes, where '${field.name}' has ${width}`)
    }
    const value = Buffer.from(bytes.subarray(start, end))
    if (isLittleEndian) value.reverse()
    if (field.type.kind === 'boolean') column.pushInt8(value[0] === 0 ? 0 : 1)
    else if (field.type.kind === 'float') column.pushFloat32(value.readFloatBE())
    else if (field.type.kind === 'double') column.pushFloat64(value.readDoubleBE())
    else if (width === 8) column.pushInt64(value.readBigInt64BE())
    else column.pushSmallInteger(value.readIntBE(0, width))
    return true
  }
}

export class RawEncoder implements RecordEncoder {
  private readonly field: SinkField
  private readonly options: RawOptions

  constructor(fields: readonly SinkField[], options: RawOptions) {
    const [field] = fields
    if (field === undefined || fields.length !== 1) {
      throw new FormatError('FORMAT_UNSUPPORTED', "the format 'raw' takes exactly one column")
    }
    if (!isHeaped(field.field.type)) rawWidth(field.field.type)
    this.field = field
    this.options = options
  }

  encode(columns: readonly Column[], row: number): Buffer {
    const { field, index } = this.field
    const column = columns[index]
    if (column === undefined) throw new RangeError(`no column ${index}`)
    const { charset, isLittleEndian } = this.options
    if (column.kind === 'bytes') {
      return charset === undefined || !isText(field.type)
        ? Buffer.from(column.bytesAt(row))
        : charset.encode(column.stringAt(row))
    }
    const width = rawWidth(field.type)
    const out = Buffer.alloc(width)
    if (field.type.kind === 'float') out.writeFloatBE(column.float32[row] ?? 0)
    else if (field.type.kind === 'double') out.writeDoubleBE(column.float64[row] ?? 0)
    else if (width === 8) out.writeBigInt64BE(column.integerAt(row))
    else out.writeIntBE(column.numberAt(row), 0, width)
    return isLittleEndian ? out.reverse() : out
  }
}

/** Whether a single column of the type can be written as `raw`. */
export function isRaw(type: DataType): boolean {
  return isHeaped(type) || widths[type.kind] !== undefined
}

function isHeaped(type: DataType): boolean {
  return isText(type) || isBytes(type)
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
