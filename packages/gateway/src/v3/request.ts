/**
 * A record of the v3 API, `ProduceRequest` in the REST proxy's openapi.yaml. What contradicts
 * itself is refused as the proxy refuses it: with 400.
 */
import { parseRfc3339, type WrittenJson } from '@millrace/event'
import type { RecordHeader } from '@millrace/log'
import { RefusedError } from '@millrace/schema'
import { gatewayErrors } from '../errors.js'
import { headersMax } from '../limits.js'
import { fromBase64 } from '../payload.js'
import { isAbsent, isCount, present } from '../prepare.js'

export const dataTypes = ['BINARY', 'JSON', 'STRING', 'AVRO', 'JSONSCHEMA', 'PROTOBUF'] as const
export type DataType = (typeof dataTypes)[number]

export const subjectStrategies = ['TOPIC_NAME', 'RECORD_NAME', 'TOPIC_RECORD_NAME'] as const
export type SubjectStrategy = (typeof subjectStrategies)[number]

/** A key or a value, and how it is to be encoded. At most one of the last three is given. */
export interface GivenData {
  /** Undefined where it is absent, or null. */
  readonly data: WrittenJson | undefined
  readonly type?: DataType | undefined
  readonly subject?: string | undefined
  readonly strategy?: SubjectStrategy | undefined
  readonly schemaId?: number | undefined
  readonly schemaVersion?: number | undefined
  readonly schema?: string | undefined
}

export interface GivenRecord {
  readonly partition?: number | undefined
  readonly headers?: readonly RecordHeader[] | undefined
  readonly key?: GivenData | undefined
  readonly value?: GivenData | undefined
  /** Milliseconds since 1970. */
  readonly timestamp?: number | undefined
  /** As it was sent. */
  readonly whole: WrittenJson
}

const members = ['partition_id', 'headers', 'key', 'value', 'timestamp', 'originalSize']

/** Reads a record; `others` are members that it may have beside its own. Throws 400 and 404. */
export function readRecord(whole: WrittenJson, others: readonly string[] = []): GivenRecord {
  const record = asObject(whole.value, 'a record')
  knownMembers(record, [...members, ...others], '')
  const { partition_id: partition, headers, timestamp } = record
  const parts = whole.members()
  if (!isAbsent(partition) && !Number.isSafeInteger(partition)) {
    throw bad('partition_id', 'expected a whole number')
  }
  if (!isAbsent(partition) && !isCount(partition)) throw gatewayErrors.noPartition()
  return {
    partition: (partition as number | null) ?? undefined,
    headers: isAbsent(headers) ? undefined : readHeaders(headers),
    key: readData(present(parts.get('key')), 'key'),
    value: readData(present(parts.get('value')), 'value'),
    timestamp: isAbsent(timestamp) ? undefined : readTimestamp(timestamp),
    whole,
  }
}

function readHeaders(given: unknown): RecordHeader[] {
  if (!Array.isArray(given)) throw bad('headers', 'expected a list')
  if (given.length > headersMax) throw bad('headers', `${headersMax} are the most`)
  return given.map((each, at) => {
    const place = `headers[${at}]`
    const { name, value, ...rest } = asObject(each, place)
    knownMembers(rest, ['name', 'value'], place)
    if (typeof name !== 'string') throw bad(`${place}.name`, 'expected a string')
    if (isAbsent(value)) return { key: name, value: null }
    try {
      return { key: name, value: fromBase64(value) }
    } catch (cause) {
      if (!(cause instanceof RefusedError)) throw cause
      throw bad(`${place}.value`, cause.reason)
    }
  })
}

const dataMembers = [
  ...['type', 'subject', 'subject_name_strategy', 'schema_id', 'schema_version', 'schema', 'data'],
]

