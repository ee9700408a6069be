import { batchBytesMax, spoolKeptPages } from '../limits.js'

/** Where a batch is kept. */
export interface KeptBatch {
  readonly page: KeptPage
  readonly at: number
}

/** Memory that batches lie in, one after another, until all of them have been let go. */
class KeptPage {
  readonly bytes = Buffer.allocUnsafeSlow(batchBytesMax)
  used = 0
  batches = 0
}

/**
 * Batches in memory, for as long as they wait to be sent, up to a limit.
 *
 * They lie in pages that are used again and again. A buffer for each would outlive its young days
 * under load; then only a collection of everything finds it, and V8 begins one whenever some
 * megabytes of such buffers have come together. That takes the thread and the cores beside it for
 * 10 to 20 ms, and every answer of that time waits.
 */
export class KeptBatches {
  /** Pages that nothing is kept in. */
  readonly #free: KeptPage[] = []
  #pages = 0
  /** Where the next batch goes. */
  #current: KeptPage | undefined

  /** Keeps a copy, if there is room for it. */
  keep(batch: Buffer): KeptBatch | undefined {
    const page = this.#pageFor(batch.length)
    if (page === undefined) return undefined
    const at = page.used
    batch.copy(page.bytes, at)
    page.used += batch.length
    page.batches++
    return { page, at }
  }

  /** The batch itself: what it becomes when it has been let go is another batch. */
  read({ page, at }: KeptBatch, bytes: number): Buffer {
    return page.bytes.subarray(at, at + bytes)
  }

  letGo({ page }: KeptBatch): void {
    page.batches--
    if (page.batches > 0) return
    page.used = 0
    if (page !== this.#current) this.#free.push(page)
  }

  #pageFor(bytes: number): KeptPage | undefined {
    if (this.#current !== undefined && this.#current.used + bytes <= this.#current.bytes.length) {
      return this.#current
    }
    if (bytes > batchBytesMax) return undefined
    const next = this.#free.pop() ?? this.#newPage()
    // One that is full comes back when its batches are let go.
    if (next !== undefined) this.#current = next
    return next
  }

  #newPage(): KeptPage | undefined {
    if (this.#pages === spoolKeptPages) return undefined
    this.#pages++
    return new KeptPage()
  }
}
