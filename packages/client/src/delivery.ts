/**
 * Brings the events of the queue to the gateway: one request at a time, so that they keep their
 * order, each with as many events as there are and as fit. What may succeed later goes back to
 * the front and is sent again with the same ids, after a wait that doubles and is cut at random.
 *
 * Invariant: an event that was offered is in the queue, under way, or settled; it is settled
 * once, and only then leaves the spool.
 */
import {
  batchCharsMax,
  batchEventsMax,
  beaconCharsMax,
  deliverWithinMs,
  lingerMs,
  retryMsMax,
  retryMsMin,
} from './limits.js'
import type { ClientCounts, Outcome } from './outcome.js'
import { type Outside, sleep } from './outside.js'
import { batchText, type EventAnswer, type PostAnswer, postEvents } from './post.js'
import type { Queue, Waiting } from './queue.js'
import type { Spool } from './spool.js'
import type { TopicChecks } from './topic-checks.js'

export interface DeliveryOptions {
  outside: Outside
  url: string
  headers: Readonly<Record<string, string>>
  queue: Queue
  checks: TopicChecks
  spool: Spool | undefined
  batch: Partial<{ eventsMax: number; charsMax: number; lingerMs: number }>
  deliverWithinMs: number | undefined
  /** Told of each event that is settled. */
  settled: (outcome: Outcome) => void
}

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #batch: { eventsMax: number; charsMax: number; lingerMs: number }
  readonly #waiting = new Set<Waiting>()
  readonly #stop = new AbortController()
  #counts = { taken: 0, sent: 0, beaconed: 0, dropped: 0, failed: 0, retried: 0 }
  #running = false
  /** Ends the wait for company, or for another try. */
  #pause = new AbortController()
  #pausedFor: 'company' | 'retry' | undefined
  #flushes = 0
  #failuresInARow = 0

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#batch = { eventsMax: batchEventsMax, charsMax: batchCharsMax, lingerMs, ...options.batch }
  }

  counts(): ClientCounts {
    return { ...this.#counts, waiting: this.#waiting.size }
  }

  /** An event that was not taken into the queue, because it does not fit. */
  refuse(event: Waiting, field: string, reason: string): void {
    this.#counts.taken++
    this.#waiting.add(event)
    this.#settle(event, { status: 'dropped', ...named(event), field, reason })
  }

  /** Takes an event over; `isSpooled` where the spool has it already. */
  offer(event: Waiting, isSpooled = false): void {
    this.#counts.taken++
    this.#waiting.add(event)
    if (this.#stop.signal.aborted) {
      this.#fail(event, 'The client is closed.', 'keep')
      return
    }
    if (!isSpooled) this.#spool(event)
    for (const without of this.#options.queue.push(event)) {
      this.#fail(without, 'The queue is full.')
    }
    const { eventsMax, charsMax } = this.#batch
    if (this.#pausedFor === 'company' && this.#options.queue.holds(eventsMax, charsMax)) {
      this.#pause.abort()
    }
    this.#start()
  }

  /** Resolves when all events that wait now are settled. */
  async flush(): Promise<void> {
    this.#flushes++
    if (this.#pausedFor === 'company') this.#pause.abort()
    await Promise.all([...this.#waiting].map((event) => event.done))
    this.#flushes--
  }

  /** The network may be there again: what waits for another try is tried at once. */
  retryNow(): void {
    if (this.#pausedFor === 'retry') this.#pause.abort()
  }

  /** Hands what waits in the queue to `send`, which says whether it took it, as beacons. */
  beacon(send: (url: string, text: string) => boolean): void {
    const { queue, url } = this.#options
    while (queue.length > 0) {
      const events = queue.take(this.#batch.eventsMax, beaconCharsMax, { strictly: true })
      const texts = events.map((event) => event.text)
      if (events.length === 0 || !send(`${url}/events`, batchText(texts))) {
        queue.putBack(events)
        return
      }
      this.#counts.beaconed += events.length
      for (const event of events) this.#settle(event, { status: 'sent', ...named(event) })
    }
  }

  /** Sends nothing more; what is left stays in the spool, or has failed. */
  stop(): void {
    this.#stop.abort()
    this.#pause.abort()
    for (const event of this.#waiting) this.#fail(event, 'The client was closed.', 'keep')
    this.#options.spool?.close()
  }

  #start(): void {
    if (this.#running) return
    this.#running = true
    void this.#run()
  }

  async #run(): Promise<void> {
    try {
      await this.#sendAll()
    } finally {
      // In the same turn in which the queue was found empty: what is offered next starts it anew.
      this.#running = false
    }
  }

  async #sendAll(): Promise<void> {
    const { queue } = this.#options
    const { eventsMax, charsMax, lingerMs: linger } = this.#batch
    while (queue.length > 0 && !this.#stop.signal.aborted) {
      const hasWaited = this.#flushes > 0 || this.#failuresInARow > 0
      if (!hasWaited && !queue.holds(eventsMax, charsMax)) {
        await this.#wait('company', linger)
        if (this.#stop.signal.aborted) return
      }
      const taken = queue.take(eventsMax, charsMax)
      const events = await this.#fitting(taken)
      if (events.length > 0) await this.#deliver(events)
    }
  }

  /** Those that may leave; the others are settled. */
  async #fitting(events: readonly Waiting[]): Promise<Waiting[]> {
    const { outside, checks, deliverWithinMs: within = deliverWithinMs } = this.#options
    const fitting: Waiting[] = []
    for (const event of events) {
      if (outside.now() - event.takenAt > within) {
        this.#fail(event, `It could not be delivered within ${within} ms.`)
        continue
      }
      const problem = event.unchecked && (await checks.later(event.topic, event.unchecked.value))
      delete event.unchecked
      if (problem === undefined) fitting.push(event)
      else this.#settle(event, { status: 'dropped', ...named(event), ...problem })
    }
    return fitting
  }

  async #deliver(events: Waiting[]): Promise<void> {
    this.#counts.retried += events.filter((event) => event.attempts++ > 0).length
    const answer = await postEvents(
      this.#options,
      events.map((event) => event.text),
    )
    if (this.#stop.signal.aborted && answer.kind !== 'answered') return
    if (answer.kind === 'too-large' && events.length > 1) {
      const half = Math.ceil(events.length / 2)
      await this.#deliver(events.slice(0, half))
      if (!this.#stop.signal.aborted) await this.#deliver(events.slice(half))
      return
    }
    const again = events.filter((event, at) => !this.#take(event, answerOf(answer, at)))
    if (again.length === 0) {
      this.#failuresInARow = 0
      return
    }
    this.#options.queue.putBack(again)
    const asked = 'afterMs' in answer ? answer.afterMs : 0
    const bound = Math.min(retryMsMin * 2 ** this.#failuresInARow++, retryMsMax)
    await this.#wait('retry', Math.max(asked, bound * (0.5 + this.#options.outside.random() / 2)))
  }

  /** Settles an event by its answer; false where it is to be sent again. */
  #take(event: Waiting, answer: EventAnswer): boolean {
    const name = named(event)
    switch (answer.kind) {
      case 'retry':
        return false
      case 'sent': {
        const { kind: _, ...place } = answer
        this.#settle(event, { status: 'sent', ...name, ...place })
        return true
      }
      case 'dropped': {
        const { field, reason } = answer
        this.#settle(event, { status: 'dropped', ...name, field, reason })
        return true
      }
      case 'failed':
        this.#fail(event, answer.reason)
        return true
    }
  }

  async #wait(why: 'company' | 'retry', milliseconds: number): Promise<void> {
    this.#pause = new AbortController()
    this.#pausedFor = why
    if (this.#stop.signal.aborted) this.#pause.abort()
    await sleep(this.#options.outside, milliseconds, this.#pause.signal)
    this.#pausedFor = undefined
  }

  #spool({ id, topic, text, takenAt }: Waiting): void {
    try {
      this.#options.spool?.put({ id, topic, text, takenAt })
    } catch {
      // No room: the event waits in memory, as without a spool.
    }
  }

  #fail(event: Waiting, reason: string, spooled: 'remove' | 'keep' = 'remove'): void {
    this.#settle(event, { status: 'failed', ...named(event), reason }, spooled)
  }

  #settle(event: Waiting, outcome: Outcome, spooled: 'remove' | 'keep' = 'remove'): void {
    if (spooled === 'remove') this.#options.spool?.remove([event.id])
    // An answer may come after the end, when the event has been told as failed.
    if (!this.#waiting.delete(event)) return
    this.#counts[outcome.status]++
    event.settle(outcome)
    try {
      this.#options.settled(outcome)
    } catch (cause) {
      // A fault of the caller's callback is the caller's to see, and no other event's.
      queueMicrotask(() => {
        throw cause
      })
    }
  }
}

function named({ id, topic }: Waiting): { id: string; topic: string } {
  return { id, topic }
}

function answerOf(answer: PostAnswer, at: number): EventAnswer {
  switch (answer.kind) {
    case 'answered':
      return answer.events[at] ?? { kind: 'retry', reason: 'the gateway said nothing of it' }
    case 'retry':
      return answer
    default:
      return { kind: 'failed', reason: answer.reason }
  }
}
