/**
 * From a record as a request gives it to a record of the log, or to the reason why not. Nothing
 * here waits: what must be looked up (partitions, schemas) is in the `Intake` and the payloads.
 */
import {
  asMoment,
  type EventContext,
  envelopeToHeaders,
  idIn,
  keyIn,
  type WrittenJson,
} from '@millrace/event'
import type { Random } from '@millrace/host'
import {
  type BatchRecord,
  type EncodedHeaders,
  type LogRecord,
  partitionOf,
  type RecordHeader,
  recordBytesBound,
} from '@millrace/log'
import { RefusedError } from '@millrace/schema'
import type { CommonEnvelope, EnvelopeHeaders } from './envelope-headers.js'
import { recordCodes } from './errors.js'
import { recordBytesMax } from './limits.js'
import type { Payload } from './payload.js'
import type { TopicPolicy } from './policy.js'

/** What all records of one request have in common. */
export interface Intake {
  readonly topic: string
  readonly partitions: number
  readonly policy: TopicPolicy
  /** Base URL of the registry, under which events name their schema. */
  readonly registryUrl: string
  /** Who sends. */
  readonly source: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly random: Random
  readonly envelopes: EnvelopeHeaders
  /** Partition of the records without a key. */
  readonly keyless: number
}

/** How the key and the value of a record become bytes. */
export interface Payloads {
  readonly key: Payload
  readonly value: Payload
}

/** What an event says of itself beside its value. */
export interface Told {
  /** The event's own context; what the topic's policy says goes before it. */
  readonly context: EventContext
  /** The record's key as text; null for none. */
  readonly key: string | null
}

/** A record as a request gives it, whatever the API. */
export interface Given {
  /** Undefined where it is absent, or null. */
  readonly key: WrittenJson | undefined
  /** The same; a record without a value deletes what has its key. */
  readonly value: WrittenJson | undefined
  readonly partition?: unknown
  /** Milliseconds since 1970; that of arrival where not given. */
  readonly timestamp?: number | undefined
  /** Stand behind the envelope, so that one of the same name counts in its place. */
  readonly headers?: readonly RecordHeader[]
  readonly told?: Told | undefined
}

/** A record as it was sent. */
export interface SentRecord {
  /** What it gives, or why it is none. */
  readonly given: Given | Refused
  readonly key: WrittenJson | undefined
  readonly value: WrittenJson | undefined
  /** All of it; undefined where it did not come as JSON. */
  readonly whole?: WrittenJson | undefined
}

/** A record that may be appended. */
export interface Prepared<Record extends BatchRecord = BatchRecord> {
  readonly partition: number
  readonly record: Record
  /** The event's id. */
  readonly id: string
}

/** A record that may not. */
export interface Refused {
  readonly code: number
  /** Path of the field, beginning within the value; '' is the value or the record itself. */
  readonly field: string
  readonly reason: string
  /** The record's key, where it has one that is sound. */
  readonly key?: Uint8Array
}

export function isRefused(outcome: object): outcome is Refused {
  return 'reason' in outcome
}

/** Prepares one record. */
export function prepare(
  given: Given,
  payloads: Payloads,
  intake: Intake,
): Prepared<LogRecord> | Refused {
  const { key, value, partition, timestamp } = given
  if (!isAbsent(partition) && (!isCount(partition) || partition >= intake.partitions)) {
    const reason = `${intake.topic} has the partitions 0 to ${intake.partitions - 1}`
    return { code: recordCodes.partitionNotFound, field: 'partition', reason }
  }
  let keyBytes: Uint8Array | null = null
  let part = payloads.key
  try {
    const ownKey = given.told?.key ?? null
    keyBytes = ownKey === null ? encodeKey(key, value, payloads, intake) : Buffer.from(ownKey)
    part = payloads.value
    if (value === undefined && keyBytes === null) {
      return refusal('value', 'null deletes what has the same key, and this record has no key')
    }
    const { policy } = intake
    const own = given.told?.context
    const id = idIn(value?.value, policy.idField) ?? own?.id ?? intake.random.uuid()
    const time = eventTime(payloads.value, value?.value, policy) ?? own?.time ?? intake.now
    const record: LogRecord = {
      key: keyBytes,
      value: value === undefined ? null : payloads.value.encode(value.value, 'refuse', value.text),
      ...envelopeHeaders(id, time, given, payloads.value, intake),
      timestamp: timestamp ?? intake.now,
    }
    const bytes = recordBytesBound(record)
    if (bytes > recordBytesMax) {
      const reason = `the record has ${bytes} bytes, and ${recordBytesMax} are the most`
      return { ...refusal('', reason), ...keyed(keyBytes) }
    }
    if (isCount(partition)) return { partition, record, id }
    if (keyBytes === null) return { partition: intake.keyless, record, id }
    return { partition: partitionOf(keyBytes, intake.partitions), record, id }
  } catch (cause) {
    if (!(cause instanceof RefusedError)) throw cause
    const code = part.refusalCode ?? codeOf(payloads)
    return { code, field: cause.field, reason: cause.reason, ...keyed(keyBytes) }
  }
}

