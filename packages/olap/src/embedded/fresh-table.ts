import type { Host } from '@millrace/host'
import { type FetchedPartition, type LogClient, readBatchHeader, visitRecords } from '@millrace/log'
import { RegistryClient } from '@millrace/schema'
import { type Change, ChangeBatch, type Positions } from '../change.js'
import { typeText } from '../column.js'
import { Complaints } from '../complaints.js'
import { type RawRecord, RecordDecoder } from '../decode/record-decoder.js'
import { OlapError } from '../errors.js'
import { recordsPerTurnMax, retryDelayMsMax, retryDelayMsMin } from '../limits.js'
import { checkTableSpec, type TableSpec } from '../spec.js'
import type { Table, TableMetrics } from '../table.js'
import { TopicReader } from '../topic-reader.js'
import type { TableStore } from './store.js'
import type { StoredTable } from './stored-table.js'

export interface FollowOptions {
  host: Host
  store: TableStore
  client: LogClient
  registryUrl: string
  spec: TableSpec
  log?: (line: string) => void
}

/**
 * A table in DuckDB that follows its topic: fetch, decode, apply, and again.
 *
 * One loop does all of it, one batch at a time. Whatever fails (the broker, the registry, the
 * disk) ends the round; the next one begins at the positions of the last commit, after a pause.
 * A record that cannot be understood ends nothing: it is counted, told of, and skipped.
 */
