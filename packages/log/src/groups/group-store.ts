import type { Clock } from '@millrace/host'
import { readBatchHeader } from '../records/batch-header.js'
import { readEndMarker } from '../records/end-marker.js'
import { decodeRecords } from '../records/visit-records.js'
import type { PartitionLog } from '../storage/partition-log.js'
import { StateLog } from '../storage/state-log.js'
import { ConsumerGroup, groupGone } from './consumer/consumer-group.js'
import type { ConsumerGroupRecord } from './consumer/consumer-group-record.js'
import {
  type CommittedOffset,
  decodeGroupRecord,
  encodeGroupRecord,
  type GroupRecord,
  type Membership,
  type OffsetKey,
} from './group-record.js'

export interface GroupStoreOptions {
  clock: Clock
  /** `__consumer_offsets`: undefined as long as there was no group. */
  log: PartitionLog | undefined
  /** Makes it at the first use. */
  makeLog: () => Promise<PartitionLog>
}

/** Offset of a partition within a group. */
export interface GroupOffset extends CommittedOffset {
  topic: string
  partition: number
}

/** The producer in whose transaction offsets are committed. */
export interface OffsetProducer {
  producerId: number
  producerEpoch: number
}

/**
 * What is kept of groups: their offsets, and the generation they are in.
 *
 * Invariants: the state is the fold of `__consumer_offsets`; offsets that were committed in a
 * transaction wait in `#pending` until its marker comes along in the same log, and are dropped or
 * taken by it.
 */
export class GroupStore {
  readonly #options: GroupStoreOptions
  readonly #offsets = new Map<string, Map<string, GroupOffset>>()
  readonly #pending = new Map<number, { key: OffsetKey; value: CommittedOffset | null }[]>()
  readonly #memberships = new Map<string, Membership>()
  readonly #consumerGroups = new Map<string, ConsumerGroup>()
  #log: StateLog | undefined

  constructor(options: GroupStoreOptions) {
    this.#options = options
    if (options.log !== undefined) this.#follow(options.log)
  }

