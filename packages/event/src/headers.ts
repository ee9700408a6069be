/**
 * The envelope as Kafka record headers: the binary mode of CloudEvents' Kafka protocol binding
 * (cloudevents/spec, bindings/kafka-protocol-binding.md, version 1.0.2, section 3.2). Attributes
 * are headers named `ce_…` with UTF-8 values; `datacontenttype` is the header `content-type`.
 */
import type { Envelope } from './envelope.js'
import { parseRfc3339 } from './rfc3339.js'

/** A record header. `null` is a header without a value. */
export interface EventHeader {
  key: string
  value: Buffer | null
}

type TextAttribute = Exclude<keyof Envelope, 'time' | 'extensions'>

/** Header names of the attributes that are text, in the order in which they are written. */
const textHeaders: readonly (readonly [TextAttribute, string])[] = [
  ['id', 'ce_id'],
  ['type', 'ce_type'],
  ['source', 'ce_source'],
  ['subject', 'ce_subject'],
  ['service', 'ce_service'],
  ['tier', 'ce_tier'],
  ['owner', 'ce_owner'],
  ['dataSchema', 'ce_dataschema'],
  ['dataContentType', 'content-type'],
  ['traceParent', 'ce_traceparent'],
  ['traceState', 'ce_tracestate'],
]

const prefix = 'ce_'

/** Names of all headers that are no further extensions. */
const knownHeaders = new Set([
  ...textHeaders.map(([, key]) => key),
  ...['ce_specversion', 'ce_time', 'ce_datacontenttype'],
])

/** The headers of `envelope`; attributes that are not there write none. */
export function envelopeToHeaders(envelope: Envelope): EventHeader[] {
  const headers: EventHeader[] = [{ key: 'ce_specversion', value: Buffer.from('1.0') }]
  for (const [attribute, key] of textHeaders) {
    const text = envelope[attribute]
    if (text !== undefined) headers.push({ key, value: Buffer.from(text) })
  }
  headers.push({ key: 'ce_time', value: Buffer.from(new Date(envelope.time).toISOString()) })
  for (const [name, text] of Object.entries(envelope.extensions ?? {})) {
    const key = prefix + name
    if (!knownHeaders.has(key)) headers.push({ key, value: Buffer.from(text) })
  }
  return headers
}

/** A header as any Kafka client hands it over. */
interface ReadableHeader {
  key: string
  value: Uint8Array | null
}

/**
 * The envelope in `headers`, also when others wrote them: names count in any case, the last of
 * two alike counts, a type or source that is missing reads as ''. `recordTime` (milliseconds)
 * stands in for a `ce_time` that is missing or unreadable.
 *
 * Undefined where there is no `ce_id`, or no time at all: then this is not an event of ours or
 * of CloudEvents.
 */
export function envelopeFromHeaders(
  headers: readonly ReadableHeader[],
  recordTime?: number,
): Envelope | undefined {
  const texts = new Map<string, string>()
  for (const { key, value } of headers) {
    if (value !== null) texts.set(key.toLowerCase(), textOf(value))
  }
  const id = texts.get('ce_id')
  const time = readTime(texts.get('ce_time')) ?? recordTime
  if (id === undefined || time === undefined) return undefined

  const envelope: Envelope = { id, type: '', source: '', time }
  for (const [attribute, key] of textHeaders) {
    const text = texts.get(key)
    if (text !== undefined) envelope[attribute] = text
  }
  const extensions: Record<string, string> = {}
  for (const [key, text] of texts) {
    if (isExtension(key)) extensions[key.slice(prefix.length)] = text
  }
  if (Object.keys(extensions).length > 0) envelope.extensions = extensions
  return envelope
}

/** Is it the header of an attribute that has no place of its own in an envelope? */
function isExtension(key: string): boolean {
  return /^ce_[a-z0-9]+$/.test(key) && !knownHeaders.has(key)
}

function readTime(text: string | undefined): number | undefined {
  const micros = text === undefined ? undefined : parseRfc3339(text)
  return micros === undefined ? undefined : Math.floor(micros / 1000)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
