/**
 * What an exception topic holds: events that did not fit, each with the reason, whoever found it
 * (the gateway at the door, or a conversion behind a raw topic), and what became of them when they
 * were sent again. Values are JSON; the type in the envelope says which of the two a record is.
 */
import { type EventContext, isProblem, readContext, writeCloudEvent } from './cloudevent.js'
import { type EventHeader, envelopeToHeaders } from './headers.js'
import { JsonText } from './json-text.js'

/** The type of an event that was refused (`ce_type`). */
export const exceptionType = 'millrace.RefusedEvent'

/** An event that was refused. */
export interface ExceptionEvent {
  /** The topic that it was for. */
  topic: string
  /** Path of the field that is to blame; '' is the event itself. */
  field: string
  reason: string
  /** When the platform took the event: RFC 3339. */
  receivedAt: string
  /** The event's JSON, as it was sent; null where it is none, or too large to be kept. */
  event: string | null
  /** Its bytes, in base64, where `event` does not say them exactly. */
  bytes?: string
  /** The record's key, in base64, where it had one. */
  key?: string
  /** What the event said of itself beside its value, as CloudEvents attributes. */
  context?: Record<string, unknown>
  /** The record of a raw topic that it is. */
  from?: { topic: string; partition: number; offset: number }
}

/** Whose event it is, for the envelope of its exception. */
export interface ExceptionEnvelope {
  /** The event's own id, where it has one. */
  id: string
  source: string
  /** When it was refused: milliseconds since 1970. */
  time: number
  tier?: string | undefined
  owner?: string | undefined
}

/** Longest reason of an exception whose original is too large to be kept; the rest is cut off. */
const reasonCharsMax = 4_096

/**
 * The record of an exception, which has no key. Where its value would be larger than `bytesMax`,
 * the first of these goes that makes it fit: the original as JSON, its bytes, key and context.
 */
export function writeException(
  exception: ExceptionEvent,
  { id, source, time, tier, owner }: ExceptionEnvelope,
  bytesMax: number,
): { value: Buffer; headers: EventHeader[] } {
  const { bytes: _, ...withoutBytes } = { ...exception, event: null }
  let value = printed(exception)
  for (const form of [{ ...exception, event: null }, withoutBytes]) {
    if (value.length > bytesMax) value = printed(form)
  }
  return {
    value: value.length > bytesMax ? printedWords(exception) : value,
    headers: envelopeToHeaders({
      ...{ id, source, time, type: exceptionType, dataContentType: 'application/json' },
      ...(tier === undefined ? {} : { tier }),
      ...(owner === undefined ? {} : { owner }),
    }),
  }
}

function printedWords({ topic, field, reason, receivedAt, from }: ExceptionEvent): Buffer {
  const words = { topic, field, reason: reason.slice(0, reasonCharsMax), receivedAt, event: null }
  return printed({ ...words, ...(from === undefined ? {} : { from }) })
}

/** An exception out of its record's value; undefined where it is none. */
export function readException(value: Uint8Array | null): ExceptionEvent | undefined {
  const read = readObject(value)
  if (read === undefined) return undefined
  const { topic, field, reason, receivedAt } = read
  const texts = [topic, field, reason, receivedAt]
  if (!texts.every((each) => typeof each === 'string')) return undefined
  return { ...read, event: eventIn(value as Uint8Array) } as ExceptionEvent
}

/** The text of the event in a record that is sound. */
function eventIn(value: Uint8Array): string | null {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length)
  let text = 'null'
  new JsonText(bytes).passObject((name, start, end) => {
    if (name === 'event') text = bytes.toString('utf8', start, end)
  })
  return text === 'null' ? null : text
}

/** How bytes are kept in an exception: as JSON where they are, and as bytes where that is not all. */
export function originalOf(bytes: Uint8Array | null): Pick<ExceptionEvent, 'event' | 'bytes'> {
  if (bytes === null) return { event: null }
  const text = textOf(bytes)
  const json = text !== undefined && isJson(text) ? text.trim() : 'null'
  const event = json === 'null' ? null : json
  if (event !== null && event === text) return { event }
  return { event, bytes: Buffer.from(bytes).toString('base64') }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What an event says of itself, for `context` of its exception. */
export function contextToAttributes(context: EventContext): Record<string, unknown> {
  const { specversion: _, ...attributes } = writeCloudEvent({ context, data: undefined })
  return attributes
}

/** What an exception's event said of itself; undefined where it said nothing that is sound. */
export function contextOf({ context }: ExceptionEvent): EventContext | undefined {
  if (context === undefined) return undefined
  const read = readContext(Object.entries({ ...context, specversion: '1.0' }))
  return isProblem(read) ? undefined : read
}

/** The type of a record that says what became of an exception that was sent again (`ce_type`). */
export const resendType = 'millrace.ResendOutcome'

/**
 * What became of an exception that was sent again. Its record stands in the exception's topic and
 * partition, after the exception, so that whoever reads backwards meets it first.
 */
export interface ResendOutcome {
  /** Offset of the exception, in the same partition. */
  offset: number
  /** RFC 3339. */
  at: string
  /** Where it is now, if it fits. */
  sent?: { topic: string; id: string }
  /** Why it does not, if it does not. */
  refused?: { field: string; reason: string }
}

/** The record of an outcome; `id` and `source` are those of the event. */
export function writeResendOutcome(
  outcome: ResendOutcome,
  { id, source, time }: ExceptionEnvelope,
): { value: Buffer; headers: EventHeader[] } {
  return {
    value: Buffer.from(JSON.stringify(outcome)),
    headers: envelopeToHeaders({
      ...{ id, source, time, type: resendType, dataContentType: 'application/json' },
    }),
  }
}

/** An outcome out of its record's value; undefined where it is none. */
export function readResendOutcome(value: Uint8Array | null): ResendOutcome | undefined {
  const read = readObject(value)
  if (read === undefined || !Number.isSafeInteger(read.offset)) return undefined
  if (typeof read.at !== 'string') return undefined
  if (read.sent === undefined && read.refused === undefined) return undefined
  return read as unknown as ResendOutcome
}

/** As JSON, in which the event stands as it was sent. */
function printed({ topic, field, reason, receivedAt, event, ...more }: ExceptionEvent): Buffer {
  const before = JSON.stringify({ topic, field, reason, receivedAt })
  const behind = JSON.stringify(more)
  const others = behind === '{}' ? '}' : `,${behind.slice(1)}`
  return Buffer.from(`${before.slice(0, -1)},"event":${event ?? 'null'}${others}`)
}

function readObject(value: Uint8Array | null): Record<string, unknown> | undefined {
  const text = value === null ? undefined : textOf(value)
  if (text === undefined) return undefined
  try {
    const read: unknown = JSON.parse(text)
    const isObject = typeof read === 'object' && read !== null && !Array.isArray(read)
    return isObject ? (read as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Undefined where the bytes are not UTF-8. A mark at the start (BOM) is kept as it is. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
