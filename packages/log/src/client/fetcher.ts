import { CorruptBatchError, KafkaError } from '../errors.js'
import {
  fetchBytesMaxDefault,
  fetchWaitMsDefault,
  partitionFetchBytesMaxDefault,
  requestTimeoutMs,
} from '../limits.js'
import type { ResponseOf } from '../protocol/api.js'
import { fetch } from '../protocol/apis.js'
import type { Lane } from './broker-connections.js'
import { FetchMemory } from './fetch-memory.js'
import { type Isolation, isolationLevel } from './isolation.js'
import type { LogClient } from './log-client.js'
import { retryDelayMs } from './retry.js'
import { type VisibleBatches, visibleBatches } from './visible-batches.js'

export interface FetcherOptions {
  isolation?: Isolation
  /** How long the broker may hold a fetch back while there are fewer than `minBytes`. */
  maxWaitMs?: number
  minBytes?: number
  maxBytes?: number
  partitionMaxBytes?: number
  /** Whether the checksum of every batch is checked; true by default. */
  verify?: boolean
  /** Whether each batch will be given back with `release`, so that memory is used again; false by default. */
  releases?: boolean
}

export interface Position {
  topic: string
  partition: number
  /** Of the next record to read. */
  offset: number
}

export interface FetchedPartition {
  topic: string
  partition: number
  /** Offset after the last record that every in-sync replica has. */
  highWatermark: number
  /** Offset before which every transaction has ended. */
  lastStableOffset: number
  /** Where it was read from: records before it, in the first batch, are to be skipped. */
  startOffset: number
  /** The position after it; may move on where there is nothing to see. */
  nextOffset: number
  /** Whole record batches to be seen under the isolation, still compressed if they were. */
  batches: Buffer[]
}

type PartitionAnswer = ResponseOf<typeof fetch>['responses'][number]['partitions'][number]

/**
 * Reads record batches from where it is told, and keeps its own positions. There is one fetch
 * under way for each broker that leads a partition; a poll gives what has arrived and sends the
 * fetches of the brokers that are free. Not for two polls at once.
 */
export class Fetcher {
  readonly #client: LogClient
  readonly #options: Required<Omit<FetcherOptions, 'releases'>>
  readonly #lane: Lane
  readonly #memory: FetchMemory | undefined
  #positions = new Map<string, Position>()
  /** Fetches under way, by broker. A fetch never rejects: its failure is in `#failures`. */
  readonly #underWay = new Map<number, Promise<void>>()
  #arrived: FetchedPartition[] = []
  #failures: Error[] = []
  /** Raised by `assign`: what was fetched for an earlier assignment is thrown away. */
  #assignment = 0
  #failingSince: number | undefined
  #failuresInARow = 0

