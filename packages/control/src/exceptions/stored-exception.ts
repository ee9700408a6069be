import {
  type Envelope,
  type ExceptionEvent,
  envelopeFromHeaders,
  exceptionType,
  type ResendOutcome,
  readException,
  readResendOutcome,
  resendType,
} from '@millrace/event'
import type { ExceptionDetail, ExceptionView } from '../api/types.js'
import { originalCharsShown } from '../limits.js'
import type { Found } from './backwards.js'
import { type ExceptionPlace, idOf } from './place.js'

/** An exception as it lies in the log, with what has become of it since. */
export interface StoredException {
  readonly place: ExceptionPlace
  /** When it was refused: milliseconds since 1970. */
  readonly time: number
  readonly event: ExceptionEvent
  readonly envelope: Envelope
  /** Of the last time that it was sent again. */
  readonly outcome: ResendOutcome | undefined
}

/** What a record of an exception topic is; undefined for what somebody else wrote. */
export function readStored(
  found: Found,
): { event: ExceptionEvent; envelope: Envelope } | { outcome: ResendOutcome } | undefined {
  const { value, headers, timestamp } = found.record
  const envelope = envelopeFromHeaders(headers, timestamp)
  if (envelope?.type === resendType) {
    const outcome = readResendOutcome(value)
    return outcome && { outcome }
  }
  if (envelope?.type !== exceptionType) return undefined
  const event = readException(value)
  return event && { event, envelope }
}

/** Why it does not fit, by the last check. */
export function refusalOf({ event, outcome }: StoredException): { field: string; reason: string } {
  return outcome?.refused ?? { field: event.field, reason: event.reason }
}

export function isResent({ outcome }: StoredException): boolean {
  return outcome?.sent !== undefined
}

/** The original's bytes; undefined where they were not kept. */
export function originalBytes({ bytes, event }: ExceptionEvent): Buffer | undefined {
  if (bytes !== undefined) return Buffer.from(bytes, 'base64')
  return event === null ? undefined : Buffer.from(event)
}

/** The original as text; what is no UTF-8 in it shows as U+FFFD. */
export function originalText(event: ExceptionEvent): string {
  return originalBytes(event)?.toString('utf8') ?? ''
}

/** An exception in a list. */
export function viewOf(stored: StoredException): ExceptionView {
  const { place, time, event, envelope, outcome } = stored
  const text = originalText(event)
  return {
    id: idOf(place),
    time: new Date(time).toISOString(),
    topic: event.topic,
    ...refusalOf(stored),
    event: envelope.id,
    source: envelope.source,
    status: isResent(stored) ? 'resent' : 'open',
    ...(outcome === undefined ? {} : { checkedAt: outcome.at }),
    original: text.length > originalCharsShown ? `${text.slice(0, originalCharsShown)}…` : text,
  }
}

/** An exception alone, with all that is known of it. */
export function detailOf(stored: StoredException): ExceptionDetail {
  const { event, outcome } = stored
  const bytes = originalBytes(event)
  const text = originalText(event)
  const isText = bytes !== undefined && Buffer.from(text).equals(bytes)
  return {
    ...viewOf(stored),
    receivedAt: event.receivedAt,
    original: text,
    ...(bytes === undefined || isText ? {} : { bytes: bytes.toString('base64') }),
    ...(event.key === undefined ? {} : { key: Buffer.from(event.key, 'base64').toString('utf8') }),
    ...(event.context === undefined ? {} : { context: event.context }),
    ...(event.from === undefined ? {} : { from: event.from }),
    first: { field: event.field, reason: event.reason },
    ...(outcome?.sent === undefined ? {} : { sent: outcome.sent }),
  }
}
