import { frameBytesMax, requestBytesMax } from '../limits.js'

interface Waiting {
  readonly bytes: number
  readonly taken: () => void
}

/**
 * The memory that large requests of all connections may take, from the announcement of their
 * length until they are answered; Apache Kafka's `queued.max.request.bytes`.
 *
 * Invariants:
 * - What is given out never exceeds `requestBytesMax`, and any one request fits.
 * - The whole of a request is taken before its bytes are read. Who has begun can therefore end,
 *   and gives back; who waits is served in order.
 */
export class RequestBudget {
  #freeBytes = requestBytesMax
  readonly #waiting: Waiting[] = []

  /** Whether somebody waits. */
  get isShort(): boolean {
    return this.#waiting.length > 0
  }

  /** Takes `bytes`: now, or later, and then calls `taken`. False where it is later. */
  take(bytes: number, taken: () => void): boolean {
    if (bytes > frameBytesMax) throw new RangeError(`${bytes} bytes are more than a request has.`)
    if (this.#waiting.length > 0 || bytes > this.#freeBytes) {
      this.#waiting.push({ bytes, taken })
      return false
    }
    this.#freeBytes -= bytes
    return true
  }

  give(bytes: number): void {
    this.#freeBytes += bytes
    this.#serve()
  }

  /** Who called `take` with this waits no longer. */
  leave(taken: () => void): void {
    const at = this.#waiting.findIndex((each) => each.taken === taken)
    if (at >= 0) this.#waiting.splice(at, 1)
    this.#serve()
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.bytes > this.#freeBytes) return
      this.#waiting.shift()
      this.#freeBytes -= next.bytes
      next.taken()
    }
  }
}
