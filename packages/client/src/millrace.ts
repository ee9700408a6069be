import { type EventContext, writeCloudEvent } from '@millrace/event'
import { Delivery } from './delivery.js'
import { closeMsMax, queueCharsMax, queueEventsMax } from './limits.js'
import type { ClientCounts, Outcome } from './outcome.js'
import { type Outside, sleep, webOutside } from './outside.js'
import { watchPage } from './page.js'
import { Queue, type Waiting, type WhenFull } from './queue.js'
import type { Spool } from './spool.js'
import {
  type Received,
  type SubscribeOptions,
  type SubscriptionTarget,
  subscribe,
} from './subscription.js'
import { type TopicBinding, TopicChecks } from './topic-checks.js'

/** What each topic's events look like, by topic: `{ orders: Order }`. */
// biome-ignore lint/suspicious/noExplicitAny: without bindings an event may be anything
export type AnyTopics = Record<string, any>

/** Topics as generated bindings describe them; the types of their events come along. */
export type TopicBindings<Topics> = { readonly [Topic in keyof Topics]: TopicBinding }

export interface MillraceOptions<Topics> {
  /** Of the gateway, such as `http://localhost:8082`. */
  url: string
  /** Who sends: a URI or a path (`/shop/web`). */
  source: string
  /** The service that sends. */
  service?: string
  /** Schemas that the program was built with; those of other topics are asked for. */
  topics?: TopicBindings<Topics>
  /** Sent with each request but beacons, for instance `authorization`. */
  headers?: Readonly<Record<string, string>>
  /** Events in one request, their text, and how long the first waits for company. */
  batch?: Partial<{ eventsMax: number; charsMax: number; lingerMs: number }>
  /** How many events may wait, with how much text, and which makes room when it is full. */
  queue?: Partial<{ eventsMax: number; charsMax: number; whenFull: WhenFull }>
  /** An event that could not be delivered for so long has failed. */
  deliverWithinMs?: number
  /** Where events wait that are not in the log yet; in memory alone where there is none. */
  spool?: Spool
  /** Told of each event that does not fit its schema. */
  onDropped?: (dropped: Outcome & { status: 'dropped' }) => void
  /** Told of each event that could not be delivered. */
  onFailed?: (failed: Outcome & { status: 'failed' }) => void
  outside?: Outside
}

/** What may be said of an event beside its value. */
export interface About {
  /** A new UUID where it is not said. */
  id?: string
  /** When it happened, in milliseconds since 1970; now where it is not said. */
  time?: number
  /** Its key: events of one key keep their order. */
  key?: string
  /** The full name of the topic's schema, or the topic, where it is not said. */
  type?: string
  subject?: string
  /** W3C Trace Context. */
  traceParent?: string
  traceState?: string
  /** Further attributes; names are small letters and digits. */
  extensions?: Readonly<Record<string, string>>
}

/**
 * Sends events to topics, in the background: checked, in batches, again and again until they are
 * in the log, and with one id each however often they are sent.
 */
export class Millrace<Topics = AnyTopics> {
  readonly #options: MillraceOptions<Topics>
  readonly #outside: Outside
  readonly #target: SubscriptionTarget
  readonly #checks: TopicChecks
  readonly #delivery: Delivery
  readonly #unwatch: () => void
  readonly #loaded: Promise<void>

