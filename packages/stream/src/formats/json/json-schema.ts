import type { DataType, Field } from '../../plan/type.js'
import { NoColumnError } from '../column-text.js'
import { FormatError } from '../errors.js'
import { valueTypeOf } from '../nested-value.js'
import { type JsonShape, shapeOfJsonSchema } from './columns.js'

/**
 * The JSON Schema of objects with these columns: what may be NULL is a property that need not be
 * there, and numbers say which of SQL's they are, as Confluent's serializers do.
 */
export function jsonSchemaText(fields: readonly Field[]): string {
  return JSON.stringify({
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...objectSchema(fields),
  })
}

function objectSchema(fields: readonly Field[]): object {
  const required = fields.filter(({ type }) => !type.nullable).map(({ name }) => name)
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(({ name, type }) => [name, schemaOf(type)])),
    ...(required.length > 0 && { required }),
  }
}

/** Of what stands in an array or a map, where nothing can be left out. */
function elementSchema(type: DataType): object {
  return type.nullable ? { oneOf: [{ type: 'null' }, schemaOf(type)] } : schemaOf(type)
}

const numbers: Readonly<Record<string, object>> = {
  tinyint: { type: 'integer', 'connect.type': 'int8' },
  smallint: { type: 'integer', 'connect.type': 'int16' },
  int: { type: 'integer', 'connect.type': 'int32' },
  bigint: { type: 'integer', 'connect.type': 'int64' },
  float: { type: 'number', 'connect.type': 'float32' },
  double: { type: 'number', 'connect.type': 'float64' },
  decimal: { type: 'number' },
}

function schemaOf(type: DataType): object {
  switch (type.kind) {
    case 'boolean':
      return { type: 'boolean' }
    case 'array':
      return { type: 'array', items: elementSchema(type.element) }
    case 'map':
    case 'multiset':
      return { type: 'object', additionalProperties: elementSchema(valueTypeOf(type)) }
    case 'row':
      return objectSchema(type.fields)
    default:
      return numbers[type.kind] ?? { type: 'string' }
  }
}

/**
 * What a schema asks of rows of these columns: which properties have to be there.
 * @throws FormatError where it cannot hold them.
 */
export function requiredBySchema(text: string, fields: readonly Field[]): ReadonlySet<string> {
  const { columns, required } = shapeOf(text)
  for (const { name, type } of fields) {
    const held = columns.find((column) => column.name === name)
    if (held === undefined) {
      throw new FormatError('SCHEMA_MISMATCH', `the schema has no property '${name}'`)
    }
    if (fits(type, held.type)) continue
    const what = `'${name}' is ${type.kind.toUpperCase()}, and ${held.type} by the schema`
    throw new FormatError('SCHEMA_MISMATCH', what)
  }
  const missing = columns.find(({ name }) => {
    return required.has(name) && !fields.some((field) => field.name === name)
  })
  if (missing === undefined) return required
  const what = `the schema requires a property '${missing.name}', and there is no column of it`
  throw new FormatError('SCHEMA_MISMATCH', what)
}

function shapeOf(text: string): JsonShape {
  try {
    return shapeOfJsonSchema(text)
  } catch (cause) {
    if (!(cause instanceof NoColumnError)) throw cause
    throw new FormatError('SCHEMA_MISMATCH', cause.message)
  }
}

/** Is what is written of the type of what stands in the schema's column? */
function fits(type: DataType, held: string): boolean {
  switch (type.kind) {
    case 'boolean':
      return held.startsWith('BOOLEAN')
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return /^(TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE)/.test(held)
    case 'float':
    case 'double':
    case 'decimal':
      return /^(FLOAT|DOUBLE)/.test(held)
    case 'array':
      return held.startsWith('ARRAY')
    case 'map':
    case 'multiset':
    case 'row':
      return /^(MAP|ROW)/.test(held)
    default:
      return held.startsWith('STRING')
  }
}
