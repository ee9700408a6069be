/**
 * One text for all ways to write the same Avro schema, as Avro's Java library prints it and as
 * Confluent's registry therefore stores it: no white space, attributes in a fixed order, names
 * split into name and namespace, a namespace only where it differs from the enclosing one,
 * primitives without attributes as bare names. What means something (defaults, aliases,
 * documentation, other attributes) stays; so this is not Avro's "parsing canonical form", under
 * which two schemas with different defaults would be one.
 */
import { printExactJson } from './exact-json.js'
import { attribute, type SchemaJson } from './schema.js'

type Attributes = { readonly [name: string]: unknown }

export const namedTypes = new Set(['record', 'error', 'enum', 'fixed'])
const complexTypes = new Set([...namedTypes, 'array', 'map'])
export const primitiveTypes = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
])

/** The canonical text of a schema that is known to be valid, as `readExactJson` reads it. */
export function canonicalAvro(json: SchemaJson): string {
  return printExactJson(canonicalType(json, ''))
}

function canonicalType(json: SchemaJson, enclosing: string): unknown {
  if (typeof json === 'string') return primitiveTypes.has(json) ? json : reference(json, enclosing)
  if (Array.isArray(json)) return json.map((branch) => canonicalType(branch, enclosing))

  const type = json.type as SchemaJson
  if (typeof type !== 'string') return canonicalType(type, enclosing)
  if (!complexTypes.has(type)) {
    if (!primitiveTypes.has(type)) return reference(type, enclosing)
    const rest = others(json, ['type'])
    return Object.keys(rest).length === 0 ? type : { type, ...rest }
  }
  switch (type) {
    case 'array':
      return {
        type,
        items: canonicalType(json.items as SchemaJson, enclosing),
        ...others(json, ['type', 'items']),
      }
    case 'map':
      return {
        type,
        values: canonicalType(json.values as SchemaJson, enclosing),
        ...others(json, ['type', 'values']),
      }
    default:
      return canonicalNamed(type, json, enclosing)
  }
}

function canonicalNamed(type: string, json: Attributes, enclosing: string): unknown {
  const { name, namespace } = splitName(json, enclosing)
  const head = {
    type,
    name,
    ...(namespace === enclosing ? {} : { namespace }),
    ...pick(json, ['doc']),
  }
  const body =
    type === 'record' || type === 'error'
      ? { fields: (json.fields as Attributes[]).map((each) => canonicalField(each, namespace)) }
      : pick(json, ['symbols', 'size', 'default'])
  const known = ['type', 'name', 'namespace', 'doc', 'fields', 'aliases']
  const bodyNames = type === 'record' || type === 'error' ? [] : Object.keys(body)
  return {
    ...head,
    ...body,
    ...others(json, [...known, ...bodyNames]),
    ...pick(json, ['aliases']),
  }
}

function canonicalField(field: Attributes, namespace: string): unknown {
  const ascending = field.order === undefined || field.order === 'ascending'
  return {
    name: field.name,
    type: canonicalType(field.type as SchemaJson, namespace),
    ...pick(field, ['doc', 'default']),
    ...(ascending ? {} : { order: field.order }),
    ...pick(field, ['aliases']),
    ...others(field, ['name', 'type', 'doc', 'default', 'order', 'aliases']),
  }
}

/** A name without dots belongs to `namespace`, or to the enclosing one. */
export function splitName(
  json: Attributes,
  enclosing: string,
): { name: string; namespace: string } {
  const full = String(attribute(json, 'name'))
  const dot = full.lastIndexOf('.')
  if (dot >= 0) return { name: full.slice(dot + 1), namespace: full.slice(0, dot) }
  const namespace = json.namespace
  return { name: full, namespace: typeof namespace === 'string' ? namespace : enclosing }
}

function reference(name: string, enclosing: string): string {
  const prefix = `${enclosing}.`
  const local = name.startsWith(prefix) && !name.slice(prefix.length).includes('.')
  return local ? name.slice(prefix.length) : name
}

function pick(json: Attributes, names: readonly string[]): Attributes {
  return Object.fromEntries(
    names.filter((name) => json[name] !== undefined).map((name) => [name, json[name]]),
  )
}

function others(json: Attributes, known: readonly string[]): Attributes {
  return Object.fromEntries(Object.entries(json).filter(([name]) => !known.includes(name)))
}
