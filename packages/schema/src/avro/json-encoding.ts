import type { Type } from 'avsc'
import { RefusedError } from '../codec.js'
import type { ReferencedText } from '../schema-type.js'
import { bytesAsText } from './bytes-as-text.js'
import { inlineReferences } from './inline.js'
import { parseAvro } from './schema.js'
import { withWideLongs } from './wide-long.js'

/**
 * Reads payloads of a schema as values in Avro's JSON encoding, which names the branch of a union
 * (`{"double": 1.5}`) and writes bytes as code points 0 to 255: what Confluent's REST proxy
 * answers with. Longs that a number does not hold are bigints. Throws a `SchemaTextError` when the text is no schema; the reader throws a
 * `RefusedError` when the bytes are not such a payload.
 */
export function avroJsonReader(
  schema: string,
  references: readonly ReferencedText[] = [],
): (bytes: Buffer) => unknown {
  const text = references.length === 0 ? schema : inlineReferences(schema, references)
  const parsed = parseAvro(text)
  const { type } = parsed
  let wide: Type | undefined
  return (bytes) => {
    try {
      return JSON.parse(type.toString(type.fromBuffer(bytes)))
    } catch (cause) {
      wide ??= withWideLongs(parsed).type
      try {
        // With unions wrapped, this is Avro's JSON encoding already, but for bytes.
        return bytesAsText(wide.fromBuffer(bytes))
      } catch {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new RefusedError(`the bytes are not Avro of this schema: ${why}`)
      }
    }
  }
}
