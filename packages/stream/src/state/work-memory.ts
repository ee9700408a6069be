/**
 * Numbers of 32 bits that a call needs until it ends, in memory that the next call uses again: new
 * memory for each step would have to be cleared, and makes the collector run.
 */
export class WorkMemory {
  #numbers = new Int32Array(0)

  /** So many numbers, which may be anything. What was taken before is no longer the taker's. */
  take(count: number): Int32Array<ArrayBuffer> {
    if (count > this.#numbers.length) this.#numbers = new Int32Array(Math.ceil(count * 1.25))
    return this.#numbers.subarray(0, count)
  }
}
