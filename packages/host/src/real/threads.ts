import { parentPort, Worker } from 'node:worker_threads'
import type { Thread, ThreadAnswer, Threads } from '../threads.js'

/** Threads of Node. */
export const realThreads: Threads = {
  start: (module) => new RealThread(module),
}

interface Asked {
  readonly id: number
  readonly message: unknown
}

type Answered =
  | { readonly id: number; readonly message: unknown }
  | { readonly id: number; readonly failure: unknown }

class RealThread implements Thread {
  readonly #worker: Worker
  readonly #waiting = new Map<
    number,
    { resolve: (answer: unknown) => void; reject: (cause: unknown) => void }
  >()
  #next = 0
  #ended: Error | undefined

  constructor(module: URL) {
    this.#worker = new Worker(module)
    this.#worker.unref()
    this.#worker.on('message', (answered: Answered) => {
      const waiting = this.#waiting.get(answered.id)
      this.#waiting.delete(answered.id)
      // Whoever waits for an answer keeps the process alive.
      if (this.#waiting.size === 0) this.#worker.unref()
      if ('failure' in answered) waiting?.reject(answered.failure)
      else waiting?.resolve(answered.message)
    })
    this.#worker.on('error', (cause) => this.#end(cause))
    this.#worker.on('exit', () => this.#end(new Error('the thread ended')))
  }

  ask(message: unknown, handedOver: readonly ArrayBuffer[]): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const id = this.#next++
    const asked: Asked = { id, message }
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage(asked, [...handedOver])
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #end(cause: unknown): void {
    this.#ended ??= cause instanceof Error ? cause : new Error(String(cause))
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}

/** To be called once, by the module of a thread: answers each message, in their order. */
export function serveThread(
  answer: (message: unknown) => ThreadAnswer | Promise<ThreadAnswer>,
): void {
  if (parentPort === null) throw new Error('this module is to be started as a thread')
  const port = parentPort
  let last: Promise<void> = Promise.resolve()
  port.on('message', ({ id, message }: Asked) => {
    last = last.then(async () => {
      try {
        const answered = await answer(message)
        const told: Answered = { id, message: answered.message }
        port.postMessage(told, [...answered.handedOver])
      } catch (failure) {
        const told: Answered = { id, failure }
        port.postMessage(told)
      }
    })
  })
}
