import type { Host } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { operationTimeoutMs } from '../limits.js'
import {
  createPartitions,
  createTopics,
  deleteTopics,
  describeConfigs,
  incrementalAlterConfigs,
  listOffsets,
  offsetFetch,
} from '../protocol/apis.js'
import { kafkaErrors } from '../protocol/kafka-errors.js'
import { parseBootstrap } from './addresses.js'
import { Cluster } from './cluster.js'
import type { Connection } from './connection.js'
import { type Isolation, isolationLevel } from './isolation.js'
import { retrying } from './retry.js'

export interface LogClientOptions {
  host: Host
  /** `host:port`, several with commas between them; one that answers is enough. */
  bootstrap: string
  /** How brokers name this client in their logs. */
  clientId?: string
  /** How long an operation may go on, with all its retries. */
  timeoutMs?: number
  /** Ends the wait for the first answer: `connect` rejects with its reason. */
  signal?: AbortSignal
}

/** Kafka's codes: a resource that is a topic, and operations that set a value and take it away. */
const topicResource = 2
const setOperation = 0
const deleteOperation = 1

export interface CommittedOffset {
  topic: string
  partition: number
  offset: number
  metadata: string
}

/**
 * The door to a log: the embedded broker, Apache Kafka, or whatever else speaks the protocol.
 * It looks after topics and offsets itself; `Producer`, `TransactionalProducer` and `Fetcher`
 * are made with it and share its connections.
 *
 * A broker that is away for a while is waited for: every operation is tried again until it
 * succeeds, fails for good, or its time is up. All rejections are `KafkaError`.
 */
export class LogClient {
  /** For the producers and fetchers that are made with this client. */
  readonly cluster: Cluster
  readonly timeoutMs: number

  private constructor(cluster: Cluster, timeoutMs: number) {
    this.cluster = cluster
    this.timeoutMs = timeoutMs
  }

  /** Resolves when a broker has answered. */
  static async connect(options: LogClientOptions): Promise<LogClient> {
    const client = LogClient.open(options)
    const { signal } = options
    try {
      await retrying(options.host, client.timeoutMs, () => {
        signal?.throwIfAborted()
        return client.cluster.describe([])
      })
    } catch (error) {
      await client.close()
      throw error
    }
    return client
  }

  /** A client that waits for nobody; what is asked of it waits until a broker answers. */
  static open(options: Omit<LogClientOptions, 'signal'>): LogClient {
    const { host, bootstrap, clientId = 'millrace', timeoutMs = operationTimeoutMs } = options
    return new LogClient(new Cluster(host, parseBootstrap(bootstrap), clientId), timeoutMs)
  }

  /** What the brokers call their cluster; undefined for brokers that have no name for it. */
  get clusterId(): string | undefined {
    return this.cluster.clusterId
  }

