import { fetchMemoryBytesKept, fetchMemoryBytesMin } from '../limits.js'

/** Sizes are multiples of this, so that what held one answer holds the next. */
const stepBytes = 1024 * 1024

/**
 * Memory for answers to Fetch, used again once every batch in it was released. With new memory for
 * each the collector would run for every few of them, because of their size, and the system would
 * clear their pages.
 *
 * Invariants: batches of one answer are all held before one of them is released; nobody looks at
 * what was released. What is never released is collected like any other memory.
 */
export class FetchMemory {
  #kept: ArrayBuffer[] = []
  /** How many batches in a piece of memory are not released yet. */
  readonly #held = new WeakMap<ArrayBufferLike, number>()

  /** Memory that may hold anything. Small pieces are not used again. */
  readonly take = (bytes: number): Buffer => {
    if (bytes < fetchMemoryBytesMin) return Buffer.allocUnsafe(bytes)
    // One that is much larger is left to an answer that needs it.
    const fits = this.#kept.findIndex(
      ({ byteLength }) => byteLength >= bytes && byteLength <= bytes * 4,
    )
    const size = Math.ceil(bytes / stepBytes) * stepBytes
    const [memory = new ArrayBuffer(size)] = fits < 0 ? [] : this.#kept.splice(fits, 1)
    this.#held.set(memory, 0)
    return Buffer.from(memory, 0, bytes)
  }

  /** Batches that lie in memory of `take`, to be released one day. */
  hold(batches: readonly Buffer[]): void {
    for (const { buffer } of batches) {
      const held = this.#held.get(buffer)
      if (held !== undefined) this.#held.set(buffer, held + 1)
    }
  }

  /** Nobody looks at these batches any more. */
  release(batches: readonly Buffer[]): void {
    for (const { buffer } of batches) {
      const held = this.#held.get(buffer)
      if (held === undefined) continue
      this.#held.set(buffer, held - 1)
      if (held === 1) this.#keep(buffer as ArrayBuffer)
    }
  }

  #keep(memory: ArrayBuffer): void {
    this.#held.delete(memory)
    const bytes = this.#kept.reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (bytes + memory.byteLength <= fetchMemoryBytesKept) this.#kept.push(memory)
  }
}
