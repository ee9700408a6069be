import type { EncodedHeaders } from './encoded-headers.js'
import { varintBytes, writeVarint } from './varint.js'

/**
 * A record that is encoded already but for what its batch decides: the bytes of its key, its value
 * and its headers, as they stand in a batch. The memory is not written to any more.
 */
export class EncodedRecord {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Milliseconds since 1970. */
  readonly timestamp: number

  constructor(bytes: Buffer, start: number, end: number, timestamp: number) {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.timestamp = timestamp
  }
}

/** Memory that records share: enough for some dozens, so little that one keeps few others alive. */
const sharedBytes = 16 * 1024

/** Kept free before a value for its key and both lengths; those of longer keys move the value. */
const headBytes = 96

/** Up to this length a loop copies faster than a call of `set`. */
const loopCopyBytesMax = 24

/**
 * Encodes records in memory that they share, the value first, by whoever makes it, in place. Of one
 * record, in this order: `begin`; the value, from `valueAt` on; `endValue`; `headerCount`, `common`,
 * and each `header`; `end`. One that is begun and not ended leaves nothing.
 */
export class RecordWriter {
  #bytes = Buffer.allocUnsafeSlow(sharedBytes)
  /** Where the next record may begin. */
  #free = 0
  #start = 0
  #at = 0

  /** The memory, which may be another after each call. */
  get bytes(): Buffer {
    return this.#bytes
  }

  /** Where the value of the record that was begun has its place. */
  get valueAt(): number {
    return this.#free + headBytes
  }

  /** Begins a record that takes about so many bytes. */
  begin(bytes: number): void {
    const wanted = headBytes + bytes
    if (this.#free + wanted <= this.#bytes.length) return
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(sharedBytes, wanted))
    this.#free = 0
  }

  /** The value ends before this place; its key, where it has one, is a part of `key`. */
  endValue(valueEnd: number, key: Uint8Array | null, keyStart: number, keyEnd: number): void {
    const valueBytes = valueEnd - this.valueAt
    const keyBytes = key === null ? -1 : keyEnd - keyStart
    const lengths = varintBytes(keyBytes) + varintBytes(valueBytes)
    const head = lengths + Math.max(0, keyBytes)
    this.#at = valueEnd
    const missing = head - headBytes
    if (missing > 0) {
      this.#reserve(missing)
      this.#bytes.copyWithin(this.valueAt + missing, this.valueAt, this.#at)
      this.#at += missing
    }
    this.#start = this.#at - valueBytes - head
    let at = writeVarint(this.#bytes, keyBytes, this.#start)
    if (key !== null) at = copy(key, keyStart, keyEnd, this.#bytes, at)
    writeVarint(this.#bytes, valueBytes, at)
  }

  /** How many headers follow, those in common among them. */
  headerCount(count: number): void {
    this.#reserve(varintBytes(count))
    this.#at = writeVarint(this.#bytes, count, this.#at)
  }

  common({ bytes }: EncodedHeaders): void {
    this.#reserve(bytes.length)
    this.#at = copy(bytes, 0, bytes.length, this.#bytes, this.#at)
  }

  /** A header; `name` as `headerName` made it. Its value is a part of `value`. */
  header(name: Uint8Array, value: Uint8Array, start = 0, end = value.length): void {
    const length = end - start
    this.#reserve(name.length + varintBytes(length) + length)
    const at = copy(name, 0, name.length, this.#bytes, this.#at)
    this.#at = copy(value, start, end, this.#bytes, writeVarint(this.#bytes, length, at))
  }

  end(timestamp: number): EncodedRecord {
    this.#free = this.#at
    return new EncodedRecord(this.#bytes, this.#start, this.#at, timestamp)
  }

  /** Makes room for more of the record that was begun, in other memory if need be. */
  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const from = this.#free
    const written = this.#at - from
    const bytes = Buffer.allocUnsafeSlow(Math.max(sharedBytes, (written + more) * 2))
    this.#bytes.copy(bytes, 0, from, this.#at)
    this.#bytes = bytes
    this.#free = 0
    this.#start -= from
    this.#at = written
  }
}

/** The name of a header as it stands in a record. */
export function headerName(name: string): Uint8Array {
  const utf8 = Buffer.from(name)
  const bytes = Buffer.allocUnsafeSlow(varintBytes(utf8.length) + utf8.length)
  utf8.copy(bytes, writeVarint(bytes, utf8.length, 0))
  return bytes
}

/** Copies a part of `from`, and gives the place after it. */
function copy(from: Uint8Array, start: number, end: number, to: Buffer, at: number): number {
  const length = end - start
  if (length > loopCopyBytesMax) {
    to.set(start === 0 && end === from.length ? from : from.subarray(start, end), at)
  } else {
    for (let i = 0; i < length; i++) to[at + i] = from[start + i] as number
  }
  return at + length
}
