/**
 * A conversion: the events of a raw topic become typed ones, each exactly once, or an exception.
 *
 * It remembers nothing but the offsets of its consumer group, and those are committed in the
 * transaction that holds what became of the records before them:
 *
 * 1. A step reads records from the offsets on, decides on each, and commits one transaction: the
 *    typed events, the exceptions, the offsets after them. Others see all of it, or nothing.
 * 2. Whenever it is not certain what became of a transaction (a crash, an answer that was lost),
 *    the conversion opens its producer anew, under the same id: that ends every earlier transaction
 *    one way or the other, and no earlier process can commit any more. Only then are the offsets
 *    read, and the next step begins there.
 *
 * So each raw record is in exactly one committed step: not in two, for a step begins at the offsets
 * of the last committed one; not in none, for offsets move only with it. What is passed over is
 * what the log itself took away: records that retention deleted before they were read are told as
 * a line of the log.
 *
 * The counts of a partition are in its offset's metadata, and so as exact as the rest.
 */
import type { Host } from '@millrace/host'
import {
  decodeRecords,
  type FetchedPartition,
  Fetcher,
  type LogClient,
  TransactionalProducer,
} from '@millrace/log'
import { batchesOf } from './batches.js'
import { type Decided, Decisions } from './decisions.js'
import { converterErrors } from './errors.js'
import { isFenced, isOfARecord, isPassing } from './failures.js'
import type { FieldMapping } from './field-mapping.js'
import {
  fetchWaitMsMax,
  partitionsAgeMsMax,
  retryMsMax,
  retryMsMin,
  stepBytesMax,
  stepPartitionBytesMax,
} from './limits.js'
import { addProgress, type Progress, writeProgress } from './progress.js'
import type { RawRecord } from './raw-event.js'
import { type CommittedPlace, startOf } from './starting-place.js'
import type { TypedTopic } from './typed-event.js'

/** What is to be converted, and how. */
export interface ConversionSpec {
  /** The raw topic; a conversion is named after it. */
  readonly from: string
  readonly to: TypedTopic
  readonly mapping: FieldMapping
}

export interface ConversionOptions {
  host: Host
  client: LogClient
  /** Base URL of the schema registry. */
  registryUrl: string
  spec: ConversionSpec
  log: (line: string) => void
}

/** Counts since the first start. */
export interface ConversionMetrics {
  name: string
  recordsIn: number
  recordsOut: number
  refused: number
  /** Records that wait in the raw topic, as far as that is known. */
  lag: number
  /** Why nothing goes on at the moment. */
  waiting?: string
}

/** The consumer group of a conversion, and its transactional id. */
export function groupOf(from: string): string {
  return `millrace.convert.${from}`
}

export class Conversion {
  /** Rejects when it cannot go on for a reason that does not pass. */
  readonly done: Promise<void>
  readonly #options: ConversionOptions
  readonly #decisions: Decisions
  readonly #stopping = new AbortController()
  readonly #partitions = new Map<number, Progress>()
  #producer: TransactionalProducer | undefined
  #fetcher: Fetcher | undefined
  #partitionsAt = 0
  #waiting: string | undefined

  private constructor(options: ConversionOptions) {
    this.#options = options
    this.#decisions = new Decisions(options)
    this.done = this.#run()
  }

  /** Begins; what is away is waited for. */
  static start(options: ConversionOptions): Conversion {
    return new Conversion(options)
  }

