import type { Disk } from '@millrace/host'
import { KafkaError } from '../errors.js'
import { producerBatchesKept, producersPerPartitionMax } from '../limits.js'
import type { BatchHeader } from '../records/batch-header.js'
import { crc32c } from '../records/crc32c.js'
import type { EndMarker } from '../records/end-marker.js'
import type { AbortedTransaction, RunDescription } from './aborted-run.js'
import { AbortedTransactions } from './aborted-transactions.js'

/** A batch that a producer appended: enough to recognise it when it is sent again. */
interface AppendedBatch {
  firstSequence: number
  lastSequence: number
  baseOffset: number
  /** Its greatest timestamp. */
  timestamp: number
}

interface ProducerEntry {
  epoch: number
  /** The last few batches of this epoch, oldest first. */
  batches: AppendedBatch[]
  /** Offset of the first record of the open transaction. */
  transactionStart?: number
  /** Greatest timestamp of what it appended last. */
  lastTimestamp: number
  /** When it was last heard, by the broker's time. */
  heardAt: number
  /** Of the last end marker; missing where there was none. */
  coordinatorEpoch?: number
}

/** What is told of a producer. */
export interface ProducerSummary {
  producerId: number
  producerEpoch: number
  /** -1 where it wrote nothing with this epoch. */
  lastSequence: number
  lastTimestamp: number
  /** Of the last end marker; -1 where there was none. */
  coordinatorEpoch: number
  /** First offset of its open transaction; -1 where none is open. */
  currentTxnStartOffset: number
}

/** Where a batch goes: new, or appended before at `baseOffset`. */
export type Admission =
  | { kind: 'new' }
  | { kind: 'duplicate'; baseOffset: number; timestamp: number }

const admitted: Admission = { kind: 'new' }

/**
 * What a partition knows of its producers: which batch of each comes next, which transactions
 * are open, which were aborted.
 *
 * Invariants:
 * - The state is a fold of the batches of the log, in order: `replay` is the only thing that
 *   adds to it, and is called for a batch after the batch is on disk, at start as when it is new.
 *   What is forgotten may be there again after a start that reads the log.
 * - Within one epoch the sequence numbers of a producer are dense (modulo 2^31); a new epoch
 *   begins at 0.
 * - At most one transaction of a producer is open; those open are ordered by their first offset.
 */
export class ProducerState {
  readonly #producers = new Map<number, ProducerEntry>()
  /** First offsets of open transactions by producer; a Map keeps the order of their starts. */
  readonly #open = new Map<number, number>()
  readonly #aborted: AbortedTransactions
  #markers = 0

  /** Of an empty log in `directory`. */
  constructor(disk: Disk, directory: string, aborted?: AbortedTransactions) {
    this.#aborted = aborted ?? new AbortedTransactions(disk, directory)
  }

  /** How many end markers of transactions the log was given: offsets that hold no record. */
  get markers(): number {
    return this.#markers
  }

  /**
   * Decides on a batch of a client. `fromZero`: a producer that is not known begins at sequence
   * number 0, as in the second protocol of transactions; else at any, for its batches may have
   * been deleted. Throws INVALID_PRODUCER_EPOCH for a producer that a newer one replaced,
   * OUT_OF_ORDER_SEQUENCE_NUMBER for a gap, and for what was appended so long ago that its offset
   * is forgotten; INVALID_TXN_STATE for what would slip into its open transaction.
   */
  admit(header: BatchHeader, fromZero = false): Admission {
    const producerId = header.producerId
    if (producerId < 0) return admitted
    const entry = this.#producers.get(producerId)
    const first = header.baseSequence
    if (entry === undefined) {
      if (fromZero && first !== 0) throw outOfOrder(producerId, 0, first)
      return admitted
    }
    if (header.producerEpoch < entry.epoch) {
      const detail = `The epoch is ${entry.epoch}, the batch has ${header.producerEpoch}.`
      throw new KafkaError('INVALID_PRODUCER_EPOCH', `producer ${producerId}`, { detail })
    }
    const isSameEpoch = header.producerEpoch === entry.epoch
    const batches = isSameEpoch ? entry.batches : []
    const last = sequenceAfter(first, header.recordCount - 1)
    const same = batches.find(
      ({ firstSequence, lastSequence }) => firstSequence === first && lastSequence === last,
    )
    if (same !== undefined) {
      return { kind: 'duplicate', baseOffset: same.baseOffset, timestamp: same.timestamp }
    }
    const newest = batches.at(-1)
    const expected = newest === undefined ? 0 : sequenceAfter(newest.lastSequence, 1)
    if (first !== expected) throw outOfOrder(producerId, expected, first)
    if (entry.transactionStart !== undefined && !header.isTransactional) {
      const detail = 'A batch that is not transactional came while its transaction is open.'
      throw new KafkaError('INVALID_TXN_STATE', `producer ${producerId}`, { detail })
    }
    return admitted
  }

