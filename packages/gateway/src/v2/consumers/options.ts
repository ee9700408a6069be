/** What `POST /consumers/{group}` says of an instance. */
import { gatewayErrors } from '../../errors.js'
import { consumerMinBytesMax, consumerNameCharsMax, consumerReadMsMax } from '../../limits.js'

/** How an instance gives keys and values: the REST proxy's embedded formats. */
export const recordFormats = ['binary', 'json', 'avro', 'jsonschema', 'protobuf'] as const
export type RecordFormat = (typeof recordFormats)[number]

export interface InstanceOptions {
  /** Chosen by the gateway where it is not said. */
  name?: string
  format: RecordFormat
  /** Where to begin where the group has committed nothing. */
  reset: 'earliest' | 'latest' | 'none'
  autoCommit: boolean
  /** A read waits until there are so many bytes, or its time is up; any record will do if unsaid. */
  minBytes?: number
  /** How long a read waits at most, where the request does not say less. */
  readMs?: number
}

/** Throws a `GatewayError`: 422 and 42204 for what is not understood, 40001 for what is too much. */
export function readInstanceOptions(body: unknown): InstanceOptions {
  const given = (body ?? {}) as Record<string, unknown>
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw gatewayErrors.invalidRequest('The body is not a JSON object.')
  }
  const name = text(given, 'id') ?? text(given, 'name')
  if (name !== undefined && (name === '' || name.length > consumerNameCharsMax)) {
    throw gatewayErrors.consumerConfig(
      `the name of an instance has 1 to ${consumerNameCharsMax} characters`,
    )
  }
  // It becomes part of an address.
  if (name !== undefined && /\p{Surrogate}/u.test(name)) {
    throw gatewayErrors.consumerConfig('the name of an instance has half a surrogate pair in it')
  }
  const format = (text(given, 'format') ?? 'binary').toLowerCase()
  if (!isFormat(format)) throw gatewayErrors.invalidRequest('Invalid format type.')
  const reset = (text(given, 'auto.offset.reset') ?? 'latest').toLowerCase()
  if (reset !== 'earliest' && reset !== 'latest' && reset !== 'none') {
    throw gatewayErrors.consumerConfig(
      `Invalid value ${reset} for configuration auto.offset.reset: it is earliest, latest or none.`,
    )
  }
  const minBytes = integer(given, 'fetch.min.bytes') ?? integer(given, 'responseMinBytes')
  if (minBytes !== undefined && (minBytes < -1 || minBytes > consumerMinBytesMax)) {
    throw gatewayErrors.consumerConstraint(
      `fetch.min.bytes is -1 to ${consumerMinBytesMax}, and not ${minBytes}.`,
    )
  }
  const readMs = integer(given, 'consumer.request.timeout.ms') ?? integer(given, 'requestWaitMs')
  if (readMs !== undefined && (readMs < 0 || readMs > consumerReadMsMax)) {
    throw gatewayErrors.consumerConstraint(
      `consumer.request.timeout.ms is 0 to ${consumerReadMsMax}, and not ${readMs}.`,
    )
  }
  return {
    ...(name !== undefined && { name }),
    format,
    reset,
    autoCommit: flag(given, 'auto.commit.enable') ?? true,
    ...(minBytes !== undefined && minBytes !== -1 && { minBytes }),
    ...(readMs !== undefined && { readMs }),
  }
}

function isFormat(name: string): name is RecordFormat {
  return (recordFormats as readonly string[]).includes(name)
}

function text(given: Record<string, unknown>, name: string): string | undefined {
  const value = given[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw gatewayErrors.invalidRequest(`${name} is a text.`)
}

/** A number, or the text of one: clients send both. */
function integer(given: Record<string, unknown>, name: string): number | undefined {
  const value = given[name]
  if (value === undefined || value === null) return undefined
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number
  throw gatewayErrors.invalidRequest(`${name} is a whole number.`)
}

function flag(given: Record<string, unknown>, name: string): boolean | undefined {
  const value = given[name]
  if (value === undefined || value === null) return undefined
  const printed = String(value).toLowerCase()
  if (printed === 'true' || printed === 'false') return printed === 'true'
  throw gatewayErrors.consumerConfig(
    `Invalid value ${printed} for configuration auto.commit.enable: Expected value to be either true or false`,
  )
}
