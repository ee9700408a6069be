import { envelopeToHeaders } from '@millrace/event'
import type { LogRecord } from '@millrace/log'
import { recordBytesMax } from './limits.js'
import { eventIdOf, type Intake, type Refused, recordBytes } from './prepare.js'

/** What the exception topic keeps of a refused event, as JSON. */
export interface ExceptionEvent {
  /** The topic that the event was sent to. */
  topic: string
  field: string
  reason: string
  /** RFC 3339. */
  receivedAt: string
  /** The event as it was sent; null when it is too large to be kept. */
  event: unknown
}

/** The record of a refused event: without a key, with the event's own id where it has one. */
export function exceptionRecord(sent: unknown, refused: Refused, intake: Intake): LogRecord {
  const value = (sent as { value?: unknown } | null)?.value
  const exception: ExceptionEvent = {
    topic: intake.topic,
    field: refused.field,
    reason: refused.reason,
    receivedAt: new Date(intake.now).toISOString(),
    event: value ?? sent ?? null,
  }
  const { tier, owner } = intake.policy
  const record: LogRecord = {
    key: null,
    value: printed(exception),
    headers: envelopeToHeaders({
      id: eventIdOf(value, intake.policy) ?? intake.random.uuid(),
      type: 'millrace.RefusedEvent',
      source: intake.source,
      time: intake.now,
      ...(tier === undefined ? {} : { tier }),
      ...(owner === undefined ? {} : { owner }),
      dataContentType: 'application/json',
    }),
    timestamp: intake.now,
  }
  if (recordBytes(record) <= recordBytesMax) return record
  return { ...record, value: printed({ ...exception, event: null }) }
}

function printed(exception: ExceptionEvent): Buffer {
  try {
    return Buffer.from(JSON.stringify(exception))
  } catch (cause) {
    // An event can be nested deeper than JSON.stringify has stack for.
    if (!(cause instanceof RangeError)) throw cause
    return Buffer.from(JSON.stringify({ ...exception, event: null }))
  }
}
