import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ServerTask } from './server-process.js'

const entry = fileURLToPath(new URL('./server-process.js', import.meta.url))

/** A server that is killed and started again, on the same port and the same disk. */
export class KillableServer {
  readonly #task: ServerTask
  #process: ChildProcess | undefined

  constructor(task: ServerTask) {
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
