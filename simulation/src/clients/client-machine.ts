import type { Host, SimulatedHost } from '@millrace/host'
import { KafkaError, LogClient } from '@millrace/log'
import { clientTimeoutMs, restartMs } from '../limits.js'
import type { ClientPlan } from '../plan.js'
import { bootstrap, type World } from '../world.js'

/**
 * A machine with a client program that goes through its steps, one after another. A program that
 * was killed, or that lost heart, is followed by another one, which goes on with the next step.
 */
export abstract class ClientMachine<Step extends { waitMs: number } = { waitMs: number }> {
  readonly name: string
  protected readonly world: World
  readonly #steps: readonly Step[]
  readonly #machine: SimulatedHost
  #next = 0
  #lives = 0
  #isDone = false

  constructor(world: World, plan: ClientPlan & { steps: readonly Step[] }) {
    this.world = world
    this.name = plan.name
    this.#steps = plan.steps
    this.#machine = world.machine(plan.name)
  }

  /** Whether it has done all its steps and proved that it gets through, or never will. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** What it has done so far, for whoever asks why it is not done. */
  get progress(): string {
    return `${this.name} is at step ${this.#next} of ${this.#steps.length}, life ${this.#lives}`
  }

  start(): void {
    if (this.#machine.isRunning) return
    const life = ++this.#lives
    const host = this.#machine.start()
    this.#run(host, `${this.name}.${life}`).catch((cause) => {
      if (life !== this.#lives) return
      this.world.trace.note(`${this.name} ends: ${String(cause)}`)
      if (!(cause instanceof KafkaError)) {
        const told = cause instanceof Error ? cause.stack : String(cause)
        this.world.ledger.fail('a client fails with a KafkaError', `${this.name}: ${told}`)
      }
      this.kill(restartMs)
    })
  }

  /** Ends the program; another one follows, unless that is to be never. */
  kill(downMs: number): void {
    if (!this.#machine.isRunning) return
    this.world.trace.note(`${this.name} is killed`)
    this.#lives++
    this.#machine.kill()
    if (downMs === Number.POSITIVE_INFINITY) {
      this.world.ledger.count('clients that never come back')
      this.#isDone = true
    } else {
      this.world.clock.after(downMs, () => this.start())
    }
  }

  /** Begins a life, in which steps are done by what it gives. `sender` names client and life. */
  protected abstract begin(
    client: LogClient,
    sender: string,
    host: Host,
  ): Promise<{
    step(step: Step): Promise<void>
    /** Does whatever shows that it gets through; called when nothing goes wrong any more. */
    prove(): Promise<void>
  }>

  async #run(host: Host, sender: string): Promise<void> {
    const { world } = this
    const options = { host, bootstrap, clientId: this.name, timeoutMs: clientTimeoutMs }
    const client = await LogClient.connect(options)
    const program = await this.begin(client, sender, host)
    for (let step = this.#steps[this.#next]; step; step = this.#steps[this.#next]) {
      this.#next++
      await host.clock.sleep(step.waitMs)
      world.ledger.count(`steps of a ${this.name.split('-')[0]}`)
      await program.step(step)
    }
    while (!world.isHealed) await host.clock.sleep(restartMs)
    await program.prove()
    this.#isDone = true
    world.trace.note(`${this.name} is done`)
  }
}
