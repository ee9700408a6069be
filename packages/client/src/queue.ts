import type { Outcome } from './outcome.js'
import type { SpooledEvent } from './spool.js'

/** An event that is not in the log yet. */
export interface Waiting extends SpooledEvent {
  /** What is to be checked before it leaves; absent when it has been, or cannot be. */
  unchecked?: { value: unknown }
  /** Requests that carried it. */
  attempts: number
  readonly done: Promise<Outcome>
  readonly settle: (outcome: Outcome) => void
}

/** Which event makes room when the queue is full: the one that comes, or the oldest. */
export type WhenFull = 'refuse' | 'drop-oldest'

/** Events in the order in which they are sent, at most so many, with at most so much text. */
export class Queue {
  readonly #eventsMax: number
  readonly #charsMax: number
  readonly #whenFull: WhenFull
  #events: Waiting[] = []
  #chars = 0

  constructor(limits: { eventsMax: number; charsMax: number; whenFull: WhenFull }) {
    this.#eventsMax = limits.eventsMax
    this.#charsMax = limits.charsMax
    this.#whenFull = limits.whenFull
  }

  get length(): number {
    return this.#events.length
  }

  /** Puts an event at the end; gives back those for which there is no room. */
  push(event: Waiting): Waiting[] {
    const without: Waiting[] = []
    while (this.#isFullFor(event)) {
      const oldest = this.#whenFull === 'drop-oldest' ? this.#events.shift() : undefined
      if (oldest === undefined) return [...without, event]
      this.#chars -= oldest.text.length
      without.push(oldest)
    }
    this.#events.push(event)
    this.#chars += event.text.length
    return without
  }

  /** Takes from the front: at least one event, unless there is none or its text is `strictly` too long. */
  take(eventsMax: number, charsMax: number, options: { strictly?: boolean } = {}): Waiting[] {
    let count = 0
    let chars = 0
    for (const { text } of this.#events) {
      // The text, and the comma or bracket after it.
      chars += text.length + 1
      if (count === eventsMax || (chars > charsMax && (count > 0 || options.strictly))) break
      count++
    }
    const taken = this.#events.splice(0, count)
    for (const { text } of taken) this.#chars -= text.length
    return taken
  }

  /** Back to the front, in their order: they had their place already, so no limit holds here. */
  putBack(events: readonly Waiting[]): void {
    this.#events = [...events, ...this.#events]
    for (const { text } of events) this.#chars += text.length
  }

  holds(eventsMax: number, charsMax: number): boolean {
    return this.#events.length >= eventsMax || this.#chars >= charsMax
  }

  #isFullFor(event: Waiting): boolean {
    if (this.#events.length === 0) return this.#eventsMax === 0
    const { length } = this.#events
    return length >= this.#eventsMax || this.#chars + event.text.length > this.#charsMax
  }
}
