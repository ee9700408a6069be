import { RefusedError } from '../codec.js'
import type { ReferencedText } from '../schema-type.js'
import { inlineReferences } from './inline.js'
import { parseAvro } from './schema.js'

/**
 * Reads payloads of a schema as values in Avro's JSON encoding, which names the branch of a union
 * (`{"double": 1.5}`) and writes bytes as code points 0 to 255: what Confluent's REST proxy
 * answers with. Throws a `SchemaTextError` when the text is no schema; the reader throws a
 * `RefusedError` when the bytes are not such a payload.
 */
export function avroJsonReader(
  schema: string,
  references: readonly ReferencedText[] = [],
): (bytes: Buffer) => unknown {
  const text = references.length === 0 ? schema : inlineReferences(schema, references)
  const { type } = parseAvro(text)
  return (bytes) => {
    try {
      return JSON.parse(type.toString(type.fromBuffer(bytes)))
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new RefusedError(`the bytes are not Avro of this schema: ${why}`)
    }
  }
}
