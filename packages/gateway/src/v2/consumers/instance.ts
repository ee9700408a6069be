/**
 * A consumer instance: a member of its group, or who reads what it is assigned, and what it has
 * committed.
 *
 * Records of an answer count as processed when the next read comes (or the instance is closed):
 * only then are they committed by `auto.commit.enable`. So what was on its way to a client that
 * died is read again.
 */
import type { Clock } from '@millrace/host'
import {
  commitOffsets,
  GroupMember,
  type GroupPartition,
  KafkaError,
  type LogClient,
  type OffsetToCommit,
} from '@millrace/log'
import type { GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import { consumerCommitMs, consumerJoinMsMax, consumerReadsMax } from '../../limits.js'
import type { InstanceOptions } from './options.js'
import { Reader, type ReadRequest } from './reader.js'
import type { ConsumerRecord } from './record-reader.js'
import { chosenTopics, type Subscription } from './subscription.js'

export class ConsumerInstance {
  readonly group: string
  readonly options: InstanceOptions
  readonly #clock: Clock
  readonly #reader: Reader
  #subscription: Subscription | undefined
  #member: GroupMember | undefined
  #isManual = false
  #reads = 0
  #turn: Promise<unknown> = Promise.resolve()
  #committedAt: number

  constructor(cluster: GatewayCluster, clock: Clock, group: string, options: InstanceOptions) {
    this.group = group
    this.options = options
    this.#clock = clock
    this.#committedAt = clock.monotonic()
    const failure = () => this.#member?.failure
    this.#reader = new Reader(cluster, { clock, group, options, failure })
  }

  /** For questions about the topics that it reads. */
  get client(): LogClient {
    return this.#reader.cluster.client
  }

  /** Reads from another cluster. Throws 40903 while it reads from this one. */
  moveTo(cluster: GatewayCluster): void {
    const { cluster: current } = this.#reader
    if (cluster === current) return
    if (this.#subscription !== undefined || this.#isManual) {
      throw gatewayErrors.illegalState(
        `The instance reads from the cluster ${current.name}; unsubscribe it first.`,
      )
    }
    this.#reader.moveTo(cluster)
  }

  /** Whether a read is under way: then it is not idle. */
  get isBusy(): boolean {
    return this.#reads > 0
  }

  /** Takes the place of an earlier subscription. Throws 40903 where partitions were assigned. */
  async subscribe(subscription: Subscription): Promise<void> {
    if (this.#isManual) throw gatewayErrors.illegalState(exclusive)
    await this.unsubscribe()
    this.#subscription = subscription
    const member = new GroupMember(this.client, {
      group: this.group,
      topics: () => chosenTopics(this.client, subscription),
      onAssigned: (partitions) => {
        if (this.#member === member) this.#reader.take(partitions)
      },
      onRevoked: async () => {
        if (this.#member !== member) return
        await this.#autoCommit()
        this.#reader.take([])
      },
    })
    this.#member = member
    member.start()
  }

  /** Leaves the group, and has nothing to read any longer. */
  async unsubscribe(): Promise<void> {
    const member = this.#member
    await this.#autoCommit()
    this.#member = undefined
    this.#subscription = undefined
    this.#isManual = false
    this.#reader.take([])
    await member?.close()
  }

  /** The topics that it is subscribed to; of a pattern, those that match. */
  async subscribed(): Promise<string[]> {
    if (this.#subscription === undefined) return []
    if ('topics' in this.#subscription) return [...this.#subscription.topics]
    const chosen = await chosenTopics(this.client, this.#subscription)
    return chosen.map(({ name }) => name)
  }

  /** Reads these partitions, whatever others of the group read. 40903 where it is subscribed. */
  assign(partitions: readonly GroupPartition[]): void {
    if (this.#subscription !== undefined) throw gatewayErrors.illegalState(exclusive)
    this.#isManual = partitions.length > 0
    this.#reader.take(partitions)
  }

  async assigned(): Promise<GroupPartition[]> {
    await this.#joined()
    return this.#reader.partitions.all().map(({ topic, partition }) => ({ topic, partition }))
  }

  /** Goes on reading at these offsets. Throws 40903 for a partition that it does not read. */
  async seek(
    places: readonly (GroupPartition & { to: number | 'earliest' | 'latest' })[],
  ): Promise<void> {
    await this.#joined()
    await this.#reader.seek(places)
  }

  /** Commits what was given out, or the offsets that are named. */
  async commit(offsets?: readonly OffsetToCommit[]): Promise<void> {
    await this.#joined()
    if (offsets !== undefined) return this.#commit(offsets)
    this.#reader.partitions.confirm()
    await this.#commitConfirmed()
  }

  /** What the group has committed, whoever did; nothing for partitions that it has not. */
  async committed(
    partitions: readonly GroupPartition[],
  ): Promise<(GroupPartition & { offset: number; metadata: string })[]> {
    const all = await this.client.committedOffsets(this.group)
    return partitions.flatMap(({ topic, partition }) =>
      all.filter((at) => at.topic === topic && at.partition === partition && at.offset >= 0),
    )
  }

  /** Gives records to one read after the other. Rejects with a `GatewayError`, or a `KafkaError`. */
  async read(request: ReadRequest): Promise<ConsumerRecord[]> {
    if (this.#reads >= consumerReadsMax) throw gatewayErrors.tooManyReads(consumerReadsMax)
    this.#reads++
    const reading = this.#turn.then(() => this.#read(request))
    this.#turn = reading.catch(() => {})
    return reading.finally(() => this.#reads--)
  }

  async #read(request: ReadRequest): Promise<ConsumerRecord[]> {
    this.#reader.partitions.confirm()
    if (this.#clock.monotonic() - this.#committedAt >= consumerCommitMs) await this.#autoCommit()
    return this.#reader.read(request)
  }

  /** Commits, where it does so by itself, and leaves its group. */
  async close(): Promise<void> {
    this.#reader.partitions.confirm()
    await this.unsubscribe()
    this.#reader.close()
  }

  /** Resolves when the group has given out its partitions, or that takes too long. */
  async #joined(): Promise<void> {
    if (this.#member === undefined) return
    let giveUp = () => {}
    const late = new Promise<void>((resolve) => {
      giveUp = resolve
    })
    const timer = this.#clock.after(consumerJoinMsMax, giveUp)
    await Promise.race([this.#member.settled, late])
    timer.cancel()
    if (this.#member?.failure !== undefined) throw this.#member.failure
  }

  /** What cannot be committed is read again, by this instance or by who has the partition next. */
  async #autoCommit(): Promise<void> {
    if (!this.options.autoCommit) return
    try {
      await this.#commitConfirmed()
    } catch (cause) {
      if (!(cause instanceof KafkaError)) throw cause
    }
  }

  async #commitConfirmed(): Promise<void> {
    const changed = this.#reader.partitions.uncommitted()
    this.#committedAt = this.#clock.monotonic()
    const offsets = changed.map(({ topic, partition, confirmed = 0 }) => {
      return { topic, partition, offset: confirmed }
    })
    await this.#commit(offsets)
    for (const [at, one] of changed.entries()) one.committed = offsets[at]?.offset
  }

  async #commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    await commitOffsets(this.client, this.group, offsets, this.#member?.identity)
  }
}

const exclusive = 'Subscription to topics, partitions and pattern are mutually exclusive'
