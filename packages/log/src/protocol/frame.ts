import { ProtocolError } from '../errors.js'
import { largeRequestBytesMin } from '../limits.js'
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

export interface FrameSplitterOptions {
  /** The longest frame; a longer one is refused with a `ProtocolError`. */
  frameBytesMax: number
  /** Gives the memory for a frame. */
  take?: (bytes: number) => Buffer
}

/**
 * Cuts a stream of bytes into frames, each in memory of its own: a chunk may be overwritten when
 * `push` returns. The memory for a large frame is taken with its second chunk, so that whoever
 * reads a length that is too much for now can stop reading before it.
 */
export class FrameSplitter {
  readonly #frameBytesMax: number
  readonly #take: (bytes: number) => Buffer
  readonly #lengthField = Buffer.alloc(lengthBytes)
  #lengthFilled = 0
  /** Length of the frame that has begun and is not whole; 0 while none has. */
  #length = 0
  /** What came of a large frame before there is memory for it. */
  #head: Buffer | undefined
  #frame: Buffer = nothing
  #filled = 0

  constructor({ frameBytesMax, take = Buffer.allocUnsafe }: FrameSplitterOptions) {
    this.#frameBytesMax = frameBytesMax
    this.#take = take
  }

  /** Length of the frame that has begun and is not whole; 0 where none has. */
  get begunBytes(): number {
    return this.#length
  }

  /** Takes bytes, gives the frames (without their lengths) that are now whole. */
  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = []
    if (this.#head !== undefined) {
      const head = this.#head
      this.#head = undefined
      this.#begin(head, 0)
    }
    for (let at = 0; at < chunk.length; ) {
      if (this.#length === 0) {
        at = this.#readLength(chunk, at, frames)
        if (this.#length === 0) continue
        const isWhole = chunk.length - at >= this.#length
        if (!isWhole && this.#length >= largeRequestBytesMin) {
          this.#head = Buffer.from(chunk.subarray(at))
          break
        }
        at = this.#begin(chunk, at)
      } else at = this.#fill(chunk, at)
      if (this.#filled === this.#length) {
        frames.push(this.#frame)
        this.#frame = nothing
        this.#length = 0
      }
    }
    return frames
  }

  /** Takes what is there of a length; an empty frame is whole with it. Gives the place after. */
  #readLength(chunk: Buffer, at: number, frames: Buffer[]): number {
    const taken = chunk.copy(this.#lengthField, this.#lengthFilled, at)
    this.#lengthFilled += taken
    if (this.#lengthFilled === lengthBytes) {
      this.#lengthFilled = 0
      this.#length = this.#checkedLength(this.#lengthField.readInt32BE())
      if (this.#length === 0) frames.push(nothing)
    }
    return at + taken
  }

  /** Takes memory for the frame, and what is there of it. */
  #begin(chunk: Buffer, at: number): number {
    this.#frame = this.#take(this.#length)
    this.#filled = 0
    return this.#fill(chunk, at)
  }

  #fill(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#frame, this.#filled, at)
    this.#filled += taken
    return at + taken
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
