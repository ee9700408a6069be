import type { Host } from '@millrace/host'
import {
  KafkaError,
  type LogClient,
  Producer,
  type RecordsForPartition,
  TransactionalProducer,
  type TransactionOffset,
} from '@millrace/log'
import type { OutboxPart, SourcePosition } from '../state/entry.js'
import { JobError } from './errors.js'
import { outboxBatchBytesMax, recordOverheadBytes } from './limits.js'
import { Backoff, isPassing } from './retry.js'

export interface PublisherOptions {
  host: Host
  client: LogClient
  name: string
  log: (line: string) => void
  guarantee: 'exactly-once' | 'at-least-once'
  /**
   * A topic of the job. Where it reads none, the offsets that carry the epoch are of its first
   * partition, and are the epoch.
   */
  anchor: string | undefined
}

/**
 * Publishes outboxes exactly once. The argument:
 *
 * Steps are numbered by epochs without gaps. Let J be the last epoch in the journal, P ≤ J the
 * last one whose entry has an outbox, and K the epoch in the metadata of the group's committed
 * offsets (0 where there are none).
 *
 * 1. An entry is durable before its outbox is published, so K ≤ J always.
 * 2. Outbox and offsets with `epoch=N` are one Kafka transaction, so the outbox of N is visible if
 *    and only if K was N at some time. Offsets are also committed without an outbox; that raises
 *    K, never to an epoch that is not yet in the journal.
 * 3. No step after P is appended before the publication of P is certain. So P's outbox can be
 *    missing only when P = J; it is when K < P, and no other ever is. A job that ends in order
 *    keeps no outbox. So offsets that expired since then, or were deleted, do no harm; only after
 *    a crash right at an outbox would they make it visible twice.
 * 4. A commit whose answer is lost may have happened. Opening the producer anew (same id) aborts
 *    what is open and waits for what is being committed; from then on K tells which it was, and
 *    no earlier producer can commit any more. This is what `recover` does, after a crash and
 *    after a lost answer alike.
 *
 * Hence each outbox becomes visible once: not zero times by 3 (nothing goes on before), not twice
 * by 4 (it is published again only when K says that it is not there). That rests on Kafka's
 * transactions being atomic, and on the journal's sync; it does not rest on a producer surviving.
 *
 * At least once, where that is asked for, spends no transaction on an outbox: it is written and
 * acknowledged before the next step, and K is raised by the offsets' own transactions, now and then.
 * So after a crash K < P may be true of an outbox that is there, and it is published a second time;
 * none is ever missing.
 *
 * K > J contradicts 1: the folder is not the one that this job wrote last (lost, or restored from
 * an old copy). Starting from it would emit again what is there already, so it is refused.
 */
export class Publisher {
  private readonly host: Host
  private readonly client: LogClient
  private readonly name: string
  private readonly anchor: string | undefined
  private readonly log: (line: string) => void
  private producer: TransactionalProducer
  /** Writes outboxes at least once; absent where they are published exactly once. */
  private readonly plain: Producer | undefined

  private constructor(options: PublisherOptions, producer: TransactionalProducer) {
    this.host = options.host
    this.client = options.client
    this.name = options.name
    this.anchor = options.anchor
    this.log = options.log
    this.producer = producer
    this.plain = options.guarantee === 'at-least-once' ? new Producer(options.client) : undefined
  }

  /** Fences every earlier process of the job. */
  static async open(options: PublisherOptions): Promise<Publisher> {
    return new Publisher(options, await openProducer(options.client, options.name))
  }

  /**
   * Right after `open`: publishes the last outbox when it is missing (see above). Answers the last
   * epoch that was published, which is beyond the journal's only where that was set back.
   */
  async recover(journal: {
    epoch: number
    /** The job begins from a savepoint: what it published after that is published again. */
    isRewound?: boolean
    positions: readonly SourcePosition[]
    lastOutbox?: {
      epoch: number
      parts: readonly OutboxPart[]
      positions: readonly SourcePosition[]
    }
  }): Promise<number> {
    const committed = await this.committedEpoch()
    if (committed > journal.epoch && !journal.isRewound) {
      throw new JobError(
        'STATE_MISSING',
        `job ${this.name} has published step ${committed}, but its folder knows only ${journal.epoch}`,
      )
    }
    const last = journal.lastOutbox
    if (last !== undefined && last.epoch === journal.epoch && committed < last.epoch) {
      this.log(`publishing step ${last.epoch} again, which a crash kept back`)
      await this.publish(last.epoch, last.parts, last.positions)
    }
    return committed
  }

  /** Does publishing an outbox commit the offsets of its step too? */
  get commitsOffsets(): boolean {
    return this.plain === undefined
  }

  /**
   * Resolves when the outbox is published, for certain. Waits as long as the log is away; rejects
   * when it refuses, or when another process has taken over.
   */
  async publish(
    epoch: number,
    outbox: readonly OutboxPart[],
    positions: readonly SourcePosition[],
  ): Promise<void> {
    if (this.plain === undefined) await this.commit(epoch, outbox, positions)
    else await this.send(this.plain, outbox.flatMap(batchesOf))
  }