  /**
   * Decides on an end marker that another than the coordinator wants to write. With
   * `raisesEpoch` (the second protocol) its epoch must be a new one, unless nothing is open.
   * Throws INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED.
   */
  admitEnd(
    producerId: number,
    producerEpoch: number,
    coordinatorEpoch: number,
    raisesEpoch: boolean,
  ): void {
    const entry = this.#producers.get(producerId)
    if (entry === undefined) return
    const where = `producer ${producerId}`
    const isOld = producerEpoch < entry.epoch
    const isSame = producerEpoch === entry.epoch
    if (isOld || (isSame && raisesEpoch && entry.transactionStart !== undefined)) {
      const detail = `The epoch is ${entry.epoch}, the marker has ${producerEpoch}.`
      throw new KafkaError('INVALID_PRODUCER_EPOCH', where, { detail })
    }
    if ((entry.coordinatorEpoch ?? -1) > coordinatorEpoch) {
      const detail = `The coordinator's epoch is ${entry.coordinatorEpoch}, the marker has ${coordinatorEpoch}.`
      throw new KafkaError('TRANSACTION_COORDINATOR_FENCED', where, { detail })
    }
  }

  /** All producers that are remembered, the one silent longest first. */
  summaries(): ProducerSummary[] {
    return [...this.#producers].map(([producerId, entry]) => ({
      producerId,
      producerEpoch: entry.epoch,
      lastSequence: entry.batches.at(-1)?.lastSequence ?? -1,
      lastTimestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch ?? -1,
      currentTxnStartOffset: entry.transactionStart ?? -1,
    }))
  }

  /** Takes in a batch that is on disk. `marker` where it is a control batch. */
  replay(
    header: BatchHeader,
    baseOffset: number,
    marker: EndMarker | undefined,
    now: number,
  ): void {
    const producerId = header.producerId
    if (producerId < 0) return
    let entry = this.#producers.get(producerId)
    if (entry === undefined) {
      entry = { epoch: header.producerEpoch, batches: [], lastTimestamp: -1, heardAt: now }
      this.#makeRoom()
    } else if (header.producerEpoch > entry.epoch) {
      entry.epoch = header.producerEpoch
      entry.batches = []
    }
    // Put back last, so that the Map is ordered by when each producer was last heard.
    this.#producers.delete(producerId)
    this.#producers.set(producerId, entry)
    entry.lastTimestamp = header.maxTimestamp
    entry.heardAt = now
    if (header.isControl) {
      this.#markers++
      if (marker !== undefined) this.#end(producerId, entry, baseOffset, marker)
      return
    }
    if (header.baseSequence >= 0) {
      // By the offsets, for compaction leaves records out and keeps those.
      const lastSequence = sequenceAfter(header.baseSequence, header.lastOffsetDelta)
      const timestamp = header.maxTimestamp
      const firstSequence = header.baseSequence
      entry.batches.push({ firstSequence, lastSequence, baseOffset, timestamp })
      if (entry.batches.length > producerBatchesKept) entry.batches.shift()
    }
    if (header.isTransactional && entry.transactionStart === undefined) {
      entry.transactionStart = baseOffset
      this.#open.set(producerId, baseOffset)
    }
  }

  /** First offset of the earliest open transaction, or undefined where none is open. */
  get firstOpenOffset(): number | undefined {
    const { value } = this.#open.values().next()
    return value
  }

  /** Whether the producer has a transaction open in this partition. */
  hasOpenTransaction(producerId: number): boolean {
    return this.#open.has(producerId)
  }

  /** Who has a transaction open in this partition, in the order in which they began. */
  openTransactions(): { producerId: number; producerEpoch: number }[] {
    return [...this.#open.keys()].map((producerId) => {
      const producerEpoch = this.#producers.get(producerId)?.epoch ?? 0
      return { producerId, producerEpoch }
    })
  }

  /** Aborted transactions that have records from `from` (included) to `to` (excluded). */
  abortedBetween(from: number, to: number): AbortedTransaction[] {
    return this.#aborted.between(from, to)
  }

  /**
   * Forgets the producers that were last heard before a time, by the broker's clock, and have no
   * transaction open. Their records' own times say nothing of that: they may be of long ago.
   */
  expire(before: number): void {
    for (const [producerId, entry] of this.#producers) {
      if (entry.heardAt >= before || entry.transactionStart !== undefined) continue
      this.#producers.delete(producerId)
    }
  }

  /** Forgets aborted transactions of which no record is left. */
  forget(aborted: readonly AbortedTransaction[]): void {
    this.#aborted.forget(new Set(aborted.map((each) => each.lastOffset)))
  }

  /** What each producer appended last: its last record, and its epoch. */
  lastBatches(): Map<number, { lastOffset: number | undefined; epoch: number }> {
    const last = new Map<number, { lastOffset: number | undefined; epoch: number }>()
    for (const [producerId, { epoch, batches }] of this.#producers) {
      const batch = batches.at(-1)
      const lastOffset =
        batch && batch.baseOffset + sequenceBetween(batch.firstSequence, batch.lastSequence)
      last.set(producerId, { lastOffset, epoch })
    }
    return last
  }

  /** Forgets aborted transactions that have no records at or after `offset`. */
  forgetAbortedBefore(offset: number): void {
    this.#aborted.forgetBefore(offset)
  }

  /** Removes files of aborted transactions that are of no use. */
  removeStrays(): void {
    this.#aborted.removeStrays()
  }

  /**
   * The whole state as text, to be read by `decode`: its CRC-32C, then JSON. Of aborted
   * transactions it only names the files, which `saveAborted` must have written before.
   */
  snapshot(): string {
    const producers = [...this.#producers].map(([producerId, entry]) => ({ producerId, ...entry }))
    return textOf({ producers, abortedRuns: this.#aborted.close(), markers: this.#markers })
  }

  /** Writes what snapshots name. Rejects with a `DiskError`. */
  saveAborted(): Promise<void> {
    return this.#aborted.save()
  }

  /** A snapshot of before as it would be now, after `forget`; undefined for another text. */
  renewed(text: string): string | undefined {
    const snapshot = snapshotIn(text)
    if (snapshot === undefined) return undefined
    return textOf({ ...snapshot, abortedRuns: this.#aborted.remaining(snapshot.abortedRuns) })
  }

  /**
   * Reads a snapshot; undefined where the text is something else, or a file that it names is not
   * there, of what has records at or after `startOffset`.
   */
  static decode(
    text: string,
    disk: Disk,
    directory: string,
    startOffset: number,
  ): ProducerState | undefined {
    const snapshot = snapshotIn(text)
    if (snapshot === undefined) return undefined
    const aborted = AbortedTransactions.open(disk, directory, snapshot.abortedRuns, startOffset)
    if (aborted === undefined) return undefined
    const state = new ProducerState(disk, directory, aborted)
    const open: [number, number][] = []
    for (const { producerId, ...entry } of snapshot.producers) {
      state.#producers.set(producerId, entry)
      if (entry.transactionStart !== undefined) open.push([producerId, entry.transactionStart])
    }
    open.sort((left, right) => left[1] - right[1])
    for (const [producerId, firstOffset] of open) state.#open.set(producerId, firstOffset)
    state.#markers = snapshot.markers
    return state
  }

  #end(producerId: number, entry: ProducerEntry, markerOffset: number, marker: EndMarker): void {
    entry.coordinatorEpoch = marker.coordinatorEpoch
    const firstOffset = entry.transactionStart
    if (firstOffset === undefined) return
    delete entry.transactionStart
    this.#open.delete(producerId)
    if (marker.end !== 'abort') return
    const lastStableOffset = this.firstOpenOffset ?? markerOffset + 1
    this.#aborted.add({ producerId, firstOffset, lastOffset: markerOffset, lastStableOffset })
  }

  /** Forgets the producer that was silent longest, where there are too many. */
  #makeRoom(): void {
    if (this.#producers.size < producersPerPartitionMax) return
    for (const [producerId, entry] of this.#producers) {
      if (entry.transactionStart !== undefined) continue
      this.#producers.delete(producerId)
      return
    }
  }
}

interface Snapshot {
  producers: ({ producerId: number } & ProducerEntry)[]
  abortedRuns: RunDescription[]
  markers: number
}

function textOf(snapshot: Snapshot): string {
  const json = JSON.stringify(snapshot)
  return `${checksumOf(json)}\n${json}`
}

function snapshotIn(text: string): Snapshot | undefined {
  const [checksum = '', json = ''] = text.split('\n')
  if (checksum !== checksumOf(json)) return undefined
  const snapshot = JSON.parse(json) as Partial<Snapshot>
  // Brokers of before kept aborted transactions in the snapshot itself.
  return snapshot.abortedRuns === undefined ? undefined : (snapshot as Snapshot)
}

function checksumOf(json: string): string {
  return crc32c(Buffer.from(json)).toString(16)
}

/** Sequence numbers are 31 bits and begin again at 0. */
function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % 0x80000000
}

/** How many sequence numbers lie between two. */
function sequenceBetween(first: number, last: number): number {
  return (last - first + 0x80000000) % 0x80000000
}

function outOfOrder(producerId: number, expected: number, got: number): KafkaError {
  const detail = `It sent sequence number ${got}, ${expected} was expected.`
  return new KafkaError('OUT_OF_ORDER_SEQUENCE_NUMBER', `producer ${producerId}`, { detail })
}
