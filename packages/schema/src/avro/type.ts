import type { ParsedSchema, SchemaType } from '../schema-type.js'
import { appendBreaks } from './append.js'
import { canonicalAvro } from './canonical.js'
import { backwardBreaks } from './compatibility.js'
import { inlineReferences } from './inline.js'
import { type ParsedAvro, parseAvro, readJson, type SchemaJson } from './schema.js'

/** What the registry needs of an Avro schema, and what another Avro schema needs of it. */
interface AvroSchema extends ParsedSchema {
  readonly parsed: ParsedAvro
  /** Complete, with what it refers to written in. */
  readonly resolved: () => string
}

/** Avro as a language of schemas. */
export const avroType: SchemaType = {
  name: 'AVRO',
  parse(text, references): AvroSchema {
    const parsed = parseAvro(text, references)
    const canonical = canonicalAvro(parsed.json)
    const resolved = () =>
      references.length === 0 ? canonical : inlineReferences(canonical, references)
    return {
      canonical,
      parsed,
      resolved,
      normalized: () => canonicalAvro(sorted(parsed.json) as SchemaJson),
      formatted: (format) => (format === 'resolved' ? resolved() : canonical),
      backwardBreaks: (older) => backwardBreaks(parsed.type, (older as AvroSchema).parsed.type),
      appendBreaks: (older) =>
        appendBreaks(readJson(resolved()), readJson((older as AvroSchema).resolved())),
    }
  },
}

/** The same JSON with the members of every object in the order of their names. */
function sorted(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sorted)
  if (typeof json !== 'object' || json === null) return json
  const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, value]) => [name, sorted(value)]))
}
