import { sortedJson } from '../json/compact.js'
import type { ParsedSchema, SchemaType } from '../schema-type.js'
import { appendBreaks } from './append.js'
import { canonicalAvro } from './canonical.js'
import { backwardBreaks } from './compatibility.js'
import { readExactJson } from './exact-json.js'
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
    // As it is written: what avsc is given has lost digits.
    const json = readExactJson(text)
    const canonical = canonicalAvro(json)
    const resolved = () =>
      references.length === 0 ? canonical : inlineReferences(canonical, references)
    return {
      canonical,
      parsed,
      resolved,
      normalized: () => canonicalAvro(sortedJson(json) as SchemaJson),
      formatted: (format) => (format === 'resolved' ? resolved() : canonical),
      backwardBreaks: (older) => backwardBreaks(parsed.type, (older as AvroSchema).parsed.type),
      appendBreaks: (older) =>
        appendBreaks(readJson(resolved()), readJson((older as AvroSchema).resolved())),
    }
  },
}
