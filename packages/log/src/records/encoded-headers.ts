import type { RecordHeader } from './record.js'
import { varintBytes, writeVarint } from './varint.js'

/** Headers that many records have in common, as the bytes that stand in each of them. */
export interface EncodedHeaders {
  readonly count: number
  readonly bytes: Uint8Array
}

/** Encodes headers once, for `LogRecord.commonHeaders`. */
export function encodeHeaders(headers: readonly RecordHeader[]): EncodedHeaders {
  let length = 0
  for (const header of headers) length += headerBytes(header)
  const bytes = Buffer.allocUnsafeSlow(length)
  let at = 0
  for (const header of headers) at = writeHeader(bytes, header, at)
  return { count: headers.length, bytes }
}

/** Bytes of a header in a record. */
export function headerBytes({ key, value }: RecordHeader): number {
  const keyBytes = Buffer.byteLength(key)
  return varintBytes(keyBytes) + keyBytes + sizedBytes(value)
}

export function writeHeader(out: Buffer, { key, value }: RecordHeader, start: number): number {
  let at = writeVarint(out, Buffer.byteLength(key), start)
  at += out.write(key, at, 'utf8')
  return writeSized(out, value, at)
}

/** Bytes of a key or value with its length before it; null is the length -1. */
export function sizedBytes(value: Uint8Array | null): number {
  return value === null ? 1 : varintBytes(value.length) + value.length
}

/** Up to this length a loop copies faster than a call of `set`. */
const loopCopyBytesMax = 24

export function writeSized(out: Buffer, value: Uint8Array | null, at: number): number {
  if (value === null) return writeVarint(out, -1, at)
  const { length } = value
  const from = writeVarint(out, length, at)
  if (length > loopCopyBytesMax) out.set(value, from)
  else for (let i = 0; i < length; i++) out[from + i] = value[i] as number
  return from + length
}
