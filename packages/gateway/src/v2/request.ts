/** The body of `POST /topics/{topic}`, as the REST proxy's v2 API defines it. */
import { asMoment, type WrittenJson } from '@millrace/event'
import { gatewayErrors } from '../errors.js'
import { readJson } from '../json.js'
import { requestRecordsMax } from '../limits.js'
import {
  type Given,
  isAbsent,
  isCount,
  present,
  type Refused,
  refusal,
  type SentRecord,
} from '../prepare.js'

/** A schema that a request names: as a text, which is registered, or by its id. */
export interface SchemaReference {
  text?: string
  /** Of the text: AVRO where it is not said, JSON, PROTOBUF. */
  type?: string
  id?: number
}

export interface ProduceRequest {
  keySchema: SchemaReference | undefined
  valueSchema: SchemaReference | undefined
  /** Each is looked at, and refused, on its own. */
  records: readonly SentRecord[]
}

const members = ['key_schema', 'key_schema_id', 'value_schema', 'value_schema_id', 'records']

/**
 * Reads a body, whose records go to `partition` where the request's path names one. Throws 400 when
 * it is not JSON, 422 when it is not a produce request.
 */
export function readProduceRequest(body: Buffer, partition?: number): ProduceRequest {
  const written = readJson(body)
  const request = written.value
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw gatewayErrors.invalidRequest('The request must be a JSON object with "records".')
  }
  const unknown = Object.keys(request).find((name) => !members.includes(name))
  if (unknown !== undefined) {
    const known = members.join(', ')
    throw gatewayErrors.invalidRequest(`Unrecognized field: ${unknown}. A request has ${known}.`)
  }
  const { records, ...rest } = request as Record<string, unknown>
  if (!Array.isArray(records) || records.length === 0) {
    throw gatewayErrors.invalidRequest('"records" must be a list of at least one record.')
  }
  if (records.length > requestRecordsMax) {
    throw gatewayErrors.tooManyRecords(records.length, requestRecordsMax)
  }
  return {
    keySchema: readReference('key', rest.key_schema, rest.key_schema_id),
    valueSchema: readReference('value', rest.value_schema, rest.value_schema_id),
    records: (written.members().get('records')?.items() ?? []).map((each) => {
      return readRecord(each, partition)
    }),
  }
}

function readReference(part: string, text: unknown, id: unknown): SchemaReference | undefined {
  if (text !== undefined && text !== null) {
    if (typeof text === 'string') return { text }
    throw gatewayErrors.invalidRequest(`"${part}_schema" must be a string that holds a schema.`)
  }
  if (id === undefined || id === null) return undefined
  if (Number.isInteger(id) && (id as number) > 0) return { id: id as number }
  throw gatewayErrors.invalidRequest(`"${part}_schema_id" must be the id of a schema.`)
}

const recordMembers = ['key', 'value', 'partition', 'timestamp']

function readRecord(whole: WrittenJson, partition: number | undefined): SentRecord {
  const members = whole.members()
  const key = present(members.get('key'))
  const value = present(members.get('value'))
  const { timestamp, partition: own } = (whole.value ?? {}) as {
    timestamp?: number | null
    partition?: unknown
  }
  const given: Given = {
    key,
    value,
    partition: partition ?? own,
    timestamp: timestamp ?? undefined,
  }
  return { given: refusalOf(whole.value, partition) ?? given, key, value, whole }
}

/** Why something is no record; undefined where it is one. */
function refusalOf(sent: unknown, partition: number | undefined): Refused | undefined {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    return refusal('', 'expected a record, an object with "value"')
  }
  for (const name of Object.keys(sent)) {
    if (!recordMembers.includes(name)) {
      const known = recordMembers.join(', ')
      return refusal(name, `unknown member of a record, which has ${known}`)
    }
  }
  const { value, timestamp, partition: own } = sent as Record<string, unknown>
  if (value === undefined) return refusal('value', 'the record has no value')
  if (!isAbsent(timestamp) && (!isCount(timestamp) || asMoment(timestamp) === undefined)) {
    return refusal('timestamp', 'expected milliseconds since 1970, a whole number')
  }
  if (partition !== undefined && !isAbsent(own) && own !== partition) {
    return refusal('partition', `the request's path names the partition ${partition}`)
  }
  return undefined
}
