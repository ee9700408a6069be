/** Bytes of a file in memory, which grow without being copied for each write. */
export class GrowingBytes {
  #buffer: Buffer
  #length: number

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#buffer = Buffer.from(bytes)
    this.#length = bytes.length
  }

  get length(): number {
    return this.#length
  }

  /** A view, which later writes change. */
  view(from = 0, to = this.#length): Buffer {
    const end = Math.min(to, this.#length)
    return this.#buffer.subarray(Math.min(from, end), end)
  }

  /** Writes at `position`; a gap before it reads as zeros. */
  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length
    if (end > this.#buffer.length) this.#grow(end)
    this.#buffer.set(bytes, position)
    if (end > this.#length) this.#length = end
  }

  /** Cuts, or fills with zeros. What lies behind the length is always zeros. */
  truncate(size: number): void {
    if (size > this.#buffer.length) this.#grow(size)
    if (size < this.#length) this.#buffer.fill(0, size, this.#length)
    this.#length = size
  }

  #grow(size: number): void {
    const grown = Buffer.alloc(Math.max(256, size, 2 * this.#buffer.length))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}
