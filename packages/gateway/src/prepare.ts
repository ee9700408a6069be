/**
 * From a record of a request to a record of the log, or to the reason why not. Nothing here
 * waits: what must be looked up (partitions, schemas) is in the `Intake`.
 */
import { type Envelope, type EventContext, envelopeToHeaders } from '@millrace/event'
import type { Random } from '@millrace/host'
import { type LogRecord, partitionOf } from '@millrace/log'
import { RefusedError } from '@millrace/schema'
import { recordCodes } from './errors.js'
import { recordBytesMax } from './limits.js'
import type { Payload } from './payload.js'
import type { TopicPolicy } from './policy.js'

/** What all records of one request have in common. */
export interface Intake {
  readonly topic: string
  readonly partitions: number
  readonly policy: TopicPolicy
  readonly key: Payload
  readonly value: Payload
  /** URI of the value's schema. */
  readonly dataSchema?: string
  /** Who sends. */
  readonly source: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly random: Random
  /** Partition of the records without a key. */
  readonly keyless: number
}

/** A record that may be appended. */
export interface Prepared {
  readonly partition: number
  readonly record: LogRecord
}

/** A record that may not. */
export interface Refused {
  readonly code: number
  /** Path of the field, beginning within the value; '' is the value or the record itself. */
  readonly field: string
  readonly reason: string
}

export function isRefused(outcome: Prepared | Refused): outcome is Refused {
  return 'reason' in outcome
}

/**
 * Under this name a record may carry what an event says about itself beside its value. As a
 * symbol, because no request can write one: only the gateway's own formats do.
 */
export const told = Symbol('told')

export interface Told {
  /** The event's own context; what the topic's policy says goes before it. */
  readonly context: EventContext
  /** The record's key as text; null for none. */
  readonly key: string | null
}

const members = ['key', 'value', 'partition', 'timestamp']

/** Prepares one record as it was sent. */
export function prepare(sent: unknown, intake: Intake): Prepared | Refused {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    return refused('', 'expected a record, an object with "value"')
  }
  for (const name of Object.keys(sent)) {
    if (!members.includes(name)) {
      return refused(name, `unknown member of a record, which has ${members.join(', ')}`)
    }
  }
  const { key, value, partition, timestamp } = sent as Record<string, unknown>
  if (value === undefined) return refused('value', 'the record has no value')
  if (!isAbsent(timestamp) && !isCount(timestamp)) {
    return refused('timestamp', 'expected milliseconds since 1970, a whole number')
  }
  if (!isAbsent(partition) && (!isCount(partition) || partition >= intake.partitions)) {
    const reason = `${intake.topic} has the partitions 0 to ${intake.partitions - 1}`
    return { code: recordCodes.partitionNotFound, field: 'partition', reason }
  }
  try {
    const ownKey = toldOf(sent)?.key ?? null
    const keyBytes = ownKey === null ? encodeKey(key, value, intake) : Buffer.from(ownKey)
    if (value === null && keyBytes === null) {
      return refused('value', 'null deletes what has the same key, and this record has no key')
    }
    const record: LogRecord = {
      key: keyBytes,
      value: value === null ? null : intake.value.encode(value),
      headers: envelopeToHeaders(envelopeOf(value, intake, toldOf(sent)?.context)),
      timestamp: isCount(timestamp) ? timestamp : intake.now,
    }
    const bytes = recordBytes(record)
    if (bytes > recordBytesMax) {
      return refused('', `the record has ${bytes} bytes, and ${recordBytesMax} are the most`)
    }
    if (isCount(partition)) return { partition, record }
    if (keyBytes === null) return { partition: intake.keyless, record }
    return { partition: partitionOf(keyBytes, intake.partitions), record }
  } catch (cause) {
    if (!(cause instanceof RefusedError)) throw cause
    return { code: intakeCode(intake), field: cause.field, reason: cause.reason }
  }
}

/** Bytes of a record in a batch, from above. */
export function recordBytes(record: LogRecord): number {
  // Lengths, deltas and attributes are varints: less than 32 bytes, and 10 for each header.
  let bytes = 32 + (record.key?.length ?? 0) + (record.value?.length ?? 0)
  for (const { key, value } of record.headers ?? []) {
    bytes += 10 + Buffer.byteLength(key) + (value?.length ?? 0)
  }
  return bytes
}

function encodeKey(key: unknown, value: unknown, intake: Intake): Buffer | null {
  if (!isAbsent(key)) {
    try {
      return intake.key.encode(key)
    } catch (cause) {
      throw cause instanceof RefusedError ? cause.within('key') : cause
    }
  }
  const given = intake.policy.keyField && memberOf(value, intake.policy.keyField)
  return isScalar(given) ? Buffer.from(String(given)) : null
}

function toldOf(sent: object): Told | undefined {
  return (sent as { [told]?: Told })[told]
}

function envelopeOf(value: unknown, intake: Intake, own: EventContext | undefined): Envelope {
  const { policy, dataSchema } = intake
  return {
    source: intake.source,
    ...own,
    type: typeOf(intake, own),
    id: eventIdOf(value, policy) ?? own?.id ?? intake.random.uuid(),
    time: timeOf(value, intake) ?? own?.time ?? intake.now,
    ...(policy.tier === undefined ? {} : { tier: policy.tier }),
    ...(policy.owner === undefined ? {} : { owner: policy.owner }),
    ...(dataSchema === undefined ? {} : { dataSchema }),
    ...contentTypeOf(intake.value, own),
  }
}

/** Who names a topic as the type of an event knows no better name for it. */
function typeOf({ topic, value }: Intake, own: EventContext | undefined): string {
  return own === undefined || own.type === topic ? (value.type ?? topic) : own.type
}

/** The event's own word on its encoding stands where the value is stored as it came. */
function contentTypeOf(value: Payload, own: EventContext | undefined): Partial<Envelope> {
  const dataContentType = value.schemaId === null ? own?.dataContentType : undefined
  return { dataContentType: dataContentType ?? value.contentType }
}

/** The id that an event brings along, where its topic says in which field. */
export function eventIdOf(value: unknown, policy: TopicPolicy): string | undefined {
  const given = policy.idField && memberOf(value, policy.idField)
  return isScalar(given) && given !== '' ? String(given) : undefined
}

function timeOf(value: unknown, { policy, value: payload }: Intake): number | undefined {
  if (policy.timeField === undefined) return undefined
  const time = payload.time(value, policy.timeField)
  return time !== undefined && Math.abs(time) <= dateMsMax ? time : undefined
}

/** The last moment that a Date can hold. */
const dateMsMax = 8.64e15

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name]
}

function isScalar(given: unknown): given is string | number | boolean {
  return typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean'
}

function isAbsent(given: unknown): given is undefined | null {
  return given === undefined || given === null
}

function isCount(given: unknown): given is number {
  return Number.isSafeInteger(given) && (given as number) >= 0
}

function refused(field: string, reason: string): Refused {
  return { code: recordCodes.payload, field, reason }
}

function intakeCode({ key, value }: Intake): number {
  const hasSchema = key.schemaId !== null || value.schemaId !== null
  return hasSchema ? recordCodes.conversion : recordCodes.payload
}
