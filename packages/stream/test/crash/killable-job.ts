import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Guarantee } from '../../src/runtime/job.js'

/** What a job's process is started with. */
export interface ProcessJob {
  readonly name: string
  readonly script: string
  readonly directory: string
  readonly bootstrap: string
  readonly guarantee: Guarantee
}

export type FromProcess =
  /** Of all lives of the job. */
  | { readonly kind: 'records'; readonly recordsIn: number }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly reason: string }

const entry = fileURLToPath(new URL('./job-process.js', import.meta.url))

/** One life of a job, in a process that can be killed. */
export class KillableJob {
  private readonly process: ChildProcess
  private readonly exited: Promise<unknown[]>
  private readonly onRecords: (recordsIn: number) => void
  private startedWith: number | undefined
  private recordsIn = 0
  private hasEnded = false
  private failure: string | undefined
  private watching: (() => void) | undefined

  constructor(job: ProcessJob, onRecords: (recordsIn: number) => void) {
    this.onRecords = onRecords
    this.process = fork(entry, [JSON.stringify(job)], { execArgv: ['--enable-source-maps'] })
    this.exited = once(this.process, 'exit')
    this.process.on('message', (message) => this.receive(message as FromProcess))
    this.process.on('exit', () => this.watching?.())
  }

  /** Resolves when the job has read so many records in all its lives, or has ended before. */
  async hasRead(records: number): Promise<void> {
    while (this.isAlive && !(this.startedWith !== undefined && this.recordsIn >= records)) {
      await new Promise<void>((resolve) => {
        this.watching = resolve
      })
    }
  }

  /** Whether it was in the midst of its work: it had read something, and more was to come. */
  async kill(): Promise<boolean> {
    const hasBegun = this.startedWith !== undefined && this.recordsIn > this.startedWith
    const wasAtWork = hasBegun && this.isAlive
    this.process.kill('SIGKILL')
    const [, signal] = await this.exited
    this.throwFailure()
    return wasAtWork && !this.hasEnded && signal === 'SIGKILL'
  }

  /** Resolves when it has read its inputs to their ends and has ended in order. */
  async drain(): Promise<void> {
    this.process.send('drain')
    await this.exited
    this.throwFailure()
    if (!this.hasEnded) throw new Error('the process of the job ended by itself')
  }

  private get isAlive(): boolean {
    const { exitCode, signalCode } = this.process
    return !this.hasEnded && this.failure === undefined && exitCode === null && signalCode === null
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw new Error(`the job failed: ${this.failure}`)
  }

  private receive(message: FromProcess): void {
    if (message.kind === 'records') {
      this.startedWith ??= message.recordsIn
      this.recordsIn = message.recordsIn
      this.onRecords(message.recordsIn)
    } else if (message.kind === 'ended') {
      this.hasEnded = true
    } else {
      this.failure = message.reason
    }
    this.watching?.()
  }
}
