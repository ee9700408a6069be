import type { Clock } from '@millrace/host'
import { gatewayErrors } from './errors.js'
import { callersMax } from './limits.js'

/** How much one caller may send. */
export interface CallerLimits {
  requestsPerSecond?: number
  bytesPerSecond?: number
}

/** Who a request is from, and how much each of them may send. */
export interface CallerPolicy {
  /**
   * What tells callers apart: a header (`authorization`, `x-api-key`, …), or the address where it
   * is not said, or where a request has no such header.
   */
  header?: string
  /** Of a caller that `callers` does not name. */
  limits: CallerLimits
  /** Particular ones, by their header's value or their address. */
  callers?: ReadonlyMap<string, CallerLimits>
}

/** How much may be sent at once after a pause: what flows in within so many seconds. */
const burstSeconds = 1

/**
 * A bucket that fills at a rate. It may be overdrawn once, so that what is larger than the bucket
 * can pass at all; the caller then waits until it is made good.
 */
class Bucket {
  readonly #perSecond: number
  #tokens: number
  #at: number

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond
    this.#tokens = perSecond * burstSeconds
    this.#at = now
  }

  /** Milliseconds until something may be taken again; 0 for now. */
  waitMs(now: number): number {
    const flown = ((now - this.#at) / 1000) * this.#perSecond
    this.#tokens = Math.min(this.#perSecond * burstSeconds, this.#tokens + flown)
    this.#at = now
    return this.#tokens > 0 ? 0 : ((1 - this.#tokens) / this.#perSecond) * 1000
  }

  take(tokens: number): void {
    this.#tokens -= tokens
  }
}

interface Caller {
  readonly requests: Bucket | undefined
  readonly bytes: Bucket | undefined
}

/** Keeps each caller within its limits, so that one that sends too much costs the others nothing. */
export class Callers {
  readonly #policy: CallerPolicy
  readonly #clock: Clock
  /** The one silent longest is the first. */
  readonly #known = new Map<string, Caller>()

  constructor(policy: CallerPolicy, clock: Clock) {
    this.#policy = policy
    this.#clock = clock
  }

  /** Counts what a caller sends; throws 429, with how long to wait, where it is too much. */
  take(
    from: { headers: Record<string, string | string[] | undefined>; address: string },
    bytes: number,
  ): void {
    const { header } = this.#policy
    const told = header === undefined ? undefined : from.headers[header]
    const name = typeof told === 'string' ? told : from.address
    const now = this.#clock.monotonic()
    const { requests, bytes: volume } = this.#caller(name, now)
    const waitMs = Math.max(requests?.waitMs(now) ?? 0, volume?.waitMs(now) ?? 0)
    if (waitMs > 0) throw gatewayErrors.tooMuch(Math.max(1, Math.ceil(waitMs / 1000)))
    requests?.take(1)
    volume?.take(bytes)
  }

  #caller(name: string, now: number): Caller {
    let caller = this.#known.get(name)
    if (caller === undefined) {
      const limits = this.#policy.callers?.get(name) ?? this.#policy.limits
      const bucket = (rate: number | undefined) =>
        rate === undefined ? undefined : new Bucket(rate, now)
      caller = { requests: bucket(limits.requestsPerSecond), bytes: bucket(limits.bytesPerSecond) }
      const [oldest] = this.#known.keys()
      if (this.#known.size >= callersMax && oldest !== undefined) this.#known.delete(oldest)
    } else {
      this.#known.delete(name)
    }
    this.#known.set(name, caller)
    return caller
  }
}
