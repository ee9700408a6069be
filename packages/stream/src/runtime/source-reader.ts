import type { Clock, Host, Threads } from '@millrace/host'
import { Fetcher, type LogClient } from '@millrace/log'
import { type Schemas, tableReader } from '../formats/table-format.js'
import type { Source } from '../operators/source.js'
import { durationMs } from '../plan/duration.js'
import { lateTopicOf } from '../plan/late-topic.js'
import { ColumnBatch } from '../state/batch.js'
import type { SourcePosition } from '../state/entry.js'
import { Backlog, type WaitingBatch } from './backlog.js'
import { type Decoded, type DecodedTopic, decodeTaken } from './decoding.js'
import { DecodingThread } from './decoding-thread.js'
import { JobError } from './errors.js'
import { backlogBytesMax, fetchWaitMsMax, partitionDriftMsMax, threadRecordsMin } from './limits.js'
import { isFinished, type PartitionState, positionOf } from './partition.js'
import { PartitionDiscovery } from './partition-discovery.js'
import type { Reader } from './reader.js'
import { Backoff, isPassing } from './retry.js'
import { ScanRange } from './scan-range.js'
import { aligned, watermarkOf } from './watermark.js'

/** A batch that a step takes, and the place of its partition among the source's. */
export interface TakenBatch extends WaitingBatch {
  readonly place: number
  /** Records from this one on, in the batch, are beyond the end. */
  readonly boundOffset?: number
}

/**
 * Reads one source's topic ahead of the steps, into a bounded backlog, from the positions that the
 * job's journal knows (never the group's). Only what is committed is seen.
 *
 * Fetching goes on beside the step loop, which alone moves the positions.
 */
export class SourceReader implements Reader {
  readonly source: Source
  private readonly partitions: PartitionState[]
  private readonly clock: Clock
  private readonly client: LogClient
  private readonly topic: string
  private readonly schemas: Schemas
  private readonly fetcher: Fetcher
  /** Those that are fetched. */
  private fetching: readonly PartitionState[] = []
  private readonly discovery: PartitionDiscovery | undefined
  private readonly backlog = new Backlog()
  private readonly decoded: DecodedTopic
  private readonly threads: Threads | undefined
  /** Started when there is a backlog that is worth it. */
  private thread: DecodingThread | undefined
  /** The next step's rows, where they are made while a step runs. */
  private ahead: Begun | undefined
  private readonly stopping = new AbortController()
  private readonly log: (line: string) => void
  private readonly onArrival: () => void
  private readonly idleTimeoutMs: number | undefined
  private room: (() => void) | undefined
  private waited = 0
  private failure: unknown
  private reading: Promise<unknown> = Promise.resolve()
  /** What is there is all that will be read. */
  private isEnding = false

  private constructor(parts: {
    source: Source
    partitions: PartitionState[]
    clock: Clock
    threads: Threads | undefined
    client: LogClient
    topic: string
    schemas: Schemas
    log: (line: string) => void
    onArrival: () => void
  }) {
    this.source = parts.source
    this.partitions = parts.partitions
    this.clock = parts.clock
    this.client = parts.client
    this.topic = parts.topic
    this.schemas = parts.schemas
    this.log = parts.log
    this.onArrival = parts.onArrival
    this.idleTimeoutMs = idleTimeoutOf(parts.source)
    const { table, fields } = parts.source
    this.decoded = { table, fields, topic: parts.topic }
    const rows = tableReader(table, new ColumnBatch(fields), parts.schemas)
    this.threads = rows.needsPreparing ? undefined : parts.threads
    this.fetcher = new Fetcher(parts.client, {
      isolation: 'read_committed',
      maxWaitMs: fetchWaitMsMax,
      // Those of late records are looked at later still.
      releases: lateTopicOf(table) === undefined,
    })
    this.discovery = PartitionDiscovery.of(parts.client, table, parts.topic)
    this.fetch(this.partitions.filter((partition) => !isFinished(partition)))
  }

  /** Finds the partitions, and where to begin in those that the journal does not know. */
  static async open(options: {
    host: Host
    client: LogClient
    source: Source
    schemas: Schemas
    positions: readonly SourcePosition[]
    log: (line: string) => void
    onArrival: () => void
  }): Promise<SourceReader> {
    const { host, client, source, schemas, positions, log, onArrival } = options
    const { table } = source
    const topic = table.options.get('topic') ?? table.name
    const [found] = await client.topics([topic])
    if (found === undefined) {
      throw new JobError('TOPIC_MISSING', `table ${table.name}: there is no topic '${topic}'`)
    }
    const known = positions.filter((each) => each.source === table.name && each.topic === topic)
    const range = new ScanRange(client, table, topic)
    const partitions: PartitionState[] = []
    for (let partition = 0; partition < found.partitions; partition++) {
      const position = known.find((each) => each.partition === partition)
      // One that came since the job read the others is read from its beginning.
      const begin = () =>
        known.length > 0
          ? client.listOffsets(topic, partition, 'earliest')
          : range.startOf(partition)
      const offset = position?.offset ?? (await begin())
      const boundOffset = await range.endOf(partition)
      partitions.push({
        topic,
        partition,
        offset,
        boundOffset,
        maxTimeMs: position?.maxTimeMs,
        endOffset: boundOffset ?? offset,
        lastRecordMs: host.clock.monotonic(),
      })
    }
    const { clock, threads } = host
    return new SourceReader({
      ...{ source, partitions, clock, threads, client, topic, schemas },
      ...{ log, onArrival },
    })
  }

