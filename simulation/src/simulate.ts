import { ProcessKilled, runSimulation } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { type Audit, auditOf } from './audit.js'
import { BrokerMachine } from './broker-machine.js'
import { checks } from './checks/index.js'
import { Admin } from './clients/admin.js'
import type { ClientMachine } from './clients/client-machine.js'
import { Intruder } from './clients/intruder.js'
import { Keeper } from './clients/keeper.js'
import { Member } from './clients/member.js'
import { Reader } from './clients/reader.js'
import { Transfer } from './clients/transfer.js'
import { Trimmer } from './clients/trimmer.js'
import { Writer } from './clients/writer.js'
import { Faults } from './faults.js'
import type { Failure } from './ledger.js'
import {
  clientTimeoutMs,
  faultsEndMs,
  messageBytesMax,
  recoveryMsMax,
  restartMs,
} from './limits.js'
import type { ClientPlan, Plan } from './plan.js'
import { bootstrap, topic, World, type WorldOptions } from './world.js'

/** How a run ended. */
export interface Outcome {
  readonly failures: readonly Failure[]
  /** Of all that happened: the same for every run of the same plan. */
  readonly hash: string
  /** What was exercised, and how often. */
  readonly counts: ReadonlyMap<string, number>
  readonly simulatedMs: number
}

/** Runs a plan to its end, and holds what happened against the laws. */
export async function simulate(plan: Plan, options: WorldOptions = {}): Promise<Outcome> {
  const world = new World(plan, options)
  const { ledger, clock, trace } = world
  const unhandled = (cause: unknown) => {
    if (!isOfKilled(cause)) {
      ledger.fail(
        'every rejection is handled',
        cause instanceof Error ? `${cause.stack}` : `${cause}`,
      )
    }
  }
  process.on('unhandledRejection', unhandled)
  try {
    await new Story(world).run()
  } finally {
    // What was put off is over after a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
  }
  ledger.count('connections cut', world.network.cuts)
  const { failures, counts } = ledger
  return { failures, hash: trace.hash, counts, simulatedMs: clock.monotonic() }
}

/** First safety under faults, then liveness when they stop, then the audit. */
class Story {
  readonly #world: World
  readonly #broker: BrokerMachine
  readonly #clients: ClientMachine[]
  readonly #faults: Faults

  constructor(world: World) {
    this.#world = world
    this.#broker = new BrokerMachine(world)
    this.#clients = world.plan.clients.map((plan) => clientOf(world, plan))
    this.#faults = new Faults(world, this.#broker, this.#clients)
  }

  async run(): Promise<void> {
    const { clock, ledger, trace } = this.#world
    this.#broker.start()
    if (!(await this.#passes('the topic is made', this.#makeTopic()))) return
    this.#faults.schedule()
    for (const client of this.#clients) client.start()
    await runSimulation(clock, () => false, clock.monotonic() + faultsEndMs)
    trace.note('faults are over')
    this.#faults.end()
    // What a failed sync stopped goes on after a restart.
    this.#broker.kill(1)
    this.#world.isHealed = true
    const deadlineMs = clock.monotonic() + recoveryMsMax
    await runSimulation(clock, () => this.#clients.every((each) => each.isDone), deadlineMs)
    for (const client of this.#clients) {
      if (!client.isDone) ledger.fail('clients get through', client.progress)
    }
    if (ledger.failures.length > 0) return
    // What a client that is gone for good left open is aborted when its time is up.
    const { transactionTimeoutMs } = this.#world.plan.settings
    await runSimulation(clock, () => false, clock.monotonic() + transactionTimeoutMs + restartMs)
    const before = await this.#audited('audit')
    if (before === undefined) return
    for (const check of checks) check(before, ledger)
    await this.#passes('the broker is closed', this.#broker.stop())
    this.#broker.start()
    const after = await this.#audited('audit-2')
    if (after === undefined) return
    if (JSON.stringify(before.partitions) === JSON.stringify(after.partitions)) return
    ledger.fail('a restart changes nothing', 'the log is another one after a clean restart')
  }

  async #makeTopic(): Promise<void> {
    const { plan } = this.#world
    const { partitions, segmentBytes, isFlushed } = plan.settings
    const client = await this.#connect('setup')
    const configs = {
      'internal.segment.bytes': String(segmentBytes),
      'max.message.bytes': String(messageBytesMax),
      ...(isFlushed && { 'flush.messages': '1' }),
    }
    await client.createTopic(topic, { partitions, configs })
    await client.close()
  }

  async #audited(name: string): Promise<Audit | undefined> {
    const groups = this.#clients.flatMap((each) => (each instanceof Transfer ? [each.group] : []))
    const { partitions } = this.#world.plan.settings
    let audit: Audit | undefined
    const auditing = async () => {
      const client = await this.#connect(name)
      audit = await auditOf(client, partitions, groups)
      await client.close()
    }
    await this.#passes('everything can be read', auditing())
    return audit
  }

  #connect(name: string): Promise<LogClient> {
    const host = this.#world.machine(name).start()
    return LogClient.connect({ host, bootstrap, timeoutMs: clientTimeoutMs })
  }

  /** Lets time pass until it is done; false, and a failure, when it fails or does not end. */
  async #passes(what: string, action: Promise<void>): Promise<boolean> {
    const { clock, ledger } = this.#world
    let outcome: 'done' | 'failed' | undefined
    action.then(
      () => {
        outcome = 'done'
      },
      (cause) => {
        outcome = 'failed'
        ledger.fail(what, cause instanceof Error ? `${cause.stack}` : String(cause))
      },
    )
    await runSimulation(clock, () => outcome !== undefined, clock.monotonic() + recoveryMsMax)
    if (outcome === undefined) ledger.fail(what, `not within ${recoveryMsMax} ms`)
    return outcome === 'done'
  }
}

function clientOf(world: World, plan: ClientPlan): ClientMachine {
  switch (plan.kind) {
    case 'writer':
      return new Writer(world, plan)
    case 'transfer':
      return new Transfer(world, plan)
    case 'reader':
      return new Reader(world, plan)
    case 'intruder':
      return new Intruder(world, plan)
    case 'admin':
      return new Admin(world, plan)
    case 'member':
      return new Member(world, plan)
    case 'trimmer':
      return new Trimmer(world, plan)
    case 'keeper':
      return new Keeper(world, plan)
  }
}

/** What a killed program still rejects is nobody's concern. */
function isOfKilled(cause: unknown): boolean {
  for (let each = cause; each instanceof Error; each = each.cause) {
    if (each instanceof ProcessKilled || each.message.includes(' was killed.')) return true
  }
  return false
}
