import { type Address, type Listener, type Network, NetworkError } from '../network.js'
import type { Random } from '../random.js'
import type { SimulatedClock } from './clock.js'
import { type NetworkConditions, Pipe } from './pipe.js'
import { SimulatedStream } from './simulated-stream.js'

const connectTimeoutMsDefault = 10_000
const firstFreePort = 49_152

/** A connection: two ends, each on a machine, and a pipe for each direction. */
interface Link {
  readonly machines: readonly [string, string]
  readonly streams: readonly [SimulatedStream, SimulatedStream]
  readonly pipes: readonly [Pipe, Pipe]
}

interface Listening {
  readonly machine: string
  accept(stream: SimulatedStream): void
}

/**
 * A network in memory: machines by name, connections between them, and all that happens to those.
 * A machine's name is the host of its addresses.
 *
 * Invariants: every connection is in `#links` until both its ends know that it is over; whoever
 * is on a machine that was stopped hears and says nothing any more, and its peers see their
 * connections reset.
 */
export class SimulatedNetwork {
  readonly conditions: NetworkConditions = {
    latencyMsMin: 0.1,
    latencyMsMax: 1,
    splitShare: 0,
    refusedShare: 0,
    cutShare: 0,
    cutAfterMsMax: 10_000,
  }
  /** Is told of everything that arrives. */
  watch: ((machine: string, bytes: Buffer) => void) | undefined
  readonly #clock: SimulatedClock
  readonly #random: Random
  readonly #links = new Set<Link>()
  readonly #listening = new Map<string, Listening>()
  readonly #splitOff = new Set<string>()
  #nextPort = firstFreePort
  #cuts = 0

  constructor(clock: SimulatedClock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** Connections that were cut so far, stopped machines included. */
  get cuts(): number {
    return this.#cuts
  }

  /** The network as a program on this machine has it. */
  on(machine: string): Network {
    return {
      listen: async (address, accept) => this.#listen(machine, address, accept),
      connect: (address, options) =>
        this.#connect(machine, address, options?.timeoutMs ?? connectTimeoutMsDefault),
    }
  }

  /** The machine's programs are gone: nothing of theirs happens any more. */
  stop(machine: string): void {
    for (const [key, { machine: owner }] of this.#listening) {
      if (owner === machine) this.#listening.delete(key)
    }
    for (const link of [...this.#links]) {
      const side = link.machines.indexOf(machine)
      if (side >= 0) this.#cut(link, side)
    }
  }

  /** Cuts about this part of the connections, in the middle of whatever they carry. */
  cutSome(share: number): void {
    for (const link of [...this.#links]) if (this.#random.float() < share) this.#cut(link)
  }

  /** Nothing reaches the machine or leaves it, until `join`; what is sent meanwhile comes then. */
  splitOff(machine: string): void {
    this.#splitOff.add(machine)
  }

  join(machine: string): void {
    this.#splitOff.delete(machine)
    for (const { pipes } of [...this.#links]) for (const pipe of pipes) pipe.deliver()
  }

  #listen(machine: string, address: Address, accept: (stream: SimulatedStream) => void): Listener {
    const port = address.port === 0 ? this.#nextPort++ : address.port
    const bound = { host: machine, port }
    const key = keyOf(bound)
    if (this.#listening.has(key)) {
      throw refused('EADDRINUSE', 'listen on', address, 'the port is taken by another program')
    }
    const listening = { machine, accept }
    this.#listening.set(key, listening)
    return {
      address: bound,
      close: async () => {
        if (this.#listening.get(key) === listening) this.#listening.delete(key)
        for (const link of [...this.#links]) {
          if (link.machines[1] === machine) link.streams[1].destroy()
        }
      },
    }
  }

  async #connect(machine: string, address: Address, timeoutMs: number): Promise<SimulatedStream> {
    const { conditions } = this
    const latencyMs =
      2 * conditions.latencyMsMin +
      2 * this.#random.float() * (conditions.latencyMsMax - conditions.latencyMsMin)
    const isAway = () => this.#isSplit(machine, address.host)
    if (isAway()) await this.#clock.sleep(timeoutMs)
    else await this.#clock.sleep(Math.min(latencyMs, timeoutMs))
    if (isAway() || latencyMs > timeoutMs) {
      throw refused('ETIMEDOUT', 'connect to', address, `no answer in ${timeoutMs} ms`)
    }
    const listening = this.#listening.get(keyOf(address))
    if (listening === undefined || this.#random.float() < conditions.refusedShare) {
      throw refused('ECONNREFUSED', 'connect to', address, 'nothing listens there')
    }
    const link = this.#link(machine, { host: machine, port: this.#nextPort++ }, address)
    if (this.#random.float() < conditions.cutShare) {
      const lifeMs = this.#random.float() * conditions.cutAfterMsMax
      this.#clock.after(lifeMs, () => this.#cut(link))
    }
    listening.accept(link.streams[1])
    return link.streams[0]
  }

  #link(machine: string, from: Address, to: Address): Link {
    const leave = (stream: SimulatedStream) => this.#left(link, stream)
    const streams = [new SimulatedStream(to, leave), new SimulatedStream(from, leave)] as const
    const isSplit = () => this.#isSplit(machine, to.host)
    const pipeTo = (owner: string, stream: SimulatedStream) =>
      new Pipe(this.#clock, this.#random, this.conditions, isSplit, {
        receive: (bytes) => {
          this.watch?.(owner, bytes)
          return stream.receive(bytes)
        },
        ended: () => stream.ended(),
      })
    const pipes = [pipeTo(machine, streams[0]), pipeTo(to.host, streams[1])] as const
    streams[0].join(pipes[0], pipes[1])
    streams[1].join(pipes[1], pipes[0])
    const link: Link = { machines: [machine, to.host], streams, pipes }
    this.#links.add(link)
    return link
  }

  /** One end was closed by its program: what it sent still arrives, then the other end closes. */
  #left(link: Link, stream: SimulatedStream): void {
    const side = link.streams[0] === stream ? 0 : 1
    link.pipes[side].silence()
    link.pipes[1 - side]?.end()
    if (link.streams.every((each) => each.destroyed)) this.#links.delete(link)
  }

  /** `silentSide` belongs to a program that is gone. */
  #cut(link: Link, silentSide?: number): void {
    if (!this.#links.delete(link)) return
    this.#cuts++
    for (const [side, stream] of link.streams.entries()) {
      const pipe = link.pipes[side]
      if (side === silentSide) {
        pipe?.silence()
        continue
      }
      pipe?.cut()
      // Not before what was under way was taken in, and not at both ends at once.
      this.#clock.after(this.#random.float() * this.conditions.latencyMsMax, () => stream.lose())
    }
  }

  #isSplit(left: string, right: string): boolean {
    return left !== right && (this.#splitOff.has(left) || this.#splitOff.has(right))
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`
}

function refused(code: string, verb: string, address: Address, reason: string): NetworkError {
  const where = keyOf(address)
  return new NetworkError(code, address, `Could not ${verb} ${where}: ${reason}.`)
}
