import { type ChildProcess, spawn } from 'node:child_process'
import readline from 'node:readline'
import type { TestContext } from 'node:test'
import { javaArguments } from '../apache-kafka.js'
import { afterwards } from '../broker-harness.js'

/** A line that `VerifiableProducer` or `VerifiableConsumer` prints. */
export interface VerifiableEvent {
  name: string
  partition?: number
  offset?: number
  value?: string
  partitions?: { topic: string; partition: number }[]
  success?: boolean
}

/**
 * One of the two programs with which Apache Kafka's own system tests load a cluster; they print
 * all that happens to them as lines of JSON. Ended after the test.
 */
export class Verifiable {
  readonly events: VerifiableEvent[] = []
  readonly #process: ChildProcess

  constructor(t: TestContext, program: 'Producer' | 'Consumer', args: readonly string[]) {
    const className = `org.apache.kafka.tools.Verifiable${program}`
    const started = spawn('java', [...javaArguments(), '-Xmx128m', className, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#process = started
    const lines = readline.createInterface({ input: started.stdout })
    lines.on('line', (line) => this.events.push(JSON.parse(line) as VerifiableEvent))
    afterwards(t, () => this.end('SIGKILL'))
  }

  /** The events of one name. */
  of(name: string): VerifiableEvent[] {
    return this.events.filter((event) => event.name === name)
  }

  /** SIGTERM lets it finish what it does; SIGKILL does not. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = new Promise((resolve) => this.#process.once('close', resolve))
    this.#process.kill(signal)
    await ended
  }
}
