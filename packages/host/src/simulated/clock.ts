import { type Clock, sleepOn, type Timer } from '../clock.js'
import { TimerHeap } from './timer-heap.js'

/** A clock that stands still until it is advanced, or run by `runSimulation`. */
export class SimulatedClock implements Clock {
  readonly #timers = new TimerHeap()
  #passedMs = 0
  #startMs: number
  #ordered = 0

  constructor(startMs = 0) {
    this.#startMs = startMs
  }

  now(): number {
    return this.#startMs + this.#passedMs
  }

  monotonic(): number {
    return this.#passedMs
  }

  after(delayMs: number, action: () => void): Timer {
    const due = this.#passedMs + Math.max(0, delayMs)
    const timer = { due, order: this.#ordered++, action, cancelled: false }
    this.#timers.add(timer)
    return {
      cancel: () => {
        timer.cancelled = true
      },
    }
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal)
  }

  /** Sets the time of day on or back; durations and timers do not notice. */
  jump(byMs: number): void {
    this.#startMs += byMs
  }

  /** Lets `durationMs` pass: timers fire in the order in which they are due. */
  advance(durationMs: number): void {
    const end = this.#passedMs + durationMs
    while (this.step(end));
    this.#passedMs = end
  }

  /**
   * Moves on to the next timer and fires it. False, and nothing happens, when there is none by
   * `endMs` (of `monotonic`).
   */
  step(endMs = Number.POSITIVE_INFINITY): boolean {
    const next = this.#timers.first()
    if (next === undefined || next.due > endMs) return false
    this.#timers.take()
    this.#passedMs = next.due
    next.action()
    return true
  }
}
