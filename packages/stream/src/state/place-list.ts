/** Whole numbers of 32 bits, growing at the end: places, rows, small counts. */
export class PlaceList {
  #values: Int32Array<ArrayBuffer>
  #length = 0

  /** `expected`: so many are likely. */
  constructor(expected = 0) {
    this.#values = new Int32Array(Math.max(64, expected))
  }

  get length(): number {
    return this.#length
  }

  at(index: number): number {
    return this.#values[index] as number
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Int32Array(2 * this.#length)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#length++] = value
  }

  /** What is there, in the list's own memory: it holds until the list grows. */
  get values(): Int32Array {
    return this.#values.subarray(0, this.#length)
  }
}