  /** The topics with these names, without those that do not exist; all when none are given. */
  async topics(names?: readonly string[]): Promise<{ name: string; partitions: number }[]> {
    const topics = await this.#retrying(async () => {
      const described = await this.cluster.describe(names)
      for (const { name, errorCode } of described) {
        if (!isAbsent(errorCode) && errorCode !== 0)
          throw new KafkaError(errorCode, `topic ${name}`)
      }
      return described
    })
    return topics
      .filter((topic) => topic.errorCode === 0)
      .map((topic) => ({ name: topic.name ?? '', partitions: topic.partitions.length }))
  }

  /** Creates a topic and waits until it can be written to. No error when it exists already. */
  async createTopic(
    name: string,
    options: { partitions: number; configs?: Record<string, string> },
  ): Promise<void> {
    const configs = Object.entries(options.configs ?? {}).map(([key, value]) => ({
      name: key,
      value,
    }))
    await this.#retrying(async () => {
      const broker = await this.cluster.anyBroker()
      const answer = await broker.request(createTopics, {
        topics: [{ name, numPartitions: options.partitions, replicationFactor: -1, configs }],
      })
      for (const { errorCode, errorMessage } of answer.topics) {
        if (errorCode === kafkaErrors.TOPIC_ALREADY_EXISTS) continue
        check(errorCode, `topic ${name}`, errorMessage)
      }
    })
    this.cluster.forgetTopic(name)
    await this.#retrying(() => this.cluster.leader(name, 0))
  }

  /** Gives a topic so many partitions; throws INVALID_PARTITIONS where it has as many, or more. */
  async addPartitions(name: string, count: number): Promise<void> {
    await this.#retrying(async () => {
      const broker = await this.cluster.anyBroker()
      const answer = await broker.request(createPartitions, {
        topics: [{ name, count, assignments: null }],
      })
      for (const { errorCode, errorMessage } of answer.results) {
        check(errorCode, `topic ${name}`, errorMessage)
      }
    })
    this.cluster.forgetTopic(name)
  }

  /**
   * Gives settings of a topic these values, null for what holds where nothing is said; the others
   * stay as they are. Throws INVALID_CONFIG,
   * UNKNOWN_TOPIC_OR_PARTITION.
   */
  async setTopicConfigs(
    name: string,
    configs: Readonly<Record<string, string | null>>,
  ): Promise<void> {
    const changes = Object.entries(configs).map(([key, value]) => {
      const configOperation = value === null ? deleteOperation : setOperation
      return { name: key, configOperation, value }
    })
    await this.#retrying(async () => {
      const broker = await this.cluster.anyBroker()
      const answer = await broker.request(incrementalAlterConfigs, {
        resources: [{ resourceType: topicResource, resourceName: name, configs: changes }],
      })
      for (const { errorCode, errorMessage } of answer.responses) {
        check(errorCode, `topic ${name}`, errorMessage)
      }
    })
  }

  /**
   * Settings of topics: those with these names, or all, by topic. A topic that does not exist has none, and
   * so has one whose settings this client may not see.
   */
  async topicConfigs(
    topics: readonly string[],
    names?: readonly string[],
  ): Promise<Map<string, ReadonlyMap<string, string>>> {
    if (topics.length === 0) return new Map()
    const answer = await this.#retrying(async () => {
      const broker = await this.cluster.anyBroker()
      return broker.request(describeConfigs, {
        resources: topics.map((resourceName) => {
          const configurationKeys = names === undefined ? null : [...names]
          return { resourceType: topicResource, resourceName, configurationKeys }
        }),
      })
    })
    return new Map(
      answer.results
        .filter(({ errorCode }) => errorCode === 0)
        .map(({ configs, resourceName }) => [
          resourceName,
          new Map(configs.map(({ name, value }) => [name, value ?? ''])),
        ]),
    )
  }

  /** Deletes a topic and all that is in it. No error when it does not exist. */
  async deleteTopic(name: string): Promise<void> {
    await this.#retrying(async () => {
      const broker = await this.cluster.anyBroker()
      const answer = await broker.request(deleteTopics, {
        topics: [{ name }],
        topicNames: [name],
        timeoutMs: this.timeoutMs,
      })
      for (const { errorCode, errorMessage } of answer.responses) {
        if (!isAbsent(errorCode)) check(errorCode, `topic ${name}`, errorMessage)
      }
    })
    this.cluster.forgetTopic(name)
  }

  /**
   * An offset of a partition: of its first record, of the next record to come, or of the first
   * record whose timestamp (ms since 1970) is not before the given one; -1 when there is none.
   */
  async listOffsets(
    topic: string,
    partition: number,
    at: 'earliest' | 'latest' | number,
    isolation: Isolation = 'read_uncommitted',
  ): Promise<number> {
    const timestamp = at === 'latest' ? -1 : at === 'earliest' ? -2 : at
    const ask = async (leader: Connection) => {
      const answer = await leader.request(listOffsets, {
        replicaId: -1,
        isolationLevel: isolationLevel[isolation],
        topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
        timeoutMs: this.timeoutMs,
      })
      const found = answer.topics[0]?.partitions[0]
      const errorCode = found?.errorCode ?? kafkaErrors.UNKNOWN_SERVER_ERROR
      check(errorCode, `topic ${topic}, partition ${partition}`)
      return found?.offset ?? -1
    }
    return this.#retrying(() => this.cluster.atLeader(topic, partition, ask))
  }

  /** All offsets that a group has committed; none for a group that does not exist. */
  async committedOffsets(group: string): Promise<CommittedOffset[]> {
    return this.cluster.withCoordinator('group', group, this.timeoutMs, async (coordinator) => {
      const answer = await coordinator.request(offsetFetch, {
        groupId: group,
        topics: null,
        groups: [{ groupId: group, topics: null }],
        requireStable: true,
      })
      const found = answer.groups[0] ?? answer
      check(found.errorCode, `group ${group}`)
      return found.topics.flatMap(({ name, partitions }) =>
        partitions.map((one) => {
          check(one.errorCode, `group ${group}, topic ${name}, partition ${one.partitionIndex}`)
          return {
            topic: name,
            partition: one.partitionIndex,
            offset: one.committedOffset,
            metadata: one.metadata ?? '',
          }
        }),
      )
    })
  }

  /** Closes all connections; what is under way fails. */
  async close(): Promise<void> {
    await this.cluster.close()
  }

  #retrying<T>(attempt: () => Promise<T>): Promise<T> {
    return retrying(this.cluster.host, this.timeoutMs, attempt)
  }
}

function isAbsent(errorCode: number): boolean {
  return errorCode === kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION
}

function check(errorCode: number, where: string, message?: string | null): void {
  if (errorCode === 0) return
  throw new KafkaError(errorCode, where, message ? { detail: message } : {})
}
