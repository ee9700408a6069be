import type { Address, Host } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { unknownTopicPatienceMs } from '../limits.js'
import type { ResponseOf } from '../protocol/api.js'
import { findCoordinator, metadata } from '../protocol/apis.js'
import { BrokerConnections, type Lane } from './broker-connections.js'
import type { Connection } from './connection.js'
import { ProduceRequests } from './produce-requests.js'
import { retrying } from './retry.js'

type TopicMetadata = ResponseOf<typeof metadata>['topics'][number]

/** Whom a coordinator looks after; the numbers are those of FindCoordinator. */
export type CoordinatorKind = 'group' | 'transaction'
const coordinatorKeyType = { group: 0, transaction: 1 } as const

/**
 * What the client knows of the cluster: where the brokers are, who leads which partition, who
 * coordinates what. All of it may be out of date; a request that shows it (`forget…`) makes the
 * next one ask again.
 */
export class Cluster {
  readonly host: Host
  readonly produceRequests = new ProduceRequests()
  readonly #seeds: readonly Address[]
  readonly #connections: BrokerConnections
  readonly #brokers = new Map<number, Address>()
  /** Leaders by partition number; -1 while there is none. */
  readonly #leaders = new Map<string, number[]>()
  readonly #coordinators = new Map<string, number>()
  /** Since when a topic that was asked for is not known, by `monotonic`. */
  readonly #unknownSince = new Map<string, number>()
  #clusterId: string | undefined
  #lanes = 0

  constructor(host: Host, seeds: readonly Address[], clientId: string) {
    this.host = host
    this.#seeds = seeds
    this.#connections = new BrokerConnections(host, clientId)
  }

  /** What the brokers call their cluster; undefined where they have told none. */
  get clusterId(): string | undefined {
    return this.#clusterId
  }

  /** A lane that no other has. Its answers are received into memory that `take` gives, new by default. */
  newLane(take?: (bytes: number) => Buffer): Lane {
    this.#lanes++
    const lane: Lane = `fetcher-${this.#lanes}`
    if (take !== undefined) this.#connections.receiveInto(lane, take)
    return lane
  }

  closeLane(lane: Lane): void {
    this.#connections.closeLane(lane)
  }

  async broker(nodeId: number, lane: Lane = 'requests'): Promise<Connection> {
    const address = this.#brokers.get(nodeId)
    if (!address) throw new KafkaError('LEADER_NOT_AVAILABLE', `broker number ${nodeId}`)
    return this.#connections.to(address, lane)
  }

  /** The first broker that answers: those known, then those the client was given. */
  async anyBroker(): Promise<Connection> {
    let last: unknown
    for (const address of [...this.#brokers.values(), ...this.#seeds]) {
      try {
        return await this.#connections.to(address, 'requests')
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        last = error
      }
    }
    throw last
  }

  /** Asks for topics (all of them without `names`) and remembers brokers and leaders. */
  async describe(names?: readonly string[]): Promise<TopicMetadata[]> {
    const broker = await this.anyBroker()
    const answer = await broker.request(metadata, {
      topics: names === undefined ? null : names.map((name) => ({ name })),
      allowAutoTopicCreation: false,
    })
    this.#clusterId = answer.clusterId ?? undefined
    this.#brokers.clear()
    for (const { nodeId, host, port } of answer.brokers) this.#brokers.set(nodeId, { host, port })
    for (const topic of answer.topics) this.#remember(topic)
    return answer.topics
  }

  /**
   * The broker that leads a partition. A topic that is not known is retriable for a short
   * while, because a topic just created is not known everywhere at once; then it is final.
   */
  async leader(topic: string, partition: number): Promise<number> {
    if (!this.#leaders.has(topic)) await this.describe([topic])
    const leader = this.#leaders.get(topic)?.[partition]
    if (leader === undefined) throw this.#unknown(topic, partition)
    if (leader < 0) {
      this.forgetTopic(topic)
      throw new KafkaError('LEADER_NOT_AVAILABLE', `topic ${topic}, partition ${partition}`)
    }
    return leader
  }

  /**
   * Asks the leader of a partition, once. After a retriable failure the leader is looked up
   * again, since it may have moved.
   */
  async atLeader<T>(
    topic: string,
    partition: number,
    attempt: (leader: Connection) => Promise<T>,
  ): Promise<T> {
    try {
      return await attempt(await this.broker(await this.leader(topic, partition)))
    } catch (error) {
      if (error instanceof KafkaError && error.retriable) this.forgetTopic(topic)
      throw error
    }
  }

  forgetTopic(topic: string): void {
    this.#leaders.delete(topic)
  }

  /** The broker that looks after a group or a transactional id. */
  async coordinator(
    kind: CoordinatorKind,
    key: string,
    lane: Lane = 'requests',
  ): Promise<Connection> {
    const name = `${kind} ${key}`
    const known = this.#coordinators.get(name)
    if (known !== undefined && this.#brokers.has(known)) return this.broker(known, lane)
    const broker = await this.anyBroker()
    const answer = await broker.request(findCoordinator, {
      key,
      keyType: coordinatorKeyType[kind],
      coordinatorKeys: [key],
    })
    const found = answer.coordinators[0] ?? answer
    if (found.errorCode !== 0) throw new KafkaError(found.errorCode, name)
    this.#brokers.set(found.nodeId, { host: found.host, port: found.port })
    this.#coordinators.set(name, found.nodeId)
    return this.broker(found.nodeId, lane)
  }

  /**
   * Asks a coordinator until it answers without a retriable error, or the time is up.
   * `attempt` throws a `KafkaError` for the error code in its answer.
   */
  async withCoordinator<T>(
    kind: CoordinatorKind,
    key: string,
    timeoutMs: number,
    attempt: (coordinator: Connection) => Promise<T>,
    lane: Lane = 'requests',
  ): Promise<T> {
    return retrying(this.host, timeoutMs, async () => {
      try {
        return await attempt(await this.coordinator(kind, key, lane))
      } catch (error) {
        if (error instanceof KafkaError && error.retriable) {
          this.#coordinators.delete(`${kind} ${key}`)
        }
        throw error
      }
    })
  }

  async close(): Promise<void> {
    await this.#connections.close()
  }

  #remember(topic: TopicMetadata): void {
    if (topic.name === null) return
    if (topic.errorCode !== 0) {
      this.#leaders.delete(topic.name)
      return
    }
    this.#unknownSince.delete(topic.name)
    const leaders: number[] = []
    for (const one of topic.partitions) leaders[one.partitionIndex] = one.leaderId
    this.#leaders.set(topic.name, leaders)
  }

  #unknown(topic: string, partition: number): KafkaError {
    this.forgetTopic(topic)
    const now = this.host.clock.monotonic()
    const since = this.#unknownSince.get(topic) ?? now
    this.#unknownSince.set(topic, since)
    const where = `topic ${topic}, partition ${partition}`
    if (now - since < unknownTopicPatienceMs) {
      return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', where)
    }
    this.#unknownSince.delete(topic)
    return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', where, { final: true })
  }
}
