import { ProtocolError } from '../errors.js'
import type { Api } from './api.js'
import type { Encodable, Field } from './field.js'
import { codecFor } from './message.js'
import { apiVersions } from './messages/api-versions.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

/** The length before each frame. */
const lengthBytes = 4
const nothing: Buffer = Buffer.alloc(0)

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
  const writer = frameWriter()
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
  const writer = frameWriter()
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

/** A writer with room for the length; `framed` sets it. */
function frameWriter(): Writer {
  const writer = new Writer()
  writer.int32(0)
  return writer
}

function framed(writer: Writer): Buffer[] {
  const chunks = writer.chunks()
  chunks[0]?.writeInt32BE(writer.length - lengthBytes)
  return chunks
}

/**
 * Cuts a stream of bytes into frames. A frame that lies within one chunk is a view of it; one
 * that spans several is put together in a buffer of its own. That is made with the second chunk,
 * so that whoever reads a length that is too much for now can stop reading before it.
 */
export class FrameSplitter {
  readonly #frameBytesMax: number
  /** What came of a frame while its length, or the chunk after it, had not come. */
  #head: Buffer = nothing
  /** Length of the frame that has begun and is not whole; 0 while none has. */
  #length = 0
  #frame: Buffer | undefined
  #filled = 0

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax
  }

  /** Length of the frame that has begun and is not whole; 0 where none has. */
  get begunBytes(): number {
    return this.#length
  }

  /** Takes bytes, gives the frames (without their lengths) that are now whole. */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = []
    let rest = this.#length > 0 ? this.#fill(chunk, frames) : this.#withHead(chunk)
    while (rest.length >= lengthBytes) {
      const length = this.#checkedLength(rest.readInt32BE())
      const end = lengthBytes + length
      if (rest.length < end) {
        this.#length = length
        this.#head = rest.subarray(lengthBytes)
        return frames
      }
      frames.push(rest.subarray(lengthBytes, end))
      rest = rest.subarray(end)
    }
    if (rest.length > 0) this.#head = rest
    return frames
  }

  /** Adds to the frame that has begun; gives what is left of the chunk after it. */
  #fill(chunk: Buffer, frames: Buffer[]): Buffer {
    if (this.#frame === undefined) {
      this.#frame = Buffer.allocUnsafeSlow(this.#length)
      this.#filled = this.#head.copy(this.#frame)
      this.#head = nothing
    }
    const taken = chunk.copy(this.#frame, this.#filled)
    this.#filled += taken
    if (this.#filled === this.#length) {
      frames.push(this.#frame)
      this.#frame = undefined
      this.#length = 0
    }
    return chunk.subarray(taken)
  }

  #withHead(chunk: Buffer): Buffer {
    if (this.#head.length === 0) return chunk
    const whole = Buffer.concat([this.#head, chunk])
    this.#head = nothing
    return whole
  }

  #checkedLength(length: number): number {
    if (length < 0 || length > this.#frameBytesMax) {
      throw new ProtocolError(
        `a frame of ${length} bytes is announced, the limit is ${this.#frameBytesMax}`,
      )
    }
    return length
  }
}
