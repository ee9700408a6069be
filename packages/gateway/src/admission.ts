import { bodyBytesMax, bytesInFlightMax, requestsInFlightMax } from './limits.js'

/** How much may be under way at once. */
export interface AdmissionLimits {
  requestsMax: number
  bytesMax: number
}

/**
 * Admits produce requests while few enough, and few enough bytes of bodies, are under way. A
 * body whose length is not said beforehand counts as the largest one.
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

  /** What to call when the request is over; undefined when it is not admitted. */
  enter(contentLength: string | undefined): (() => void) | undefined {
    const bytes = contentLength === undefined ? bodyBytesMax : Number(contentLength)
    if (this.#requests >= this.#limits.requestsMax) return undefined
    if (this.#bytes + bytes > this.#limits.bytesMax) return undefined
    this.#requests++
    this.#bytes += bytes
    return () => {
      this.#requests--
      this.#bytes -= bytes
    }
  }
}
