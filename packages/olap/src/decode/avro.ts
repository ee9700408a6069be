import { avroCodec } from '@millrace/schema'
import type { Column, ColumnType, ColumnValue } from '../column.js'
import { OlapError } from '../errors.js'
import { jsonText, type RowReader } from './row-reader.js'

/** What a field of a record is kept as, and how a decoded value becomes that. */
interface FieldShape {
  readonly type: ColumnType
  readonly convert: (value: unknown) => ColumnValue
}

/** A parsed Avro schema: a name, a union, or an object with a type. */
type AvroType = string | AvroType[] | { type: AvroType; [property: string]: unknown }

/**
 * Columns from an Avro record, a field each. A union of null and one type is that type (every
 * column may be null); other unions, records, arrays and maps are JSON text.
 * With `only`, a schema that is no record is a single column of that name, as keys often are.
 */
export function avroRowReader(schemaText: string, only?: string): RowReader {
  const codec = avroCodec(schemaText)
  const schema = parse(schemaText)
  const named = new Map<string, AvroType>()
  collectNames(schema, named)
  const fields = recordFields(schema)
  if (!fields) {
    if (only === undefined) throw new OlapError('bad_record', 'its schema is not an Avro record')
    const { type, convert } = shapeOf(schema, named)
    return {
      columns: [{ name: only, type }],
      read: (payload) => [convertOrNull(codec.decode(payload), convert)],
    }
  }
  const shapes = fields.map(({ name, type }) => ({ name, ...shapeOf(type, named) }))
  return {
    columns: shapes.map(({ name, type }): Column => ({ name, type })),
    read: (payload) => {
      const record = codec.decode(payload) as Record<string, unknown>
      return shapes.map(({ name, convert }) => convertOrNull(record[name], convert))
    },
  }
}

function convertOrNull(value: unknown, convert: FieldShape['convert']): ColumnValue {
  return value === null || value === undefined ? null : convert(value)
}

/** Confluent's clients write a primitive schema bare, without JSON's quotes, too. */
function parse(schemaText: string): AvroType {
  const bare = /^\s*([a-z]+)\s*$/.exec(schemaText)
  return bare ? (bare[1] as string) : (JSON.parse(schemaText) as AvroType)
}

function recordFields(schema: AvroType): { name: string; type: AvroType }[] | undefined {
  if (typeof schema === 'string' || Array.isArray(schema)) return undefined
  return schema.type === 'record'
    ? (schema.fields as { name: string; type: AvroType }[])
    : undefined
}

/** Enums and fixed types may be used again by name. */
function collectNames(type: AvroType, named: Map<string, AvroType>): void {
  if (typeof type === 'string') return
  if (Array.isArray(type)) {
    for (const branch of type) collectNames(branch, named)
    return
  }
  if (typeof type.name === 'string') named.set(type.name, type)
  for (const field of recordFields(type) ?? []) collectNames(field.type, named)
  for (const inner of [type.type, type.items, type.values]) {
    if (typeof inner === 'object' && inner !== null) collectNames(inner as AvroType, named)
  }
}

function shapeOf(type: AvroType, named: Map<string, AvroType>): FieldShape {
  if (typeof type === 'string') {
    const known = named.get(type)
    return known ? shapeOf(known, named) : (primitives[type] ?? nested)
  }
  if (Array.isArray(type)) {
    const branches = type.filter((branch) => branch !== 'null')
    const [only] = branches
    return branches.length === 1 && only !== undefined ? shapeOf(only, named) : nested
  }
  const { logicalType } = type
  if (logicalType === 'decimal' && (type.type === 'bytes' || type.type === 'fixed')) {
    return (
      decimalShape(Number(type.precision), Number(type.scale ?? 0)) ?? shapeOf(type.type, named)
    )
  }
  if (typeof logicalType === 'string') {
    const logical = logicals[`${type.type} ${logicalType}`]
    if (logical) return logical
  }
  if (type.type === 'enum') return text
  if (type.type === 'fixed') return bytes
  if (type.type === 'record' || type.type === 'array' || type.type === 'map') return nested
  return shapeOf(type.type, named)
}

const nested: FieldShape = { type: { kind: 'JSON' }, convert: jsonText }
const text: FieldShape = { type: { kind: 'VARCHAR' }, convert: String }
const bytes: FieldShape = { type: { kind: 'BLOB' }, convert: (value) => value as Buffer }

const primitives: Record<string, FieldShape> = {
  boolean: { type: { kind: 'BOOLEAN' }, convert: Boolean },
  int: { type: { kind: 'INTEGER' }, convert: Number },
  long: { type: { kind: 'BIGINT' }, convert: wholeNumber },
  float: { type: { kind: 'FLOAT' }, convert: Number },
  double: { type: { kind: 'DOUBLE' }, convert: Number },
  string: text,
  bytes,
}

const timestampOf = (microsecondsPerUnit: bigint, unitsPerMicrosecond = 1n): FieldShape => ({
  type: { kind: 'TIMESTAMP' },
  convert: (value) => (instant(value) * microsecondsPerUnit) / unitsPerMicrosecond,
})

/** Avro 1.11's logical types, by the type they annotate. */
const logicals: Record<string, FieldShape> = {
  'long timestamp-millis': timestampOf(1000n),
  'long timestamp-micros': timestampOf(1n),
  'long timestamp-nanos': timestampOf(1n, 1000n),
  'long local-timestamp-millis': timestampOf(1000n),
  'long local-timestamp-micros': timestampOf(1n),
  'int date': { type: { kind: 'DATE' }, convert: Number },
  'int time-millis': {
    type: { kind: 'TIME' },
    convert: (value) => wholeNumber(value) * 1000n,
  },
  'long time-micros': { type: { kind: 'TIME' }, convert: wholeNumber },
}

/** Two's complement, big-endian, unscaled. Undefined for more digits than a DECIMAL has. */
function decimalShape(width: number, scale: number): FieldShape | undefined {
  if (!(width >= 1 && width <= 38 && scale >= 0 && scale <= width)) return undefined
  return {
    type: { kind: 'DECIMAL', width, scale },
    convert: (value) => {
      const unscaled = value as Buffer
      if (unscaled.length === 0) return 0n
      return BigInt.asIntN(unscaled.length * 8, BigInt(`0x${unscaled.toString('hex')}`))
    },
  }
}

function wholeNumber(value: unknown): bigint {
  return typeof value === 'bigint' ? value : BigInt(value as number)
}

function instant(value: unknown): bigint {
  return value instanceof Date ? BigInt(value.getTime()) : wholeNumber(value)
}
