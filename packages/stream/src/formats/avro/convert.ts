import type { DataType } from '../../plan/type.js'
import type { BytesColumn, FixedColumn } from '../../state/column.js'
import { shiftDigits } from '../decimal-text.js'
import { DecodeError, FormatError } from '../errors.js'
import type { Target } from '../format.js'
import { pushTimestamp } from '../push-timestamp.js'
import type { AvroCursor } from './cursor.js'
import { type AvroSchema, timestampLogicalType } from './schema.js'
import { branchOf } from './skip.js'

/** Reads one value and pushes it to a column. */
export type AvroConverter = (cursor: AvroCursor) => void

/**
 * From a writer's schema to a column, by Avro's schema resolution: an int may become a long, a
 * float or a double, text bytes, and so on. A branch of a union that does not fit is refused only
 * when a record holds it.
 */
export function avroConverter(schema: AvroSchema, target: Target): AvroConverter {
  const { column, field } = target
  if (schema.kind === 'null') return () => column.pushNull()
  if (schema.kind === 'union') {
    const branches = schema.branches.map((branch) => branchConverter(branch, target))
    return (cursor) => branchOf(branches, cursor)(cursor)
  }
  const converter =
    column.kind === 'bytes' ? bytesConverter(schema, column) : fixedConverter(schema, column)
  if (converter === undefined) {
    throw new FormatError(
      'SCHEMA_MISMATCH',
      `column '${field.name}' is ${field.type.kind.toUpperCase()}, the schema has ${describe(schema)}`,
    )
  }
  return converter
}

function branchConverter(branch: AvroSchema, target: Target): AvroConverter {
  try {
    return avroConverter(branch, target)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return () => {
      throw new DecodeError(error.message)
    }
  }
}

function describe(schema: AvroSchema): string {
  return 'logicalType' in schema ? `${schema.kind} (${schema.logicalType})` : schema.kind
}

function bytesConverter(schema: AvroSchema, column: BytesColumn): AvroConverter | undefined {
  switch (schema.kind) {
    case 'string':
    case 'bytes':
      return (cursor) => {
        const length = cursor.readLength()
        const start = cursor.take(length)
        column.pushBytes(cursor.bytes, start, start + length)
      }
    case 'fixed':
      return (cursor) => {
        const start = cursor.take(schema.size)
        column.pushBytes(cursor.bytes, start, start + schema.size)
      }
    case 'enum':
      return (cursor) => column.pushString(branchOf(schema.symbols, cursor))
    default:
      return undefined
  }
}

function fixedConverter(schema: AvroSchema, column: FixedColumn): AvroConverter | undefined {
  const { type } = column
  switch (type.kind) {
    case 'boolean':
      if (schema.kind !== 'boolean') return undefined
      return (cursor) => column.pushInt8(cursor.bytes[cursor.take(1)] === 1 ? 1 : 0)
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'date':
      if (schema.kind !== 'int') return undefined
      return (cursor) => column.pushSmallInteger(cursor.readInt())
    case 'bigint':
      if (schema.kind !== 'int' && schema.kind !== 'long') return undefined
      return (cursor) => {
        cursor.readLong()
        column.pushHalves(cursor.low, cursor.high)
      }
    case 'float':
    case 'double': {
      const read = realReader(schema)
      if (read === undefined || (type.kind === 'float' && schema.kind === 'double')) {
        return undefined
      }
      return type.kind === 'float'
        ? (cursor) => column.pushFloat32(read(cursor))
        : (cursor) => column.pushFloat64(read(cursor))
    }
    case 'decimal':
      return decimalConverter(schema, column, type)
    case 'time':
      if (schema.kind !== 'int' && schema.kind !== 'long') return undefined
      return scaledConverter(column, schema.logicalType === 'time-micros' ? 1 : 1000)
    case 'timestamp':
    case 'timestampLtz':
      if (schema.kind !== 'long') return undefined
      return scaledConverter(column, microsPerUnit(schema.logicalType, type.precision))
    default:
      return undefined
  }
}

function realReader(schema: AvroSchema): ((cursor: AvroCursor) => number) | undefined {
  switch (schema.kind) {
    case 'int':
    case 'long':
      return (cursor) => cursor.readNumber()
    case 'float':
      return (cursor) => cursor.bytes.readFloatLE(cursor.take(4))
    case 'double':
      return (cursor) => cursor.bytes.readDoubleLE(cursor.take(8))
    default:
      return undefined
  }
}

function scaledConverter(column: FixedColumn, micros: number): AvroConverter {
  return (cursor) => pushTimestamp(column, Math.floor(cursor.readNumber() * micros))
}

/** A plain long means what Flink would have written for the column's precision. */
export function microsPerUnit(logicalType: string | undefined, precision: number): number {
  const unit = logicalType?.replace(/^local-/, '') ?? timestampLogicalType(precision)
  if (unit === 'timestamp-micros') return 1
  return unit === 'timestamp-nanos' ? 0.001 : 1000
}

function decimalConverter(
  schema: AvroSchema,
  column: FixedColumn,
  type: DataType & { kind: 'decimal' },
): AvroConverter | undefined {
  if (schema.kind !== 'bytes' && schema.kind !== 'fixed') return undefined
  const shift = type.scale - (schema.decimalScale ?? type.scale)
  const limit = 10n ** BigInt(type.precision)
  return (cursor) => {
    const length = schema.kind === 'fixed' ? schema.size : cursor.readLength()
    const start = cursor.take(length)
    const unscaled = shiftDigits(bigEndian(cursor.bytes.subarray(start, start + length)), shift)
    if (unscaled >= limit || unscaled <= -limit) column.pushNull()
    else column.pushInteger(unscaled)
  }
}

/** Two's complement, the highest byte first. */
function bigEndian(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
}