function readData(given: WrittenJson | undefined, part: 'key' | 'value'): GivenData | undefined {
  if (given === undefined) return undefined
  const data = asObject(given.value, part)
  knownMembers(data, dataMembers, part)
  const read: GivenData = {
    data: present(given.members().get('data')),
    type: oneOf(data.type, dataTypes, `${part}.type`),
    subject: text(data.subject, `${part}.subject`),
    strategy: oneOf(data.subject_name_strategy, subjectStrategies, `${part}.subject_name_strategy`),
    schemaId: whole(data.schema_id, `${part}.schema_id`),
    schemaVersion: whole(data.schema_version, `${part}.schema_version`),
    schema: text(data.schema, `${part}.schema`),
  }
  checkTogether(read, part)
  return read
}

/** The rules of the proxy's `ProduceRequestData`. */
function checkTogether(given: GivenData, part: string): void {
  const { type, subject, strategy, schemaId, schemaVersion, schema } = given
  if (subject !== undefined && strategy !== undefined) {
    throw bad(part, "only one of 'subject_name_strategy' or 'subject' can be used")
  }
  if ([schemaId, schemaVersion, schema].filter((each) => each !== undefined).length > 1) {
    throw bad(part, "only one of 'schema_id', 'schema_version' or 'schema' can be used")
  }
  if (type === undefined) {
    if (schema !== undefined) throw bad(part, "'schema' needs a 'type'")
    return
  }
  if (needsSchema(type)) {
    if (schemaId !== undefined) throw bad(part, `'schema_id' cannot be used with 'type=${type}'`)
    if (schemaVersion !== undefined) {
      throw bad(part, `'schema_version' cannot be used with 'type=${type}'`)
    }
    if (schema === undefined) {
      throw bad(part, `'type=${type}' needs a 'schema'; leave out the type to use the newest one`)
    }
    return
  }
  for (const [name, each] of Object.entries({
    subject,
    strategy,
    schemaId,
    schemaVersion,
    schema,
  })) {
    if (each !== undefined) throw bad(part, `'type=${type}' cannot be used with '${snake[name]}'`)
  }
}

const snake: Readonly<Record<string, string>> = {
  subject: 'subject',
  strategy: 'subject_name_strategy',
  schemaId: 'schema_id',
  schemaVersion: 'schema_version',
  schema: 'schema',
}

export function needsSchema(type: DataType): boolean {
  return type === 'AVRO' || type === 'JSONSCHEMA' || type === 'PROTOBUF'
}

/** RFC 3339, or seconds since 1970 as the proxy reads a number. */
function readTimestamp(given: unknown): number {
  if (typeof given === 'string') {
    const micros = parseRfc3339(given)
    if (micros !== undefined && micros >= 0) return Math.floor(micros / 1000)
  } else if (typeof given === 'number' && given >= 0 && given <= secondsMax) {
    return Math.floor(given * 1000)
  }
  throw bad('timestamp', 'expected a time from 1970 on, like "2026-01-04T12:30:00Z"')
}

/** The last second that a Date can hold. */
const secondsMax = 8.64e12

function asObject(given: unknown, what: string): Record<string, unknown> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    return given as Record<string, unknown>
  }
  throw gatewayErrors.badRequest(`expected ${what} as an object.`)
}

function knownMembers(given: object, known: readonly string[], place: string): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw bad(
    place === '' ? unknown : `${place}.${unknown}`,
    `unknown; there are ${known.join(', ')}`,
  )
}

function text(given: unknown, place: string): string | undefined {
  if (isAbsent(given)) return undefined
  if (typeof given === 'string') return given
  throw bad(place, 'expected a string')
}

function whole(given: unknown, place: string): number | undefined {
  if (isAbsent(given)) return undefined
  if (Number.isSafeInteger(given)) return given as number
  throw bad(place, 'expected a whole number')
}

function oneOf<T extends string>(
  given: unknown,
  known: readonly T[],
  place: string,
): T | undefined {
  if (isAbsent(given)) return undefined
  const found = known.find((each) => each === given)
  if (found !== undefined) return found
  throw bad(place, `expected one of ${known.join(', ')}`)
}

function bad(place: string, why: string) {
  return gatewayErrors.badRequest(`${place}: ${why}.`)
}
