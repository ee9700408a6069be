/** Whole numbers of 32 bits, growing at the end: places, rows, small counts. */
export class PlaceList {
  #values = new Int32Array(64)
  #length = 0

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
