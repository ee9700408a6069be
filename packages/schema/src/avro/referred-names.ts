import type { ReferredNames } from '../references.js'
import { namedTypes, primitiveTypes } from './canonical.js'
import { collect, qualified } from './inline.js'
import { attribute, readJson, type SchemaJson } from './schema.js'

/** Full names of types: those that are used and not defined, and those that are defined. */
export function avroReferredNames(text: string): ReferredNames {
  const json = qualified(readJson(text), '')
  const defined = new Map<string, SchemaJson>()
  collect(json, defined)
  const used = new Set<string>()
  visit(json, (name) => {
    if (!primitiveTypes.has(name) && !defined.has(name)) used.add(name)
  })
  return { uses: [...used], offers: [...defined.keys()] }
}

function visit(json: SchemaJson, found: (name: string) => void): void {
  if (typeof json === 'string') {
    found(json)
    return
  }
  if (Array.isArray(json)) {
    for (const branch of json) visit(branch, found)
    return
  }
  const fields = attribute(json, 'fields')
  if (Array.isArray(fields)) {
    for (const field of fields) if (attribute(field, 'type') !== undefined) visit(field.type, found)
    return
  }
  const { type, items, values } = json
  if (items !== undefined) visit(items as SchemaJson, found)
  else if (values !== undefined) visit(values as SchemaJson, found)
  else if (type !== undefined && !(typeof type === 'string' && namedTypes.has(type))) {
    visit(type as SchemaJson, found)
  }
}
