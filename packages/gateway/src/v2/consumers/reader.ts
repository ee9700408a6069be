/**
 * Gives out the records of an instance's partitions.
 *
 * A partition's position is the offset of the next record to give out. What was fetched beyond it
 * waits in the backlog. Where partitions are given, taken or sought in, the backlog is dropped and
 * fetching begins anew at the positions; so a record is given out in order, once, unless somebody
 * seeks or the partition changes hands.
 */
import type { Clock } from '@millrace/host'
import { Fetcher, type GroupPartition, KafkaError, type LogClient } from '@millrace/log'
import type { GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import {
  consumerAnswerBytesMax,
  consumerAnswerRecordsMax,
  consumerFetchBytesMax,
  consumerFetchWaitMs,
  consumerPartitionBytesMax,
  consumerReadMsDefault,
} from '../../limits.js'
import { Backlog } from './backlog.js'
import type { InstanceOptions } from './options.js'
import { AssignedPartitions } from './partitions.js'
import type { ConsumerRecord, RawRecord } from './record-reader.js'
import { offsetsAt } from './start-offsets.js'

export interface ReadRequest {
  /** Less than the instance's own, or that. */
  timeoutMs?: number
  maxBytes?: number
  /** Raised when the client hangs up: what it would have been given stays. */
  signal: AbortSignal
  decode: (record: RawRecord) => Promise<ConsumerRecord>
}

export interface ReaderOptions {
  clock: Clock
  /** Whose committed offsets say where to begin. */
  group: string
  options: InstanceOptions
  /** Why the group does not have it any more; reads reject with it. */
  failure: () => Error | undefined
}

export class Reader {
  readonly partitions = new AssignedPartitions()
  readonly #options: ReaderOptions
  readonly #backlog = new Backlog()
  #cluster: GatewayCluster
  #fetcher: Fetcher
  /** Whether positions have to be looked up, and the fetcher told. */
  #isStale = false

  constructor(cluster: GatewayCluster, options: ReaderOptions) {
    this.#cluster = cluster
    this.#options = options
    this.#fetcher = fetcherOf(cluster)
  }

  get cluster(): GatewayCluster {
    return this.#cluster
  }

  /** Reads from another cluster, where nothing is assigned of this one. */
  moveTo(cluster: GatewayCluster): void {
    this.#fetcher.close()
    this.#cluster = cluster
    this.#fetcher = fetcherOf(cluster)
    this.#isStale = true
  }

  /** Reads these partitions in place of all others. */
  take(partitions: readonly GroupPartition[]): void {
    this.partitions.take(partitions)
    this.#fetcher.assign([])
    this.#beginAnew()
  }

  /** Goes on at these offsets. Throws 40903 for a partition that it does not read. */
  async seek(
    places: readonly (GroupPartition & { to: number | 'earliest' | 'latest' })[],
  ): Promise<void> {
    for (const { topic, partition } of places) this.partitions.mine(topic, partition)
    const offsets = await offsetsAt(this.#client, places)
    for (const [at, { topic, partition }] of places.entries()) {
      const assigned = this.partitions.mine(topic, partition)
      assigned.position = offsets[at]
      assigned.confirmed = offsets[at]
    }
    this.#beginAnew()
  }

  /** Not to be called again before it is answered. */
  async read({ timeoutMs, maxBytes, signal, decode }: ReadRequest): Promise<ConsumerRecord[]> {
    const { clock, options } = this.#options
    const { readMs = consumerReadMsDefault, minBytes = 1 } = options
    const deadline = clock.monotonic() + Math.min(timeoutMs ?? readMs, readMs)
    const bytesMax = Math.min(maxBytes ?? consumerAnswerBytesMax, consumerAnswerBytesMax)
    const records: ConsumerRecord[] = []
    let bytes = 0
    for (;;) {
      await this.#prepare()
      const record = this.#backlog.peek((position) => this.partitions.pass(position))
      if (record === undefined) {
        const leftMs = deadline - clock.monotonic()
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
      this.partitions.pass({ ...record, offset: record.offset + 1 })
    }
    if (signal.aborted) this.#rewind(records)
    return records
  }

  close(): void {
    this.#fetcher.close()
  }

  get #client(): LogClient {
    return this.#cluster.client
  }

  /** Looks up where to begin, and tells the fetcher. */
  async #prepare(): Promise<void> {
    const failure = this.#options.failure()
    if (failure !== undefined) throw failure
    if (!this.#isStale) return
    const { epoch } = this.#backlog
    await this.#lookUp()
    if (epoch !== this.#backlog.epoch) return
    this.#isStale = false
    this.#fetcher.assign(
      this.partitions.all().flatMap(({ topic, partition, position }) => {
        return position === undefined ? [] : [{ topic, partition, offset: position }]
      }),
    )
  }

  /** Where the group has committed, else where the instance wants to begin. */
  async #lookUp(): Promise<void> {
    const unknown = this.partitions.all().filter(({ position }) => position === undefined)
    if (unknown.length === 0) return
    const there = await this.#client.topics([...new Set(unknown.map(({ topic }) => topic))])
    const counts = new Map(there.map(({ name, partitions }) => [name, partitions]))
    const committed = await this.#client.committedOffsets(this.#options.group)
    for (const one of unknown) {
      const { topic, partition } = one
      if (partition >= (counts.get(topic) ?? 0)) continue
      const known = committed.find((at) => at.topic === topic && at.partition === partition)
      const offset = known?.offset ?? (await this.#resetOffset(one))
      one.position ??= offset
      one.confirmed ??= offset
      one.committed = known?.offset
    }
  }

  async #resetOffset({ topic, partition }: GroupPartition): Promise<number> {
    const { group, options } = this.#options
    if (options.reset !== 'none') return this.#client.listOffsets(topic, partition, options.reset)
    throw gatewayErrors.log(
      `the group ${group} has no offset of ${topic}, partition ${partition}, and auto.offset.reset is none.`,
    )
  }

  async #fetch(waitMs: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const onAbort = () => stop.abort()
    const timer = this.#options.clock.after(waitMs, onAbort)
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
    for (const one of this.partitions.all()) {
      const { topic, partition, position } = one
      if (position === undefined) continue
      const earliest = await this.#client.listOffsets(topic, partition, 'earliest')
      const latest = await this.#client.listOffsets(topic, partition, 'latest')
      if (position >= earliest && position <= latest) continue
      one.position = await this.#resetOffset(one)
      one.confirmed = one.position
    }
    this.#beginAnew()
  }

  /** Nobody was there to take these: the next read gives them again. */
  #rewind(records: readonly ConsumerRecord[]): void {
    for (const { topic, partition, offset } of [...records].reverse()) {
      this.partitions.pass({ topic, partition, offset })
    }
    this.#beginAnew()
  }

  #beginAnew(): void {
    this.#backlog.clear()
    this.#isStale = true
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
