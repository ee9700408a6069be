/**
 * Records to the log, in batches in which the records of many requests meet.
 *
 * Each partition has a lane: its records in their order, and one batch under way at a time. What
 * arrives in one turn of the event loop goes out together, and what arrives while a batch is under
 * way is gathered for the next, so that batches grow with the load and a single record waits for
 * nothing. Under the profile `throughput` a lane gathers for some milliseconds more.
 *
 * A request's records stand in its lanes in their order. Where the outcome of one is not known, or
 * the log cannot be reached, those after it in the lane that are of the same request are not sent.
 * Where the log refuses a batch because of a record in it, the batch is sent in halves, so that a
 * bad record fails alone.
 */
import type { Clock } from '@millrace/host'
import { type BatchRecord, KafkaError, type Producer, recordBytesBound } from '@millrace/log'
import { batchBytesMax, queuedBytesMax } from './limits.js'

/** A record and where it goes. */
export interface Placed extends PlacedInTopic {
  readonly topic: string
}

/** The same where the topic is known. */
export interface PlacedInTopic {
  readonly partition: number
  readonly record: BatchRecord
}

/** What became of a record. An offset of -1 is one that the log did not tell. */
export type Appended =
  | { readonly partition: number; readonly offset: number }
  | { readonly partition: number; readonly failure: AppendFailure }

export interface AppendFailure {
  readonly message: string
  readonly retriable: boolean
}

export function hasFailed(
  appended: Appended,
): appended is Extract<Appended, { failure: AppendFailure }> {
  return 'failure' in appended
}

/** The records of one call, and what became of those that are done. */
class Request {
  readonly outcomes: Appended[]
  /** By lane: why nothing more of this request is sent to it. */
  failures: Map<Lane, AppendFailure> | undefined
  readonly #resolve: (outcomes: Appended[]) => void
  #left: number

  constructor(records: number, resolve: (outcomes: Appended[]) => void) {
    this.outcomes = new Array(records)
    this.#left = records
    this.#resolve = resolve
  }

  settle(at: number, outcome: Appended): void {
    this.outcomes[at] = outcome
    if (--this.#left === 0) this.#resolve(this.outcomes)
  }
}

/** A record in a lane. */
interface Entry {
  readonly record: BatchRecord
  readonly bytes: number
  readonly request: Request
  /** Its place in the request. */
  readonly at: number
}

export interface AppenderOptions {
  producer: Pick<Producer, 'send'>
  clock: Clock
  lingerMs: number
}

export class Appender {
  readonly #options: AppenderOptions
  readonly #lanes = new Map<string, Lane[]>()
  readonly #waiting = new Set<Lane>()
  #isScheduled = false
  #queuedBytes = 0

  constructor(options: AppenderOptions) {
    this.#options = options
  }

  /** Appends all records; the outcomes are in the order of the records. Never rejects. */
  append(records: readonly Placed[]): Promise<Appended[]> {
    if (records.length === 0) return Promise.resolve([])
    return new Promise((resolve) => {
      const request = new Request(records.length, resolve)
      for (let at = 0; at < records.length; at++) {
        const placed = records[at] as Placed
        this.#enqueue(placed.topic, placed, request, at)
      }
    })
  }

  /** The same for records of one topic, at least one; `done` is told the outcomes. */
  appendTo(
    topic: string,
    records: readonly PlacedInTopic[],
    done: (outcomes: Appended[]) => void,
  ): void {
    const request = new Request(records.length, done)
    for (let at = 0; at < records.length; at++) {
      this.#enqueue(topic, records[at] as PlacedInTopic, request, at)
    }
  }

