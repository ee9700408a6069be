/** How a key or a value of a request becomes the bytes of a record. */
import { parseRfc3339 } from '@millrace/event'
import { RefusedError, type TypedPayload, type UnknownFields } from '@millrace/schema'
import { TextTranscoder } from './text-transcoder.js'

const nothing = new Uint8Array(0)

/** Keys or values of one request: all have the same schema, or all have none. */
export interface Payload extends Pick<TypedPayload, 'contentType' | 'time' | 'straight'> {
  /** Full name of what the schema describes. */
  readonly type?: string
  readonly schemaId: number | null
  /** Of what cannot be encoded; by whether there is a schema where it is not said. */
  readonly refusalCode?: number
  /** As `Codec.encode`; `text` is the JSON that was sent. Throws a `RefusedError`. */
  encode(value: unknown, unknown: UnknownFields, text: Uint8Array): Uint8Array
}

/** JSON without a schema: stored as it was sent. */
export const jsonPayload: Payload = {
  schemaId: null,
  get straight() {
    return { head: nothing, transcoder: new TextTranscoder() }
  },
  contentType: 'application/json',
  encode: (_value, _unknown, text) => text,
  time: (value, field) => {
    const given = (value as Record<string, unknown> | null)?.[field]
    if (typeof given === 'number' || typeof given === 'bigint') return Number(given)
    const micros = typeof given === 'string' ? parseRfc3339(given) : undefined
    return micros === undefined ? undefined : Math.floor(micros / 1000)
  },
}

/** Bytes, sent as base64. */
export const binaryPayload: Payload = {
  schemaId: null,
  contentType: 'application/octet-stream',
  encode: fromBase64,
  time: () => undefined,
}

/** Text, stored as UTF-8. */
export const stringPayload: Payload = {
  schemaId: null,
  contentType: 'text/plain',
  encode: (given) => {
    if (typeof given !== 'string') throw new RefusedError('expected a string')
    if (/\p{Surrogate}/u.test(given)) throw new RefusedError('it has half a surrogate pair in it')
    return Buffer.from(given)
  },
  time: () => undefined,
}

/** Bytes of a string of base64, padded or not. Throws a `RefusedError` where it is none. */
export function fromBase64(given: unknown): Buffer {
  const digits = typeof given === 'string' ? base64.exec(given)?.[1] : undefined
  if (digits === undefined || digits.length % 4 === 1) {
    throw new RefusedError('expected a string of base64')
  }
  return Buffer.from(digits, 'base64')
}

const base64 = /^([A-Za-z0-9+/]*)={0,2}$/
