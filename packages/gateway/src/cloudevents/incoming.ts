/**
 * The events of a request, in any of the modes of CloudEvents' HTTP binding (cloudevents/spec,
 * cloudevents/bindings/http-protocol-binding.md, version 1.0.2): binary (`ce-…` headers, the
 * data as the body), structured (one event in JSON), batch (a list of them). A body of JSON or
 * plain text without `ce-…` headers is read as structured or batch too: a page that is left can
 * send nothing else without asking first.
 */

import {
  cloudEventBatchMediaType,
  cloudEventMediaType,
  type EventContext,
  type EventProblem,
  isJsonMediaType,
  isProblem,
  readCloudEvent,
  readContext,
  type WrittenJson,
} from '@millrace/event'
import type { FastifyRequest } from 'fastify'
import { gatewayErrors } from '../errors.js'
import { readJson } from '../json.js'
import { requestRecordsMax } from '../limits.js'

type RequestHeaders = FastifyRequest['headers']

/** An event that came in. */
export interface IncomingEvent {
  context: EventContext
  /** JSON as it was sent, or base64 of bytes; undefined where the event has none. */
  data: { json: WrittenJson } | { base64: string } | undefined
}

/** An event, or why it is none, with the id that it seems to have. */
export type Incoming = IncomingEvent | (EventProblem & { id?: string })

/** Without `ce-…` headers: a body that holds one event or a list. */
const plainMediaTypes = ['application/json', 'text/plain']

/** Throws 415 for other media types, 400 for what is not JSON, 422 for too many events. */
export function readEvents(headers: RequestHeaders, body: Buffer): Incoming[] {
  const contentType = headers['content-type'] ?? ''
  const mediaType = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  switch (mediaType) {
    case cloudEventMediaType:
      return [readOne(readJson(body))]
    case cloudEventBatchMediaType:
      return readBatch(readJson(body))
  }
  const isBinary = Object.keys(headers).some((name) => name.startsWith(prefix))
  if (isBinary && !mediaType.startsWith('application/cloudevents')) {
    return [readBinary(headers, body)]
  }
  if (!plainMediaTypes.includes(mediaType)) {
    const binary = 'or any media type with ce-… headers'
    throw gatewayErrors.unsupportedMediaType([
      ...[cloudEventMediaType, cloudEventBatchMediaType, ...plainMediaTypes],
      binary,
    ])
  }
  const json = readJson(body)
  return Array.isArray(json.value) ? readBatch(json) : [readOne(json)]
}

function readBatch(json: WrittenJson): Incoming[] {
  if (!Array.isArray(json.value)) throw gatewayErrors.invalidRequest('A batch is a list of events.')
  const { length } = json.value
  if (length > requestRecordsMax) throw gatewayErrors.tooManyRecords(length, requestRecordsMax)
  return json.items().map(readOne)
}

function readOne(json: WrittenJson): Incoming {
  const event = readCloudEvent(json.value)
  if (isProblem(event)) {
    const id = (json.value as { id?: unknown } | null)?.id
    return typeof id === 'string' ? { ...event, id } : event
  }
  const { context, data } = event
  if (data === undefined || 'base64' in data) return bytesAsJson({ context, data })
  return textAsBytes(context, json.members().get('data') as WrittenJson)
}

const prefix = 'ce-'

function readBinary(headers: RequestHeaders, body: Buffer): Incoming {
  const attributes: [string, unknown][] = []
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith(prefix)) continue
    const name = header.slice(prefix.length)
    const text = decodeHeader(Array.isArray(value) ? value.join(', ') : (value ?? ''))
    if (text === undefined) return { field: name, reason: 'a % is not followed by UTF-8 in hex' }
    attributes.push([name, text])
  }
  const contentType = headers['content-type']
  if (contentType !== undefined) attributes.push(['datacontenttype', contentType])
  const context = readContext(attributes)
  if (isProblem(context)) {
    const id = attributes.find(([name]) => name === 'id')?.[1]
    return typeof id === 'string' ? { ...context, id } : context
  }
  if (body.length === 0) return { context, data: undefined }
  if (isJson(context)) return jsonData(context, body)
  return { context, data: { base64: body.toString('base64') } }
}

/** In double quotes or not, percent-encoded UTF-8 (section 3.1.3.2 of the binding). */
function decodeHeader(value: string): string | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(value.trim())?.[1]
  const unquoted = quoted === undefined ? value : quoted.replace(/\\(.)/g, '$1')
  try {
    // Node gives header bytes as Latin-1; whoever did not encode UTF-8 meant it all the same.
    return decodeURIComponent(
      Buffer.from(unquoted, 'latin1')
        .toString('utf8')
        .replace(/%(?![0-9A-Fa-f]{2})/g, '%25'),
    )
  } catch {
    return undefined
  }
}

/** Bytes whose media type says that they are JSON are that JSON. */
function bytesAsJson(event: IncomingEvent): Incoming {
  const { context, data } = event
  if (data === undefined || 'json' in data || !isJson(context)) return event
  return jsonData(context, Buffer.from(data.base64, 'base64'))
}

function isJson({ dataContentType }: EventContext): boolean {
  return dataContentType !== undefined && isJsonMediaType(dataContentType)
}

function jsonData(context: EventContext, text: Buffer): Incoming {
  try {
    return { context, data: { json: readJson(text) } }
  } catch (cause) {
    return { field: 'data', reason: (cause as Error).message, id: context.id }
  }
}

/** In JSON format, data of another media type (`text/plain`) is a string that holds its text. */
function textAsBytes(context: EventContext, json: WrittenJson): Incoming {
  const { dataContentType = 'application/json' } = context
  if (isJsonMediaType(dataContentType)) return { context, data: { json } }
  if (typeof json.value !== 'string') {
    return {
      field: 'data',
      reason: `expected a string, since its media type is ${dataContentType}`,
      id: context.id,
    }
  }
  return { context, data: { base64: Buffer.from(json.value).toString('base64') } }
}