function keyed(key: Uint8Array | null): { key?: Uint8Array } {
  return key === null ? {} : { key }
}

function encodeKey(
  key: WrittenJson | undefined,
  value: WrittenJson | undefined,
  payloads: Payloads,
  intake: Intake,
): Uint8Array | null {
  if (key !== undefined) {
    try {
      return payloads.key.encode(key.value, 'refuse', key.text)
    } catch (cause) {
      throw cause instanceof RefusedError ? cause.within('key') : cause
    }
  }
  const given = keyIn(value?.value, intake.policy.keyField)
  return given === undefined ? null : Buffer.from(given)
}

/** What the envelopes of a request's records have in common. */
function commonEnvelope(payload: Payload, intake: Intake): CommonEnvelope {
  const { topic, policy, source, registryUrl } = intake
  const { schemaId } = payload
  return {
    type: payload.type ?? topic,
    source,
    tier: policy.tier,
    owner: policy.owner,
    dataSchema: schemaId === null ? undefined : `${registryUrl}/schemas/ids/${schemaId}`,
    dataContentType: payload.contentType,
  }
}

/** The same as headers, for all records that bring no context of their own. */
export function commonHeaders(payload: Payload, intake: Intake): EncodedHeaders {
  return intake.envelopes.common(commonEnvelope(payload, intake))
}

/** The event's envelope as headers, and the record's own ones behind it. */
function envelopeHeaders(
  id: string,
  time: number,
  given: Given,
  payload: Payload,
  intake: Intake,
): Pick<LogRecord, 'headers' | 'commonHeaders'> {
  const { topic, envelopes } = intake
  const own = given.told?.context
  if (own === undefined) {
    const ofEvent = envelopes.own(id, time)
    const headers = given.headers === undefined ? ofEvent : [...ofEvent, ...given.headers]
    return { commonHeaders: commonHeaders(payload, intake), headers }
  }
  const { schemaId } = payload
  const common = commonEnvelope(payload, intake)
  // Who names a topic as the type of an event knows no better name for it.
  const type = own.type === topic ? common.type : own.type
  // The event's own word on its encoding stands where the value is stored as it came.
  const dataContentType = (schemaId === null && own.dataContentType) || payload.contentType
  const { tier = own.tier, owner = own.owner, dataSchema = own.dataSchema } = common
  const whole = { ...common, ...own, type, id, time, tier, owner, dataSchema, dataContentType }
  return { headers: envelopeToHeaders(whole) }
}

/** The time that an event brings along, in milliseconds, where its topic says in which field. */
export function eventTime(
  payload: Payload,
  value: unknown,
  { timeField }: TopicPolicy,
): number | undefined {
  return timeField === undefined ? undefined : asMoment(payload.time(value, timeField))
}

export function isAbsent(given: unknown): given is undefined | null {
  return given === undefined || given === null
}

/** The key or the value of a record; undefined where it is absent, or null. */
export function present(given: WrittenJson | undefined): WrittenJson | undefined {
  return given?.value === null ? undefined : given
}

/** Whether it is a whole number from 0 on. */
export function isCount(given: unknown): given is number {
  return Number.isSafeInteger(given) && (given as number) >= 0
}

/** Why a record is none, whatever its schema. */
export function refusal(field: string, reason: string): Refused {
  return { code: recordCodes.payload, field, reason }
}

function codeOf({ key, value }: Payloads): number {
  const hasSchema = key.schemaId !== null || value.schemaId !== null
  return hasSchema ? recordCodes.conversion : recordCodes.payload
}
