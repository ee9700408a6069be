import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { runProgram } from '../program.js'
import { progress } from '../progress.js'
import { freePorts, Server } from '../server.js'
import type { Load, Seen } from './load-process.js'

/** How much is measured. */
export interface Extent {
  /** Of a round. */
  seconds: number
  /** That count, after one that warms up. */
  rounds: number
  /** Of the load under which memory is looked at. */
  memorySeconds: number
}

/** What a load did, and what it cost the server. */
export interface Measured extends Seen {
  perSecond: number
  cpuMicros: number
}

export interface Both {
  ours: Measured[]
  peer: Measured[]
}

/** A load, as far as it differs from the usual one. */
export type SomeLoad = Partial<Load> & Pick<Load, 'bodies'>

export const eventsHeaders = { 'content-type': 'application/vnd.kafka.json.v2+json' }

const connections = 64

/**
 * The gateway over a broker, and the bare server beside it, each in a process of its own. `start`
 * first, `remove` last.
 */
export class Sides {
  readonly extent: Extent
  readonly broker: Server
  readonly gateway: Server
  readonly #bare: Server
  readonly #folder: string

  private constructor(extent: Extent, broker: Server, [ourPort, peerPort]: [number, number]) {
    this.extent = extent
    this.broker = broker
    this.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-gateway-'))
    const spool = path.join(this.#folder, 'spool')
    this.gateway = server('gateway', ourPort, [broker.bootstrap, spool])
    this.#bare = server('bare', peerPort, [])
  }

  static async start(extent: Extent, broker: Server): Promise<Sides> {
    const [ourPort = 0, peerPort = 0] = await freePorts(2)
    const sides = new Sides(extent, broker, [ourPort, peerPort])
    try {
      await broker.start()
      await sides.gateway.start()
      await sides.#bare.start()
    } catch (cause) {
      await sides.remove()
      throw cause
    }
    return sides
  }

  async remove(): Promise<void> {
    await this.gateway.remove()
    await this.#bare.remove()
    await this.broker.remove()
    fs.rmSync(this.#folder, { recursive: true, force: true })
  }

  /** The load on the gateway. Rejects where a request was refused. */
  measure(load: SomeLoad): Promise<Measured> {
    return this.#measure(this.gateway, load)
  }

  /** Both in turn, after a round that warms them up. */
  async inTurn(load: SomeLoad): Promise<Both> {
    const measured: Both = { ours: [], peer: [] }
    for (let round = 0; round <= this.extent.rounds; round++) {
      progress(round === 0 ? '  warms up' : `  round ${round} of ${this.extent.rounds}`)
      const our = await this.#measure(this.gateway, load)
      const their = await this.#measure(this.#bare, load)
      if (round === 0) continue
      measured.ours.push(our)
      measured.peer.push(their)
    }
    return measured
  }

  async #measure(target: Server, load: SomeLoad): Promise<Measured> {
    const whole: Load = {
      ...{ port: Number(target.bootstrap.split(':')[1]), path: '/topics/trips', connections },
      ...{ warmSeconds: 1, seconds: this.extent.seconds, headers: eventsHeaders },
      ...load,
    }
    const before = target.usage().cpuSeconds
    const entry = path.join(import.meta.dirname, 'load-process.js')
    // Arguments have a limit of length, which bodies pass.
    const file = path.join(this.#folder, 'load.json')
    fs.writeFileSync(file, JSON.stringify(whole))
    const { code, out, error } = await runProgram(process.execPath, [entry, file])
    if (code !== 0) throw new Error(`The load ended: ${error}`)
    const seen = JSON.parse(out) as Seen
    if (Object.keys(seen.failed).length > 0) {
      throw new Error(`Requests were refused: ${JSON.stringify(seen.failed)}`)
    }
    const cpuMicros = ((target.usage().cpuSeconds - before) * 1e6) / seen.requestsInAll
    return { ...seen, perSecond: seen.requests / seen.seconds, cpuMicros }
  }
}

function server(name: string, port: number, args: readonly string[]): Server {
  const entry = path.join(import.meta.dirname, `${name}-process.js`)
  return new Server({
    ...{ name, program: process.execPath, args: [entry, String(port), ...args], port },
    folder: fs.mkdtempSync(path.join(os.tmpdir(), `millrace-bench-${name}-`)),
    isReady: () => listens(port),
  })
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port })
    socket.on('connect', () => {
      resolve(true)
      socket.destroy()
    })
    socket.on('error', () => resolve(false))
  })
}
