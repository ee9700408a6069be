import { type DataType, unboundedLength } from '../../plan/type.js'
import { FormatError } from '../errors.js'

/** A parsed Avro schema with names resolved; a reference to an enclosing type is the same object. */
export type AvroSchema =
  | { readonly kind: 'null' | 'boolean' | 'float' | 'double' | 'string' }
  | { readonly kind: 'int' | 'long'; readonly logicalType?: string }
  | ({ readonly kind: 'bytes' } & DecimalDigits)
  | ({ readonly kind: 'fixed'; readonly size: number } & DecimalDigits)
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly items: AvroSchema }
  | { readonly kind: 'map'; readonly values: AvroSchema }
  | { readonly kind: 'union'; readonly branches: readonly AvroSchema[] }
  | AvroRecord

/** Of the logical type decimal. */
interface DecimalDigits {
  readonly decimalScale?: number
  readonly decimalPrecision?: number
}

export interface AvroRecord {
  readonly kind: 'record'
  readonly fields: AvroField[]
}

export interface AvroField {
  readonly name: string
  readonly schema: AvroSchema
  /** As in the schema's JSON: what a reader has where the writer knew no such field. */
  readonly default?: unknown
}

/** Reads schema text (Avro 1.11 specification, 'Schema Declaration'). */
export function parseAvroSchema(text: string): AvroSchema {
  return resolve(JSON.parse(text), '', new Map())
}

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const

interface Declaration {
  type?: unknown
  name?: string
  namespace?: string
  logicalType?: string
  scale?: number
  precision?: number
  size?: number
  symbols?: string[]
  items?: unknown
  values?: unknown
  fields?: { name: string; type: unknown; default?: unknown }[]
}

function resolve(node: unknown, namespace: string, names: Map<string, AvroSchema>): AvroSchema {
  if (typeof node === 'string') return resolveName(node, namespace, names)
  if (Array.isArray(node)) {
    return { kind: 'union', branches: node.map((branch) => resolve(branch, namespace, names)) }
  }
  const declared = node as Declaration
  const logical = declared.logicalType === undefined ? {} : { logicalType: declared.logicalType }
  const decimal = digitsOf(declared)
  switch (declared.type) {
    case 'record':
    case 'error':
      return resolveRecord(declared, namespace, names)
    case 'enum':
      return remember(declared, namespace, names, {
        kind: 'enum',
        symbols: declared.symbols ?? [],
      })
    case 'fixed':
      return remember(declared, namespace, names, {
        kind: 'fixed',
        size: declared.size ?? 0,
        ...decimal,
      })
    case 'array':
      return { kind: 'array', items: resolve(declared.items, namespace, names) }
    case 'map':
      return { kind: 'map', values: resolve(declared.values, namespace, names) }
    case 'int':
    case 'long':
      return { kind: declared.type, ...logical }
    case 'bytes':
      return { kind: 'bytes', ...decimal }
    default:
      return resolve(declared.type, namespace, names)
  }
}

function digitsOf({ logicalType, precision, scale = 0 }: Declaration): DecimalDigits {
  if (logicalType !== 'decimal') return {}
  return { decimalScale: scale, ...(precision !== undefined && { decimalPrecision: precision }) }
}

function resolveName(name: string, namespace: string, names: Map<string, AvroSchema>): AvroSchema {
  const primitive = primitives.find((each) => each === name)
  if (primitive !== undefined) return { kind: primitive }
  const known = names.get(name) ?? names.get(`${namespace}.${name}`)
  if (known === undefined) throw new FormatError('SCHEMA_MISMATCH', `no Avro type '${name}'`)
  return known
}

function resolveRecord(
  declared: Declaration,
  namespace: string,
  names: Map<string, AvroSchema>,
): AvroSchema {
  const inner = declared.namespace ?? namespace
  const record: AvroRecord = { kind: 'record', fields: [] }
  remember(declared, namespace, names, record)
  for (const { type, ...field } of declared.fields ?? []) {
    const hasDefault = field.default !== undefined
    record.fields.push({
      name: field.name,
      schema: resolve(type, inner, names),
      ...(hasDefault && { default: field.default }),
    })
  }
  return record
}

function remember(
  { name, namespace: own }: Declaration,
  namespace: string,
  names: Map<string, AvroSchema>,
  schema: AvroSchema,
): AvroSchema {
  if (name !== undefined) {
    const space = own ?? namespace
    names.set(name.includes('.') || space === '' ? name : `${space}.${name}`, schema)
  }
  return schema
}

/**
 * The schema text that Flink writes for rows of these columns: a record named as Flink names it,
 * a nullable column as a union with null first. Beyond Flink's default mapping, TIMESTAMP_LTZ is
 * an instant too, and precisions above 3 are microseconds.
 */
export function avroSchemaText(fields: readonly { name: string; type: DataType }[]): string {
  return JSON.stringify({
    type: 'record',
    name: 'record',
    namespace: 'org.apache.flink.avro.generated',
    fields: recordFields('record', fields),
  })
}

/**
 * The schema text that Flink writes for changes of rows of these columns, as Debezium has them: the
 * row before, the row after, and what the change is; each of them, and the whole, may be null.
 */
export function changeSchemaText(fields: readonly { name: string; type: DataType }[]): string {
  const row: DataType = { kind: 'row', fields, nullable: true }
  const op: DataType = { kind: 'varchar', length: unboundedLength, nullable: true }
  const change = [
    { name: 'before', type: row },
    { name: 'after', type: row },
    { name: 'op', type: op },
  ]
  return JSON.stringify(['null', JSON.parse(avroSchemaText(change))])
}

/** A record within another is named after it and its field, as Flink does. */
function recordFields(
  recordName: string,
  fields: readonly { name: string; type: DataType }[],
): unknown[] {
  return fields.map(({ name, type }) => {
    const avro = orNull(type, `${recordName}_${name}`)
    return type.nullable ? { name, type: avro, default: null } : { name, type: avro }
  })
}

function orNull(type: DataType, name: string): unknown {
  return type.nullable ? ['null', avroType(type, name)] : avroType(type, name)
}

function avroType(type: DataType, name: string): unknown {
  switch (type.kind) {
    case 'array':
      return { type: 'array', items: orNull(type.element, name) }
    case 'map':
      return { type: 'map', values: orNull(type.value, name) }
    case 'multiset':
      return { type: 'map', values: 'int' }
    case 'row':
      return { type: 'record', name, fields: recordFields(name, type.fields) }
    case 'boolean':
    case 'int':
    case 'float':
    case 'double':
      return type.kind
    case 'tinyint':
    case 'smallint':
      return 'int'
    case 'bigint':
      return 'long'
    case 'char':
    case 'varchar':
      return 'string'
    case 'binary':
    case 'varbinary':
      return 'bytes'
    case 'decimal':
      return {
        type: 'bytes',
        logicalType: 'decimal',
        precision: type.precision,
        scale: type.scale,
      }
    case 'date':
      return { type: 'int', logicalType: 'date' }
    case 'time':
      return { type: 'int', logicalType: 'time-millis' }
    case 'timestamp':
    case 'timestampLtz':
      return { type: 'long', logicalType: timestampLogicalType(type.precision) }
    default:
      throw new FormatError('TYPE_UNSUPPORTED', `Avro has no ${type.kind}`)
  }
}

export function timestampLogicalType(precision: number): 'timestamp-millis' | 'timestamp-micros' {
  return precision <= 3 ? 'timestamp-millis' : 'timestamp-micros'
}
