import path from 'node:path'
import type { Host } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { logsClosedAtOnce, partitionsPerTopicMax } from '../limits.js'
import type { LogConfig } from '../storage/log-config.js'
import { PartitionLog } from '../storage/partition-log.js'
import type { ClusterMetadata, MetadataRecord, TopicDescription } from './cluster-metadata.js'
import { checkTopicConfigs, logConfigOf, type TopicConfigs } from './topic-config.js'
import { checkTopicName, topicNamesCollide } from './topic-name.js'

/** A topic that is there, with its logs. */
export interface Topic {
  /** As the metadata has it at this moment. */
  readonly description: TopicDescription
  /** Topics of the broker itself, which clients may read and not write. */
  readonly internal: boolean
  /** One log a partition, in their order. */
  readonly partitions: PartitionLog[]
}

export const offsetsTopic = '__consumer_offsets'
export const transactionsTopic = '__transaction_state'
/** The log of the topics themselves lies where a topic of this name would. */
export const metadataTopic = '__cluster_metadata'

const internalTopics = new Set([offsetsTopic, transactionsTopic])

/** Whether a topic of this name is the broker's own. */
export function isInternal(name: string): boolean {
  return internalTopics.has(name)
}

export interface TopicsOptions {
  host: Host
  directory: string
  metadata: ClusterMetadata
  /** What holds for topics that do not say otherwise, where it is not the usual default. */
  defaults?: () => TopicConfigs
  log: (line: string) => void
}

/**
 * The topics and their logs on disk.
 *
 * Invariants: a topic is in the metadata only when the folders of all its partitions were made;
 * a folder belongs to the topic whose id is in its `partition.metadata`, and one that belongs to
 * another topic of the same name (a deletion that a crash cut short) is moved aside. Changes to
 * topics of one name wait for one another, for they share folders.
 */
export class Topics {
  readonly #options: TopicsOptions
  readonly #topics = new Map<string, Topic>()
  readonly #names = new Map<string, string>()
  #revision = 0
  /** The last change that was begun to topics of a name; the next one waits for it. */
  readonly #changing = new Map<string, Promise<unknown>>()

  private constructor(options: TopicsOptions) {
    this.#options = options
  }

  /** Opens the logs of all topics in the metadata. */
  static async open(options: TopicsOptions): Promise<Topics> {
    const topics = new Topics(options)
    const { disk } = options.host
    for (const file of disk.list(options.directory)) {
      if (file.endsWith('-delete')) disk.remove(path.join(options.directory, file))
    }
    for (const description of options.metadata.topics.values()) {
      const partitions = await topics.#openLogs(description, 0, description.partitions)
      topics.#add(description, partitions)
    }
    return topics
  }

  /** Another one after each change of which topics there are, and of their partitions. */
  get revision(): number {
    return this.#revision
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  byId(id: string): Topic | undefined {
    const name = this.#names.get(id)
    return name === undefined ? undefined : this.#topics.get(name)
  }

  /** In the order of their names. */
  all(): Topic[] {
    return [...this.#topics.values()].sort((left, right) =>
      left.description.name < right.description.name ? -1 : 1,
    )
  }

  /** The log of a partition; throws UNKNOWN_TOPIC_OR_PARTITION. */
  partition(name: string, index: number): PartitionLog {
    const log = this.#topics.get(name)?.partitions[index]
    if (log !== undefined) return log
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `partition ${name}-${index}`)
  }

  /** All partitions there are. */
  *partitions(): Generator<{ topic: string; partition: number; log: PartitionLog }> {
    for (const { description, partitions } of this.#topics.values()) {
      for (const [partition, log] of partitions.entries()) {
        yield { topic: description.name, partition, log }
      }
    }
  }

