import { isUtf8 } from 'node:buffer'
import {
  contextToAttributes,
  type Envelope,
  type ExceptionEvent,
  envelopeFromHeaders,
  originalOf,
  parseJson,
  writeException,
} from '@millrace/event'
import type { DecodedRecord, LogRecord } from '@millrace/log'
import { type Refusal, RefusedError } from '@millrace/schema'
import { exceptionBytesMax } from './limits.js'
import type { TypedTopic, UntypedEvent } from './typed-event.js'

/** A record of a raw topic. */
export interface RawRecord {
  readonly topic: string
  readonly partition: number
  readonly record: DecodedRecord
}

/** The value of a record that holds JSON. Throws a `RefusedError` where it does not. */
export function jsonOf(bytes: Buffer | null): unknown {
  if (bytes === null) throw new RefusedError('the record has no value')
  if (!isUtf8(bytes)) throw new RefusedError('it is not JSON: it is not UTF-8')
  try {
    return parseJson(bytes.toString('utf8'))
  } catch (cause) {
    throw new RefusedError(`it is not JSON: ${(cause as Error).message}`)
  }
}

/**
 * The event in a raw record, with what its headers say of it. One without an envelope is told by
 * its place, so that it has the same id however often it is read. Throws a `RefusedError` where the
 * value is no JSON.
 */
export function rawEvent(raw: RawRecord): UntypedEvent {
  const { key, value } = raw.record
  return {
    value: jsonOf(value),
    envelope: rawEnvelope(raw),
    key: null,
    keyElse: key,
    timestamp: raw.record.timestamp,
  }
}

/** The exception of a raw record: where it is, what it says of itself, and its bytes. */
export function rawException(
  raw: RawRecord,
  refusal: Refusal,
  topic: TypedTopic,
  now: number,
): LogRecord {
  const { key, value, timestamp, offset } = raw.record
  const { id, source, ...envelope } = rawEnvelope(raw)
  const exception: ExceptionEvent = {
    topic: topic.name,
    ...refusal,
    receivedAt: new Date(timestamp).toISOString(),
    ...originalOf(value),
    ...(key === null ? {} : { key: key.toString('base64') }),
    // The topic's name stands for the type of its schema.
    context: contextToAttributes({ ...envelope, id, source, type: topic.name }),
    from: { topic: raw.topic, partition: raw.partition, offset },
  }
  const { tier, owner } = topic
  const about = { id, source, time: now, tier, owner }
  return { key: null, ...writeException(exception, about, exceptionBytesMax), timestamp: now }
}

function rawEnvelope({ topic, partition, record }: RawRecord): Envelope {
  const { headers, timestamp, offset } = record
  const found = envelopeFromHeaders(headers, timestamp)
  const { id, source, time, dataSchema: _, dataContentType: __, ...more } = found ?? noEnvelope
  return {
    ...more,
    id: id === '' ? `${topic}:${partition}:${offset}` : id,
    source: source === '' ? topic : source,
    time: found === undefined ? timestamp : time,
    // What it is says its schema.
    type: '',
  }
}

const noEnvelope: Envelope = { id: '', type: '', source: '', time: 0 }
