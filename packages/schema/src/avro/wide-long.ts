/**
 * Avro's longs with all of their 64 bits: numbers, or bigints where no number holds them. avsc
 * counts in doubles. Read so, some longs below -2^52 are others, so here they are read by their
 * bytes. Written so, nothing beyond 2^53 is; and in a union without wrappers it finds no branch for
 * a bigint. So a schema has a second type, for the few values that have such a long. The default
 * of a long, of one in no union, is written by the first one.
 */
import avsc from 'avsc'
import { attribute, type SchemaJson } from './json.js'
import { int64Max, int64Min, longMax, longMin } from './primitive.js'
import type { ParsedAvro } from './schema.js'
import { AvroBytes } from './transcode/avro-bytes.js'

/** What avsc reads from and writes to; members of it that its types do not tell. */
interface Tap {
  readonly buf: Buffer
  pos: number
  readLong(): number
  writeFixed(bytes: Buffer, length: number): void
}

/** Within this, what avsc read is what is there: twice a long is a double then, and its sign too. */
const exactBelow = 2 ** 52

/** Of avsc's type, what its declarations leave out. */
interface LongType extends avsc.types.LongType {
  _write(tap: Tap, value: number): void
  _check(value: unknown, flags: unknown, hook?: Refuse): boolean
}

type Refuse = (value: unknown, type: unknown) => void

class ExactLong extends (avsc.types.LongType as unknown as new () => LongType) {
  _read(tap: Tap): number | bigint {
    const start = tap.pos
    const read = tap.readLong()
    if (read > -exactBelow && read < exactBelow) return read
    return readLong(tap.buf.subarray(start, tap.pos))
  }

  override _write(tap: Tap, value: number | bigint): void {
    if (typeof value === 'number' && value >= longMin && value <= longMax) {
      super._write(tap, value)
    } else {
      const bytes = writeLong(BigInt(value))
      tap.writeFixed(bytes, bytes.length)
    }
  }

  /** What a default may be. */
  override _check(value: unknown, flags: unknown, hook?: Refuse): boolean {
    return isInt64(value) || Number.isSafeInteger(value) || super._check(value, flags, hook)
  }
}

const exactLong = new ExactLong()

/** The type that reads a long; undefined for what is none. */
export function longType(schema: avsc.Schema): avsc.Type | undefined {
  return isLong(schema) ? exactLong : undefined
}

/** The same schema with a type that writes all longs, and whose unions are wrapped, all of them. */
export function withWideLongs({ json }: ParsedAvro): ParsedAvro {
  const typeHook = (schema: avsc.Schema) => (isLong(schema) ? wideLong : undefined)
  return { json, type: avsc.Type.forSchema(json as avsc.Schema, { wrapUnions: true, typeHook }) }
}

function isLong(schema: avsc.Schema): boolean {
  return schema === 'long' || attribute(schema as SchemaJson, 'type') === 'long'
}

const wideLong = avsc.types.LongType.__with(
  {
    fromBuffer: readLong,
    toBuffer: (value: number | bigint) => writeLong(BigInt(value)),
    fromJSON: (value: number) => value,
    toJSON: (value: number | bigint) => value,
    isValid: (value: unknown) => Number.isSafeInteger(value) || isInt64(value),
    compare: (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0),
  },
  true,
)

function isInt64(value: unknown): boolean {
  return typeof value === 'bigint' && value >= int64Min && value <= int64Max
}

const longBytesMax = 10

function writeLong(value: bigint): Buffer {
  const out = new AvroBytes(Buffer.alloc(longBytesMax))
  out.bigLong(value)
  return out.bytes.subarray(0, out.at)
}

/** A number where one holds it. */
function readLong(bytes: Uint8Array): number | bigint {
  if (bytes.length > longBytesMax) throw new Error('a long has more than 10 bytes')
  let zigzag = 0n
  for (const [at, byte] of bytes.entries()) zigzag |= BigInt(byte & 0x7f) << BigInt(7 * at)
  const value = BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n))
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