  start(): void {
    const { signal } = this.stopping
    this.reading = Promise.all([
      this.fetchLoop(),
      this.discovery?.run(this.clock, signal, () => this.addNewPartitions()),
    ])
  }

  async take(recordsMax: number): Promise<Decoded | undefined> {
    if (this.failure !== undefined) throw this.failure
    const begun = this.ahead ?? this.begin(recordsMax)
    this.ahead = undefined
    if (begun === undefined) return undefined
    for (const [partition, { offset, lastRecordMs }] of begun.positions) {
      partition.offset = offset
      partition.lastRecordMs = Math.max(partition.lastRecordMs, lastRecordMs)
    }
    // While the step works on these rows, those of the next are made.
    if (this.thread !== undefined && this.backlog.recordCount >= threadRecordsMin) {
      this.ahead = this.begin(recordsMax)
    }
    if (lateTopicOf(this.source.table) === undefined) return begun.rows
    return { ...(await begun.rows), taken: begun.taken }
  }

  /** Begins to decode what is next, if there is any; the positions move when it is taken. */
  private begin(recordsMax: number): Begun | undefined {
    const { taken, records, positions } = this.takeBatches(recordsMax)
    if (taken.length === 0) return undefined
    if (this.threads !== undefined && records >= threadRecordsMin) {
      this.thread ??= new DecodingThread(this.threads, this.decoded)
      const rows = this.thread.decode(taken)
      // Whoever takes them is told.
      rows.catch(() => {})
      this.release(taken)
      return { taken, positions, rows }
    }
    const rows = decodeTaken(this.decoded, taken, this.schemas).finally(() => this.release(taken))
    return { taken, positions, rows }
  }

  private release(taken: readonly TakenBatch[]): void {
    this.fetcher.release(taken.map(({ bytes }) => bytes))
  }

  /** Makes the present ends the bounds, where they come sooner. Rejects when the log is away. */
  async endHere(): Promise<void> {
    await this.addNewPartitions()
    this.isEnding = true
    const ends = await Promise.all(
      this.partitions.map(({ topic, partition }) =>
        this.client.listOffsets(topic, partition, 'latest', 'read_committed'),
      ),
    )
    this.partitions.forEach((partition, place) => {
      const end = ends[place] ?? 0
      partition.boundOffset = Math.min(partition.boundOffset ?? end, end)
    })
    this.onArrival()
  }

  /** Takes whole batches out of the backlog until there are `recordsMax` records. */
  private takeBatches(recordsMax: number) {
    const taken: TakenBatch[] = []
    const positions: Begun['positions'] = new Map()
    let records = 0
    let left = this.readable()
    while (left.length > 0 && records < recordsMax) {
      // One batch of each in turn, so that partitions advance side by side.
      for (const partition of left) {
        const place = this.partitions.indexOf(partition)
        const batch = this.backlog.take(place)
        if (batch === undefined) continue
        const { boundOffset } = partition
        const before = positions.get(partition)?.lastRecordMs ?? partition.lastRecordMs
        positions.set(partition, {
          offset: Math.min(batch.nextOffset, boundOffset ?? Number.POSITIVE_INFINITY),
          lastRecordMs: batch.recordCount > 0 ? this.clock.monotonic() : before,
        })
        records += batch.recordCount
        taken.push({ ...batch, place, ...(boundOffset === undefined ? {} : { boundOffset }) })
      }
      left = left.filter((partition) => this.backlog.has(this.partitions.indexOf(partition)))
    }
    this.room?.()
    return { taken, records, positions }
  }

  get hasBacklog(): boolean {
    return this.failure !== undefined || this.partitions.some((_, place) => this.waits(place))
  }

  /** Does anything of the partition wait for a step? */
  private waits(place: number): boolean {
    return (
      this.backlog.has(place) || this.ahead?.taken.some((each) => each.place === place) === true
    )
  }

  get isBounded(): boolean {
    return this.partitions.every(({ boundOffset }) => boundOffset !== undefined)
  }

  get isFinished(): boolean {
    return this.partitions.every(isFinished)
  }

  observe(times: ReadonlyMap<number, number>): void {
    for (const [place, timeMs] of times) {
      const partition = this.partitions[place]
      if (partition !== undefined) {
        partition.maxTimeMs = Math.max(partition.maxTimeMs ?? timeMs, timeMs)
      }
    }
  }

