/**
 * A consumer instance: what it reads, where it stands, what it has committed.
 *
 * A partition's position is the offset of the next record to give out. What was fetched beyond it
 * waits in the backlog. Where partitions are given, taken or sought in, the backlog is dropped and
 * fetching begins anew at the positions; so a record is given out in order, once, unless somebody
 * seeks or the partition changes hands.
 *
 * Records of an answer count as processed when the next read comes (or the instance is closed):
 * only then are they committed by `auto.commit.enable`. So what was on its way to a client that
 * died is read again.
 */
import type { Clock } from '@millrace/host'
import {
  commitOffsets,
  Fetcher,
  GroupMember,
  type GroupPartition,
  KafkaError,
  type LogClient,
  type OffsetToCommit,
} from '@millrace/log'
import type { GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import {
  consumerAnswerBytesMax,
  consumerAnswerRecordsMax,
  consumerCommitMs,
  consumerFetchBytesMax,
  consumerFetchWaitMs,
  consumerJoinMsMax,
  consumerPartitionBytesMax,
  consumerReadMsDefault,
  consumerReadsMax,
} from '../../limits.js'
import { Backlog } from './backlog.js'
import type { InstanceOptions } from './options.js'
import type { ConsumerRecord, RawRecord } from './record-reader.js'
import { offsetsAt } from './start-offsets.js'
import { chosenTopics, type Subscription } from './subscription.js'

export interface ReadRequest {
  /** Less than the instance's own, or that. */
  timeoutMs?: number
  maxBytes?: number
  /** Raised when the client hangs up: what it would have been given stays. */
  signal: AbortSignal
  decode: (record: RawRecord) => Promise<ConsumerRecord>
}

interface Assigned extends GroupPartition {
  /** Of the next record to give out; undefined until it was looked up. */
  position: number | undefined
  /** What may be committed: what the client has shown to have. */
  confirmed: number | undefined
  committed: number | undefined
}

export class ConsumerInstance {
  readonly group: string
  readonly options: InstanceOptions
  readonly #clock: Clock
  #cluster: GatewayCluster
  #fetcher: Fetcher
  readonly #backlog = new Backlog()
  #partitions = new Map<string, Assigned>()
  #subscription: Subscription | undefined
  #member: GroupMember | undefined
  #isManual = false
  /** Whether positions have to be looked up, and the fetcher told. */
  #isStale = false
  #reads = 0
  #turn: Promise<unknown> = Promise.resolve()
  #committedAt: number

  constructor(cluster: GatewayCluster, clock: Clock, group: string, options: InstanceOptions) {
    this.group = group
    this.options = options
    this.#cluster = cluster
    this.#clock = clock
    this.#committedAt = clock.monotonic()
    this.#fetcher = fetcherOf(cluster)
  }

  /** For questions about the topics that it reads. */
  get client(): LogClient {
    return this.#cluster.client
  }

  /** Reads from another cluster. Throws 40903 while it reads from this one. */
  moveTo(cluster: GatewayCluster): void {
    if (cluster === this.#cluster) return
    if (this.#subscription !== undefined || this.#isManual) {
      throw gatewayErrors.illegalState(
        `The instance reads from the cluster ${this.#cluster.name}; unsubscribe it first.`,
      )
    }
    this.#fetcher.close()
    this.#cluster = cluster
    this.#fetcher = fetcherOf(cluster)
    this.#isStale = true
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
        if (this.#member === member) this.#take(partitions)
      },
      onRevoked: async () => {
        if (this.#member !== member) return
        await this.#autoCommit()
        this.#take([])
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
    this.#take([])
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
    this.#take(partitions)
  }

  async assigned(): Promise<GroupPartition[]> {
    await this.#joined()
    return [...this.#partitions.values()].map(({ topic, partition }) => ({ topic, partition }))
  }

  /** Goes on reading at these offsets. Throws 40903 for a partition that it does not read. */
  async seek(
    places: readonly (GroupPartition & { to: number | 'earliest' | 'latest' })[],
  ): Promise<void> {
    await this.#joined()
    for (const { topic, partition } of places) this.#mine(topic, partition)
    const offsets = await offsetsAt(this.client, places)
    for (const [at, { topic, partition }] of places.entries()) {
      const assigned = this.#mine(topic, partition)
      assigned.position = offsets[at]
      assigned.confirmed = offsets[at]
    }
    this.#backlog.clear()
    this.#isStale = true
  }

  /** Commits what was given out, or the offsets that are named. */
  async commit(offsets?: readonly OffsetToCommit[]): Promise<void> {
    await this.#joined()
    if (offsets !== undefined) return this.#commit(offsets)
    this.#confirm()
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

  /** Commits, where it does so by itself, and leaves its group. */
  async close(): Promise<void> {
    this.#confirm()
    await this.unsubscribe()
    this.#fetcher.close()
  }

  async #read({ timeoutMs, maxBytes, signal, decode }: ReadRequest): Promise<ConsumerRecord[]> {
    const { readMs = consumerReadMsDefault, minBytes = 1 } = this.options
    const deadline = this.#clock.monotonic() + Math.min(timeoutMs ?? readMs, readMs)
    const bytesMax = Math.min(maxBytes ?? consumerAnswerBytesMax, consumerAnswerBytesMax)
    this.#confirm()
    if (this.#clock.monotonic() - this.#committedAt >= consumerCommitMs) await this.#autoCommit()
    const records: ConsumerRecord[] = []
    let bytes = 0
    for (;;) {
      await this.#prepare()
      const record = this.#backlog.peek((position) => this.#pass(position))
      if (record === undefined) {
        const leftMs = deadline - this.#clock.monotonic()
        const isEnough = records.length > 0 && bytes >= minBytes
        if (isEnough || leftMs <= 0 || signal.aborted) break
        await this.#fetch(leftMs, signal)
        continue
      }
      const size = (record.key?.length ?? 0) + (record.value?.length ?? 0)
      const isFull = bytes + size > bytesMax || records.length >= consumerAnswerRecordsMax
      if (records.length > 0 && isFull) break
      const { epoch } = this.#backlog
      let decoded: ConsumerRecord
      try {
        decoded = await decode(record)
      } catch (cause) {
        // What stands before it is given out first; the next read comes upon it again.
        if (records.length > 0) break
        throw cause
      }
      // Meanwhile the partition may have been taken away, or another position sought.
      if (epoch !== this.#backlog.epoch) continue
      records.push(decoded)
      bytes += size
      this.#backlog.shift()
      this.#pass({ ...record, offset: record.offset + 1 })
    }
    if (signal.aborted) this.#rewind(records)
    return records
  }

  /** Waits for the group, and looks up where to begin; tells the fetcher. */
  async #prepare(): Promise<void> {
    if (this.#member?.failure !== undefined) throw this.#member.failure
    if (!this.#isStale) return
    const { client } = this
    const { epoch } = this.#backlog
    const unknown = [...this.#partitions.values()].filter((one) => one.position === undefined)
    if (unknown.length > 0) {
      const there = await client.topics([...new Set(unknown.map(({ topic }) => topic))])
      const counts = new Map(there.map(({ name, partitions }) => [name, partitions]))
      const committed = await client.committedOffsets(this.group)
      for (const one of unknown) {
        if (one.partition >= (counts.get(one.topic) ?? 0)) continue
        const { topic, partition } = one
        const known = committed.find((at) => at.topic === topic && at.partition === partition)
        const offset = known?.offset ?? (await this.#resetOffset(one))
        one.position ??= offset
        one.confirmed ??= offset
        one.committed = known?.offset
      }
    }
    if (epoch !== this.#backlog.epoch) return
    this.#isStale = false
    this.#fetcher.assign(
      [...this.#partitions.values()].flatMap(({ topic, partition, position }) =>
        position === undefined ? [] : [{ topic, partition, offset: position }],
      ),
    )
  }

  async #resetOffset({ topic, partition }: GroupPartition): Promise<number> {
    const { reset } = this.options
    if (reset !== 'none') return this.client.listOffsets(topic, partition, reset)
    throw gatewayErrors.log(
      `the group ${this.group} has no offset of ${topic}, partition ${partition}, and auto.offset.reset is none.`,
    )
  }

  async #fetch(waitMs: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const onAbort = () => stop.abort()
    const timer = this.#clock.after(waitMs, onAbort)
    signal.addEventListener('abort', onAbort, { once: true })
    const { epoch } = this.#backlog
    try {
      const fetched = await this.#fetcher.poll(stop.signal)
      if (epoch === this.#backlog.epoch) this.#backlog.add(fetched)
    } catch (cause) {
      if (stop.signal.aborted) return
      if (!(cause instanceof KafkaError) || cause.codeName !== 'OFFSET_OUT_OF_RANGE') throw cause
      await this.#backIntoRange()
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Records were deleted before they were read, or somebody sought beyond the end. */
  async #backIntoRange(): Promise<void> {
    const { client } = this
    for (const one of this.#partitions.values()) {
      const { topic, partition, position } = one
      if (position === undefined) continue
      const earliest = await client.listOffsets(topic, partition, 'earliest')
      const latest = await client.listOffsets(topic, partition, 'latest')
      if (position >= earliest && position <= latest) continue
      one.position = await this.#resetOffset(one)
      one.confirmed = one.position
    }
    this.#backlog.clear()
    this.#isStale = true
  }

  #take(partitions: readonly GroupPartition[]): void {
    this.#partitions = new Map(
      partitions.map(({ topic, partition }) => [
        keyOf(topic, partition),
        { topic, partition, position: undefined, confirmed: undefined, committed: undefined },
      ]),
    )
    this.#backlog.clear()
    this.#fetcher.assign([])
    this.#isStale = true
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

  #mine(topic: string, partition: number): Assigned {
    const assigned = this.#partitions.get(keyOf(topic, partition))
    if (assigned !== undefined) return assigned
    throw gatewayErrors.illegalState(`No current assignment for partition ${topic}-${partition}`)
  }

  #pass({ topic, partition, offset }: { topic: string; partition: number; offset: number }): void {
    const assigned = this.#partitions.get(keyOf(topic, partition))
    if (assigned !== undefined) assigned.position = offset
  }

  /** Nobody was there to take these: the next read gives them again. */
  #rewind(records: readonly ConsumerRecord[]): void {
    for (const { topic, partition, offset } of [...records].reverse()) {
      this.#pass({ topic, partition, offset })
    }
    this.#backlog.clear()
    this.#isStale = true
  }

  #confirm(): void {
    for (const one of this.#partitions.values()) one.confirmed = one.position
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
    const changed = [...this.#partitions.values()].filter(
      ({ confirmed, committed }) => confirmed !== undefined && confirmed !== committed,
    )
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

function fetcherOf({ client }: GatewayCluster): Fetcher {
  return new Fetcher(client, {
    isolation: 'read_committed',
    maxWaitMs: consumerFetchWaitMs,
    maxBytes: consumerFetchBytesMax,
    partitionMaxBytes: consumerPartitionBytesMax,
  })
}

const exclusive = 'Subscription to topics, partitions and pattern are mutually exclusive'

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
