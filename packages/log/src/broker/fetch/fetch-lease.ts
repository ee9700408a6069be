import type { MemoryPool } from '../memory-pool.js'

/** The memory that one answer to Fetch is read into, until it has left. */
export class FetchLease {
  readonly #pool: MemoryPool
  #taken: Buffer[] = []

  constructor(pool: MemoryPool) {
    this.#pool = pool
  }

  take(bytes: number): Buffer {
    const memory = this.#pool.take(bytes)
    this.#taken.push(memory)
    return memory
  }

  /** To be called when the answer has left, or will not be made: its memory may be overwritten. */
  giveBack(): void {
    for (const memory of this.#taken) this.#pool.give(memory)
    this.#taken = []
  }
}