  /** Commits the offsets of a step alone. */
  async commitOffsets(epoch: number, positions: readonly SourcePosition[]): Promise<void> {
    await this.commit(epoch, [], positions)
  }

  /** Until each batch is acknowledged. */
  private async send(plain: Producer, batches: readonly RecordsForPartition[]): Promise<void> {
    const backoff = new Backoff(this.host.clock)
    let left = batches
    for (;;) {
      const results = await plain.sendAll(left)
      const failures = results.flatMap(({ error }) => (error === undefined ? [] : [error]))
      const [failure] = failures
      if (failure === undefined) return
      const final = failures.find((error) => !isPassing(error))
      if (final !== undefined) throw final
      // What follows a failed batch in its partition is sent again too, so that the order stays.
      const failed = new Set<string>()
      left = left.filter(({ topic, partition }, index) => {
        const key = `${topic}/${partition}`
        if (results[index]?.error !== undefined) failed.add(key)
        return failed.has(key)
      })
      this.log(`publishing is interrupted: ${failure.message}`)
      await backoff.wait()
    }
  }

  private async commit(
    epoch: number,
    outbox: readonly OutboxPart[],
    positions: readonly SourcePosition[],
  ): Promise<void> {
    const backoff = new Backoff(this.host.clock)
    const transaction = {
      batches: outbox.flatMap(batchesOf),
      group: groupOf(this.name),
      offsets: this.offsetsOf(positions, epoch),
    }
    let certain = true
    for (;;) {
      try {
        if (!certain) {
          this.producer = await openProducer(this.client, this.name)
          if ((await this.committedEpoch()) >= epoch) return
          certain = true
        }
        await this.producer.commit(transaction)
        return
      } catch (error) {
        refuseFenced(error, this.name)
        if (!isPassing(error)) throw error
        certain = false
        this.log(`publishing is interrupted: ${error instanceof Error ? error.message : error}`)
        await backoff.wait()
      }
    }
  }

  async close(): Promise<void> {
    await this.producer.close()
  }

  private offsetsOf(positions: readonly SourcePosition[], epoch: number): TransactionOffset[] {
    const offsets = offsetsOf(positions, epoch)
    if (offsets.length > 0 || this.anchor === undefined) return offsets
    const metadata = `epoch=${epoch}`
    return [{ topic: this.anchor, partition: 0, offset: epoch, metadata }]
  }

  private async committedEpoch(): Promise<number> {
    const offsets = await this.client.committedOffsets(groupOf(this.name))
    return offsets.reduce((latest, { metadata }) => Math.max(latest, epochIn(metadata)), 0)
  }
}

/** The consumer group that shows a job's progress, and its transactional id. */
export function groupOf(name: string): string {
  return `millrace.${name}`
}

function openProducer(client: LogClient, name: string): Promise<TransactionalProducer> {
  return TransactionalProducer.open(client, { transactionalId: groupOf(name) })
}

function epochIn(metadata: string): number {
  return Number(/^epoch=(\d+)$/.exec(metadata)?.[1] ?? 0)
}

/** Of a topic that two tables read, the offset of the one that is behind. */
function offsetsOf(positions: readonly SourcePosition[], epoch: number) {
  const least = new Map<string, SourcePosition>()
  for (const position of positions) {
    if (position.topic === '') continue
    const key = `${position.topic}/${position.partition}`
    const known = least.get(key)
    if (known === undefined || position.offset < known.offset) least.set(key, position)
  }
  const metadata = `epoch=${epoch}`
  return [...least.values()].map(({ topic, partition, offset }) => {
    return { topic, partition, offset, metadata }
  })
}

/** A part as record batches that a broker accepts. */
function batchesOf(part: OutboxPart): RecordsForPartition[] {
  const { topic, partition, timestampMs, records } = part
  // What goes into files is none of the log's.
  if (part.file !== undefined) return []
  const batches: RecordsForPartition[] = []
  let from = 0
  let bytes = 0
  const cut = (to: number) => {
    const chosen = records.slice(from, to)
    batches.push({
      topic,
      partition,
      records: chosen.map((record) => ({
        key: record.key,
        value: record.value,
        timestamp: record.timestampMs ?? timestampMs,
        ...(record.headers && { headers: record.headers }),
      })),
    })
    from = to
    bytes = 0
  }
  records.forEach(({ key, value, headers = [] }, index) => {
    const ofHeaders = headers.reduce((sum, header) => {
      return sum + header.key.length * 3 + (header.value?.length ?? 0) + recordOverheadBytes
    }, 0)
    const size = (key?.length ?? 0) + (value?.length ?? 0) + ofHeaders + recordOverheadBytes
    if (bytes + size > outboxBatchBytesMax && index > from) cut(index)
    bytes += size
  })
  if (records.length > from) cut(records.length)
  return batches
}

const fencedCodes = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH'])

function refuseFenced(error: unknown, name: string): void {
  if (error instanceof KafkaError && fencedCodes.has(error.codeName)) {
    throw new JobError('FENCED', `job ${name} was started a second time`, { cause: error })
  }
}
