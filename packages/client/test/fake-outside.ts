import type { Outside } from '../src/index.js'

/** A request as it was sent. */
export interface Asked {
  at: number
  url: string
  headers: Record<string, string>
  /** The events of its body. */
  events: Record<string, unknown>[]
}

export interface Answer {
  status?: number
  headers?: Record<string, string>
  body: unknown
  afterMs?: number
}

type Timer = { at: number; run: () => void }

/** An outside whose clock stands still but for `advance`, and whose gateway is a function. */
export class FakeOutside implements Outside {
  readonly asked: Asked[] = []
  readonly timers = new Set<Timer>()
  #now = 1_767_500_000_000
  #ids = 0
  /** May throw, as a network does. */
  answer: (asked: Asked) => Answer | Promise<Answer> = accepting

  now = () => this.#now
  random = () => 1
  uuid = () => `id-${this.#ids++}`

  after = (milliseconds: number, run: () => void) => {
    const timer = { at: this.#now + milliseconds, run }
    this.timers.add(timer)
    return () => this.timers.delete(timer)
  }

  fetch = (async (url: string, request: RequestInit = {}) => {
    const events = typeof request.body === 'string' ? JSON.parse(request.body) : []
    const asked = { at: this.#now, url, headers: request.headers as Record<string, string>, events }
    this.asked.push(asked)
    const answer = this.answer(asked)
    const { status = 200, headers = {}, body, afterMs } = await answer
    if (afterMs !== undefined) {
      await new Promise<void>((resolve, reject) => {
        this.after(afterMs, resolve)
        request.signal?.addEventListener('abort', () => reject(new Error('aborted')))
      })
    }
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })
  }) as typeof fetch

  /** Lets time pass, timer by timer, and what waits for each run. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds
    await idle()
    for (;;) {
      const [next] = [...this.timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await idle()
    }
    this.#now = until
  }

  /** Requests with events. */
  get posts(): Asked[] {
    return this.asked.filter(({ url }) => url.endsWith('/events'))
  }

  ids(): string[][] {
    return this.posts.map(({ events }) => events.map(({ id }) => String(id)))
  }
}

/** Everything is stored; no topic has a schema. */
export function accepting({ url, events }: Asked): Answer {
  if (url.endsWith('/schema')) return { status: 404, body: { error_code: 40403 } }
  return { body: { events: events.map(({ id }, offset) => stored(String(id), offset)) } }
}

export function stored(id: string, offset: number): object {
  return { id, topic: 't', partition: 0, offset, error_code: null, error: null }
}

export function refused(id: string, code: number, field?: string, reason?: string): object {
  return { id, topic: 't', error_code: code, error: `${field}: ${reason}`, field, reason }
}

/** Lets everything run that waits for nothing but promises. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
