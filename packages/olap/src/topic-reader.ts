import type { Host } from '@millrace/host'
import { type FetchedPartition, Fetcher, type LogClient } from '@millrace/log'
import type { Positions } from './change.js'
import {
  fetchBytesMax,
  fetchPartitionBytesMax,
  fetchWaitMsMax,
  partitionsCheckMs,
  topicMissingRetryMs,
} from './limits.js'

/** How the positions of a table relate to what the topic holds. */
export type TopicState =
  /** All partitions go on where they were left. */
  | { kind: 'continues' }
  /** Records between a position and the topic's first offset are gone (retention). */
  | { kind: 'gap'; partition: number; from: number; to: number }
  /** A position is behind the topic's end: it is another topic of the same name. */
  | { kind: 'made anew' }

/**
 * Reads one topic, all partitions, committed records only.
 *
 * Invariant: `positions` are where the next record comes from, after what `poll` returned last.
 */
export class TopicReader {
  readonly #host: Host
  readonly #client: LogClient
  readonly #topic: string
  #fetcher: Fetcher | undefined
  #partitions = 0
  #partitionsCheckedAt = 0
  /** Last stable offsets as last heard. */
  readonly #ends = new Map<number, number>()

  constructor(host: Host, client: LogClient, topic: string) {
    this.#host = host
    this.#client = client
    this.#topic = topic
  }

  /** Resolves as soon as there is such a topic. */
  async waitForTopic(signal: AbortSignal): Promise<void> {
    while ((await this.#countPartitions()) === 0) {
      await this.#host.clock.sleep(topicMissingRetryMs, signal)
    }
  }

  /** Where `positions` stand in the topic. `waitForTopic` was awaited before. */
  async compare(positions: Positions): Promise<TopicState> {
    for (const [partition, from] of positions) {
      const latest = await this.#client.listOffsets(this.#topic, partition, 'latest')
      if (from > latest || partition >= this.#partitions) return { kind: 'made anew' }
      const to = await this.#client.listOffsets(this.#topic, partition, 'earliest')
      if (from < to) return { kind: 'gap', partition, from, to }
    }
    return { kind: 'continues' }
  }

  /** Goes on from these positions; partitions not in them from their first record. */
  async start(positions: Positions): Promise<void> {
    const assigned = []
    for (let partition = 0; partition < this.#partitions; partition++) {
      const earliest = await this.#client.listOffsets(this.#topic, partition, 'earliest')
      const offset = Math.max(positions.get(partition) ?? 0, earliest)
      assigned.push({ topic: this.#topic, partition, offset })
    }
    for (const [partition, end] of await this.ends()) this.#ends.set(partition, end)
    this.close()
    const fetcher = new Fetcher(this.#client, {
      isolation: 'read_committed',
      maxWaitMs: fetchWaitMsMax,
      minBytes: 1,
      maxBytes: fetchBytesMax,
      partitionMaxBytes: fetchPartitionBytesMax,
    })
    fetcher.assign(assigned)
    this.#fetcher = fetcher
  }

  close(): void {
    this.#fetcher?.close()
    this.#fetcher = undefined
  }

  /** What came next; nothing when nothing came for a while. */
  async poll(signal: AbortSignal): Promise<FetchedPartition[]> {
    const fetched = await this.#startedFetcher().poll(signal)
    for (const part of fetched) this.#ends.set(part.partition, part.lastStableOffset)
    return fetched
  }

  get positions(): Map<number, number> {
    const positions = new Map<number, number>()
    for (let partition = 0; this.#fetcher && partition < this.#partitions; partition++) {
      positions.set(partition, this.#fetcher.position(this.#topic, partition))
    }
    return positions
  }

  /** Offsets committed and not read yet, as last heard. */
  lag(): number {
    let lag = 0
    for (const [partition, position] of this.positions) {
      lag += Math.max(0, (this.#ends.get(partition) ?? 0) - position)
    }
    return lag
  }

  /** The ends of the topic now: last stable offsets. Empty while there is no such topic. */
  async ends(): Promise<Positions> {
    const [found] = await this.#client.topics([this.#topic])
    const ends = new Map<number, number>()
    for (let partition = 0; partition < (found?.partitions ?? 0); partition++) {
      const end = await this.#client.listOffsets(this.#topic, partition, 'latest', 'read_committed')
      ends.set(partition, end)
    }
    return ends
  }

  /** Whether the topic has partitions that are not read yet; asks now and then only. */
  async hasGrown(): Promise<boolean> {
    const now = this.#host.clock.monotonic()
    if (now - this.#partitionsCheckedAt < partitionsCheckMs) return false
    const before = this.#partitions
    return (await this.#countPartitions()) !== before
  }

  async #countPartitions(): Promise<number> {
    this.#partitionsCheckedAt = this.#host.clock.monotonic()
    const [found] = await this.#client.topics([this.#topic])
    this.#partitions = found?.partitions ?? 0
    return this.#partitions
  }

  #startedFetcher(): Fetcher {
    if (!this.#fetcher) throw new Error('start comes before poll')
    return this.#fetcher
  }
}
