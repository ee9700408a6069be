import type { Host, SimulatedHost } from '@millrace/host'
import { Broker } from '@millrace/log/broker'
import { restartMs, upkeepMsMin } from './limits.js'
import { brokerAddress, type World } from './world.js'

const directory = '/data/broker'

/**
 * The machine that the broker runs on, and whoever starts it again.
 *
 * Invariants: at most one broker runs, or is being started or closed; what belongs to a life that
 * is over changes nothing any more.
 */
export class BrokerMachine {
  readonly machine: SimulatedHost
  readonly #world: World
  #broker: Broker | undefined
  #life = 0
  #isWanted = true

  constructor(world: World) {
    this.#world = world
    this.machine = world.machine(brokerAddress.host)
  }

  /** Whether it is up, and listens. */
  get isUp(): boolean {
    return this.#broker !== undefined
  }

  start(): void {
    if (!this.#isWanted || this.machine.isRunning) return
    const { trace, ledger, options } = this.#world
    const life = ++this.#life
    const own = hurried(this.machine.start(), this.#world.plan.settings.upkeepHaste)
    const host = options.bend?.(own, this.#world) ?? own
    trace.note('broker starts')
    ledger.count('broker starts')
    const log = (line: string) => this.#logged(life, line)
    Broker.start({ host, directory, address: brokerAddress, log, autoCreateTopics: false }).then(
      (broker) => {
        if (life !== this.#life) return
        trace.note('broker is up')
        this.#broker = broker
      },
      (cause) => {
        if (life !== this.#life) return
        trace.note(`broker could not start: ${String(cause)}`)
        ledger.count('broker starts that failed')
        if (this.#world.isHealed) {
          ledger.fail('the broker comes back', String(cause?.stack ?? cause))
          this.#isWanted = false
        }
        this.kill(restartMs)
      },
    )
  }

  /** Ends the process, and starts another a while later. */
  kill(downMs: number): void {
    if (!this.machine.isRunning) return
    this.#world.trace.note('broker is killed')
    this.#life++
    this.#broker = undefined
    this.machine.kill()
    this.#world.clock.after(downMs, () => this.start())
  }

  /** Takes the power away, and starts another process a while later. */
  cutPower(downMs: number): void {
    const { trace, ledger, plan } = this.#world
    this.kill(downMs)
    trace.note('power is cut')
    ledger.count('power cuts')
    if (plan.settings.isFlushed) ledger.loseOffsetsAlone()
    else ledger.loseCertainty()
    this.machine.cutPower()
  }

  /** Closes the broker as `millrace down` does. */
  async stop(): Promise<void> {
    const broker = this.#broker
    const life = this.#life
    if (broker === undefined) return
    this.#world.trace.note('broker is closed')
    this.#broker = undefined
    try {
      await broker.close()
    } catch (cause) {
      if (life !== this.#life) return
      this.#world.trace.note(`broker could not close: ${String(cause)}`)
      if (this.#world.isHealed) this.#world.ledger.fail('the broker closes', String(cause))
    }
    if (life !== this.#life) return
    this.#life++
    this.machine.kill()
  }

  #logged(life: number, line: string): void {
    if (life !== this.#life) return
    this.#world.trace.note(`broker says: ${line}`)
    if (line.includes('failed unexpectedly')) {
      this.#world.ledger.fail('nothing fails in a way that was not thought of', line)
    }
  }
}

/** A host on which what takes long comes sooner, so that a short story has it in it. */
function hurried(host: Host, haste: number): Host {
  const { clock } = host
  const after: Host['clock']['after'] = (delayMs, action) =>
    clock.after(delayMs < upkeepMsMin ? delayMs : delayMs / haste, action)
  return { ...host, clock: { ...clock, after } }
}