  constructor(options: MillraceOptions<Topics>) {
    this.#options = options
    this.#outside = options.outside ?? webOutside
    const { headers = {}, queue = {}, spool, deliverWithinMs } = options
    const target = { outside: this.#outside, url: options.url.replace(/\/+$/, ''), headers }
    this.#target = target
    const bindings = (options.topics ?? {}) as Record<string, TopicBinding>
    this.#checks = new TopicChecks({ ...target, bindings })
    const { eventsMax = queueEventsMax, charsMax = queueCharsMax, whenFull = 'refuse' } = queue
    this.#delivery = new Delivery({
      ...target,
      queue: new Queue({ eventsMax, charsMax, whenFull }),
      checks: this.#checks,
      spool,
      batch: options.batch ?? {},
      deliverWithinMs,
      settled: (outcome) => {
        if (outcome.status === 'dropped') options.onDropped?.(outcome)
        if (outcome.status === 'failed') options.onFailed?.(outcome)
      },
    })
    this.#unwatch = watchPage({
      leaving: (send) => this.#delivery.beacon(send),
      hidden: () => void this.#delivery.flush(),
      online: () => this.#delivery.retryNow(),
    })
    this.#loaded = this.#load(spool)
  }

  /**
   * Sends an event. Resolves when it is settled, and never rejects: who does not wait needs not
   * catch. An event that does not fit its schema is dropped before it leaves.
   */
  send<Topic extends keyof Topics & string>(
    topic: Topic,
    value: Topics[Topic],
    about: About = {},
  ): Promise<Outcome> {
    const id = about.id ?? this.#outside.uuid()
    const takenAt = this.#outside.now()
    let text = ''
    let problem = value === undefined ? { field: '', reason: 'there is no value' } : null
    try {
      text = JSON.stringify(
        writeCloudEvent({
          context: this.#context(id, topic, takenAt, about),
          data: { json: value },
        }),
        bytesAsText,
      )
    } catch (cause) {
      problem = { field: '', reason: `it cannot be written as JSON: ${(cause as Error).message}` }
    }
    const event = waiting({ id, topic, text, takenAt })
    const checked = problem ?? this.#checks.now(topic, value)
    if (checked === undefined) event.unchecked = { value }
    if (checked) this.#delivery.refuse(event, checked.field, checked.reason)
    else this.#delivery.offer(event)
    return event.done
  }

  /**
   * The events of a topic, for a group, from a gateway that has the REST proxy's v2 consumers.
   * Ends when the loop is left, or at `signal`. Throws a `SubscriptionError`.
   */
  subscribe<Topic extends keyof Topics & string>(
    topic: Topic,
    options: SubscribeOptions,
  ): AsyncGenerator<Received<Topics[Topic]>, void, undefined> {
    return subscribe(this.#target, topic, options)
  }

  /** Sends what waits, without waiting for more; resolves when all of it is settled. */
  async flush(): Promise<void> {
    await this.#loaded
    await this.#delivery.flush()
  }

  /**
   * Sends what waits, for `withinMs` at most, and ends. What is left then stays in the spool for
   * the next client, or has failed where there is none.
   */
  async close(withinMs: number = closeMsMax): Promise<void> {
    const ended = new AbortController()
    const flushed = this.flush().finally(() => ended.abort())
    await Promise.race([flushed, sleep(this.#outside, withinMs, ended.signal)])
    this.#unwatch()
    this.#delivery.stop()
  }

  counts(): ClientCounts {
    return this.#delivery.counts()
  }

  async #load(spool: Spool | undefined): Promise<void> {
    if (spool === undefined) return
    const events = await spool.load().catch(() => [])
    for (const event of events) this.#delivery.offer(waiting(event), true)
  }

  #context(id: string, topic: string, now: number, about: About): EventContext {
    const { source, service } = this.#options
    const {
      time = now,
      key,
      type = this.#checks.typeOf(topic) ?? topic,
      extensions,
      ...rest
    } = about
    return {
      ...rest,
      id,
      type,
      source,
      ...(service !== undefined && { service }),
      time,
      extensions: { ...extensions, topic, ...(key !== undefined && { partitionkey: key }) },
    }
  }
}

function waiting(event: Omit<Waiting, 'attempts' | 'done' | 'settle'>): Waiting {
  let settle: (outcome: Outcome) => void = () => {}
  const done = new Promise<Outcome>((resolve) => {
    settle = resolve
  })
  return { ...event, attempts: 0, done, settle }
}

/** Bytes as Avro's JSON has them: a string of the code points 0 to 255. */
function bytesAsText(this: Record<string, unknown>, name: string, written: unknown): unknown {
  const value = this[name]
  if (!(value instanceof Uint8Array)) return written
  return Array.from(value, (byte) => String.fromCharCode(byte)).join('')
}
