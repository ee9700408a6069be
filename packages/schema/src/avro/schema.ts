/**
 * Avro schemas as JSON, and as avsc's types. Both trees have the same shape, so they are walked
 * side by side: avsc knows the resolved names and how to read and write, the JSON knows what
 * avsc leaves out (logical types, documentation).
 */
import avsc from 'avsc'

/** A type in a schema's JSON: a name, a union, or a definition. */
export type SchemaJson = string | SchemaJson[] | { readonly [attribute: string]: unknown }

/** A schema that was read: its JSON, and avsc's type for it. */
export interface ParsedSchema {
  readonly json: SchemaJson
  readonly type: avsc.Type
}

/** A text that is not an Avro schema. The message says why. */
export class SchemaTextError extends Error {
  override readonly name = 'SchemaTextError'
}

/** Reads a schema; throws a `SchemaTextError` when the text is none. */
export function parseAvro(text: string): ParsedSchema {
  const json = readJson(text)
  try {
    return { json, type: avsc.Type.forSchema(json as avsc.Schema, { typeHook: refuseProto }) }
  } catch (cause) {
    throw new SchemaTextError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** avsc keeps the values of a record as members of an object, where this name is none. */
function refuseProto(schema: avsc.Schema): undefined {
  const fields = attribute(schema as SchemaJson, 'fields')
  if (!Array.isArray(fields) || !fields.some((field) => field?.name === '__proto__')) return
  throw new Error('a field cannot have the name __proto__')
}

function readJson(text: string): SchemaJson {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    // Confluent's clients send a primitive schema as `string` as well as `"string"`.
    if (/^[a-z]+$/.test(text.trim())) return text.trim()
    throw new SchemaTextError(`it is not JSON: ${(cause as Error).message}`, { cause })
  }
  if (typeof json === 'string' || (typeof json === 'object' && json !== null)) {
    return json as SchemaJson
  }
  throw new SchemaTextError('a schema is a name, a list or an object')
}

/** An attribute of a definition; undefined for a name or a union. */
export function attribute(json: SchemaJson, name: string): unknown {
  return typeof json === 'object' && !Array.isArray(json) ? json[name] : undefined
}
