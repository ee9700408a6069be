/** Up to this length a loop copies faster than a call of `set`. */
const loopCopyBytesMax = 24

const double = new Float64Array(1)
const float = new Float32Array(1)
const doubleBytes = new Uint8Array(double.buffer)
const floatBytes = new Uint8Array(float.buffer)
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/**
 * Memory that Avro is written into. What does not fit is not written, but counted: whoever is done
 * looks once whether all is there (`hasOverflowed`), and begins again in larger memory if not.
 */
export class AvroBytes {
  bytes: Buffer
  /** Where the next byte goes. */
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  get hasOverflowed(): boolean {
    return this.at > this.bytes.length
  }

  byte(value: number): void {
    this.bytes[this.at++] = value
  }

  /** A whole number (a safe integer): zigzag, then seven bits a byte, the lowest first. */
  long(value: number): void {
    const { bytes } = this
    let { at } = this
    let low: number
    if (value >= -0x4000_0000 && value < 0x4000_0000) {
      low = ((value << 1) ^ (value >> 31)) >>> 0
    } else {
      // Up to 2^54, so in two parts that have 32 bits each: the lowest four bytes, and the rest.
      const zigzag = value < 0 ? -value * 2 - 1 : value * 2
      low = Math.floor(zigzag / 0x1000_0000)
      const lowest = zigzag - low * 0x1000_0000
      bytes[at] = (lowest & 0x7f) | 0x80
      bytes[at + 1] = ((lowest >>> 7) & 0x7f) | 0x80
      bytes[at + 2] = ((lowest >>> 14) & 0x7f) | 0x80
      bytes[at + 3] = (lowest >>> 21) | 0x80
      at += 4
    }
    while (low > 0x7f) {
      bytes[at++] = (low & 0x7f) | 0x80
      low >>>= 7
    }
    bytes[at++] = low
    this.at = at
  }

  /** The same of 64 bits. */
  bigLong(value: bigint): void {
    let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    for (; left > 0x7fn; left >>= 7n) this.byte(Number(left & 0x7fn) | 0x80)
    this.byte(Number(left))
  }

  double(value: number): void {
    double[0] = value
    this.#reversible(doubleBytes)
  }

  float(value: number): void {
    float[0] = value
    this.#reversible(floatBytes)
  }

  #reversible(from: Uint8Array): void {
    const { bytes } = this
    const last = from.length - 1
    for (let i = 0; i <= last; i++) bytes[this.at++] = from[isLittleEndian ? i : last - i] as number
  }

  /** Bytes as they are. */
  raw(from: Uint8Array, start = 0, end = from.length): void {
    const { bytes, at } = this
    const length = end - start
    if (length <= loopCopyBytesMax) {
      for (let i = 0; i < length; i++) bytes[at + i] = from[start + i] as number
    } else if (at + length <= bytes.length) {
      bytes.set(start === 0 && end === from.length ? from : from.subarray(start, end), at)
    }
    this.at = at + length
  }

  /** A string that is well formed: the length of its UTF-8, and that. */
  string(text: string): void {
    const length = Buffer.byteLength(text)
    this.long(length)
    if (this.at + length <= this.bytes.length) this.bytes.write(text, this.at)
    this.at += length
  }
}
