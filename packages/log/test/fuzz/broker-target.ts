import { type Duplex, duplexPair } from 'node:stream'
import { type Host, SimulatedClock, SimulatedDisk, seededRandom } from '@millrace/host'
import { Broker } from '../../src/broker/broker.js'
import { createTopics, metadata } from '../../src/protocol/apis.js'
import { FrameSplitter, readResponseHeader, requestFrame } from '../../src/protocol/frame.js'
import { decodeResponse } from '../../src/protocol/message.js'
import { mutated } from './mutated.js'
import { someRequest } from './some-request.js'

/** A broker is replaced by a new one after so many requests, so that what it keeps is bounded. */
const requestsPerBroker = 2000
/** Every so many requests time goes on, so that what is held back is answered. */
const requestsPerMinute = 100

export interface BrokerCounts {
  requests: number
  answers: number
  connectionsEnded: number
  brokers: number
}

/**
 * Sends requests, mutated or only senseless, to a whole broker in memory. Whatever they do: the
 * broker never fails in a way that it did not foresee, and goes on answering another client.
 */
export class BrokerTarget {
  readonly counts: BrokerCounts = { requests: 0, answers: 0, connectionsEnded: 0, brokers: 0 }
  #world: World | undefined
  #left = 0

  async run(seed: number): Promise<void> {
    if (this.#left === 0) {
      await this.#world?.close()
      this.#world = await World.start(seed, this.counts)
      this.#left = requestsPerBroker
      this.counts.brokers++
    }
    this.#left--
    this.counts.requests++
    await (this.#world as World).send(seed, this.#left % requestsPerMinute === 0)
  }

  async close(): Promise<void> {
    await this.#world?.close()
  }
}

class World {
  readonly #clock: SimulatedClock
  readonly #broker: Broker
  readonly #accept: (connection: Duplex) => void
  readonly #lines: string[]
  readonly #counts: BrokerCounts
  #attacker: Duplex | undefined

  private constructor(
    clock: SimulatedClock,
    broker: Broker,
    accept: (connection: Duplex) => void,
    lines: string[],
    counts: BrokerCounts,
  ) {
    this.#clock = clock
    this.#broker = broker
    this.#accept = accept
    this.#lines = lines
    this.#counts = counts
  }

  static async start(seed: number, counts: BrokerCounts): Promise<World> {
    const clock = new SimulatedClock(1_700_000_000_000)
    let accept: ((connection: Duplex) => void) | undefined
    const host: Host = {
      clock,
      disk: new SimulatedDisk(),
      random: seededRandom(seed),
      network: {
        async listen(address, onConnection) {
          accept = onConnection
          return { address: { ...address, port: 9092 }, close: async () => {} }
        },
        connect: () => Promise.reject(new Error('The broker connects to nobody.')),
      },
    }
    const lines: string[] = []
    const broker = await Broker.start({
      host,
      directory: '/data',
      address: { host: 'fuzz', port: 9092 },
      defaultPartitions: 2,
      log: (line) => lines.push(line),
    })
    if (accept === undefined) throw new Error('The broker does not listen.')
    const world = new World(clock, broker, accept, lines, counts)
    const topics = ['fuzz-0', 'fuzz-1'].map((name) => ({
      name,
      numPartitions: 2,
      replicationFactor: 1,
    }))
    await world.#ask((id) =>
      requestFrame(createTopics, 5, { correlationId: id, clientId: null }, { topics }),
    )
    return world
  }

  async send(seed: number, timeGoesOn: boolean): Promise<void> {
    const random = seededRandom(seed)
    const { frame } = someRequest(random)
    const bytes = random.below(3) === 0 ? frame : mutated(frame, someRequest(random).frame, random)
    this.#attacker ??= this.#connect()
    this.#attacker.write(bytes)
    await allThatIsReady()
    if (timeGoesOn) {
      this.#clock.advance(60_000)
      await allThatIsReady()
      // A frame that announces more than was sent leaves the connection waiting.
      this.#attacker?.destroy()
      this.#attacker = undefined
      await this.#checkHealth(seed)
    }
    const unforeseen = this.#lines.find((line) => line.includes('unexpectedly'))
    if (unforeseen !== undefined) {
      throw new Error(`seed ${seed}: ${unforeseen}\n${bytes.toString('hex')}`)
    }
    this.#lines.length = 0
  }

  async close(): Promise<void> {
    this.#attacker?.destroy()
    await this.#broker.close()
  }

  /** Another client is served, whatever was sent before. */
  async #checkHealth(seed: number): Promise<void> {
    const answer = await this.#ask((id) =>
      requestFrame(metadata, 9, { correlationId: id, clientId: 'healthy' }, { topics: null }),
    )
    if (answer === undefined) throw new Error(`seed ${seed}: another client got no answer.`)
    const { bodyAt } = readResponseHeader(answer, metadata, 9)
    const { brokers } = decodeResponse(metadata, 9, answer, bodyAt)
    if (brokers.length !== 1) throw new Error(`seed ${seed}: there are ${brokers.length} brokers.`)
  }

  async #ask(request: (correlationId: number) => Buffer[]): Promise<Buffer | undefined> {
    const [ours, theirs] = duplexPair()
    const splitter = new FrameSplitter({ frameBytesMax: 100_000_000 })
    const frames: Buffer[] = []
    ours.on('data', (chunk: Buffer) => frames.push(...splitter.push(chunk)))
    this.#accept(theirs)
    ours.write(Buffer.concat(request(7)))
    for (let turns = 0; frames.length === 0 && turns < 100; turns++) await allThatIsReady()
    ours.destroy()
    theirs.destroy()
    return frames[0]
  }

  #connect(): Duplex {
    const [ours, theirs] = duplexPair()
    const splitter = new FrameSplitter({ frameBytesMax: 100_000_000 })
    ours.on('data', (chunk: Buffer) => {
      this.#counts.answers += splitter.push(chunk).length
    })
    const end = () => {
      if (this.#attacker !== ours) return
      this.#attacker = undefined
      this.#counts.connectionsEnded++
    }
    theirs.on('close', end)
    ours.on('error', () => {})
    ours.on('close', end)
    this.#accept(theirs)
    return ours
  }
}

function allThatIsReady(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
