import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { realHost } from '@millrace/host'
import type { ServerTask } from './server-process.js'

const entry = fileURLToPath(new URL('./server-process.js', import.meta.url))

/** What a server has said last, to be told when it ends by itself. */
const saidCharsMax = 4_000

/** A server that is killed and started again, on the same port and the same disk. */
export class KillableServer {
  readonly #task: ServerTask
  #process: ChildProcess | undefined

  constructor(task: ServerTask) {
    this.#task = task
  }

  /** Resolves when it is there. No error where it is there already. */
  async start(): Promise<void> {
    if (this.#process !== undefined) return
    let said = ''
    const started = this.#fork()
    started.stderr?.setEncoding('utf8').on('data', (more) => {
      said = `${said}${more}`.slice(-saidCharsMax)
    })
    const exited = once(started, 'exit').then(([code, signal]) => {
      throw new Error(`the ${this.#task.kind} ended by itself: ${code ?? signal}\n${said}`)
    })
    exited.catch(() => {})
    await Promise.race([once(started, 'message'), exited])
  }

  /** Starts it, and kills it so long after. */
  async flicker(ms: number): Promise<void> {
    this.#fork()
    await realHost.clock.sleep(ms)
    await this.kill()
  }

  async kill(): Promise<void> {
    const killed = this.#process
    this.#process = undefined
    if (killed === undefined || killed.exitCode !== null || killed.signalCode !== null) return
    const exited = once(killed, 'exit')
    killed.kill('SIGKILL')
    await exited
  }

  #fork(): ChildProcess {
    this.#process = fork(entry, [JSON.stringify(this.#task)], {
      // Without source maps, which take as long as all the rest of a start.
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    return this.#process
  }
}
