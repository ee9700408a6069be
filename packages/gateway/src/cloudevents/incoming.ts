/**
 * The events of a request, in any of the modes of CloudEvents' HTTP binding (cloudevents/spec,
 * cloudevents/bindings/http-protocol-binding.md, version 1.0.2): binary (`ce-…` headers, the
 * data as the body), structured (one event in JSON), batch (a list of them). A body of JSON or
 * plain text without `ce-…` headers is read as structured or batch too: a page that is left can
 * send nothing else without asking first.
 */

import {
  type CloudEvent,
  cloudEventBatchMediaType,
  cloudEventMediaType,
  type EventProblem,
  isJsonMediaType,
  isProblem,
  readCloudEvent,
  readContext,
} from '@millrace/event'
import type { FastifyRequest } from 'fastify'
import { gatewayErrors } from '../errors.js'
import { readJson } from '../json.js'
import { requestRecordsMax } from '../limits.js'

type RequestHeaders = FastifyRequest['headers']

/** An event, or why it is none, with the id that it seems to have. */
export type Incoming = CloudEvent | (EventProblem & { id?: string })

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
  return Array.isArray(json) ? readBatch(json) : [readOne(json)]
}

function readBatch(json: unknown): Incoming[] {
  if (!Array.isArray(json)) throw gatewayErrors.invalidRequest('A batch is a list of events.')
  if (json.length > requestRecordsMax) {
    throw gatewayErrors.tooManyRecords(json.length, requestRecordsMax)
  }
  return json.map(readOne)
}

function readOne(json: unknown): Incoming {
  const event = readCloudEvent(json)
  if (isProblem(event)) {
    const id = (json as { id?: unknown } | null)?.id
    return typeof id === 'string' ? { ...event, id } : event
  }
  return 'json' in (event.data ?? {}) ? textAsBytes(event) : bytesAsJson(event)
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
  return bytesAsJson({ context, data: { base64: body.toString('base64') } })
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
function bytesAsJson(event: CloudEvent): Incoming {
  const { context, data } = event
  const isJson = context.dataContentType !== undefined && isJsonMediaType(context.dataContentType)
  if (data === undefined || 'json' in data || !isJson) return event
  try {
    return { context, data: { json: readJson(Buffer.from(data.base64, 'base64')) } }
  } catch (cause) {
    return { field: 'data', reason: (cause as Error).message, id: context.id }
  }
}

/** In JSON format, data of another media type (`text/plain`) is a string that holds its text. */
function textAsBytes(event: CloudEvent): Incoming {
  const { context, data } = event
  const { dataContentType = 'application/json' } = context
  if (data === undefined || !('json' in data) || isJsonMediaType(dataContentType)) return event
  if (typeof data.json !== 'string') {
    return {
      field: 'data',
      reason: `expected a string, since its media type is ${dataContentType}`,
      id: context.id,
    }
  }
  return { context, data: { base64: Buffer.from(data.json).toString('base64') } }
}
