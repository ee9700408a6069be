/**
 * Events in CloudEvents' JSON format (cloudevents/spec, cloudevents/formats/json-format.md,
 * version 1.0.2), and the context attributes that every format has in common.
 */
import type { Envelope } from './envelope.js'
import { parseRfc3339 } from './rfc3339.js'

/** What an event says about itself; a time may be missing. */
export interface EventContext extends Omit<Envelope, 'time'> {
  time?: number
}

/** The payload of an event: a JSON value, or bytes in base64. */
export type EventData = { json: unknown } | { base64: string } | undefined

/** An event that was read. */
export interface CloudEvent {
  context: EventContext
  /** Undefined where the event has none. */
  data: EventData
}

/** Why something is no event: which attribute, and what is wrong with it. */
export interface EventProblem {
  field: string
  reason: string
}

/** Media types of events in JSON: one, and a list of them. */
export const cloudEventMediaType = 'application/cloudevents+json'
export const cloudEventBatchMediaType = 'application/cloudevents-batch+json'

/** Attributes by name, as they came: text out of headers, JSON values out of a body. */
export type Attributes = Iterable<readonly [name: string, value: unknown]>

/** Which attribute has which place in an envelope; all others are extensions. */
const places: ReadonlyMap<string, Exclude<keyof EventContext, 'time' | 'extensions'>> = new Map([
  ['id', 'id'],
  ['type', 'type'],
  ['source', 'source'],
  ['subject', 'subject'],
  ['service', 'service'],
  ['tier', 'tier'],
  ['owner', 'owner'],
  ['dataschema', 'dataSchema'],
  ['datacontenttype', 'dataContentType'],
  ['traceparent', 'traceParent'],
  ['tracestate', 'traceState'],
])

const required = ['specversion', 'id', 'type', 'source'] as const

/** Reads the context of an event; the first thing that is wrong where it is none. */
export function readContext(attributes: Attributes): EventContext | EventProblem {
  const context: EventContext = { id: '', type: '', source: '' }
  const extensions: Record<string, string> = {}
  const seen = new Set<string>()
  for (const [name, value] of attributes) {
    if (value === null || value === undefined) continue
    const text = textOf(value)
    if (text === undefined) return { field: name, reason: wantsText }
    if (!/^[a-z0-9]+$/.test(name) || name === 'data') {
      return { field: name, reason: 'names of attributes are small letters and digits' }
    }
    if (hasControl(text)) return { field: name, reason: 'a control character is in it' }
    seen.add(name)
    const place = places.get(name)
    if (place !== undefined) {
      if (text === '') return { field: name, reason: 'expected text that is not empty' }
      context[place] = text
    } else if (name === 'specversion') {
      if (text !== '1.0') return { field: name, reason: `expected "1.0", got ${quote(text)}` }
    } else if (name === 'time') {
      const micros = parseRfc3339(text)
      if (micros === undefined) {
        const reason = `expected a time like "2026-01-04T12:30:00Z", got ${quote(text)}`
        return { field: name, reason }
      }
      context.time = Math.floor(micros / 1000)
    } else {
      extensions[name] = text
    }
  }
  const missing = required.find((name) => !seen.has(name))
  if (missing !== undefined) return { field: missing, reason: 'the attribute is missing' }
  if (Object.keys(extensions).length > 0) context.extensions = extensions
  return context
}

/** Reads an event in JSON format. */
export function readCloudEvent(json: unknown): CloudEvent | EventProblem {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { field: '', reason: 'expected an event, an object with "specversion", "id" and so on' }
  }
  const { data, data_base64: base64, ...attributes } = json as Record<string, unknown>
  const context = readContext(Object.entries(attributes))
  if (isProblem(context)) return context
  if (base64 === undefined || base64 === null) {
    return { context, data: data === undefined ? undefined : { json: data } }
  }
  if (data !== undefined) return { field: 'data_base64', reason: 'the event has "data" as well' }
  if (typeof base64 !== 'string' || base64.length % 4 !== 0 || !base64Form.test(base64)) {
    return { field: 'data_base64', reason: 'expected a string of base64' }
  }
  return { context, data: { base64 } }
}

/** Is it a problem, and not what was asked for? */
export function isProblem(read: object): read is EventProblem {
  return 'reason' in read && 'field' in read
}

/** An event in JSON format, attributes in the order of the specification. */
export function writeCloudEvent({ context, data }: CloudEvent): Record<string, unknown> {
  const json: Record<string, unknown> = { specversion: '1.0' }
  for (const [name, place] of places) {
    if (context[place] !== undefined) json[name] = context[place]
  }
  if (context.time !== undefined) json.time = new Date(context.time).toISOString()
  for (const [name, text] of Object.entries(context.extensions ?? {})) json[name] = text
  if (data !== undefined) {
    if ('json' in data) json.data = data.json
    else json.data_base64 = data.base64
  }
  return json
}

/** Is it JSON: `application/json`, `text/json`, or a type that ends in `+json`? */
export function isJsonMediaType(mediaType: string): boolean {
  const [bare = ''] = mediaType.split(';')
  return /^[^/]+\/(?:json|[^/]+\+json)$/i.test(bare.trim())
}

const base64Form = /^[A-Za-z0-9+/]*={0,2}$/

const wantsText = 'expected a string, a boolean or a whole number of 32 bits'

/** The canonical text of an attribute's value (section 3.1 of the specification). */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  return Number.isInteger(value) && (value as number) === ((value as number) | 0)
    ? String(value)
    : undefined
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || (code > 0x7e && code < 0xa0)) return true
  }
  return false
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
