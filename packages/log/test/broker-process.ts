import { type ChildProcess, spawn } from 'node:child_process'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { BrokerOptions } from '../src/broker/broker.js'
import { afterwards, temporaryFolder } from './broker-harness.js'

const program = fileURLToPath(new URL('./broker-child.js', import.meta.url))

/** Options that can be handed to another process. */
type PlainOptions = Omit<Partial<BrokerOptions>, 'host' | 'log' | 'directory' | 'address'>

/**
 * A broker in a process of its own, to be killed and started again with the same port and data.
 * It ends with the process that started it.
 */
export class BrokerProcess {
  readonly directory: string
  #port = 0
  readonly #options: PlainOptions
  #process: ChildProcess | undefined

  private constructor(directory: string, options: PlainOptions) {
    this.directory = directory
    this.#options = options
  }

  static async start(t: TestContext, options: PlainOptions = {}): Promise<BrokerProcess> {
    const broker = new BrokerProcess(temporaryFolder(t), options)
    afterwards(t, () => broker.kill())
    await broker.start()
    return broker
  }

  get bootstrap(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const args = [this.directory, String(this.#port), JSON.stringify(this.#options)]
    const started = spawn(process.execPath, [program, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#process = started
    this.#port = await new Promise<number>((resolve, reject) => {
      started.stdout.once('data', (line) => resolve(Number(line)))
      started.once('exit', (code) => reject(new Error(`The broker ended with ${code}.`)))
    })
  }

  /** SIGKILL: what it had not written is lost. */
  async kill(): Promise<void> {
    const present = this.#process
    this.#process = undefined
    if (present === undefined || present.exitCode !== null) return
    const ended = new Promise((resolve) => present.once('exit', resolve))
    present.kill('SIGKILL')
    await ended
  }
}
