/**
 * Calls between the supervisor and a role that runs in a worker thread or a child process.
 *
 * One side serves methods, the other calls them; answers come back in any order. A call ends
 * with its answer, with the reason why it was refused, or with the end of the link: never with
 * silence. What is sent must survive structured cloning.
 */

/** A way to the other side. */
export interface Wire {
  send(message: unknown): void
  onMessage(receive: (message: unknown) => void): void
}

/** A role as its supervisor sees it: what it can be asked, and with what. */
export type Methods = Record<string, (argument: never) => unknown>

/** A refusal on the other side. `code` is that of the error there, when it had one. */
export class LinkError extends Error {
  readonly code: string | undefined

  constructor(message: string, code?: string) {
    super(message)
    this.name = 'LinkError'
    this.code = code
  }
}

type Message =
  | { kind: 'call'; id: number; method: string; argument: unknown }
  | { kind: 'answer'; id: number; value: unknown }
  | { kind: 'refusal'; id: number; message: string; code?: string }
  | { kind: 'line'; text: string }
  | { kind: 'end'; reason: string }

/** The calling side. */
export class Link<Served extends Methods> {
  readonly #wire: Wire
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (cause: Error) => void }
  >()
  #calls = 0
  #ended: LinkError | undefined
  /** Why the role said that it ends, when it said so. */
  reason: string | undefined

  constructor(wire: Wire, onLine: (text: string) => void) {
    this.#wire = wire
    wire.onMessage((message) => this.#receive(message as Message, onLine))
  }

  /** Rejects with a `LinkError`: the role's refusal, or that it has ended. */
  call<Method extends keyof Served & string>(
    method: Method,
    ...[argument]: Parameters<Served[Method]>
  ): Promise<Awaited<ReturnType<Served[Method]>>> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended)
        return
      }
      const id = this.#calls++
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.#wire.send({ kind: 'call', id, method, argument } satisfies Message)
    })
  }

  /** Rejects what still waits, and every later call. */
  end(reason: string): void {
    this.#ended ??= new LinkError(reason, 'ENDED')
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }

  #receive(message: Message, onLine: (text: string) => void): void {
    if (message.kind === 'line') {
      onLine(message.text)
      return
    }
    if (message.kind === 'end') {
      this.reason = message.reason
      return
    }
    const waiting = this.#waiting.get('id' in message ? message.id : -1)
    if (waiting === undefined) return
    if (message.kind === 'answer') waiting.resolve(message.value)
    if (message.kind === 'refusal') {
      waiting.reject(new LinkError(message.message, message.code))
    }
    if ('id' in message) this.#waiting.delete(message.id)
  }
}

/**
 * The serving side. `line` tells the supervisor a line of the role's log; `ending` makes the
 * message that tells why the role is about to end.
 */
export function serve(
  wire: Wire,
  methods: Methods,
): { line: (text: string) => void; ending: (reason: string) => unknown } {
  wire.onMessage(async (received) => {
    const message = received as Message
    if (message.kind !== 'call') return
    const { id } = message
    try {
      const method = methods[message.method]
      if (method === undefined) throw new Error(`The role has no method ${message.method}.`)
      const value = await method(message.argument as never)
      wire.send({ kind: 'answer', id, value } satisfies Message)
    } catch (cause) {
      const code = codeOf(cause)
      const text = cause instanceof Error ? cause.message : String(cause)
      const refusal: Message = { kind: 'refusal', id, message: text }
      wire.send(code === undefined ? refusal : { ...refusal, code })
    }
  })
  return {
    line: (text) => wire.send({ kind: 'line', text } satisfies Message),
    ending: (reason) => ({ kind: 'end', reason }) satisfies Message,
  }
}

/** The code of an error, or of what caused it. */
export function codeOf(cause: unknown): string | undefined {
  for (let each = cause; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code
  }
  return undefined
}