  /** Makes the log when it is not there. To be awaited before the first `append`. */
  async ready(): Promise<void> {
    if (this.#log === undefined) this.#follow(await this.#options.makeLog())
  }

  /** Waits for what goes on in the background. */
  async settled(): Promise<void> {
    await this.#log?.settled()
  }

  /** Appends records in one batch; those of a transaction count when it is committed. */
  append(records: readonly GroupRecord[], producer?: OffsetProducer): void {
    if (records.length === 0) return
    if (this.#log === undefined) throw new Error('A group record before its log was made.')
    const timestamp = this.#options.clock.now()
    const options = producer === undefined ? { timestamp } : { timestamp, ...producer }
    const transactional = producer !== undefined
    this.#log.append(records.map(encodeGroupRecord), { ...options, transactional })
  }

  /** What is kept of the group's generation. */
  membership(group: string): Membership | undefined {
    return this.#memberships.get(group)
  }

  /** The group, where it is one of the newer protocol. */
  consumerGroup(group: string): ConsumerGroup | undefined {
    return this.#consumerGroups.get(group)
  }

  consumerGroups(): ConsumerGroup[] {
    return [...this.#consumerGroups.values()]
  }

  /** Names of all groups of which anything is kept. */
  groups(): string[] {
    const kept = [this.#memberships, this.#offsets, this.#consumerGroups]
    return [...new Set(kept.flatMap((each) => [...each.keys()]))]
  }

  offset(group: string, topic: string, partition: number): GroupOffset | undefined {
    return this.#offsets.get(group)?.get(placeOf(topic, partition))
  }

  offsets(group: string): GroupOffset[] {
    return [...(this.#offsets.get(group)?.values() ?? [])]
  }

  /** Whether a transaction that is still open may change the offset. */
  isPending(group: string, topic: string, partition: number): boolean {
    for (const commits of this.#pending.values()) {
      for (const { key } of commits) {
        if (key.group === group && key.topic === topic && key.partition === partition) return true
      }
    }
    return false
  }

  /** Whether a transaction that is still open may change any offset of the group. */
  hasPending(group: string): boolean {
    for (const commits of this.#pending.values()) {
      if (commits.some(({ key }) => key.group === group)) return true
    }
    return false
  }

  /** Removes all that is kept of a group. */
  removeGroup(group: string): void {
    const offsets = this.offsets(group).map(({ topic, partition }) => ({
      kind: 'offset' as const,
      key: { group, topic, partition },
      value: null,
    }))
    this.append([...offsets, ...this.gone(group)])
  }

  /** What removes the members of a group and what they agreed on, of either protocol. */
  gone(group: string): GroupRecord[] {
    const consumerGroup = this.#consumerGroups.get(group)
    const records = consumerGroup === undefined ? [] : groupGone(consumerGroup)
    if (!this.#memberships.has(group)) return records
    return [...records, { kind: 'membership', group, value: null }]
  }

  /** Removes the offsets of a topic that was deleted. */
  removeTopic(topic: string): void {
    for (const [group, offsets] of this.#offsets) {
      const records = [...offsets.values()]
        .filter((each) => each.topic === topic)
        .map(({ partition }) => ({
          kind: 'offset' as const,
          key: { group, topic, partition },
          value: null,
        }))
      this.append(records)
    }
  }

  #follow(log: PartitionLog): void {
    if (this.#log !== undefined) return
    this.#log = new StateLog(log, {
      apply: (batch) => this.#apply(batch),
      records: () => this.#records().map(encodeGroupRecord),
    })
  }

  #records(): GroupRecord[] {
    const memberships = [...this.#memberships].map(([group, value]) => ({
      kind: 'membership' as const,
      group,
      value,
    }))
    const offsets = [...this.#offsets].flatMap(([group, each]) =>
      [...each.values()].map(({ topic, partition, ...value }) => ({
        kind: 'offset' as const,
        key: { group, topic, partition },
        value,
      })),
    )
    const consumerGroups = [...this.#consumerGroups.values()].flatMap((each) => each.records())
    return [...memberships, ...consumerGroups, ...offsets]
  }

  #apply(batch: Buffer): void {
    const header = readBatchHeader(batch)
    if (header.isControl) {
      const commits = this.#pending.get(header.producerId) ?? []
      this.#pending.delete(header.producerId)
      if (readEndMarker(batch)?.end !== 'commit') return
      for (const { key, value } of commits) this.#setOffset(key, value)
      return
    }
    for (const each of decodeRecords(batch)) {
      const record = decodeGroupRecord(each)
      if (record === undefined) continue
      if (record.kind === 'membership') {
        if (record.value === null) this.#memberships.delete(record.group)
        else this.#memberships.set(record.group, record.value)
      } else if (record.kind !== 'offset') {
        this.#applyToConsumerGroup(record)
      } else if (header.isTransactional) {
        const commits = this.#pending.get(header.producerId) ?? []
        this.#pending.set(header.producerId, commits)
        commits.push(record)
      } else {
        this.#setOffset(record.key, record.value)
      }
    }
  }

  /** A group is there from its first record on, and until that of its epoch is removed. */
  #applyToConsumerGroup(record: ConsumerGroupRecord): void {
    const { kind, group: name, value } = record
    const group = this.#consumerGroups.get(name) ?? new ConsumerGroup(name)
    group.apply(record)
    if (kind === 'group-epoch' && value === null) this.#consumerGroups.delete(name)
    else if (value !== null) this.#consumerGroups.set(name, group)
  }

  #setOffset({ group, topic, partition }: OffsetKey, value: CommittedOffset | null): void {
    const place = placeOf(topic, partition)
    const offsets = this.#offsets.get(group) ?? new Map<string, GroupOffset>()
    if (value !== null) {
      this.#offsets.set(group, offsets.set(place, { topic, partition, ...value }))
      return
    }
    offsets.delete(place)
    if (offsets.size === 0) this.#offsets.delete(group)
    this.#dropPending({ group, topic, partition })
  }

  /** What open transactions would make of an offset that was removed. */
  #dropPending({ group, topic, partition }: OffsetKey): void {
    for (const [producerId, commits] of this.#pending) {
      const kept = commits.filter(
        ({ key }) => key.group !== group || key.topic !== topic || key.partition !== partition,
      )
      this.#pending.set(producerId, kept)
    }
  }
}

function placeOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
