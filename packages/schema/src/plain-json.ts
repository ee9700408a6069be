import { bytesAsText } from './avro/bytes-as-text.js'
import type { CompleteSchema } from './client.js'
import { codecOf } from './codecs.js'

/**
 * Reads payloads of a schema, in whatever language, as plain JSON, the form in which the gateway
 * takes them: unions bare, Avro's bytes as code points 0 to 255. Throws a `SchemaTextError` when
 * the text is no schema; the reader throws a `RefusedError` when the bytes are not such a payload.
 */
export function plainJsonReader(schema: CompleteSchema): (payload: Buffer) => unknown {
  const codec = codecOf(schema)
  if (schema.schemaType !== 'AVRO') return (payload) => codec.decode(payload)
  return (payload) => bytesAsText(codec.decode(payload))
}
