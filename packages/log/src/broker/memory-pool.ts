import { pooledBytesKept, pooledBytesMax, pooledBytesMin } from '../limits.js'

/**
 * Memory for requests and answers, used again and again. With new memory for each, the collector
 * would run for every few of them, because of their size, and the system would clear their pages:
 * that costs more than all that is done with them.
 *
 * Pieces have sizes of powers of two, so that one fits many uses; pages that nobody wrote to cost
 * nothing.
 *
 * Invariant: nobody looks any more at what is kept here. What is not given back (its client is
 * gone) is collected like any other memory.
 */
export class MemoryPool {
  /** What is kept, by size. */
  readonly #kept = new Map<number, Buffer[]>()
  #keptBytes = 0

  /** `bytes` of memory that may hold anything. Small and very large ones are not of the pool. */
  readonly take = (bytes: number): Buffer => {
    if (bytes < pooledBytesMin || bytes > pooledBytesMax) return Buffer.allocUnsafe(bytes)
    const size = 2 ** Math.ceil(Math.log2(bytes))
    const piece = this.#kept.get(size)?.pop()
    if (piece !== undefined) this.#keptBytes -= size
    return (piece ?? Buffer.allocUnsafeSlow(size)).subarray(0, bytes)
  }

  /** Gives back what `take` gave, which must not be looked at any more. */
  give(memory: Buffer): void {
    if (memory.length < pooledBytesMin || memory.length > pooledBytesMax) return
    const size = memory.buffer.byteLength
    if (this.#keptBytes + size > pooledBytesKept) return
    const kept = this.#kept.get(size)
    const piece = Buffer.from(memory.buffer)
    if (kept === undefined) this.#kept.set(size, [piece])
    else kept.push(piece)
    this.#keptBytes += size
  }
}
