/**
 * Avro schemas as JSON, and as avsc's types. Both trees have the same shape, so they are walked
 * side by side: avsc knows the resolved names and how to read and write, the JSON knows what
 * avsc leaves out (logical types, documentation).
 */
import { parseJson } from '@millrace/event'
import avsc from 'avsc'
import { checkDepth } from '../json-depth.js'
import { type ReferencedText, SchemaTextError } from '../schema-type.js'
import { attribute, type SchemaJson } from './json.js'
import { checkWellFormed } from './well-formed.js'
import { longType } from './wide-long.js'

export { attribute, type SchemaJson }

/** A schema that was read: its JSON, and avsc's type for it. */
export interface ParsedAvro {
  readonly json: SchemaJson
  readonly type: avsc.Type
}

/**
 * Reads a schema, with the schemas of the names that it uses and does not define. Throws a
 * `SchemaTextError` when the text is none.
 */
export function parseAvro(text: string, references: readonly ReferencedText[] = []): ParsedAvro {
  const registry: Record<string, avsc.Type> = {}
  for (const { name, text: referenced } of references) {
    try {
      toType(readJson(referenced, parseWithLongs), registry)
    } catch (cause) {
      throw new SchemaTextError(`the reference ${name} cannot be read: ${messageOf(cause)}`, {
        cause,
      })
    }
  }
  // Defaults are numbers with all their digits, too.
  const json = readJson(text, parseWithLongs)
  try {
    return { json, type: toType(json, registry) }
  } catch (cause) {
    throw new SchemaTextError(messageOf(cause), { cause })
  }
}

function toType(json: SchemaJson, registry: Record<string, avsc.Type>): avsc.Type {
  checkWellFormed(json)
  return avsc.Type.forSchema(json as avsc.Schema, { registry, typeHook })
}

/** JSON in which the defaults of longs have all of their digits; other numbers are JavaScript's. */
function parseWithLongs(text: string): unknown {
  return roundedButLongs(parseJson(text))
}

function roundedButLongs(json: unknown): unknown {
  if (typeof json === 'bigint') return Number(json)
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map(roundedButLongs)
  // In a union avsc finds no branch for a bigint.
  const { type } = json as { type?: { type?: unknown } | string | null }
  const isLong = (typeof type === 'string' ? type : type?.type) === 'long'
  const members = Object.entries(json).map(([name, member]) => {
    return [name, isLong && name === 'default' ? member : roundedButLongs(member)]
  })
  return Object.fromEntries(members)
}

function messageOf(cause: unknown): string {
  // It would print what it complains of, and cannot.
  if (cause instanceof TypeError && cause.message.includes('BigInt')) {
    return 'incompatible field default: a long has 64 bits'
  }
  // What avsc did not look for is not told in its words.
  if (!(cause instanceof Error) || cause instanceof TypeError || cause instanceof RangeError) {
    return 'it is no Avro schema'
  }
  return cause.message.replace(/^undefined type name: (.*)$/s, 'the type $1 is not defined')
}

function typeHook(schema: avsc.Schema): avsc.Type | undefined {
  refuseProto(schema)
  return longType(schema)
}

/** avsc keeps the values of a record as members of an object, where this name is none. */
function refuseProto(schema: avsc.Schema): void {
  const fields = attribute(schema as SchemaJson, 'fields')
  if (!Array.isArray(fields) || !fields.some((field) => field?.name === '__proto__')) return
  throw new Error('a field cannot have the name __proto__')
}

/** Reads the JSON of a schema; throws a `SchemaTextError`. */
export function readJson(text: string, parse: (text: string) => unknown = JSON.parse): SchemaJson {
  checkDepth(text)
  let json: unknown
  try {
    json = parse(text)
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