  #enqueue(
    topic: string,
    { partition, record }: PlacedInTopic,
    request: Request,
    at: number,
  ): void {
    const bytes = recordBytesBound(record)
    if (this.#queuedBytes + bytes > queuedBytesMax && this.#queuedBytes > 0) {
      const message = `${this.#queuedBytes} bytes wait for the log already. Send more slowly.`
      request.settle(at, { partition, failure: { message, retriable: true } })
      return
    }
    this.#queuedBytes += bytes
    const lane = this.#lane(topic, partition)
    lane.queue.push({ record, bytes, request, at })
    if (lane.isRunning || this.#waiting.has(lane)) return
    this.#waiting.add(lane)
    if (this.#isScheduled) return
    this.#isScheduled = true
    const { clock, lingerMs } = this.#options
    if (lingerMs > 0) clock.after(lingerMs, () => this.#start())
    else setImmediate(() => this.#start())
  }

  #lane(topic: string, partition: number): Lane {
    let lanes = this.#lanes.get(topic)
    if (lanes === undefined) {
      lanes = []
      this.#lanes.set(topic, lanes)
    }
    let lane = lanes[partition]
    if (lane === undefined) {
      lane = new Lane(topic, partition)
      lanes[partition] = lane
    }
    return lane
  }

  #start(): void {
    this.#isScheduled = false
    const lanes = [...this.#waiting]
    this.#waiting.clear()
    for (const lane of lanes) void this.#run(lane)
  }

  async #run(lane: Lane): Promise<void> {
    lane.isRunning = true
    for (let batch = lane.next(); batch.length > 0; batch = lane.next()) {
      for (const { bytes } of batch) this.#queuedBytes -= bytes
      const wanted = lane.wanted(batch)
      if (wanted.length > 0) await this.#send(lane, wanted)
    }
    lane.isRunning = false
  }

  async #send(lane: Lane, batch: readonly Entry[]): Promise<void> {
    const { topic, partition } = lane
    const records = batch.map(({ record }) => record)
    try {
      const { baseOffset } = await this.#options.producer.send(topic, partition, records)
      for (let nth = 0; nth < batch.length; nth++) {
        const { request, at } = batch[nth] as Entry
        request.settle(at, { partition, offset: baseOffset < 0 ? -1 : baseOffset + nth })
      }
    } catch (cause) {
      if (batch.length > 1 && isOfARecord(cause)) {
        const half = batch.length >>> 1
        await this.#send(lane, batch.slice(0, half))
        await this.#send(lane, batch.slice(half))
        return
      }
      const failure = failureOf(cause)
      const goesOn = isOfARecord(cause)
      for (const { request, at } of batch) {
        if (!goesOn) {
          request.failures ??= new Map()
          request.failures.set(lane, failure)
        }
        request.settle(at, { partition, failure })
      }
    }
  }
}

/** The records that wait for one partition. */
class Lane {
  readonly queue: Entry[] = []
  readonly topic: string
  readonly partition: number
  isRunning = false

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** Takes what goes into the next batch; nothing where nothing waits. */
  next(): Entry[] {
    let bytes = 0
    let count = 0
    for (const entry of this.queue) {
      if (count > 0 && bytes + entry.bytes > batchBytesMax) break
      bytes += entry.bytes
      count++
    }
    const taken = count === this.queue.length ? this.queue.slice() : this.queue.slice(0, count)
    this.queue.splice(0, count)
    return taken
  }

  /** Those of a batch whose requests have not failed before them; the others fail likewise. */
  wanted(batch: readonly Entry[]): readonly Entry[] {
    if (!batch.some(({ request }) => request.failures?.has(this))) return batch
    return batch.filter(({ request, at }) => {
      const failure = request.failures?.get(this)
      if (failure === undefined) return true
      request.settle(at, { partition: this.partition, failure })
      return false
    })
  }
}

/** What the log refuses because of one record or the size of all, and not because of the topic. */
const ofARecord: ReadonlySet<string> = new Set([
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
])

/** Whether an error says that some record of a batch is to blame. */
export function isOfARecord(cause: unknown): boolean {
  return cause instanceof KafkaError && ofARecord.has(cause.codeName)
}

/** A failure that does not say whether it passes (a lost connection) may pass. */
export function failureOf(cause: unknown): AppendFailure {
  const message = cause instanceof Error ? cause.message : 'the broker gave no answer'
  return { message, retriable: cause instanceof KafkaError ? cause.retriable : true }
}