  watermarkMs(): number {
    if (!this.source.hasWatermark) return Number.NEGATIVE_INFINITY
    const now = this.clock.monotonic()
    const idle = (partition: PartitionState) =>
      isFinished(partition) ||
      (this.idleTimeoutMs !== undefined &&
        now - partition.lastRecordMs >= this.idleTimeoutMs &&
        !this.waits(this.partitions.indexOf(partition)))
    return watermarkOf(this.partitions, this.source.delayMs, idle)
  }

  get dependsOnTime(): boolean {
    return this.source.hasWatermark && this.idleTimeoutMs !== undefined
  }

  positions(): SourcePosition[] {
    return this.partitions.map((partition) => positionOf(this.source.table.name, partition))
  }

  lag(): number {
    return this.partitions.reduce((sum, { endOffset, offset }) => {
      return sum + Math.max(endOffset - offset, 0)
    }, 0)
  }

  async close(): Promise<void> {
    this.stopping.abort(new Error('the job ends'))
    this.room?.()
    await this.reading
    this.fetcher.close()
    await this.thread?.close()
  }

  private readable(): PartitionState[] {
    const withBacklog = this.partitions.filter((_, place) => this.backlog.has(place))
    return aligned(withBacklog, partitionDriftMsMax)
  }

  private async fetchLoop(): Promise<void> {
    const { signal } = this.stopping
    const backoff = new Backoff(this.clock)
    while (!signal.aborted && this.fetching.length > 0) {
      try {
        await this.roomForMore()
        for (const fetched of await this.fetcher.poll(signal)) {
          const place = fetched.partition
          const partition = this.partitions[place]
          if (partition === undefined) continue
          if (partition.boundOffset === undefined) partition.endOffset = fetched.lastStableOffset
          this.backlog.add(place, fetched)
        }
        this.leaveEnded()
        backoff.reset()
      } catch (error) {
        if (signal.aborted) return
        if (!isPassing(error)) {
          this.failure = explained(error, this.source)
          this.onArrival()
          return
        }
        this.log(`reading ${this.source.table.name} is interrupted: ${messageOf(error)}`)
        await backoff.wait(signal).catch(() => {})
        continue
      }
      if (this.hasBacklog) this.onArrival()
    }
  }

  /** Fetches these from now on, each from where it was fetched to. */
  private fetch(partitions: readonly PartitionState[]): void {
    this.fetching = partitions
    this.fetcher.assign(partitions.map((each) => ({ ...each, offset: this.fetchedTo(each) })))
  }

  private fetchedTo({ topic, partition, offset }: PartitionState): number {
    const fetched = this.fetcher.position(topic, partition)
    return fetched < 0 ? offset : fetched
  }

  /** What has no more to fetch is fetched no longer. */
  private leaveEnded(): void {
    const left = this.fetching.filter(
      (each) => each.boundOffset === undefined || this.fetchedTo(each) < each.boundOffset,
    )
    if (left.length < this.fetching.length) this.fetch(left)
  }

  /** Reads partitions that have come, too. Rejects when the log is away. */
  private async addNewPartitions(): Promise<void> {
    const known = this.partitions.length
    const added = (await this.discovery?.look(known)) ?? []
    // Another call may have found them meanwhile.
    if (added.length === 0 || this.isEnding || this.partitions.length > known) return
    for (const { partition, offset } of added) {
      this.partitions.push({
        ...{ topic: this.topic, partition, offset, boundOffset: undefined },
        ...{ maxTimeMs: undefined, endOffset: offset, lastRecordMs: this.clock.monotonic() },
      })
    }
    this.log(
      `table ${this.source.table.name}: topic ${this.topic} has ${this.partitions.length} partitions now`,
    )
    this.fetch([...this.fetching, ...this.partitions.slice(known)])
  }

  private async roomForMore(): Promise<void> {
    const beganMs = this.clock.monotonic()
    while (this.backlog.sizeBytes >= backlogBytesMax && !this.stopping.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.room = resolve
      })
    }
    this.waited += this.clock.monotonic() - beganMs
  }

  get waitedMs(): number {
    return this.waited
  }
}

/** Batches that were taken out of the backlog, and what becomes of them. */
interface Begun {
  readonly taken: readonly TakenBatch[]
  /** Where partitions stand when they have been taken. */
  readonly positions: Map<PartitionState, { offset: number; lastRecordMs: number }>
  readonly rows: Promise<Decoded>
}

/** How long a partition may be silent before it does not hold the watermark back; 0 is for ever. */
function idleTimeoutOf({ table }: Source): number | undefined {
  const text = table.options.get('scan.watermark.idle-timeout')
  if (text === undefined) return undefined
  const timeoutMs = durationMs(text)
  if (timeoutMs === undefined) {
    throw new JobError(
      'OPTION_UNKNOWN',
      `table ${table.name}: '${text}' is no duration such as '5 s'`,
    )
  }
  return timeoutMs === 0 ? undefined : timeoutMs
}

function explained(error: unknown, source: Source): unknown {
  if (error instanceof Error && 'codeName' in error && error.codeName === 'OFFSET_OUT_OF_RANGE') {
    return new JobError(
      'OFFSET_GONE',
      `table ${source.table.name}: the log no longer has the records where the job stands`,
      { cause: error },
    )
  }
  return error
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
