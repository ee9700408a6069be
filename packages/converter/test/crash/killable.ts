import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Task } from './killable-process.js'

const entry = fileURLToPath(new URL('./killable-process.js', import.meta.url))

/** A process that is killed and started again, on the same disk and at the same port. */
export class Killable {
  readonly #task: Task
  #process: ChildProcess | undefined

  constructor(task: Task) {
    this.#task = task
  }

  /** Resolves when it is there. */
  async start(): Promise<void> {
    const started = fork(entry, [JSON.stringify(this.#task)], {
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#process = started
    const exited = once(started, 'exit').then(([code, signal]) => {
      throw new Error(`the ${this.#task.kind} ended by itself: ${code ?? signal}`)
    })
    exited.catch(() => {})
    await Promise.race([once(started, 'message'), exited])
  }

  async kill(): Promise<void> {
    const killed = this.#process
    this.#process = undefined
    if (killed === undefined || killed.exitCode !== null || killed.signalCode !== null) return
    const exited = once(killed, 'exit')
    killed.kill('SIGKILL')
    await exited
  }
}
