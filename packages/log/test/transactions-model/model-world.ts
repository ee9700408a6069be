import {
  type Host,
  type Random,
  SimulatedClock,
  SimulatedHost,
  SimulatedNetwork,
  seededRandom,
} from '@millrace/host'
import { Broker } from '../../src/broker/broker.js'
import type { Api, RequestBodyOf, ResponseOf } from '../../src/protocol/api.js'
import { createTopics } from '../../src/protocol/apis.js'
import type { Field } from '../../src/protocol/field.js'
import { FrameSplitter, readResponseHeader, requestFrame } from '../../src/protocol/frame.js'
import { decodeResponse } from '../../src/protocol/message.js'
import { History } from './history.js'

export const topic = 'rides'
export const partitions = [0, 1] as const

const address = { host: 'broker', port: 9092 }
const answerTimeoutMs = 3_000

/** A broker that is killed and started again, those who talk to it, and what they were told. */
export class ModelWorld {
  readonly random: Random
  readonly clock = new SimulatedClock(1_793_491_200_000)
  readonly history = new History()
  readonly lines: string[] = []
  readonly #network: SimulatedNetwork
  readonly #machine: SimulatedHost
  readonly #clients: Host
  #broker: Broker | undefined

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.#network = new SimulatedNetwork(this.clock, seededRandom(seed + 1_000_000))
    const machine = (name: string) =>
      new SimulatedHost({ name, clock: this.clock, network: this.#network, random: this.random })
    this.#machine = machine(address.host)
    this.#clients = machine('clients').start()
  }

  async start(): Promise<void> {
    this.#broker = await Broker.start({
      host: this.#machine.start(),
      directory: '/data',
      address,
      autoCreateTopics: false,
      log: (line) => this.lines.push(line),
    })
  }

  /** Ends the broker's process, cleanly or not, and starts another. */
  async restart(isClean: boolean): Promise<void> {
    if (isClean) await this.#broker?.close()
    this.#machine.kill()
    this.#broker = undefined
    await this.sleep(this.random.below(300))
    await this.start()
  }

  async makeTopic(): Promise<void> {
    const topics = [{ name: topic, numPartitions: partitions.length, replicationFactor: 1 }]
    const peer = new Peer(this)
    const answer = await peer.ask(createTopics, 7, { topics })
    if (answer?.topics[0]?.errorCode !== 0) throw new Error('The topic could not be made.')
    peer.close()
  }

  /** The next offset of each partition; undefined while no broker is up. */
  endOffsets(): readonly number[] | undefined {
    return this.#broker?.topics().find(({ name }) => name === topic)?.endOffsets
  }

  connect() {
    return this.#clients.network.connect(address, { timeoutMs: 500 })
  }

  sleep(ms: number): Promise<void> {
    return this.#clients.clock.sleep(ms)
  }

  after(ms: number, action: () => void) {
    return this.#clients.clock.after(ms, action)
  }
}

/** Asks one thing after another. */
export class Peer {
  readonly #world: ModelWorld
  #stream: Awaited<ReturnType<ModelWorld['connect']>> | undefined
  #take: ((frame: Buffer | undefined) => void) | undefined

  constructor(world: ModelWorld) {
    this.#world = world
  }

  /** The answer; undefined where none came. */
  async ask<Q extends readonly Field[], R extends readonly Field[]>(
    api: Api<Q, R>,
    version: number,
    body: RequestBodyOf<Api<Q, R>>,
  ): Promise<ResponseOf<Api<Q, R>> | undefined> {
    try {
      this.#stream ??= await this.#connect()
    } catch {
      return undefined
    }
    const header = { correlationId: 1, clientId: 'model' }
    const frame = await this.#exchange(Buffer.concat(requestFrame(api, version, header, body)))
    if (frame === undefined) {
      this.close()
      return undefined
    }
    const { bodyAt } = readResponseHeader(frame, api, version)
    return decodeResponse(api, version, frame, bodyAt) as ResponseOf<Api<Q, R>>
  }

  close(): void {
    this.#stream?.destroy()
    this.#stream = undefined
  }

  async #connect() {
    const stream = await this.#world.connect()
    const splitter = new FrameSplitter({ frameBytesMax: 100_000_000 })
    stream.on('data', (chunk: Buffer) => {
      for (const frame of splitter.push(chunk)) this.#take?.(frame)
    })
    stream.on('error', () => {})
    stream.on('close', () => this.#take?.(undefined))
    return stream
  }

  #exchange(bytes: Buffer): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const timer = this.#world.after(answerTimeoutMs, () => this.#take?.(undefined))
      this.#take = (frame) => {
        this.#take = undefined
        timer.cancel()
        resolve(frame)
      }
      this.#stream?.write(bytes)
    })
  }
}
