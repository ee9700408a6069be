import { asMoment, type Envelope, envelopeToHeaders, idIn, keyIn } from '@millrace/event'
import { type LogRecord, recordBytesBound } from '@millrace/log'
import { type Refusal, RefusedError, type TypedPayload } from '@millrace/schema'
import { type FieldMapping, mapFields } from './field-mapping.js'
import { recordBytesMax } from './limits.js'

/** A topic of typed events, and what its project says of them. */
export interface TypedTopic {
  readonly name: string
  /** Where what does not fit is kept. */
  readonly exceptions: string
  /** Top-level fields of the typed value: the record's key, the event's id, its time. */
  readonly keyField?: string
  readonly idField?: string
  readonly timeField?: string
  readonly tier?: string
  readonly owner?: string
}

/** An event that is to become a typed one. */
export interface UntypedEvent {
  /** Changed on the way, see `mapFields`. */
  readonly value: unknown
  /**
   * What it says of itself; the fields that the topic names go before its id and time. An empty
   * type, or the topic's name, is no type: then it is the schema's name.
   */
  readonly envelope: Envelope
  /** The record's key, whatever the topic says; null where the topic's `keyField` gives it. */
  readonly key: Uint8Array | null
  /** The record's key where neither gives one. */
  readonly keyElse?: Uint8Array | null
  /** Of the record: milliseconds since 1970. */
  readonly timestamp: number
}

/** A typed event, ready to be appended. */
export interface TypedEvent {
  readonly id: string
  readonly record: LogRecord
}

export function isRefusal(outcome: TypedEvent | Refusal): outcome is Refusal {
  return 'reason' in outcome
}

/**
 * The typed event, with its envelope, or why there is none. `registryUrl` is the base URL under
 * which events name their schema.
 */
export function typedEvent(
  event: UntypedEvent,
  mapping: FieldMapping,
  schema: TypedPayload,
  topic: TypedTopic,
  registryUrl: string,
): TypedEvent | Refusal {
  try {
    const value = mapFields(event.value, mapping)
    const bytes = schema.encode(value, mapping.unknown)
    const { envelope: own, timestamp } = event
    const { tier = own.tier, owner = own.owner, timeField } = topic
    const id = idIn(value, topic.idField) ?? own.id
    const time = timeField === undefined ? undefined : asMoment(schema.time(value, timeField))
    const key = keyIn(value, topic.keyField)
    const headers = envelopeToHeaders({
      ...own,
      id,
      type: own.type === '' || own.type === topic.name ? schema.type : own.type,
      time: time ?? own.time,
      ...(tier === undefined ? {} : { tier }),
      ...(owner === undefined ? {} : { owner }),
      dataSchema: `${registryUrl}/schemas/ids/${schema.schemaId}`,
      dataContentType: schema.contentType,
    })
    const ownKey = key === undefined ? (event.keyElse ?? null) : Buffer.from(key)
    const keyBytes = event.key ?? ownKey
    const record: LogRecord = { key: keyBytes, value: bytes, headers, timestamp }
    const size = recordBytesBound(record)
    if (size <= recordBytesMax) return { id, record }
    return { field: '', reason: `the record has ${size} bytes, and ${recordBytesMax} are the most` }
  } catch (cause) {
    if (!(cause instanceof RefusedError)) throw cause
    return { field: cause.field, reason: cause.reason }
  }
}
