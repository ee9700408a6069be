import { ticked } from '../../plan/create-text.js'
import type { ColumnText } from '../../plan/topic-columns.js'
import { NoColumnError } from '../column-text.js'

/** What is read of a JSON Schema, of whatever draft. */
interface JsonSchema {
  readonly type?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
  readonly oneOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly $ref?: string
  /** How Confluent's serializers say which number it was. */
  readonly 'connect.type'?: string
}

interface Context {
  readonly path: string
  readonly root: JsonSchema
  /** References that lead here. */
  readonly within: readonly string[]
  /** Collects the paths of properties that have to be there. */
  readonly required?: Set<string>
}

/**
 * The columns that hold what objects of the schema hold. A property that is not required, or may be
 * null, is a column that may be NULL.
 * @throws NoColumnError for what has several types, and for an object within itself.
 */
export function columnsOfJsonSchema(text: string): ColumnText[] {
  return shapeOfJsonSchema(text).columns
}

/** What objects of a schema hold. */
export interface JsonShape {
  readonly columns: readonly ColumnText[]
  /** Properties that have to be there, by their path: `a.b`, or `a[].b` of what is in an array or a map. */
  readonly required: ReadonlySet<string>
}

/** The same with what has to be there. */
export function shapeOfJsonSchema(text: string): JsonShape & { columns: ColumnText[] } {
  const root = JSON.parse(text) as JsonSchema
  const { schema, within } = resolved(root, { path: '', root, within: [] })
  if (schema.properties === undefined) throw new NoColumnError('its schema is no object')
  const required = new Set<string>()
  return { columns: propertiesOf(schema, { path: '', root, within, required }), required }
}

function propertiesOf(schema: JsonSchema, context: Context): ColumnText[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).map(([name, each]) => {
    const path = context.path === '' ? name : `${context.path}.${name}`
    if (required.has(name)) context.required?.add(path)
    return { name, type: typeOf(each, { ...context, path }, required.has(name)) }
  })
}

function typeOf(given: JsonSchema, context: Context, isRequired: boolean): string {
  const { schema, within, isNullable } = resolved(given, context)
  const type = presentType(schema, { ...context, within })
  return isRequired && !isNullable ? `${type} NOT NULL` : type
}

/** Follows references, and looks into a choice between something and null. */
function resolved(
  given: JsonSchema,
  context: Context,
): { schema: JsonSchema; within: readonly string[]; isNullable: boolean } {
  const { $ref: reference } = given
  if (reference !== undefined) {
    if (context.within.includes(reference)) {
      throw new NoColumnError(
        `the field \`${context.path}\` holds objects like the one that it is in`,
      )
    }
    const within = [...context.within, reference]
    return resolved(atReference(reference, context), { ...context, within })
  }
  const choice = given.oneOf ?? given.anyOf
  if (choice === undefined) {
    const types = [given.type].flat()
    const isNullable = types.includes('null')
    const present = types.filter((type) => type !== 'null')
    if (present.length > 1) throw severalTypes(context, present.length)
    return { schema: { ...given, type: present[0] }, within: context.within, isNullable }
  }
  const present = choice.filter(({ type }) => type !== 'null')
  const [only] = present
  if (only === undefined || present.length > 1) throw severalTypes(context, present.length)
  const inner = resolved(only, context)
  return { ...inner, isNullable: inner.isNullable || present.length < choice.length }
}

function atReference(reference: string, { path, root }: Context): JsonSchema {
  const [start, ...parts] = reference.split('/')
  let found: unknown = start === '#' ? root : undefined
  for (const part of parts) found = (found as Record<string, unknown> | undefined)?.[part]
  if (typeof found === 'object' && found !== null) return found
  throw new NoColumnError(`the field \`${path}\` refers to ${reference}, which is elsewhere`)
}

const numbers: Readonly<Record<string, string>> = {
  int8: 'TINYINT',
  int16: 'SMALLINT',
  int32: 'INT',
  int64: 'BIGINT',
  float32: 'FLOAT',
  float64: 'DOUBLE',
}

function presentType(schema: JsonSchema, context: Context): string {
  const inner = { ...context, path: `${context.path}[]` }
  switch (schema.type) {
    case 'string':
      return 'STRING'
    case 'boolean':
      return 'BOOLEAN'
    case 'integer':
      return numbers[schema['connect.type'] ?? ''] ?? 'BIGINT'
    case 'number':
      return numbers[schema['connect.type'] ?? ''] ?? 'DOUBLE'
    case 'array':
      if (schema.items === undefined) break
      return `ARRAY<${typeOf(schema.items, inner, true)}>`
    case 'object': {
      const { properties, additionalProperties } = schema
      if (properties !== undefined) {
        const fields = propertiesOf(schema, context)
        return `ROW<${fields.map(({ name, type }) => `${ticked(name)} ${type}`).join(', ')}>`
      }
      if (typeof additionalProperties !== 'object') break
      return `MAP<STRING, ${typeOf(additionalProperties, inner, true)}>`
    }
  }
  const what = schema.type === undefined ? 'of no type' : `${schema.type} of anything`
  throw new NoColumnError(`the field \`${context.path}\` is ${what}`)
}

function severalTypes({ path }: Context, count: number): NoColumnError {
  return new NoColumnError(`the field \`${path}\` is a union of ${count} types`)
}
