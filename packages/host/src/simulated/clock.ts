import { type Clock, sleepOn } from '../clock.js'

/** A clock that stands still until it is advanced. */
export class SimulatedClock implements Clock {
  #now: number
  readonly #start: number
  readonly #timers: { due: number; order: number; action: () => void }[] = []
  #ordered = 0

  constructor(startMs = 0) {
    this.#now = startMs
    this.#start = startMs
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - this.#start
  }

  after(delayMs: number, action: () => void) {
    const timer = { due: this.#now + Math.max(0, delayMs), order: this.#ordered++, action }
    this.#timers.push(timer)
    return {
      cancel: () => {
        const at = this.#timers.indexOf(timer)
        if (at >= 0) this.#timers.splice(at, 1)
      },
    }
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal)
  }

  /** Lets `durationMs` pass: timers fire in the order in which they are due. */
  advance(durationMs: number): void {
    const end = this.#now + durationMs
    for (;;) {
      this.#timers.sort((left, right) => left.due - right.due || left.order - right.order)
      const next = this.#timers[0]
      if (next === undefined || next.due > end) break
      this.#timers.shift()
      this.#now = next.due
      next.action()
    }
    this.#now = end
  }
}
