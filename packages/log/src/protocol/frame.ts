import { ProtocolError } from '../errors.js'
import type { Api } from './api.js'
import type { Encodable, Field } from './field.js'
import { codecFor } from './message.js'
import { apiVersions } from './messages/api-versions.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

/** What stands before the body of every request. */
export interface RequestHeader {
  apiKey: number
  apiVersion: number
  /** Given back with the response, so that the client knows which request it answers. */
  correlationId: number
  clientId: string | null
}

/**
 * A whole request as it goes over the wire: its length, header and body. In chunks, in order,
 * so that record batches need not be copied.
 */
export function requestFrame<Q extends readonly Field[]>(
  api: Api<Q>,
  version: number,
  header: { correlationId: number; clientId: string | null },
  message: Encodable<Q>,
): Buffer[] {
  const writer = new Writer()
  writer.int16(api.key)
  writer.int16(version)
  writer.int32(header.correlationId)
  // Headers keep the older form of a string even where the body is compact.
  if (header.clientId === null) writer.int16(-1)
  else {
    const length = Buffer.byteLength(header.clientId)
    writer.int16(length)
    writer.utf8(header.clientId, length)
  }
  if (version >= api.flexibleFrom) writer.uvarint(0)
  codecFor(api, 'request', version).write(writer, message)
  return framed(writer)
}

/** A whole response as it goes over the wire; see `requestFrame`. */
export function responseFrame<R extends readonly Field[]>(
  api: Api<readonly Field[], R>,
  version: number,
  correlationId: number,
  message: Encodable<R>,
): Buffer[] {
  const writer = new Writer()
  writer.int32(correlationId)
  if (hasTaggedResponseHeader(api, version)) writer.uvarint(0)
  codecFor(api, 'response', version).write(writer, message)
  return framed(writer)
}

/**
 * Reads the header of a request from a frame (without its length). `flexibleFrom` tells from
 * which version on an API's header has tagged fields; undefined for an API that is not known.
 */
export function readRequestHeader(
  frame: Buffer,
  flexibleFrom: (apiKey: number) => number | undefined,
): { header: RequestHeader; bodyAt: number } {
  const reader = new Reader(frame)
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  const length = reader.int16()
  const clientId = length === -1 ? null : reader.utf8(length)
  if (apiVersion >= (flexibleFrom(apiKey) ?? Number.POSITIVE_INFINITY)) skipTags(reader)
  return { header: { apiKey, apiVersion, correlationId, clientId }, bodyAt: reader.at }
}

/** Reads the header of a response from a frame (without its length). */
export function readResponseHeader(
  frame: Buffer,
  api: Api,
  version: number,
): { correlationId: number; bodyAt: number } {
  const reader = new Reader(frame)
  const correlationId = reader.int32()
  if (hasTaggedResponseHeader(api, version)) skipTags(reader)
  return { correlationId, bodyAt: reader.at }
}

/**
 * The answer to ApiVersions never has the newer header: a client asks it before it knows what
 * the broker speaks.
 */
function hasTaggedResponseHeader(api: Api, version: number): boolean {
  return version >= api.flexibleFrom && api.key !== apiVersions.key
}

function skipTags(reader: Reader): void {
  for (let left = reader.uvarint(); left > 0; left--) {
    reader.uvarint()
    reader.skip(reader.uvarint())
  }
}

function framed(body: Writer): Buffer[] {
  const length = Buffer.allocUnsafe(4)
  length.writeInt32BE(body.length)
  return [length, ...body.chunks()]
}

/**
 * Cuts a stream of bytes into frames. A frame that lies within one chunk is a view of it; one
 * that spans several is put together once, when its last byte is there.
 */
export class FrameSplitter {
  readonly #frameBytesMax: number
  #chunks: Buffer[] = []
  #buffered = 0
  /** Length of the frame that is being collected; -1 while its length is not known. */
  #wanted = -1

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax
  }

  /** Takes bytes, gives the frames (without their lengths) that are now whole. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    const frames: Buffer[] = []
    for (;;) {
      if (this.#wanted < 0) {
        if (this.#buffered < 4) return frames
        this.#wanted = this.#checkedLength(this.#take(4).readInt32BE())
      }
      if (this.#buffered < this.#wanted) return frames
      frames.push(this.#take(this.#wanted))
      this.#wanted = -1
    }
  }

  #checkedLength(length: number): number {
    if (length < 0 || length > this.#frameBytesMax) {
      throw new ProtocolError(
        `a frame of ${length} bytes is announced, the limit is ${this.#frameBytesMax}`,
      )
    }
    return length
  }

  #take(length: number): Buffer {
    const first = this.#chunks[0] ?? Buffer.alloc(0)
    if (first.length < length) this.#chunks = [Buffer.concat(this.#chunks)]
    const whole = this.#chunks[0] ?? first
    const taken = whole.subarray(0, length)
    const rest = whole.subarray(length)
    if (rest.length > 0) this.#chunks[0] = rest
    else this.#chunks.shift()
    this.#buffered -= length
    return taken
  }
}
