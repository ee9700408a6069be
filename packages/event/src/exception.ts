/**
 * What an exception topic holds: events that did not fit, each with the reason, whoever found it
 * (the gateway at the door, or a conversion behind a raw topic), and what became of them when they
 * were sent again. Values are JSON; the type in the envelope says which of the two a record is.
 */
import { type EventContext, isProblem, readContext, writeCloudEvent } from './cloudevent.js'
import { type EventHeader, envelopeToHeaders } from './headers.js'

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
  /** The event as it was sent; null where it is no JSON, or too large to be kept. */
  event: unknown
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
  const forms = [exception, { ...exception, event: null }, withoutBytes]
  let value: Buffer | undefined
  for (const form of forms) {
    value = printed(form)
    if (value !== undefined && value.length <= bytesMax) break
    value = undefined
  }
  return {
    value: value ?? printedWords(exception),
    headers: envelopeToHeaders({
      ...{ id, source, time, type: exceptionType, dataContentType: 'application/json' },
      ...(tier === undefined ? {} : { tier }),
      ...(owner === undefined ? {} : { owner }),
    }),
  }
}

function printedWords({ topic, field, reason, receivedAt, from }: ExceptionEvent): Buffer {
  const words = { topic, field, reason: reason.slice(0, reasonCharsMax), receivedAt, event: null }
  return Buffer.from(JSON.stringify({ ...words, ...(from === undefined ? {} : { from }) }))
}

/** An exception out of its record's value; undefined where it is none. */
export function readException(value: Uint8Array | null): ExceptionEvent | undefined {
  const read = readObject(value)
  if (read === undefined) return undefined
  const { topic, field, reason, receivedAt } = read
  const texts = [topic, field, reason, receivedAt]
  if (!texts.every((each) => typeof each === 'string')) return undefined
  return { ...read, event: read.event ?? null } as ExceptionEvent
}

/** How bytes are kept in an exception: as JSON where that says them exactly. */
export function originalOf(bytes: Uint8Array | null): Pick<ExceptionEvent, 'event' | 'bytes'> {
  if (bytes === null) return { event: null }
  const kept = Buffer.from(bytes).toString('base64')
  const text = textOf(bytes)
  if (text === undefined) return { event: null, bytes: kept }
  try {
    const event: unknown = JSON.parse(text)
    return JSON.stringify(event) === text && event !== null ? { event } : { event, bytes: kept }
  } catch {
    return { event: null, bytes: kept }
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

/** An event can be nested deeper than JSON.stringify has stack for. */
function printed(exception: ExceptionEvent): Buffer | undefined {
  try {
    return Buffer.from(JSON.stringify(exception))
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    return undefined
  }
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
