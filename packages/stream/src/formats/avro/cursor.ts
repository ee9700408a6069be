import { DecodeError } from '../errors.js'

/** Reads Avro's binary encoding from a buffer, up to `end`. */
export class AvroCursor {
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  end = 0
  /** The two halves of what `readLong` read. */
  low = 0
  high = 0

  reset(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** A zigzag variable-length integer of up to 64 bits, into `low` and `high`. */
  readLong(): void {
    let low = 0
    let high = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at]
      if (byte === undefined || this.at >= this.end) this.endsEarly()
      if (shift > 63) throw new DecodeError('an Avro integer has more than 10 bytes')
      this.at++
      const group = byte & 0x7f
      if (shift < 28) low |= group << shift
      else if (shift === 28) {
        low |= group << 28
        high |= group >>> 4
      } else high |= group << (shift - 32)
      if (byte < 0x80) break
    }
    const sign = -(low & 1)
    this.low = ((low >>> 1) | (high << 31)) ^ sign
    this.high = (high >>> 1) ^ sign
  }

  /** An integer as a number; beyond 2^53 the nearest one. */
  readNumber(): number {
    this.readLong()
    return this.high * 4_294_967_296 + (this.low >>> 0)
  }

  readInt(): number {
    this.readLong()
    return this.low
  }

  /** The length before a string or bytes, checked to lie within the record. */
  readLength(): number {
    const length = this.readNumber()
    if (length < 0 || this.at + length > this.end) this.endsEarly()
    return length
  }

  /** Goes over `count` bytes and answers where they begin. */
  take(count: number): number {
    const start = this.at
    if (start + count > this.end) this.endsEarly()
    this.at = start + count
    return start
  }

  endsEarly(): never {
    throw new DecodeError('the Avro record ends early')
  }
}
