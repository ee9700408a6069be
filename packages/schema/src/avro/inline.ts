/**
 * A schema with the definitions of what it refers to written in, each where its name is used
 * first: one text that is complete. Names are made full on the way, because a definition may
 * come into another namespace.
 */
import type { ReferencedText } from '../schema-type.js'
import { canonicalAvro, namedTypes, primitiveTypes, splitName } from './canonical.js'
import { readExactJson } from './exact-json.js'
import { attribute, type SchemaJson } from './schema.js'

/** The canonical text of a schema and of all that it refers to. */
export function inlineReferences(text: string, references: readonly ReferencedText[]): string {
  const definitions = new Map<string, SchemaJson>()
  for (const each of references) collect(qualified(readExactJson(each.text), ''), definitions)
  return canonicalAvro(inlined(qualified(readExactJson(text), ''), definitions, new Set()))
}

/** The same schema with every name full. */
export function qualified(json: SchemaJson, enclosing: string): SchemaJson {
  if (typeof json === 'string') {
    if (primitiveTypes.has(json) || json.includes('.') || enclosing === '') return json
    return `${enclosing}.${json}`
  }
  if (Array.isArray(json)) return json.map((branch) => qualified(branch, enclosing))
  const type = json.type as SchemaJson
  if (typeof type !== 'string') return { ...json, type: qualified(type, enclosing) }
  if (type === 'array') return { ...json, items: qualified(json.items as SchemaJson, enclosing) }
  if (type === 'map') return { ...json, values: qualified(json.values as SchemaJson, enclosing) }
  if (!namedTypes.has(type)) return { ...json, type: qualified(type, enclosing) }
  const { name, namespace } = splitName(json, enclosing)
  const { namespace: _, ...rest } = json
  const full = namespace === '' ? name : `${namespace}.${name}`
  if (!Array.isArray(json.fields)) return { ...rest, name: full }
  const fields = json.fields.map((field) => ({ ...field, type: qualified(field.type, namespace) }))
  return { ...rest, name: full, fields }
}

/** Every named type that is defined in a schema, by its full name. */
export function collect(json: SchemaJson, found: Map<string, SchemaJson>): void {
  if (typeof json === 'string') return
  if (Array.isArray(json)) {
    for (const branch of json) collect(branch, found)
    return
  }
  if (typeof json.type === 'string' && namedTypes.has(json.type)) found.set(String(json.name), json)
  for (const child of children(json)) collect(child, found)
}

function children(json: SchemaJson): SchemaJson[] {
  const fields = attribute(json, 'fields')
  const types = Array.isArray(fields) ? fields.map((field) => field.type) : []
  for (const name of ['type', 'items', 'values']) {
    const child = attribute(json, name)
    if (typeof child === 'object' && child !== null) types.push(child)
  }
  return types
}

function inlined(
  json: SchemaJson,
  definitions: ReadonlyMap<string, SchemaJson>,
  defined: Set<string>,
): SchemaJson {
  const deeper = (child: unknown) => inlined(child as SchemaJson, definitions, defined)
  if (typeof json === 'string') {
    const definition = definitions.get(json)
    return definition === undefined || defined.has(json) ? json : deeper(definition)
  }
  if (Array.isArray(json)) return json.map(deeper)
  const { type } = json
  if (typeof type !== 'string') return { ...json, type: deeper(type) }
  if (type === 'array') return { ...json, items: deeper(json.items) }
  if (type === 'map') return { ...json, values: deeper(json.values) }
  if (!namedTypes.has(type)) return { ...json, type: deeper(type) }
  const name = String(json.name)
  if (defined.has(name)) return name
  defined.add(name)
  if (!Array.isArray(json.fields)) return json
  const fields = json.fields.map((field) => ({ ...field, type: deeper(field.type) }))
  return { ...json, fields }
}
