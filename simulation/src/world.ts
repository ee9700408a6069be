import { type Host, SimulatedClock, SimulatedHost, SimulatedNetwork } from '@millrace/host'
import { crc32c } from '@millrace/log'
import { apis } from '@millrace/log/protocol'
import { Ledger } from './ledger.js'
import { chanceFor, type Plan } from './plan.js'
import { Trace } from './trace.js'

/** The broker's machine, and the topic that all clients use. */
export const brokerAddress = { host: 'broker', port: 9092 }
export const bootstrap = `${brokerAddress.host}:${brokerAddress.port}`
export const topic = 'rides'

/** 2026-11-01T00:00:00Z, where every simulation begins. */
const startMs = 1_793_491_200_000

export interface WorldOptions {
  /** Takes every line of the trace. */
  print?: ((line: string) => void) | undefined
  /** Whether the trace has everything that goes over the network; so with `print`. */
  tracesBytes?: boolean
  /** Puts something between the broker and its host: a test breaks it, to see that it is noticed. */
  bend?: (host: Host, world: World) => Host
}

/** What it seems to be, its length and its checksum. */
function describe(to: string, bytes: Buffer): string {
  const apiKey = to === brokerAddress.host && bytes.length >= 6 ? bytes.readInt16BE(4) : -1
  const name = apis.get(apiKey)?.name ?? 'bytes'
  return `${name}, ${bytes.length} bytes, ${crc32c(bytes).toString(16)}`
}

/** All that a simulation shares: one clock, one network, one ledger, one trace. */
export class World {
  readonly plan: Plan
  readonly clock = new SimulatedClock(startMs)
  readonly network: SimulatedNetwork
  readonly ledger = new Ledger()
  readonly trace: Trace
  readonly options: WorldOptions
  /** Whether faults may still happen; when it is over, everything has to come right. */
  isHealed = false

  constructor(plan: Plan, options: WorldOptions = {}) {
    this.plan = plan
    this.options = options
    this.trace = new Trace(() => this.clock.monotonic(), options.print)
    this.network = new SimulatedNetwork(this.clock, chanceFor(plan.seed, 'network'))
    const { latencyMsMax, splitShare, refusedShare, cutShare } = plan.settings
    if (options.print !== undefined || options.tracesBytes) {
      this.network.watch = (to, bytes) => this.trace.note(`${to} gets ${describe(to, bytes)}`)
    }
    Object.assign(this.network.conditions, { latencyMsMax, splitShare, refusedShare, cutShare })
  }

  /** A new machine, with chance of its own. */
  machine(name: string): SimulatedHost {
    const random = chanceFor(this.plan.seed, `machine ${name}`)
    return new SimulatedHost({ name, clock: this.clock, network: this.network, random })
  }
}
