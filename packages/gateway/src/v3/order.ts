/** The records of one request, which are given to their lanes in their order. */
export class RecordOrder {
  #tail: Promise<unknown>
  #waiting = 1

  /** The first one waits for this. */
  constructor(begin: Promise<unknown>) {
    this.#tail = begin.then(() => this.#waiting--)
  }

  /** Whether nobody waits: then what is stored at once is in order. */
  get isFree(): boolean {
    return this.#waiting === 0
  }

  /** Stores when all before it are done, well or not. */
  next<Result>(store: () => Promise<Result>): Promise<Result> {
    this.#waiting++
    const done = this.#tail.then(store)
    const over = () => this.#waiting--
    this.#tail = done.then(over, over)
    return done
  }

  /** Resolves when all that were given are done. */
  async done(): Promise<void> {
    await this.#tail
  }
}
