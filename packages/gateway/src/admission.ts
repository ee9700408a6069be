import { bytesInFlightMax, requestsInFlightMax } from './limits.js'

/** How much may be under way at once. */
export interface AdmissionLimits {
  requestsMax: number
  bytesMax: number
}

/**
 * Admits produce requests while few enough, and few enough bytes of bodies, are under way.
 */
export class Admission {
  readonly #limits: AdmissionLimits
  #requests = 0
  #bytes = 0

  constructor(
    limits: AdmissionLimits = { requestsMax: requestsInFlightMax, bytesMax: bytesInFlightMax },
  ) {
    this.#limits = limits
  }

  /**
   * What to call when the request is over; undefined when it is not admitted. A record of a stream
   * has bytes, but is no request.
   */
  enter(bytes: number, requests = 1): (() => void) | undefined {
    if (this.#requests + requests > this.#limits.requestsMax) return undefined
    if (this.#bytes + bytes > this.#limits.bytesMax) return undefined
    this.#requests += requests
    this.#bytes += bytes
    return () => {
      this.#requests -= requests
      this.#bytes -= bytes
    }
  }
}