  constructor(client: LogClient, options: FetcherOptions = {}) {
    this.#client = client
    this.#memory = options.releases === true ? new FetchMemory() : undefined
    this.#lane = client.cluster.newLane(this.#memory?.take)
    this.#options = {
      isolation: options.isolation ?? 'read_uncommitted',
      maxWaitMs: options.maxWaitMs ?? fetchWaitMsDefault,
      minBytes: options.minBytes ?? 1,
      maxBytes: options.maxBytes ?? fetchBytesMaxDefault,
      partitionMaxBytes: options.partitionMaxBytes ?? partitionFetchBytesMaxDefault,
      verify: options.verify ?? true,
    }
  }

  /** Says what to read, and from where on; takes the place of what was said before. */
  assign(positions: readonly Position[]): void {
    this.#assignment++
    this.#arrived = []
    this.#failures = []
    this.#positions = new Map(positions.map((one) => [keyOf(one.topic, one.partition), { ...one }]))
  }

  /** The offset of the next record that a poll would give; -1 when it is not assigned. */
  position(topic: string, partition: number): number {
    return this.#positions.get(keyOf(topic, partition))?.offset ?? -1
  }

  /**
   * Waits for records and gives them, with the positions moved behind them. Empty when
   * there were none within `maxWaitMs`, or when a broker is away (it is tried again at the next
   * poll, after a growing wait). Rejects when brokers have been away for the client's
   * `timeoutMs`, with an error that does not pass by itself (OFFSET_OUT_OF_RANGE,
   * UNKNOWN_TOPIC_OR_PARTITION), or with the signal's reason. Positions stay where they were.
   */
  async poll(signal?: AbortSignal): Promise<FetchedPartition[]> {
    signal?.throwIfAborted()
    const { clock } = this.#client.cluster.host
    if (this.#positions.size === 0) {
      await clock.sleep(this.#options.maxWaitMs, signal)
      return []
    }
    try {
      await this.#startFetches()
    } catch (error) {
      this.#failures.push(asError(error))
    }
    if (this.#arrived.length === 0 && this.#failures.length === 0) {
      await raced([...this.#underWay.values()], signal)
    }
    const failure = this.#failures.shift()
    if (failure) await this.#waitOrThrow(failure, signal)
    return this.#take()
  }

  /** Gives batches back, whose memory is then used for others: nobody may look at them any more. */
  release(batches: readonly Buffer[]): void {
    this.#memory?.release(batches)
  }

  /** Closes the fetcher's own connections; the client stays open. */
  close(): void {
    this.assign([])
    this.#client.cluster.closeLane(this.#lane)
  }

  async #startFetches(): Promise<void> {
    const leaders = new Map<string, number>()
    for (const [key, { topic, partition }] of this.#positions) {
      leaders.set(key, await this.#client.cluster.leader(topic, partition))
    }
    // From here on nothing is awaited, so that what is read stays true until it is used.
    const byLeader = new Map<number, Position[]>()
    for (const [key, position] of this.#positions) {
      const leader = leaders.get(key)
      if (leader === undefined || this.#hasArrived(key) || this.#underWay.has(leader)) continue
      const led = byLeader.get(leader) ?? []
      led.push({ ...position })
      byLeader.set(leader, led)
    }
    for (const [leader, positions] of byLeader) {
      const fetching = this.#fetch(leader, positions, this.#assignment)
        .catch((error: unknown) => {
          for (const one of positions) this.#client.cluster.forgetTopic(one.topic)
          this.#failures.push(asError(error))
        })
        .finally(() => this.#underWay.delete(leader))
      this.#underWay.set(leader, fetching)
    }
  }

  async #fetch(leader: number, positions: Position[], assignment: number): Promise<void> {
    const { isolation, maxWaitMs, minBytes, maxBytes, partitionMaxBytes } = this.#options
    const broker = await this.#client.cluster.broker(leader, this.#lane)
    const answer = await broker.request(
      fetch,
      {
        maxWaitMs,
        minBytes,
        maxBytes,
        isolationLevel: isolationLevel[isolation],
        topics: [...new Set(positions.map((one) => one.topic))].map((topic) => ({
          topic,
          partitions: positions
            .filter((one) => one.topic === topic)
            .map((one) => ({
              partition: one.partition,
              fetchOffset: one.offset,
              partitionMaxBytes,
            })),
        })),
      },
      { timeoutMs: maxWaitMs + requestTimeoutMs },
    )
    if (assignment !== this.#assignment) return
    if (answer.errorCode !== 0) throw new KafkaError(answer.errorCode, broker.where)
    for (const { topic, partitions } of answer.responses) {
      for (const one of partitions) {
        const asked = positions.find(
          (position) => position.topic === topic && position.partition === one.partitionIndex,
        )
        if (asked) this.#arrive(asked, one)
      }
    }
  }

  #arrive(asked: Position, answer: PartitionAnswer): void {
    const { topic, partition } = asked
    const key = keyOf(topic, partition)
    const position = this.#positions.get(key)
    // While a partition moves to another leader, both may answer: the first one counts.
    if (position?.offset !== asked.offset || this.#hasArrived(key)) return
    if (answer.errorCode !== 0) {
      const where = `topic ${topic}, partition ${partition}, offset ${position.offset}`
      this.#client.cluster.forgetTopic(topic)
      this.#failures.push(new KafkaError(answer.errorCode, where))
      return
    }
    const { batches, nextOffset } = this.#visible(position, answer)
    this.#failingSince = undefined
    this.#failuresInARow = 0
    if (nextOffset === position.offset) return
    this.#memory?.hold(batches)
    this.#arrived.push({
      topic,
      partition,
      highWatermark: answer.highWatermark,
      lastStableOffset: answer.lastStableOffset,
      startOffset: position.offset,
      nextOffset,
      batches,
    })
  }

  #visible({ topic, partition, offset }: Position, answer: PartitionAnswer): VisibleBatches {
    const { isolation, verify } = this.#options
    const records = answer.records ?? Buffer.alloc(0)
    try {
      return visibleBatches(records, offset, isolation, answer.abortedTransactions ?? [], {
        verify,
      })
    } catch (error) {
      if (!(error instanceof CorruptBatchError)) throw error
      const where = `topic ${topic}, partition ${partition}, offset ${offset}`
      throw new KafkaError('CORRUPT_MESSAGE', where, { detail: error.message, cause: error })
    }
  }

  #hasArrived(key: string): boolean {
    return this.#arrived.some((one) => keyOf(one.topic, one.partition) === key)
  }

  #take(): FetchedPartition[] {
    const taken = this.#arrived
    this.#arrived = []
    for (const one of taken) {
      const position = this.#positions.get(keyOf(one.topic, one.partition))
      if (position) position.offset = one.nextOffset
    }
    return taken
  }

  async #waitOrThrow(failure: Error, signal: AbortSignal | undefined): Promise<void> {
    const { clock, random } = this.#client.cluster.host
    const now = clock.monotonic()
    this.#failingSince ??= now
    this.#failuresInARow++
    const isPassing =
      failure instanceof KafkaError &&
      failure.retriable &&
      now - this.#failingSince < this.#client.timeoutMs
    if (!isPassing) {
      this.#failingSince = undefined
      this.#failuresInARow = 0
      throw failure
    }
    if (this.#arrived.length === 0) {
      await clock.sleep(retryDelayMs(random, this.#failuresInARow), signal)
    }
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** Resolves with the first of the promises; rejects as soon as the signal is aborted. */
function raced(promises: readonly Promise<void>[], signal?: AbortSignal): Promise<void> {
  if (promises.length === 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    void Promise.race(promises).then(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
  })
}
