/** What is unpacked so far: a buffer that grows by doubling, up to a bound. */
export class Output {
  /** Room for more than `length`; another buffer after each call of `reserve`. */
  bytes: Buffer
  length = 0
  readonly #bytesMax: number

  constructor(expectedBytes: number, bytesMax: number) {
    this.bytes = Buffer.allocUnsafe(Math.min(Math.max(expectedBytes, 1024), bytesMax))
    this.#bytesMax = bytesMax
  }

  /** Makes room for so many more bytes, as far as the bound allows. */
  reserve(moreBytes: number): void {
    const needed = Math.min(this.length + moreBytes, this.#bytesMax)
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(
      Math.min(Math.max(needed, this.bytes.length * 2), this.#bytesMax),
    )
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  /** Adds bytes as they are. Throws a `RangeError` beyond the bound. */
  add(source: Uint8Array, from: number, to: number): void {
    if (this.length + to - from > this.#bytesMax) {
      throw new RangeError(`it would grow beyond ${this.#bytesMax} bytes`)
    }
    this.reserve(to - from)
    this.bytes.set(source.subarray(from, to), this.length)
    this.length += to - from
  }

  whole(): Buffer {
    return this.bytes.subarray(0, this.length)
  }
}
