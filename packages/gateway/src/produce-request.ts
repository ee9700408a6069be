/** The body of `POST /topics/{topic}`, as the REST proxy's v2 API defines it. */
import { isUtf8 } from 'node:buffer'
import { gatewayErrors } from './errors.js'
import { requestRecordsMax } from './limits.js'

/** A schema that a request names: as a text, which is registered, or by its id. */
export interface SchemaReference {
  text?: string
  id?: number
}

export interface ProduceRequest {
  keySchema: SchemaReference | undefined
  valueSchema: SchemaReference | undefined
  /** As they were sent: each is looked at, and refused, on its own. */
  records: readonly unknown[]
}

const members = ['key_schema', 'key_schema_id', 'value_schema', 'value_schema_id', 'records']

/** Reads a body. Throws 400 when it is not JSON, 422 when it is not a produce request. */
export function readProduceRequest(body: Buffer): ProduceRequest {
  const request = readJson(body)
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
    records,
  }
}

/** Throws 400 when it is not UTF-8 or not JSON. */
export function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw gatewayErrors.malformed('it is not UTF-8.')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw gatewayErrors.malformed(`it is not JSON: ${(cause as Error).message}`)
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
