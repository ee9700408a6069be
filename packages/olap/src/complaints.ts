import type { Clock } from '@millrace/host'
import { complaintLinesMax, complaintWindowMs } from './limits.js'

/** Log lines about troubles that may come by the million: some are written, the rest counted. */
export class Complaints {
  readonly #clock: Clock
  readonly #log: (line: string) => void
  #windowStart = Number.NEGATIVE_INFINITY
  #written = 0
  #unwritten = 0

  constructor(clock: Clock, log: (line: string) => void) {
    this.#clock = clock
    this.#log = log
  }

  write(line: string): void {
    const now = this.#clock.monotonic()
    if (now - this.#windowStart > complaintWindowMs) {
      if (this.#unwritten > 0) this.#log(`… and ${this.#unwritten} lines like these before`)
      this.#windowStart = now
      this.#written = 0
      this.#unwritten = 0
    }
    if (this.#written < complaintLinesMax) this.#log(line)
    else this.#unwritten++
    this.#written++
  }
}