export class FreshTable implements Table {
  readonly name: string
  readonly source: string
  readonly #host: Host
  readonly #stored: StoredTable
  readonly #reader: TopicReader
  readonly #decoder: RecordDecoder
  readonly #complaints: Complaints
  readonly #stop = new AbortController()
  readonly #waiting = new Set<{
    ends: Positions
    resolve: () => void
    reject: (error: Error) => void
  }>()
  /** What is read and applied, including offsets that held nothing for us. */
  #reached: Positions
  #recordsRead = 0
  #recordsBad = 0
  #following: Promise<void> = Promise.resolve()

  private constructor(o: FollowOptions, stored: StoredTable) {
    const write = o.log ?? (() => {})
    this.name = o.spec.name
    this.source = stored.source
    this.#host = o.host
    this.#stored = stored
    this.#reached = stored.positions
    this.#reader = new TopicReader(o.host, o.client, o.spec.topic)
    this.#decoder = new RecordDecoder(
      o.spec,
      new RegistryClient(o.registryUrl, { clock: o.host.clock }),
      stored,
    )
    this.#complaints = new Complaints(o.host.clock, (line) =>
      write(`table ${o.spec.name}: ${line}`),
    )
  }

  /** Resolves when what was committed before can be queried; following goes on behind it. */
  static async follow(o: FollowOptions): Promise<FreshTable> {
    checkTableSpec(o.spec)
    const table = new FreshTable(o, await o.store.table(o.spec))
    table.#following = table.#follow()
    return table
  }

  async columns(): Promise<{ name: string; type: string }[]> {
    return this.#stored.columns.map(({ name, type }) => ({ name, type: typeText(type) }))
  }

  metrics(): TableMetrics {
    return {
      rows: this.#stored.rows,
      recordsIn: this.#recordsRead,
      recordsBad: this.#recordsBad,
      lag: this.#reader.lag(),
    }
  }

  async caughtUp(): Promise<void> {
    if (this.#stop.signal.aborted) throw new OlapError('closed', this.name)
    const ends = await this.#reader.ends()
    if (this.#hasReached(ends)) return
    await new Promise<void>((resolve, reject) => {
      if (this.#stop.signal.aborted) reject(new OlapError('closed', this.name))
      else this.#waiting.add({ ends, resolve, reject })
    })
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return this.#following
    const closed = new OlapError('closed', this.name)
    this.#stop.abort(closed)
    await this.#following
    this.#reader.close()
    this.#stored.close()
    for (const waiter of this.#waiting) waiter.reject(closed)
    this.#waiting.clear()
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop
    let delayMs = retryDelayMsMin
    while (!signal.aborted) {
      try {
        await this.#followUntilInterrupted(() => {
          delayMs = retryDelayMsMin
        })
      } catch (error) {
        if (signal.aborted) return
        this.#complaints.write(`reading stopped, and is tried again: ${messageOf(error)}`)
        await this.#host.clock.sleep(delayMs, signal).catch(() => {})
        delayMs = Math.min(delayMs * 2, retryDelayMsMax)
      }
    }
  }

  /** One round, from the last commit to a failure, to `close`, or to partitions that are new. */
  async #followUntilInterrupted(onProgress: () => void): Promise<void> {
    const { signal } = this.#stop
    await this.#reader.waitForTopic(signal)
    await this.#meetTopic()
    this.#reached = this.#stored.positions
    await this.#reader.start(this.#stored.positions)
    while (!signal.aborted) {
      if (this.#stored.columns.length === 0) await this.#decoder.foresee()
      const fetched = await this.#reader.poll(signal)
      const batch = new ChangeBatch()
      this.#decoder.startFetch()
      for (const part of fetched) await this.#collect(part, batch)
      const positions = this.#reader.positions
      // Offsets that held nothing for this table need no commit: reading them again changes nothing.
      if (batch.size > 0) await this.#stored.apply(batch, positions)
      this.#reached = positions
      this.#wake()
      onProgress()
      if (await this.#reader.hasGrown()) return
    }
  }

  /** The topic may not be what it was when the positions were committed. */
  async #meetTopic(): Promise<void> {
    const state = await this.#reader.compare(this.#stored.positions)
    if (state.kind === 'made anew') {
      this.#complaints.write('its topic was made anew; the table starts over')
      await this.#stored.clear()
    } else if (state.kind === 'gap') {
      this.#complaints.write(
        `offsets ${state.from} to ${state.to - 1} of partition ${state.partition} are gone from the topic, and missing here`,
      )
    }
  }

  /** Adds what the partition's new records do to the batch. */
  async #collect(part: FetchedPartition, batch: ChangeBatch): Promise<void> {
    for (const bytes of part.batches) {
      for (const { offset, record } of this.#recordsIn(part, bytes)) {
        if (++this.#recordsRead % recordsPerTurnMax === 0) {
          await this.#host.clock.sleep(0, this.#stop.signal)
        }
        try {
          const change = await this.#changeOf(record)
          if (change) batch.add(change)
        } catch (error) {
          if (!(error instanceof OlapError)) throw error
          this.#skip(1, `record skipped, partition ${part.partition} offset ${offset}`, error)
        }
      }
    }
  }

  /** The records of a batch; none when it cannot be opened at all (a compression we do not know). */
  #recordsIn(part: FetchedPartition, bytes: Buffer): PlacedRecord[] {
    try {
      return recordsFrom(bytes, part.startOffset)
    } catch (error) {
      const { baseOffset, recordCount } = readBatchHeader(bytes, 0)
      this.#recordsRead += recordCount
      const what = `${recordCount} records skipped, partition ${part.partition} offset ${baseOffset}`
      this.#skip(recordCount, what, error)
      return []
    }
  }

  #skip(count: number, what: string, error: unknown): void {
    this.#recordsBad += count
    this.#complaints.write(`${what}: ${messageOf(error)}`)
  }

  async #changeOf(record: RawRecord): Promise<Change | undefined> {
    let change = decodeOrRefuse(this.#decoder, record)
    if (change === 'unlearned') {
      await this.#decoder.learn(record)
      change = decodeOrRefuse(this.#decoder, record)
    }
    return typeof change === 'string' ? undefined : change
  }

  #hasReached(ends: Positions): boolean {
    for (const [partition, end] of ends) {
      if (end > (this.#reached.get(partition) ?? 0)) return false
    }
    return true
  }

  #wake(): void {
    for (const waiter of this.#waiting) {
      if (!this.#hasReached(waiter.ends)) continue
      this.#waiting.delete(waiter)
      waiter.resolve()
    }
  }
}

interface PlacedRecord {
  offset: number
  record: RawRecord
}

/** The batch's records from `startOffset` on. */
function recordsFrom(bytes: Buffer, startOffset: number): PlacedRecord[] {
  const records: PlacedRecord[] = []
  visitRecords(bytes, (offset, _timestamp, data, keyAt, keyLength, valueAt, valueLength) => {
    if (offset < startOffset) return
    const key = keyLength < 0 ? null : data.subarray(keyAt, keyAt + keyLength)
    const value = valueLength < 0 ? null : data.subarray(valueAt, valueAt + valueLength)
    records.push({ offset, record: { key, value } })
  })
  return records
}

/** Whatever goes wrong in looking at a record's bytes is the record's fault. */
function decodeOrRefuse(
  decoder: RecordDecoder,
  record: RawRecord,
): Change | 'unlearned' | 'nothing' {
  try {
    return decoder.decode(record)
  } catch (error) {
    if (error instanceof OlapError) throw error
    throw new OlapError('bad_record', messageOf(error), { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
