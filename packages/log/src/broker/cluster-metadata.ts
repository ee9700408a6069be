import type { LogRecord } from '../records/record.js'
import { decodeRecords } from '../records/visit-records.js'
import type { PartitionLog } from '../storage/partition-log.js'
import { StateLog } from '../storage/state-log.js'
import type { TopicConfigs } from './topic-config.js'

/** What is known of a topic beside its records. */
export interface TopicDescription {
  name: string
  /** A UUID; a topic that is deleted and made again has another. */
  id: string
  partitions: number
  configs: TopicConfigs
}

/** Something that happened to the cluster. */
export type MetadataRecord =
  | { type: 'topic-created'; topic: TopicDescription }
  | { type: 'topic-deleted'; id: string }
  | { type: 'partitions-added'; id: string; partitions: number }
  | { type: 'configs-changed'; id: string; configs: TopicConfigs }
  | { type: 'broker-configs-changed'; broker: string; configs: TopicConfigs }
  | { type: 'producer-ids-given'; nextProducerId: number }

/**
 * Which topics there are, and which producer ids were given out: the fold of a log of
 * `MetadataRecord`s, one JSON a record.
 *
 * Invariant: `#apply` is the only thing that changes the state, and is called for what is in the
 * log, in its order, at start as when it is new.
 */
export class ClusterMetadata {
  readonly #log: PartitionLog
  readonly #state: StateLog
  readonly #topics = new Map<string, TopicDescription>()
  readonly #brokerConfigs = new Map<string, TopicConfigs>()
  #nextProducerId = 0

  /** Takes a log that is open, and folds what is in it. */
  constructor(log: PartitionLog) {
    this.#log = log
    this.#state = new StateLog(log, {
      apply: (batch) => {
        for (const record of decodeRecords(batch)) {
          this.#apply(JSON.parse(String(record.value)) as MetadataRecord)
        }
      },
      records: () => this.#records().map(encode),
    })
  }

  /** By name. */
  get topics(): ReadonlyMap<string, TopicDescription> {
    return this.#topics
  }

  /** What brokers were told while they ran, by their ids; what all were told by ''. */
  get brokerConfigs(): ReadonlyMap<string, TopicConfigs> {
    return this.#brokerConfigs
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#log.endOffset
  }

  /** Producer ids from this one on were not given to anybody. */
  get nextProducerId(): number {
    return this.#nextProducerId
  }

  /** Appends and applies at once; resolves when it survives a power cut. */
  append(record: MetadataRecord): Promise<void> {
    this.#state.append([encode(record)])
    return this.#state.flush()
  }

  /** Marks producer ids below this one as given out. */
  giveUpTo(nextProducerId: number): Promise<void> {
    return this.append({ type: 'producer-ids-given', nextProducerId })
  }

  async close(): Promise<void> {
    await this.#state.settled()
    await this.#log.close()
  }

  #records(): MetadataRecord[] {
    const topics = [...this.#topics.values()]
    return [
      { type: 'producer-ids-given', nextProducerId: this.#nextProducerId },
      ...topics.map((topic) => ({ type: 'topic-created' as const, topic })),
      ...[...this.#brokerConfigs].map(([broker, configs]) => ({
        type: 'broker-configs-changed' as const,
        broker,
        configs,
      })),
    ]
  }

  #apply(record: MetadataRecord): void {
    switch (record.type) {
      case 'topic-created':
        this.#topics.set(record.topic.name, record.topic)
        break
      case 'topic-deleted':
        for (const topic of this.#topics.values()) {
          if (topic.id === record.id) this.#topics.delete(topic.name)
        }
        break
      case 'partitions-added':
        for (const topic of this.#topics.values()) {
          if (topic.id === record.id) topic.partitions = record.partitions
        }
        break
      case 'configs-changed':
        for (const topic of this.#topics.values()) {
          if (topic.id === record.id) topic.configs = record.configs
        }
        break
      case 'broker-configs-changed':
        this.#brokerConfigs.set(record.broker, record.configs)
        break
      case 'producer-ids-given':
        this.#nextProducerId = record.nextProducerId
        break
    }
  }
}

function encode(record: MetadataRecord): LogRecord {
  return { key: null, value: Buffer.from(JSON.stringify(record)) }
}
