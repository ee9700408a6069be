/** What every Avro schema has, looked for before avsc reads it: so that it is told in words. */
import { SchemaTextError } from '../schema-type.js'
import { namedTypes } from './canonical.js'

type Attributes = { readonly [name: string]: unknown }

/** Throws a `SchemaTextError` for a type that lacks what its kind must have. */
export function checkWellFormed(json: unknown): void {
  if (typeof json === 'string') return
  if (Array.isArray(json)) {
    for (const branch of json) checkWellFormed(branch)
    return
  }
  if (!isObject(json)) {
    throw new SchemaTextError(`a type is a name, a list or an object, and not ${shown(json)}`)
  }
  const { type } = json
  if (type === undefined) throw new SchemaTextError(`${placeOf(json)}: there is no "type"`)
  if (typeof type !== 'string') checkWellFormed(type)
  else if (type === 'array') checkMember(json, 'items')
  else if (type === 'map') checkMember(json, 'values')
  else if (namedTypes.has(type)) checkNamed(type, json)
}

function checkMember(json: Attributes, name: string): void {
  if (json[name] === undefined) throw new SchemaTextError(`${placeOf(json)}: there is no "${name}"`)
  checkWellFormed(json[name])
}

function checkNamed(type: string, json: Attributes): void {
  const { name, namespace, fields, symbols } = json
  if (typeof name !== 'string')
    throw new SchemaTextError(`a type of the kind ${type} has no "name"`)
  if (namespace !== undefined && typeof namespace !== 'string') {
    throw new SchemaTextError(`${name}: "namespace" is a text, and not ${shown(namespace)}`)
  }
  if (type === 'enum') {
    if (Array.isArray(symbols) && symbols.every((each) => typeof each === 'string')) return
    throw new SchemaTextError(`${name}: "symbols" is a list of names`)
  }
  if (type === 'fixed') return
  if (!Array.isArray(fields)) throw new SchemaTextError(`${name}: "fields" is a list of fields`)
  for (const [at, field] of fields.entries()) {
    if (!isObject(field) || typeof field.name !== 'string') {
      throw new SchemaTextError(`${name}: the field number ${at + 1} has no "name"`)
    }
    const { type: own, aliases } = field
    if (own === undefined) throw new SchemaTextError(`${name}.${field.name}: there is no "type"`)
    if (aliases !== undefined && !Array.isArray(aliases)) {
      throw new SchemaTextError(`${name}.${field.name}: "aliases" is a list of names`)
    }
    checkWellFormed(own)
  }
}

function placeOf(json: Attributes): string {
  return typeof json.name === 'string' ? json.name : shown(json)
}

const shownCharsMax = 60

function shown(json: unknown): string {
  const text = JSON.stringify(json)
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text
}

function isObject(json: unknown): json is Attributes {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
