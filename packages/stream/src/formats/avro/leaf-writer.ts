import type { DataType } from '../../plan/type.js'
import { isBytes, isText } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import { FormatError } from '../errors.js'
import { type AvroSchema, timestampLogicalType } from './schema.js'
import type { AvroWriter } from './writer.js'

/** Writes the value of a row, which is not NULL. */
export type LeafWriter = (out: AvroWriter, column: Column, row: number) => void

/** How plain values of a type are written by a schema; undefined where it cannot hold them. */
export function leafWriter(schema: AvroSchema, type: DataType): LeafWriter | undefined {
  switch (schema.kind) {
    case 'boolean':
      if (type.kind !== 'boolean') return undefined
      return (out, column, row) => out.byte(int8At(column, row))
    case 'int':
      return intWriter(type)
    case 'long':
      return longWriter(schema.logicalType, type)
    case 'float':
      if (type.kind !== 'float') return undefined
      return (out, column, row) => out.float(fixedOf(column).float32[row] ?? 0)
    case 'double':
      return doubleWriter(type)
    case 'string':
      return isText(type)
        ? (out, column, row) => out.lengthAndBytes(bytesAt(column, row))
        : undefined
    case 'enum':
      return isText(type) ? enumWriter(schema.symbols) : undefined
    case 'bytes':
      if (isBytes(type)) return (out, column, row) => out.lengthAndBytes(bytesAt(column, row))
      if (!isDecimalOf(type, schema.decimalScale)) return undefined
      return (out, column, row) => out.lengthAndBytes(shortest(fixedOf(column).integerAt(row)))
    case 'fixed':
      if (isBytes(type)) return fixedWriter(schema.size)
      return isDecimalOf(type, schema.decimalScale) ? fixedDecimalWriter(schema.size) : undefined
    default:
      return undefined
  }
}

const integer: LeafWriter = (out, column, row) => out.long(fixedOf(column).integerAt(row))

const millis: LeafWriter = (out, column, row) => {
  out.long(BigInt(Math.floor(fixedOf(column).numberAt(row) / 1000)))
}

const nanos: LeafWriter = (out, column, row) => out.long(fixedOf(column).integerAt(row) * 1000n)

function intWriter({ kind }: DataType): LeafWriter | undefined {
  if (kind === 'time') return millis
  return ['tinyint', 'smallint', 'int', 'date'].includes(kind) ? integer : undefined
}

function longWriter(logicalType: string | undefined, type: DataType): LeafWriter | undefined {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return integer
    case 'time':
      return logicalType === 'time-micros' ? integer : undefined
    case 'timestamp':
    case 'timestampLtz': {
      const unit = logicalType?.replace(/^local-/, '') ?? timestampLogicalType(type.precision)
      const writers = {
        'timestamp-millis': millis,
        'timestamp-micros': integer,
        'timestamp-nanos': nanos,
      }
      return Object.entries(writers).find(([name]) => name === unit)?.[1]
    }
    default:
      return undefined
  }
}

function doubleWriter({ kind }: DataType): LeafWriter | undefined {
  if (kind === 'double') return (out, column, row) => out.double(fixedOf(column).float64[row] ?? 0)
  if (kind !== 'float') return undefined
  return (out, column, row) => out.double(fixedOf(column).float32[row] ?? 0)
}

function enumWriter(symbols: readonly string[]): LeafWriter {
  const places = new Map(symbols.map((symbol, index) => [symbol, BigInt(index)]))
  return (out, column, row) => {
    const symbol = Buffer.from(bytesAt(column, row)).toString('utf8')
    const place = places.get(symbol)
    if (place === undefined) {
      const known = symbols.join(', ')
      throw new FormatError('VALUE_REFUSED', `'${symbol}' is none of the schema's symbols ${known}`)
    }
    out.long(place)
  }
}

function fixedWriter(size: number): LeafWriter {
  return (out, column, row) => {
    const bytes = bytesAt(column, row)
    if (bytes.length !== size) {
      const what = `${bytes.length} bytes where the schema has ${size}`
      throw new FormatError('VALUE_REFUSED', what)
    }
    out.fixed(bytes)
  }
}

function fixedDecimalWriter(size: number): LeafWriter {
  return (out, column, row) => {
    const value = fixedOf(column).integerAt(row)
    if (BigInt.asIntN(size * 8, value) !== value) {
      throw new FormatError('VALUE_REFUSED', `a decimal that does not fit into ${size} bytes`)
    }
    out.fixed(twosComplement(value, size))
  }
}

function isDecimalOf(type: DataType, scale: number | undefined): boolean {
  return type.kind === 'decimal' && type.scale === scale
}

/** The highest byte first. */
function twosComplement(value: bigint, length: number): Buffer {
  const hex = BigInt.asUintN(length * 8, value).toString(16)
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex')
}

function shortest(value: bigint): Buffer {
  let length = 1
  while (BigInt.asIntN(length * 8, value) !== value) length++
  return twosComplement(value, length)
}

function int8At(column: Column, row: number): number {
  return fixedOf(column).int8[row] === 1 ? 1 : 0
}

function fixedOf(column: Column): Exclude<Column, { kind: 'bytes' }> {
  if (column.kind === 'bytes') throw new TypeError('a number lies as bytes')
  return column
}

function bytesAt(column: Column, row: number): Uint8Array {
  if (column.kind !== 'bytes') throw new TypeError('bytes lie as a number')
  return column.bytesAt(row)
}
