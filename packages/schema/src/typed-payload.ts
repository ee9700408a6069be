import type { Transcoder } from './avro/transcode/transcoder.js'
import type { Codec, UnknownFields } from './codec.js'
import { frame } from './wire.js'

/** How values become the bytes of records by one registered schema. */
export interface TypedPayload {
  /** Full name of what the schema describes. */
  readonly type: string
  readonly schemaId: number
  readonly contentType: string
  /** Confluent's wire format; otherwise as `Codec.encode`. */
  encode(value: unknown, unknown?: UnknownFields, text?: Uint8Array): Buffer
  /** The moment in a top-level field of a value that fits, in milliseconds since 1970. */
  time(value: unknown, field: string): number | undefined
  /** The same straight from JSON texts, where there is such a way. */
  readonly straight?: StraightPayload | undefined
}

/** JSON texts straight to the bytes that `encode` gives of their values. */
export interface StraightPayload {
  /** What stands before each payload. */
  readonly head: Uint8Array
  readonly transcoder: Transcoder
}

/**
 * Content types of values, by the type of their schema in the registry: of what is behind the
 * frame. But not of JSON: who goes by the type alone, as libraries of CloudEvents do, would read
 * the frame as JSON's text.
 */
const contentTypes: Readonly<Record<string, string>> = {
  AVRO: 'application/avro',
  PROTOBUF: 'application/protobuf',
}

/** Bytes by the schema with an id, of a type (AVRO, JSON, PROTOBUF). */
export function typedPayload(id: number, schemaType: string, codec: Codec): TypedPayload {
  const head = frame(id, Buffer.alloc(0))
  return {
    type: codec.name,
    schemaId: id,
    contentType: contentTypes[schemaType] ?? 'application/octet-stream',
    encode: (value, unknown, text) => frame(id, codec.encode(value, unknown, text)),
    time: (value, field) => codec.time(value, field),
    get straight() {
      const { transcoder } = codec
      return transcoder && { head, transcoder }
    },
  }
}
