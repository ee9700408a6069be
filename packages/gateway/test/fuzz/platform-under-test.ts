import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TopicCounts } from '../../src/index.js'
import type { Question, Ready, State, Stored } from './platform-process.js'

const entry = fileURLToPath(new URL('./platform-process.js', import.meta.url))

/** Whoever does not answer for so long is stuck. */
const answerMsMax = 30_000
const saidCharsMax = 8_000

/** The servers that requests are sent to, in a process of their own. */
export class PlatformUnderTest {
  readonly ready: Ready
  readonly #process: ChildProcess
  readonly #directory: string
  readonly #waiting = new Map<number, (answer: { found?: unknown; failure?: string }) => void>()
  #number = 0
  #said = ''
  #end: string | undefined

  private constructor(started: ChildProcess, ready: Ready, directory: string) {
    this.#process = started
    this.#directory = directory
    this.ready = ready
    started.on('message', (message: { number: number; found?: unknown; failure?: string }) => {
      this.#waiting.get(message.number)?.(message)
      this.#waiting.delete(message.number)
    })
    started.stderr?.setEncoding('utf8').on('data', (more) => {
      this.#said = `${this.#said}${more}`.slice(-saidCharsMax)
    })
    started.on('close', (code, signal) => {
      this.#end = `The process ended by itself (${code ?? signal}).\n${this.#said}`
      for (const settle of this.#waiting.values()) settle({ failure: this.#end })
      this.#waiting.clear()
    })
  }

  static async start(): Promise<PlatformUnderTest> {
    const directory = mkdtempSync(path.join(tmpdir(), 'millrace-fuzz-'))
    const started = fork(entry, [directory], {
      execArgv: ['--expose-gc', '--max-old-space-size=1024', '--unhandled-rejections=strict'],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      serialization: 'advanced',
    })
    const failed = once(started, 'exit').then(() => Promise.reject(new Error('It did not start.')))
    failed.catch(() => {})
    const [ready] = await Promise.race([once(started, 'message'), failed])
    return new PlatformUnderTest(started, ready as Ready, directory)
  }

  /** Why it ended, where it did. */
  get end(): string | undefined {
    return this.#end
  }

  state(): Promise<State> {
    return this.#ask({ what: 'state' }) as Promise<State>
  }

  counts(): Promise<TopicCounts[]> {
    return this.#ask({ what: 'counts' }) as Promise<TopicCounts[]>
  }

  /** What each topic has from these offsets on. */
  stored(from: Readonly<Record<string, number[]>>): Promise<Stored[]> {
    return this.#ask({ what: 'stored', from }) as Promise<Stored[]>
  }

  async reset(): Promise<void> {
    await this.#ask({ what: 'reset' })
  }

  reopened(): Promise<string | undefined> {
    return this.#ask({ what: 'reopened' }) as Promise<string | undefined>
  }

  /** Bytes that are in use, behind a collection. */
  heap(): Promise<number> {
    return this.#ask({ what: 'heap' }) as Promise<number>
  }

  async stop(): Promise<void> {
    if (this.#end === undefined) {
      const closed = once(this.#process, 'close')
      this.#process.kill('SIGKILL')
      await closed
    }
    rmSync(this.#directory, { recursive: true, force: true })
  }

  #ask(question: Question): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(new Error(this.#end))
    const number = this.#number++
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error(`The process does not answer within ${answerMsMax} ms: it is stuck.`))
      }, answerMsMax)
      this.#waiting.set(number, ({ found, failure }) => {
        clearTimeout(late)
        if (failure === undefined) resolve(found)
        else reject(new Error(failure))
      })
      this.#process.send({ number, question })
    })
  }
}
