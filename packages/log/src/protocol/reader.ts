import { ProtocolError } from '../errors.js'

/**
 * A cursor over bytes that a stranger sent. Every read is checked against the end, and every
 * length against what is left, before anything is allocated; what does not fit is a
 * `ProtocolError`.
 */
export class Reader {
  readonly #bytes: Buffer
  #at: number
  #end: number

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = at
    this.#end = end
  }

  get at(): number {
    return this.#at
  }

  get remaining(): number {
    return this.#end - this.#at
  }

  /** Moves the end nearer, for a part with a length of its own; gives the end it had. */
  narrow(length: number): number {
    const end = this.#end
    this.#end = this.#at + this.#checked(length)
    return end
  }

  /** Puts the end back after `narrow`; the part must have been read to its end. */
  widen(end: number): void {
    if (this.#at !== this.#end) {
      throw new ProtocolError(`${this.remaining} bytes are left over at byte ${this.#at}`)
    }
    this.#end = end
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2))
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4))
  }

  /** Saturates at ±(2^53 - 1). */
  int64(): number {
    const at = this.#take(8)
    const value = this.#bytes.readInt32BE(at) * 0x1_0000_0000 + this.#bytes.readUInt32BE(at + 4)
    if (value > Number.MAX_SAFE_INTEGER) return Number.MAX_SAFE_INTEGER
    if (value < Number.MIN_SAFE_INTEGER) return Number.MIN_SAFE_INTEGER
    return value
  }

  float64(): number {
    return this.#bytes.readDoubleBE(this.#take(8))
  }

  /** An unsigned varint of up to 32 bits. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#take(1)] as number
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        if (value > 0xffffffff) break
        return value
      }
    }
    throw new ProtocolError(`the varint that ends at byte ${this.#at} has more than 32 bits`)
  }

  utf8(length: number): string {
    const at = this.#take(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  hex(length: number): string {
    const at = this.#take(length)
    return this.#bytes.toString('hex', at, at + length)
  }

  /** A view, not a copy. */
  view(length: number): Buffer {
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  skip(length: number): void {
    this.#take(length)
  }

  #take(length: number): number {
    const at = this.#at
    this.#at = at + this.#checked(length)
    return at
  }

  #checked(length: number): number {
    if (length < 0 || length > this.#end - this.#at) {
      throw new ProtocolError(
        `${length} bytes are announced at byte ${this.#at}, ${this.remaining} are left`,
      )
    }
    return length
  }
}
