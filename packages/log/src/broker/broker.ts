import path from 'node:path'
import type { Duplex } from 'node:stream'
import type { Address, Host, Listener } from '@millrace/host'
import { GroupCoordinator } from '../groups/group-coordinator.js'
import { GroupStore } from '../groups/group-store.js'
import { LogManager } from '../storage/log-manager.js'
import { PartitionLog } from '../storage/partition-log.js'
import { ProducerIds } from '../transactions/producer-ids.js'
import { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import { BrokerConfigs } from './broker-configs.js'
import { clusterIdOf } from './cluster-identity.js'
import { ClusterMetadata } from './cluster-metadata.js'
import { Connections } from './connections.js'
import { FetchSessions } from './fetch/fetch-sessions.js'
import { groupTopics } from './group-topics.js'
import { handlers } from './handlers/index.js'
import { MemoryPool } from './memory-pool.js'
import { RequestBudget } from './request-budget.js'
import type { BrokerState } from './request-handler.js'
import { metadataTopic, offsetsTopic, type Topic, Topics, transactionsTopic } from './topics.js'
import { UnsentAnswers } from './unsent-answers.js'

/** What a broker says of one of its topics. */
export interface TopicSummary {
  name: string
  partitions: number
  /** The next offset of each partition. */
  endOffsets: number[]
  /**
   * Records that were ever appended, in all partitions. Less than the offsets given where
   * transactions wrote: their end markers take an offset each, and are nobody's records.
   */
  records: number
}

export interface BrokerOptions {
  host: Host
  /** Where everything is kept; made when it is not there. One broker at a time. */
  directory: string
  /** Where it listens; port 0 takes any free one. */
  address: Address
  /** 1 by default. */
  nodeId?: number
  /** For the first start; drawn by chance by default, and kept from then on. */
  clusterId?: string
  /** Partitions of topics that are made without a number; 1 by default. */
  defaultPartitions?: number
  /** Whether a topic is made when a client asks for it; true by default, as in Kafka. */
  autoCreateTopics?: boolean
  /** After how long a silent member of the newer group protocol is left out; 45 s by default. */
  consumerSessionTimeoutMs?: number
  /** How often members of the newer group protocol are to be heard; 5 s by default. */
  consumerHeartbeatIntervalMs?: number
  /** How often at most a group of it shares its partitions out anew; 1 s by default. */
  consumerAssignmentIntervalMs?: number
  /** Takes one line for what a person should know; dropped by default. */
  log?: (line: string) => void
}

/**
 * An embedded broker: one node that speaks the Kafka protocol, leads every partition and
 * coordinates every group and transaction.
 *
 * A killed process loses nothing that was acknowledged. A power cut may lose what was not synced,
 * as with Apache Kafka; topics with `flush.messages=1` are synced before each acknowledgement.
 */
export class Broker {
  readonly #listener: Listener
  readonly #connections: Connections
  readonly #state: BrokerState
  readonly #metadata: ClusterMetadata
  readonly #logManager: LogManager
  readonly #unlock: () => void
  #closing: Promise<void> | undefined

  private constructor(
    listener: Listener,
    connections: Connections,
    state: BrokerState,
    metadata: ClusterMetadata,
    logManager: LogManager,
    unlock: () => void,
  ) {
    this.#listener = listener
    this.#connections = connections
    this.#state = state
    this.#metadata = metadata
    this.#logManager = logManager
    this.#unlock = unlock
  }

  /**
   * Opens the directory, recovers what a crash left, then listens. Rejects with a `NetworkError`
   * (the port is taken), a `DiskError` (EBUSY: another broker is in the directory) or a
   * `KafkaError`.
   */
  static async start(options: BrokerOptions): Promise<Broker> {
    const { disk } = options.host
    disk.makeDirectory(options.directory)
    const unlock = disk.lock(path.join(options.directory, '.lock'))
    try {
      return await Broker.#open(options, unlock)
    } catch (cause) {
      unlock()
      throw cause
    }
  }

  static async #open(options: BrokerOptions, unlock: () => void): Promise<Broker> {
    const { host, directory, log = () => {}, nodeId = 1 } = options
    const clusterId = clusterIdOf(host, directory, nodeId, options.clusterId)
    const metadataFolder = `${metadataTopic}-0`
    const metadataLog = await PartitionLog.open({
      disk: host.disk,
      directory: path.join(directory, metadataFolder),
      name: metadataFolder,
      log,
    })
    const metadata = new ClusterMetadata(metadataLog)
    const brokerConfigs = new BrokerConfigs(metadata, nodeId, () => topics.applyDefaults())
    const defaults = () => brokerConfigs.topicDefaults()
    const topics = await Topics.open({ host, directory, metadata, defaults, log })
    const ownLog = async (name: string) => firstLog(await topics.ensure(name, 1))
    const store = new GroupStore({
      clock: host.clock,
      log: topics.get(offsetsTopic)?.partitions[0],
      makeLog: () => ownLog(offsetsTopic),
    })
    const transactions = new TransactionCoordinator({
      clock: host.clock,
      producerIds: new ProducerIds(metadata),
      stateLog: topics.get(transactionsTopic)?.partitions[0],
      makeStateLog: () => ownLog(transactionsTopic),
      partition: (topic, partition) => topics.get(topic)?.partitions[partition],
      partitions: () => topics.partitions(),
      log,
    })
    const groups = new GroupCoordinator({
      clock: host.clock,
      random: host.random,
      store,
      topics: groupTopics(topics),
      ...(options.consumerSessionTimeoutMs !== undefined && {
        consumerSessionTimeoutMs: options.consumerSessionTimeoutMs,
      }),
      ...(options.consumerHeartbeatIntervalMs !== undefined && {
        consumerHeartbeatIntervalMs: options.consumerHeartbeatIntervalMs,
      }),
      ...(options.consumerAssignmentIntervalMs !== undefined && {
        consumerAssignmentIntervalMs: options.consumerAssignmentIntervalMs,
      }),
    })
    let connections: Connections | undefined
    const accept = (stream: Duplex) => {
      if (connections === undefined) stream.destroy()
      else connections.accept(stream)
    }
    let listener: Listener
    try {
      listener = await host.network.listen(options.address, accept)
    } catch (cause) {
      await groups.close()
      await topics.close()
      await metadata.close()
      throw cause
    }
    const state: BrokerState = {
      host,
      nodeId,
      clusterId,
      address: advertised(listener.address),
      directory,
      metadata,
      brokerConfigs,
      topics,
      memory: new MemoryPool(),
      fetchSessions: new FetchSessions(host.clock, host.random),
      requestBudget: new RequestBudget(),
      unsentAnswers: new UnsentAnswers(),
      groups,
      transactions,
      handlers,
      autoCreateTopics: options.autoCreateTopics ?? true,
      defaultPartitions: options.defaultPartitions ?? 1,
      log,
    }
    connections = new Connections(state)
    transactions.resume()
    const logManager = new LogManager({ clock: host.clock, logs: () => topics.clientLogs(), log })
    logManager.start()
    return new Broker(listener, connections, state, metadata, logManager, unlock)
  }

  /** Where clients reach it. */
  get address(): Address {
    return this.#state.address
  }

  get clusterId(): string {
    return this.#state.clusterId
  }

  /** The topics that are not the broker's own. */
  topics(): TopicSummary[] {
    return this.#state.topics
      .all()
      .filter((topic) => !topic.internal)
      .map(({ description, partitions }) => ({
        name: description.name,
        partitions: partitions.length,
        endOffsets: partitions.map((log) => log.endOffset),
        records: partitions.reduce((sum, log) => sum + log.recordsAppended, 0),
      }))
  }

  /** Closes the connections, syncs and closes the files; a second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#connections.close()
    await this.#listener.close()
    await this.#logManager.close()
    await this.#state.groups.close()
    await this.#state.transactions.close()
    await this.#state.topics.close()
    await this.#metadata.close()
    this.#unlock()
  }
}

/** A broker that listens everywhere is reached on this machine. */
function advertised(address: Address): Address {
  return ['0.0.0.0', '::'].includes(address.host) ? { ...address, host: '127.0.0.1' } : address
}

function firstLog({ partitions }: Topic): PartitionLog {
  const [log] = partitions
  if (log === undefined) throw new Error('A topic without a partition.')
  return log
}
