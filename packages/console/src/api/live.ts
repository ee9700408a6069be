import type { PlatformView } from '@millrace/control/api'
import { liveSilenceMsMax, reconnectDelayMsMax, reconnectDelayMsMin } from '../limits.js'

export type Connection = 'connecting' | 'live' | 'reconnecting'

/** What the page knows of the platform. Immutable: each change is a new object. */
export interface LiveState {
  connection: Connection
  /** The last view heard; kept, and shown as old, while the platform is away. */
  view?: PlatformView
  /** When it was heard, by the browser's clock, in milliseconds since 1970. */
  heardAt?: number
}

/** The part of the browser's EventSource that is used. */
export interface EventStream {
  addEventListener(type: 'platform', listener: (event: { data: string }) => void): void
  addEventListener(type: 'error', listener: () => void): void
  close(): void
}

/**
 * The platform's live view, for as long as somebody subscribes.
 *
 * The browser's own reconnecting is not relied on: it gives up for good when a reply is not 200
 * (a proxy whose backend restarts), and never notices a peer that fell silent (a laptop that
 * slept). Invariants: at most one stream is open; while subscribed, either a stream is open with a
 * silence timer running, or a retry timer is running.
 */
export class LiveFeed {
  readonly #open: () => EventStream
  readonly #listeners = new Set<() => void>()
  #state: LiveState = { connection: 'connecting' }
  #stream: EventStream | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #delayMs = reconnectDelayMsMin

  constructor(open: () => EventStream) {
    this.#open = open
  }

  /** The same object until something changes, as React's external stores demand. */
  readonly state = (): LiveState => this.#state

  /** Calls `listener` after each change; the first subscriber connects, the last one's end closes. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#connect()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#disconnect()
    }
  }

  #connect(): void {
    this.#disconnect()
    const stream = this.#open()
    this.#stream = stream
    stream.addEventListener('platform', (event) => {
      if (this.#stream === stream) this.#hear(event.data)
    })
    stream.addEventListener('error', () => {
      if (this.#stream === stream) this.#retry()
    })
    this.#expectEvent()
  }

  #hear(data: string): void {
    let view: PlatformView
    try {
      view = JSON.parse(data)
    } catch {
      return // half an event, from a server that was killed; the next one is whole
    }
    this.#delayMs = reconnectDelayMsMin
    this.#expectEvent()
    this.#change({ connection: 'live', view, heardAt: Date.now() })
  }

  #expectEvent(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#retry(), liveSilenceMsMax)
  }

  #retry(): void {
    this.#disconnect()
    this.#timer = setTimeout(() => this.#connect(), this.#delayMs)
    this.#delayMs = Math.min(2 * this.#delayMs, reconnectDelayMsMax)
    if (this.#state.connection !== 'reconnecting') {
      this.#change({ ...this.#state, connection: 'reconnecting' })
    }
  }

  #disconnect(): void {
    clearTimeout(this.#timer)
    this.#stream?.close()
    this.#stream = undefined
  }

  #change(state: LiveState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
