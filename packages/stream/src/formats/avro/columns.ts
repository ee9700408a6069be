import { ticked } from '../../plan/create-text.js'
import type { ColumnText } from '../../plan/topic-columns.js'
import { NoColumnError } from '../column-text.js'
import type { AvroRecord, AvroSchema } from './schema.js'

/**
 * The columns that hold what records of the schema hold. A union with null is a column that may be
 * NULL; an enum is its symbol; an instant is TIMESTAMP_LTZ, a time without a zone TIMESTAMP.
 * @throws NoColumnError for a union of several types, and a record within itself.
 */
export function columnsOfAvro(record: AvroRecord): ColumnText[] {
  return record.fields.map(({ name, schema }) => {
    return { name, type: typeOf(schema, { path: name, within: [record] }) }
  })
}

interface Context {
  readonly path: string
  readonly within: readonly AvroSchema[]
}

function typeOf(schema: AvroSchema, context: Context): string {
  if (schema.kind === 'null') {
    throw new NoColumnError(`the field \`${context.path}\` is nothing but null`)
  }
  if (schema.kind !== 'union') return `${presentType(schema, context)} NOT NULL`
  const branches = schema.branches.filter(({ kind }) => kind !== 'null')
  const [branch] = branches
  if (branch === undefined || branches.length > 1) {
    throw new NoColumnError(`the field \`${context.path}\` is a union of ${branches.length} types`)
  }
  const type = presentType(branch, context)
  return branches.length === schema.branches.length ? `${type} NOT NULL` : type
}

function presentType(schema: AvroSchema, context: Context): string {
  switch (schema.kind) {
    case 'boolean':
    case 'float':
    case 'double':
      return schema.kind.toUpperCase()
    case 'string':
    case 'enum':
      return 'STRING'
    case 'int':
      if (schema.logicalType === 'date') return 'DATE'
      return schema.logicalType === 'time-millis' ? 'TIME(3)' : 'INT'
    case 'long':
      return longType(schema.logicalType)
    case 'bytes':
    case 'fixed':
      return decimalType(schema, context) ?? 'BYTES'
    case 'array':
      return `ARRAY<${typeOf(schema.items, { ...context, path: `${context.path}[]` })}>`
    case 'map':
      return `MAP<STRING, ${typeOf(schema.values, { ...context, path: `${context.path}[]` })}>`
    case 'record':
      return rowType(schema, context)
    default:
      throw new NoColumnError(`the field \`${context.path}\` is ${schema.kind}`)
  }
}

function longType(logicalType: string | undefined): string {
  switch (logicalType) {
    case 'timestamp-millis':
      return 'TIMESTAMP_LTZ(3)'
    case 'timestamp-micros':
      return 'TIMESTAMP_LTZ(6)'
    case 'local-timestamp-millis':
      return 'TIMESTAMP(3)'
    case 'local-timestamp-micros':
      return 'TIMESTAMP(6)'
    case 'time-micros':
      return 'TIME(6)'
    default:
      return 'BIGINT'
  }
}

function decimalType(
  { decimalPrecision, decimalScale }: AvroSchema & { kind: 'bytes' | 'fixed' },
  { path }: Context,
): string | undefined {
  if (decimalScale === undefined || decimalPrecision === undefined) return undefined
  if (decimalPrecision > 38) {
    throw new NoColumnError(`the field \`${path}\` is a decimal of ${decimalPrecision} digits`)
  }
  return `DECIMAL(${decimalPrecision}, ${decimalScale})`
}

function rowType(record: AvroRecord, { path, within }: Context): string {
  if (within.includes(record)) {
    throw new NoColumnError(`the field \`${path}\` holds records like the one that it is in`)
  }
  const fields = record.fields.map(({ name, schema }) => {
    const inner = { path: `${path}.${name}`, within: [...within, record] }
    return `${ticked(name)} ${typeOf(schema, inner)}`
  })
  return `ROW<${fields.join(', ')}>`
}
