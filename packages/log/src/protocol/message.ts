import { ProtocolError, UnsupportedVersionError } from '../errors.js'
import type { Api } from './api.js'
import { type Codec, codecOf } from './codec.js'
import type { Decoded, Encodable, Field } from './field.js'
import { Reader } from './reader.js'
import { inRange } from './version-range.js'
import { Writer } from './writer.js'

/**
 * Reads the body of a request. Fields that the version does not have get their defaults.
 * Throws `ProtocolError` when the bytes are not such a message, `UnsupportedVersionError` for a
 * version that is not in the table.
 */
export function decodeRequest<Q extends readonly Field[]>(
  api: Api<Q>,
  version: number,
  bytes: Buffer,
  at = 0,
): Decoded<Q> {
  return decode(api, 'request', version, bytes, at) as Decoded<Q>
}

/** Reads the body of a response; see `decodeRequest`. */
export function decodeResponse<R extends readonly Field[]>(
  api: Api<readonly Field[], R>,
  version: number,
  bytes: Buffer,
  at = 0,
): Decoded<R> {
  return decode(api, 'response', version, bytes, at) as Decoded<R>
}

/**
 * Writes the body of a request. Fields that are left out get their defaults; fields that the
 * version does not have are dropped.
 */
export function encodeRequest<Q extends readonly Field[]>(
  api: Api<Q>,
  version: number,
  message: Encodable<Q>,
): Buffer {
  const writer = new Writer()
  codecFor(api, 'request', version).write(writer, message)
  return Buffer.concat(writer.chunks())
}

/** Writes the body of a response; see `encodeRequest`. */
export function encodeResponse<R extends readonly Field[]>(
  api: Api<readonly Field[], R>,
  version: number,
  message: Encodable<R>,
): Buffer {
  const writer = new Writer()
  codecFor(api, 'response', version).write(writer, message)
  return Buffer.concat(writer.chunks())
}

/** The codec of one side of an API in a version. */
export function codecFor(api: Api, side: 'request' | 'response', version: number): Codec {
  if (!inRange(api.versions, version)) throw new UnsupportedVersionError(api, version)
  return codecOf(api[side], version, version >= api.flexibleFrom)
}

function decode(
  api: Api,
  side: 'request' | 'response',
  version: number,
  bytes: Buffer,
  at: number,
): unknown {
  const codec = codecFor(api, side, version)
  const reader = new Reader(bytes, at)
  try {
    const message = codec.read(reader)
    if (reader.remaining > 0) {
      throw new ProtocolError(`${reader.remaining} bytes are left over after the last field`)
    }
    return message
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new ProtocolError(`${api.name} ${side} version ${version}: ${error.detail}`)
  }
}