  /** The logs of the topics that are not the broker's own. */
  *clientLogs(): Generator<PartitionLog> {
    for (const topic of this.#topics.values()) if (!topic.internal) yield* topic.partitions
  }

  /** Throws what `create` would throw. */
  checkNew(name: string, partitions: number, configs: TopicConfigs): void {
    const where = `topic "${name}"`
    if (name === metadataTopic) {
      throw new KafkaError('INVALID_REQUEST', where, { detail: "The name is the broker's own." })
    }
    checkTopicName(name)
    if (this.#topics.has(name)) throw new KafkaError('TOPIC_ALREADY_EXISTS', where)
    for (const other of this.#topics.keys()) {
      if (!topicNamesCollide(name, other)) continue
      const detail = `There is "${other}", and names may not differ only in "." and "_".`
      throw new KafkaError('INVALID_TOPIC_EXCEPTION', where, { detail })
    }
    checkPartitionCount(where, partitions)
    checkTopicConfigs(name, configs)
  }

  /**
   * Makes a topic. Throws INVALID_TOPIC_EXCEPTION, INVALID_REQUEST, TOPIC_ALREADY_EXISTS,
   * INVALID_PARTITIONS, POLICY_VIOLATION, INVALID_CONFIG, KAFKA_STORAGE_ERROR.
   */
  create(name: string, partitions: number, configs: TopicConfigs = {}): Promise<Topic> {
    return this.#inTurn(name, () => this.#create(name, partitions, configs))
  }

  /** The topic; made, with one partition unless told otherwise, when it is not there. */
  async ensure(name: string, partitions: number, configs: TopicConfigs = {}): Promise<Topic> {
    const present = this.#topics.get(name)
    if (present !== undefined) return present
    return this.#inTurn(
      name,
      async () => this.#topics.get(name) ?? (await this.#create(name, partitions, configs)),
    )
  }

  /** Removes the topic and its records. Throws UNKNOWN_TOPIC_OR_PARTITION, KAFKA_STORAGE_ERROR. */
  delete(topic: Topic): Promise<void> {
    return this.#inTurn(topic.description.name, () => this.#delete(topic))
  }

  /** Throws what `addPartitions` would throw. */
  checkAdded(topic: Topic, partitions: number): void {
    const where = `topic "${topic.description.name}"`
    checkPartitionCount(where, partitions)
    const before = topic.partitions.length
    if (partitions > before) return
    const detail = `It has ${before}, ${partitions} were asked for; there can only be more.`
    throw new KafkaError('INVALID_PARTITIONS', where, { detail })
  }

  /**
   * Gives a topic more partitions. Throws INVALID_PARTITIONS, POLICY_VIOLATION,
   * UNKNOWN_TOPIC_OR_PARTITION, KAFKA_STORAGE_ERROR.
   */
  addPartitions(topic: Topic, partitions: number): Promise<void> {
    return this.#inTurn(topic.description.name, () => this.#addPartitions(topic, partitions))
  }

  /** Throws what `alterConfigs` would throw. */
  checkAltered(topic: Topic, configs: TopicConfigs): void {
    checkTopicConfigs(topic.description.name, configs)
  }

  /**
   * Replaces the settings of a topic, or changes those that it has when its turn comes; those that
   * are left out have their defaults again. Its logs go by them at once. Throws INVALID_CONFIG,
   * UNKNOWN_TOPIC_OR_PARTITION, KAFKA_STORAGE_ERROR, and what a change throws.
   */
  alterConfigs(
    topic: Topic,
    change: TopicConfigs | ((before: TopicConfigs) => TopicConfigs),
  ): Promise<void> {
    return this.#inTurn(topic.description.name, () => {
      const { configs } = topic.description
      return this.#alterConfigs(topic, typeof change === 'function' ? change(configs) : change)
    })
  }

  /** To be called when the defaults are others: the logs go by them at once. */
  applyDefaults(): void {
    for (const topic of this.#topics.values()) this.#configure(topic)
  }

  async close(): Promise<void> {
    const logs = this.partitions()
    // Several at a time, for the device takes them together.
    const closeNext = async () => {
      for (const { log } of logs) await log.close()
    }
    await Promise.all(Array.from({ length: logsClosedAtOnce }, closeNext))
  }

  /** Calls `change` when all changes begun before to topics of this name are through. */
  async #inTurn<Result>(name: string, change: () => Promise<Result>): Promise<Result> {
    const before = this.#changing.get(name) ?? Promise.resolve()
    const turn = before.then(change)
    const settled = turn.catch(() => {})
    this.#changing.set(name, settled)
    try {
      return await turn
    } finally {
      if (this.#changing.get(name) === settled) this.#changing.delete(name)
    }
  }

  async #delete(topic: Topic): Promise<void> {
    const { disk } = this.#options.host
    const { name, id } = topic.description
    this.#checkPresent(topic)
    // Throws where it cannot be written; then the topic is as it was.
    const flushed = this.#options.metadata.append({ type: 'topic-deleted', id })
    this.#topics.delete(name)
    this.#names.delete(id)
    this.#revision++
    await flushed
    for (const [index, log] of topic.partitions.entries()) {
      await log.close()
      const aside = path.join(this.#options.directory, `${id}-${index}-delete`)
      try {
        disk.rename(log.directory, aside)
        // Before it loses the file that says whose it is: it must not come back as nobody's.
        disk.syncDirectory(this.#options.directory)
        disk.remove(aside)
      } catch (cause) {
        // The topic is deleted all the same: a start removes what is aside, and whoever makes a
        // topic of this name moves the folder away.
        this.#options.log(`topics: could not remove ${log.directory}: ${String(cause)}`)
      }
    }
  }

  async #addPartitions(topic: Topic, partitions: number): Promise<void> {
    this.#checkPresent(topic)
    this.checkAdded(topic, partitions)
    const { id } = topic.description
    const before = topic.partitions.length
    const added = await this.#openLogs(topic.description, before, partitions)
    await this.#keep(added, { type: 'partitions-added', id, partitions })
    topic.partitions.push(...added)
    this.#revision++
    this.#configure(topic)
  }

  /** Writes what new logs are for; where it cannot be written, nobody gets to write to them. */
  async #keep(logs: readonly PartitionLog[], record: MetadataRecord): Promise<void> {
    try {
      await this.#options.metadata.append(record)
    } catch (cause) {
      for (const log of logs) await log.close()
      throw cause
    }
  }

  async #alterConfigs(topic: Topic, configs: TopicConfigs): Promise<void> {
    this.#checkPresent(topic)
    this.checkAltered(topic, configs)
    const { id } = topic.description
    const flushed = this.#options.metadata.append({ type: 'configs-changed', id, configs })
    this.#configure(topic)
    await flushed
  }

  /** The settings may have changed while the logs were opened, or had to wait for their turn. */
  #configure({ description, partitions }: Topic): void {
    const config = this.#configOf(description)
    for (const log of partitions) log.config = config
  }

  /** What users want of their topics by default does not hold for the broker's own. */
  #configOf({ name, configs }: TopicDescription): LogConfig {
    const defaults = isInternal(name) ? {} : this.#options.defaults?.()
    return logConfigOf({ ...defaults, ...configs })
  }

  #checkPresent(topic: Topic): void {
    const { name } = topic.description
    if (this.#topics.get(name) === topic) return
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `topic "${name}"`)
  }

  async #create(name: string, partitions: number, configs: TopicConfigs): Promise<Topic> {
    this.checkNew(name, partitions, configs)
    const id = this.#options.host.random.uuid()
    const description = { name, id, partitions, configs }
    const logs = await this.#openLogs(description, 0, partitions)
    await this.#keep(logs, { type: 'topic-created', topic: description })
    return this.#add(this.#options.metadata.topics.get(name) ?? description, logs)
  }

  #add(description: TopicDescription, partitions: PartitionLog[]): Topic {
    const topic = { description, internal: isInternal(description.name), partitions }
    this.#topics.set(description.name, topic)
    this.#names.set(description.id, description.name)
    this.#revision++
    this.#configure(topic)
    return topic
  }

  /** Opens or makes the logs of the partitions from `from` to `to` (excluded). */
  async #openLogs(topic: TopicDescription, from: number, to: number): Promise<PartitionLog[]> {
    const { host, directory, log } = this.#options
    const logs: PartitionLog[] = []
    try {
      for (let index = from; index < to; index++) {
        const name = `${topic.name}-${index}`
        const folder = path.join(directory, name)
        this.#claim(folder, topic.id, index)
        const config = this.#configOf(topic)
        const { clock, disk } = host
        logs.push(await PartitionLog.open({ disk, clock, directory: folder, name, config, log }))
      }
      return logs
    } catch (cause) {
      for (const each of logs) await each.close()
      throw new KafkaError('KAFKA_STORAGE_ERROR', `topic "${topic.name}"`, {
        detail: cause instanceof Error ? cause.message : String(cause),
        cause,
      })
    }
  }

  /** Makes the folder the topic's own. */
  #claim(folder: string, topicId: string, index: number): void {
    const { host, directory } = this.#options
    const { disk } = host
    const file = path.join(folder, 'partition.metadata')
    if (disk.exists(folder)) {
      const owner = disk.exists(file)
        ? /^topic_id: ([0-9a-f-]{36})$/m.exec(disk.readFile(file).toString())?.[1]
        : undefined
      if (owner === topicId) return
      if (owner !== undefined) {
        // Without the topic's name, which may be as long as a name of a folder can be.
        const aside = path.join(directory, `${owner}-${index}-stray`)
        disk.rename(folder, aside)
        this.#options.log(`topics: moved ${folder}, which is of a deleted topic, to ${aside}`)
      }
    }
    disk.makeDirectory(folder)
    disk.replaceFile(file, `version: 0\ntopic_id: ${topicId}\n`)
  }
}

function checkPartitionCount(where: string, partitions: number): void {
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= partitionsPerTopicMax) return
  const detail = `${partitions} were asked for, 1 to ${partitionsPerTopicMax} are possible.`
  const code = partitions > partitionsPerTopicMax ? 'POLICY_VIOLATION' : 'INVALID_PARTITIONS'
  throw new KafkaError(code, where, { detail })
}
