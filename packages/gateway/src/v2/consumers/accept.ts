import { gatewayErrors } from '../../errors.js'
import { answerMediaType } from '../media-type.js'
import { type RecordFormat, recordFormats } from './options.js'

const mediaTypeOf = (format: RecordFormat) => `application/vnd.kafka.${format}.v2+json`

/** Media types of answers that do not say how records are written; the instance says it. */
const neutral = new Set([answerMediaType, 'application/vnd.kafka+json', 'application/json'])

/** Formats whose records are read by the schema in them: to the REST proxy they are one. */
const withSchema = new Set<RecordFormat>(['avro', 'jsonschema', 'protobuf'])

/**
 * The media type of an answer with records of an instance. Throws 40601 where the Accept header
 * asks for another format, 406 where it asks for none that there is.
 */
export function recordsMediaType(accept: string | undefined, format: RecordFormat): string {
  const own = mediaTypeOf(format)
  const asked = (accept ?? '*/*')
    .split(',')
    .map((part) => part.split(';')[0]?.trim().toLowerCase() ?? '')
    .filter((part) => part !== '')
  if (asked.length === 0 || asked.includes(own)) return own
  if (asked.some((type) => type === '*/*' || type === 'application/*')) return own
  const known = recordFormats.filter((each) => asked.includes(mediaTypeOf(each)))
  const similar = known.find((each) => withSchema.has(each) && withSchema.has(format))
  if (similar !== undefined) return mediaTypeOf(similar)
  const named = asked.find((type) => neutral.has(type))
  if (named !== undefined) return named
  if (known.length > 0) throw gatewayErrors.formatMismatch(format)
  throw gatewayErrors.notAcceptable(recordFormats.map(mediaTypeOf))
}
