/**
 * What a schema says of a value, as one of a few shapes: a schema of a type, a list or a constant
 * of values, a combination of schemas. A schema that says several things at once is all of them.
 */
import { type Documents, isObject, type SchemaNode } from './documents.js'

export type Criterion = 'allOf' | 'anyOf' | 'oneOf'
export type TypeName = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array'
export type Keywords = { readonly [keyword: string]: unknown }

export type Shape =
  /** Takes every value. */
  | { readonly kind: 'any' }
  /** Takes no value. */
  | { readonly kind: 'never' }
  | { readonly kind: TypeName; readonly keywords: Keywords; readonly isInteger: boolean }
  | { readonly kind: 'const'; readonly value: unknown }
  | { readonly kind: 'enum'; readonly values: readonly unknown[] }
  | { readonly kind: 'not'; readonly of: SchemaNode }
  | { readonly kind: 'conditional'; readonly keywords: Keywords }
  | { readonly kind: 'combined'; readonly criterion: Criterion; readonly parts: readonly Part[] }

/** A part of a combination: a schema of its own, or a shape that the schema was cut into. */
export type Part = { readonly node: SchemaNode } | { readonly shape: Shape }

const keywordsOf: { readonly [type in TypeName]?: readonly string[] } = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  object: [
    'properties',
    'required',
    'additionalProperties',
    'unevaluatedProperties',
    'patternProperties',
    'minProperties',
    'maxProperties',
    'dependencies',
    'dependentRequired',
    'dependentSchemas',
    'propertyNames',
  ],
  array: [
    'items',
    'prefixItems',
    'additionalItems',
    'unevaluatedItems',
    'contains',
    'minItems',
    'maxItems',
    'uniqueItems',
    'minContains',
    'maxContains',
  ],
}

/** The shape of a schema that is no reference. */
export function shapeOf(node: SchemaNode, documents: Documents): Shape {
  const { json } = node
  if (!isObject(json)) return { kind: json === false ? 'never' : 'any' }
  const parts: Part[] = []
  for (const criterion of ['allOf', 'anyOf', 'oneOf'] as const) {
    const list = json[criterion]
    if (!Array.isArray(list)) continue
    const inside = list.map((each) => ({ node: documents.child(node, each) }))
    parts.push({ shape: { kind: 'combined', criterion, parts: inside } })
  }
  const typed = typedShape(json)
  if (typed !== undefined) parts.push({ shape: typed })
  if ('const' in json) parts.push({ shape: { kind: 'const', value: json.const } })
  if (Array.isArray(json.enum)) parts.push({ shape: { kind: 'enum', values: json.enum } })
  if (json.not !== undefined) {
    parts.push({ shape: { kind: 'not', of: documents.child(node, json.not) } })
  }
  if (json.if !== undefined) parts.push({ shape: { kind: 'conditional', keywords: json } })
  const [only, ...others] = parts
  if (only === undefined) return { kind: 'any' }
  if (others.length === 0 && 'shape' in only) return only.shape
  return { kind: 'combined', criterion: 'allOf', parts }
}

function typedShape(json: Keywords): Shape | undefined {
  const { type } = json
  if (typeof type === 'string') return ofType(type, json)
  if (Array.isArray(type)) {
    const parts = type.map((each) => ({ shape: ofType(String(each), json) }))
    return { kind: 'combined', criterion: 'anyOf', parts }
  }
  const implied = (Object.keys(keywordsOf) as TypeName[]).filter((name) =>
    keywordsOf[name]?.some((keyword) => keyword in json),
  )
  const [only, ...others] = implied
  if (only === undefined) return undefined
  if (others.length === 0) return ofType(only, json)
  const parts = implied.map((each) => ({ shape: ofType(each, json) }))
  return { kind: 'combined', criterion: 'allOf', parts }
}

function ofType(type: string, keywords: Keywords): Shape {
  const isInteger = type === 'integer'
  return { kind: isInteger ? 'number' : (type as TypeName), keywords, isInteger }
}