  metrics(): ConversionMetrics {
    const all = [...this.#partitions.values()]
    const sum = (of: (progress: Progress) => number) => all.reduce((n, each) => n + of(each), 0)
    const [typed, refused] = [sum((each) => each.typed), sum((each) => each.refused)]
    return {
      name: this.#options.spec.from,
      recordsIn: typed + refused,
      recordsOut: typed,
      refused,
      lag: sum(({ end, offset }) => Math.max(0, end - offset)),
      ...(this.#waiting === undefined ? {} : { waiting: this.#waiting }),
    }
  }

  /** Ends after the step that is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.done.catch(() => {})
    this.#fetcher?.close()
    await this.#producer?.close()
  }

  async #run(): Promise<void> {
    const { clock } = this.#options.host
    const { signal } = this.#stopping
    let waitMs = retryMsMin
    while (!signal.aborted) {
      try {
        await this.#open()
        for (;;) {
          await this.#step()
          this.#say(undefined)
          waitMs = retryMsMin
          signal.throwIfAborted()
        }
      } catch (cause) {
        if (signal.aborted) return
        if (isFenced(cause)) throw converterErrors.fenced(this.#options.spec.from, cause)
        if (!isPassing(cause)) throw cause
        this.#say(cause.message)
        await clock.sleep(waitMs, signal).catch(() => {})
        waitMs = Math.min(waitMs * 2, retryMsMax)
      }
    }
  }

  /** Says why nothing goes on, once. */
  #say(waiting: string | undefined): void {
    const { log, spec } = this.#options
    if (waiting !== undefined && waiting !== this.#waiting) {
      log(`conversion of ${spec.from} waits: ${waiting}`)
    }
    this.#waiting = waiting
  }

  /** Ends what earlier steps left open, and finds where to go on. */
  async #open(): Promise<void> {
    const { client, spec } = this.#options
    const group = groupOf(spec.from)
    this.#fetcher?.close()
    this.#producer = await TransactionalProducer.open(client, { transactionalId: group })
    const committed = new Map<number, CommittedPlace>()
    for (const { topic, partition, ...place } of await client.committedOffsets(group)) {
      if (topic === spec.from && place.offset >= 0) committed.set(partition, place)
    }
    await this.#findTopics()
    this.#partitions.clear()
    const count = await this.#countPartitions(spec.from)
    for (let partition = 0; partition < count; partition++) {
      this.#partitions.set(partition, await this.#startOf(partition, committed.get(partition)))
    }
    this.#fetcher = new Fetcher(client, {
      isolation: 'read_committed',
      maxWaitMs: fetchWaitMsMax,
      maxBytes: stepBytesMax,
      partitionMaxBytes: stepPartitionBytesMax,
    })
    this.#assign()
  }

  #startOf(partition: number, committed?: CommittedPlace): Promise<Progress> {
    const { client, spec, log } = this.#options
    return startOf(client, { topic: spec.from, partition }, committed, log)
  }

  #assign(): void {
    const positions = [...this.#partitions].map(([partition, { offset }]) => {
      return { topic: this.#options.spec.from, partition, offset }
    })
    this.#fetcher?.assign(positions)
  }

  async #findTopics(): Promise<void> {
    const { spec, host } = this.#options
    const typed = await this.#countPartitions(spec.to.name)
    this.#decisions.partitions = {
      typed,
      exceptions: await this.#countPartitions(spec.to.exceptions),
    }
    this.#partitionsAt = host.clock.monotonic()
  }

  async #countPartitions(topic: string): Promise<number> {
    const [found] = await this.#options.client.topics([topic])
    if (found === undefined) throw converterErrors.topicMissing(topic)
    return found.partitions
  }

  async #step(): Promise<void> {
    const { host, spec } = this.#options
    // Before anything is read: without a schema nothing can be decided.
    await this.#decisions.ready()
    if (host.clock.monotonic() - this.#partitionsAt > partitionsAgeMsMax) await this.#rediscover()
    const fetched = (await this.#fetcher?.poll(this.#stopping.signal)) ?? []
    if (fetched.length === 0) return
    const records = fetched.flatMap((each) => recordsOf(each))
    const decided = await this.#decisions.decide(records)
    const places = new Map<number, Progress>()
    for (const { partition, nextOffset, highWatermark } of fetched) {
      const known = this.#partitions.get(partition)
      if (known === undefined) continue
      places.set(partition, { ...known, offset: nextOffset, end: highWatermark })
    }
    await this.#commit(decided, places, spec.from)
  }

  /** Partitions that came since are read from their beginning. */
  async #rediscover(): Promise<void> {
    const { spec } = this.#options
    await this.#findTopics()
    const count = await this.#countPartitions(spec.from)
    if (count <= this.#partitions.size) return
    for (let partition = this.#partitions.size; partition < count; partition++) {
      this.#partitions.set(partition, await this.#startOf(partition))
    }
    this.#assign()
  }

  /**
   * One transaction. Where the log refuses it because of a record, it is taken in halves, until
   * the record that is to blame stands alone, and is an exception.
   */
  async #commit(
    decided: readonly Decided[],
    places: ReadonlyMap<number, Progress>,
    from: string,
  ): Promise<void> {
    const counted = new Map(places)
    for (const { raw, isRefused } of decided) {
      const known = counted.get(raw.partition)
      if (known !== undefined) counted.set(raw.partition, addProgress(known, isRefused))
    }
    const offsets = [...counted].map(([partition, progress]) => {
      return { topic: from, partition, offset: progress.offset, metadata: writeProgress(progress) }
    })
    try {
      const batches = batchesOf(decided.map(({ placed }) => placed))
      await this.#producer?.commit({ batches, group: groupOf(from), offsets })
      for (const [partition, progress] of counted) this.#partitions.set(partition, progress)
    } catch (cause) {
      if (!isOfARecord(cause)) throw cause
      const [only] = decided
      if (only === undefined || (decided.length === 1 && only.isRefused)) throw cause
      if (decided.length === 1) {
        const refusal = { field: '', reason: cause.message }
        await this.#commit([this.#decisions.exception(only.raw, refusal)], places, from)
        return
      }
      const half = decided.length >>> 1
      await this.#commit(decided.slice(0, half), this.#placesAfter(decided.slice(0, half)), from)
      const rest = new Map<number, Progress>()
      for (const [partition, { offset, end }] of places) {
        const known = this.#partitions.get(partition)
        if (known !== undefined) rest.set(partition, { ...known, offset, end })
      }
      await this.#commit(decided.slice(half), rest, from)
    }
  }

  /** Where the partitions of some records of a step stand after the last of each. */
  #placesAfter(decided: readonly Decided[]): Map<number, Progress> {
    const places = new Map<number, Progress>()
    for (const { raw } of decided) {
      const known = this.#partitions.get(raw.partition)
      if (known !== undefined) {
        places.set(raw.partition, { ...known, offset: raw.record.offset + 1 })
      }
    }
    return places
  }
}

function recordsOf({ topic, partition, batches, startOffset }: FetchedPartition): RawRecord[] {
  return batches
    .flatMap(decodeRecords)
    .filter(({ offset }) => offset >= startOffset)
    .map((record) => ({ topic, partition, record }))
}
