import type { HttpRequest } from './exchange.js'

/**
 * A request's place among those of its connection. HTTP/1.1 answers requests of a connection in
 * the order in which they came, so who sends several without waiting for answers may expect them
 * stored in that order. They are read and decided on side by side, but a request gives its records
 * to their lanes only when it is its turn: when those before it have given theirs, or have none.
 */
export class Turn {
  #before: Turn | undefined
  #next: Turn | undefined
  #isEnded = false
  #wake: (() => void) | undefined

  /** Behind another one of the connection. */
  constructor(before: Turn | undefined) {
    if (before === undefined || before.isOver) return
    this.#before = before
    before.#next = this
  }

  get isNow(): boolean {
    return this.#before === undefined
  }

  /** It has come, and ended. */
  get isOver(): boolean {
    return this.#isEnded && this.isNow
  }

  /** Resolves when it is this one's turn. To be called once. */
  come(): Promise<void> {
    if (this.isNow) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** The request's records are in their lanes, or it has none; also before its turn has come. */
  end(): void {
    this.#isEnded = true
    let turn: Turn = this
    while (turn.isOver) {
      const next = turn.#next
      if (next === undefined) return
      turn.#next = undefined
      next.#before = undefined
      next.#wake?.()
      turn = next
    }
  }
}

/** The turns of the requests of all connections. */
export class Turns {
  readonly #last = new WeakMap<HttpRequest['socket'], Turn>()

  /** The next one of a request's connection. Whoever takes it ends it, whatever happens. */
  take({ socket }: HttpRequest): Turn {
    const turn = new Turn(this.#last.get(socket))
    this.#last.set(socket, turn)
    return turn
  }
}
