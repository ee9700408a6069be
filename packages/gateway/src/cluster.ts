import type { Host } from '@millrace/host'
import { type LogClient, Producer, SequencedProducer } from '@millrace/log'
import { Appender, failureOf } from './append.js'
import { GatewayError, gatewayErrors, logError } from './errors.js'
import { clusterWaitMsMax, throughputLingerMs } from './limits.js'
import type { ProducerProfile } from './policy.js'
import type { RememberedCluster, RememberedTopics } from './remembered-topics.js'
import { StickyPartition } from './sticky-partition.js'
import { TopicDirectory } from './topic-directory.js'

/** One cluster that events go to: its topics, and a batching producer for each profile. */
export class GatewayCluster {
  /** What the project calls it. */
  readonly name: string
  readonly client: LogClient
  readonly topics: TopicDirectory
  readonly sticky: StickyPartition
  /** For what is sent out of the spool. */
  readonly sequenced: SequencedProducer
  readonly #host: Host
  readonly #remembered: RememberedCluster
  readonly #appenders = new Map<ProducerProfile, Appender>()

  constructor(host: Host, name: string, client: LogClient, remembered: RememberedTopics) {
    this.name = name
    this.client = client
    this.#remembered = remembered.cluster(name)
    this.topics = new TopicDirectory(client, host.clock, this.#remembered)
    this.sticky = new StickyPartition(host.random.uint32())
    this.sequenced = new SequencedProducer(client)
    this.#host = host
  }

  /** The id that the brokers tell, or told before; the project's name where they tell none. */
  get id(): string {
    return this.client.clusterId ?? this.#remembered.id ?? this.name
  }

  /** Whether the brokers have said what they call it, now or before. */
  get isIdentified(): boolean {
    return (this.client.clusterId ?? this.#remembered.id) !== undefined
  }

  appender(profile: ProducerProfile): Appender {
    const known = this.#appenders.get(profile)
    if (known !== undefined) return known
    const isLossless = profile === 'lossless'
    const appender = new Appender({
      producer: new Producer(this.client, {
        acks: isLossless ? 'all' : 1,
        compression: isLossless ? 'none' : 'lz4',
      }),
      clock: this.#host.clock,
      lingerMs: isLossless ? 0 : throughputLingerMs,
    })
    this.#appenders.set(profile, appender)
    return appender
  }
}

/** Connects to a cluster; called once, and again after it failed. */
export type ConnectCluster = () => Promise<LogClient>

/**
 * The clusters of a gateway. The main one is there from the start; the others are connected to when
 * the first event is for them, so that one that is away keeps nobody else waiting.
 */
export class Clusters {
  readonly main: GatewayCluster
  readonly #host: Host
  readonly #others: ReadonlyMap<string, ConnectCluster>
  readonly #remembered: RememberedTopics
  #isMainAsked = false
  readonly #connected = new Map<string, Promise<GatewayCluster>>()

  constructor(options: {
    host: Host
    main: { name: string; client: LogClient }
    others: ReadonlyMap<string, ConnectCluster>
    remembered: RememberedTopics
  }) {
    const { host, main, remembered } = options
    this.main = new GatewayCluster(host, main.name, main.client, remembered)
    this.#host = host
    this.#others = options.others
    this.#remembered = remembered
  }

  /** The cluster with the project's name for it. Rejects with a `GatewayError`. */
  async named(name: string): Promise<GatewayCluster> {
    if (name === this.main.name) return this.main
    const known = this.#connected.get(name)
    if (known !== undefined) return known
    const connect = this.#others.get(name)
    if (connect === undefined) throw gatewayErrors.clusterNotFound(name)
    const connecting = connect()
      .then((client) => new GatewayCluster(this.#host, name, client, this.#remembered))
      .catch((cause) => {
        this.#connected.delete(name)
        if (cause instanceof GatewayError) throw cause
        const { message } = failureOf(cause)
        throw gatewayErrors.logUnavailable(`The cluster ${name} does not answer: ${message}`)
      })
    this.#connected.set(name, connecting)
    return connecting
  }

  /** All that can be reached, the main one first. */
  async reachable(): Promise<GatewayCluster[]> {
    const others = await Promise.allSettled(
      [...this.#others.keys()].map((name) => Promise.race([this.named(name), this.#tooLate(name)])),
    )
    return [
      this.main,
      ...others.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    ]
  }

  /** Where the client waited for nobody, its first answer says what the cluster is called. */
  async #askMain(): Promise<void> {
    const { client, name } = this.main
    try {
      await Promise.race([client.topics([]), this.#tooLate(name)])
    } catch (cause) {
      throw cause instanceof GatewayError ? cause : logError(failureOf(cause))
    }
    // Brokers that have no name for it are not asked again.
    this.#isMainAsked = true
  }

  async #tooLate(name: string): Promise<never> {
    await this.#host.clock.sleep(clusterWaitMsMax)
    throw gatewayErrors.logUnavailable(`The cluster ${name} does not answer.`)
  }

  /**
   * The cluster with the brokers' id for it; undefined where none that can be reached has it.
   * Rejects with a `GatewayError` while nobody knows what the main one is called.
   */
  async withId(id: string): Promise<GatewayCluster | undefined> {
    if (!this.main.isIdentified && !this.#isMainAsked) await this.#askMain()
    if (this.main.id === id) return this.main
    return (await this.reachable()).find((each) => each.id === id)
  }

  /** Closes the connections to all but the main one, which its owner closes. */
  async close(): Promise<void> {
    for (const each of await Promise.allSettled(this.#connected.values())) {
      if (each.status === 'fulfilled') await each.value.client.close()
    }
  }
}
