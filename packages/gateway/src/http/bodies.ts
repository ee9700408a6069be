import type { Clock, Timer } from '@millrace/host'
import { type GatewayError, gatewayErrors } from '../errors.js'
import { bodyBytesMax, requestMsMax, slowCheckMs } from '../limits.js'
import type { HttpRequest } from './exchange.js'

interface Open {
  /** By `monotonic`. */
  deadline: number
  expire(): void
}

/**
 * Reads bodies, and ends those that are too large or too slow. One timer looks after all of them:
 * a timer for each would cost as much as reading it.
 */
export class Bodies {
  readonly #clock: Clock
  readonly #open = new Set<Open>()
  #sweep: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * The whole body where it is here already, as one that came along with its head is; undefined
   * where it is not, or does not say its length, or says too large a one: `read` is the way.
   */
  arrived(request: HttpRequest): Buffer | undefined {
    const length = request.headers['content-length']
    if (length === undefined || request.readableLength !== Number(length)) return undefined
    return request.readableLength > bodyBytesMax ? undefined : (request.read() ?? undefined)
  }

  /** The whole body. Rejects with 413 and 408; with `undefined` when the sender hung up. */
  read(request: HttpRequest): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const length = request.headers['content-length']
      if (length !== undefined && Number(length) > bodyBytesMax) {
        reject(gatewayErrors.tooLarge(bodyBytesMax))
        return
      }
      const first: { chunk: Buffer | undefined; more: Buffer[] } = { chunk: undefined, more: [] }
      let bytes = 0
      const fail = (error: GatewayError | undefined) => {
        close()
        // What still comes is dropped.
        request.removeListener('data', take)
        request.resume()
        reject(error)
      }
      const close = this.watch(requestMsMax, () => fail(gatewayErrors.slow(requestMsMax))).close
      const take = (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > bodyBytesMax) fail(gatewayErrors.tooLarge(bodyBytesMax))
        else if (first.chunk === undefined) first.chunk = chunk
        else first.more.push(chunk)
      }
      request.on('data', take)
      request.on('end', () => {
        close()
        const { chunk, more } = first
        if (chunk === undefined) resolve(Buffer.alloc(0))
        else resolve(more.length === 0 ? chunk : Buffer.concat([chunk, ...more]))
      })
      request.on('close', () => {
        if (!request.complete) fail(undefined)
      })
      request.on('error', () => fail(undefined))
    })
  }

  /** Calls `expire` once, unless it is closed or extended before `ms` have passed. */
  watch(ms: number, expire: () => void): { extend(): void; close(): void } {
    const open: Open = { deadline: this.#clock.monotonic() + ms, expire }
    this.#open.add(open)
    if (this.#sweep === undefined) this.#schedule()
    return {
      extend: () => {
        open.deadline = this.#clock.monotonic() + ms
      },
      close: () => this.#open.delete(open),
    }
  }

  /** Stops looking. */
  close(): void {
    this.#sweep?.cancel()
    this.#open.clear()
  }

  #schedule(): void {
    this.#sweep = this.#clock.after(slowCheckMs, () => {
      this.#sweep = undefined
      const now = this.#clock.monotonic()
      for (const open of this.#open) {
        if (open.deadline > now) continue
        this.#open.delete(open)
        open.expire()
      }
      if (this.#open.size > 0) this.#schedule()
    })
  }
}
