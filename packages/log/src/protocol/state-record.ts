import { codecOf } from './codec.js'
import type { Decoded, Encodable, Field } from './field.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

/** How a key or a value of one of the broker's own topics is written. */
export interface StateRecord<F extends readonly Field[]> {
  readonly version: number
  encode(message: Encodable<F>): Buffer
  /** Undefined for another version. */
  decode(bytes: Buffer): Decoded<F> | undefined
}

/** Fields behind an int16 of version, as Kafka writes its own topics. */
export function stateRecord<const F extends readonly Field[]>(
  version: number,
  fields: F,
  { flexible = false } = {},
): StateRecord<F> {
  const codec = codecOf(fields, version, flexible)
  return {
    version,
    encode(message) {
      const writer = new Writer()
      writer.int16(version)
      codec.write(writer, message)
      return Buffer.concat(writer.chunks())
    },
    decode(bytes) {
      const reader = new Reader(bytes)
      return reader.int16() === version ? (codec.read(reader) as Decoded<F>) : undefined
    },
  }
}
