/** How keys and values are written in a request: the REST proxy's embedded formats. */
export type Format = 'json' | 'avro' | 'jsonschema' | 'protobuf' | 'binary'

/** Media types that `POST /topics/{topic}` takes. Plain JSON means the JSON format. */
export const formats: ReadonlyMap<string, Format> = new Map([
  ['application/vnd.kafka.json.v2+json', 'json'],
  ['application/vnd.kafka.avro.v2+json', 'avro'],
  ['application/vnd.kafka.jsonschema.v2+json', 'jsonschema'],
  ['application/vnd.kafka.protobuf.v2+json', 'protobuf'],
  ['application/vnd.kafka.binary.v2+json', 'binary'],
  ['application/json', 'json'],
])

/** The registry's type of the schemas that a format is written by; undefined for one without. */
export function schemaTypeOf(format: Format): 'AVRO' | 'JSON' | 'PROTOBUF' | undefined {
  if (format === 'avro') return 'AVRO'
  if (format === 'jsonschema') return 'JSON'
  return format === 'protobuf' ? 'PROTOBUF' : undefined
}

/** The media type of every answer. */
export const answerMediaType = 'application/vnd.kafka.v2+json'

/** The format that a Content-Type header names; undefined for a media type that is not taken. */
export function formatOf(contentType: string | undefined): Format | undefined {
  // As it is written by most.
  const known = formats.get(contentType ?? '')
  if (known !== undefined) return known
  const [mediaType = ''] = (contentType ?? '').split(';')
  return formats.get(mediaType.trim().toLowerCase())
}
