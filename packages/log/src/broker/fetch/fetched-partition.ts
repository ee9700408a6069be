import { KafkaError } from '../../errors.js'
import type { RequestOf, ResponseOf } from '../../protocol/api.js'
import type { fetch } from '../../protocol/apis.js'
import type { ReadMemory } from '../../storage/batch-range.js'
import type { Isolation } from '../../storage/fetched-range.js'
import type { PartitionLog } from '../../storage/partition-log.js'
import { checkLeaderEpoch } from '../leader-epoch.js'

/** What a request says of one partition. */
export type PartitionWish = RequestOf<typeof fetch>['topics'][number]['partitions'][number]

/** What an answer says of one partition; what is left out has its default. */
export type PartitionAnswer = Partial<
  ResponseOf<typeof fetch>['responses'][number]['partitions'][number]
> & { partitionIndex: number; records: Buffer }

/** The only leader epoch there is. */
const leaderEpoch = 0
const nothing = Buffer.alloc(0)

/**
 * One partition that a client reads: what it asked for last, what it was told last, and the log
 * once it was found.
 */
export class FetchedPartition {
  readonly topicKey: string
  readonly index: number
  /** The client's wish; taken anew from every request that names the partition. */
  wish: PartitionWish
  /** What the last answer said; -1 where none did, or it said that something failed. */
  #toldHighWatermark = -1
  #toldStartOffset = -1
  #log: PartitionLog | undefined
  #stop: (() => void) | undefined
  /** How far the bytes were counted that came while nobody read: see `countNew`. */
  #countedEnd = -1
  #countedBytes = 0

  constructor(topicKey: string, wish: PartitionWish) {
    this.topicKey = topicKey
    this.index = wish.partition
    this.wish = wish
  }

  /** The log; undefined where it is not known, or the topic was deleted. */
  get log(): PartitionLog | undefined {
    return this.#log?.isClosed ? undefined : this.#log
  }

  /** Sets the log that `follow` listens to and `read` reads. */
  found(log: PartitionLog, isolation: Isolation): void {
    this.unfollow()
    this.#log = log
    this.#countedEnd = log.readableEnd(isolation)
    this.#countedBytes = log.appendedBytes
  }

  /** Calls `onChange` when there is more to read, or something else of the log changed. */
  follow(onChange: (partition: FetchedPartition) => void): void {
    if (this.#log === undefined || this.#stop !== undefined) return
    this.#stop = this.#log.onChange(() => onChange(this))
  }

  unfollow(): void {
    this.#stop?.()
    this.#stop = undefined
  }

  /**
   * Reads what was asked for. Throws a `KafkaError` for an offset that is not there, an epoch
   * that is not the leader's, a disk that refuses. Precondition: there is a log.
   */
  read(
    maxBytes: number,
    isolation: Isolation,
    atLeastOne: boolean,
    memory?: ReadMemory,
  ): PartitionAnswer {
    const log = this.#log as PartitionLog
    checkLeaderEpoch(log, this.wish.currentLeaderEpoch)
    const divergingEpoch = this.#divergence(log)
    const { batches, aborted } =
      divergingEpoch === undefined
        ? log.read(
            this.wish.fetchOffset,
            Math.max(0, Math.min(this.wish.partitionMaxBytes, maxBytes)),
            isolation,
            atLeastOne,
            memory,
          )
        : { batches: nothing, aborted: [] }
    return {
      partitionIndex: this.index,
      highWatermark: log.highWatermark,
      lastStableOffset: log.lastStableOffset,
      logStartOffset: log.startOffset,
      abortedTransactions: isolation === 'read_committed' ? aborted : null,
      records: batches,
      ...(divergingEpoch && { divergingEpoch }),
    }
  }

  /** Whether an answer says more than the last one did; only such are sent within a session. */
  isNews(answer: PartitionAnswer): boolean {
    return (
      answer.records.length > 0 ||
      (answer.errorCode ?? 0) !== 0 ||
      answer.divergingEpoch !== undefined ||
      answer.highWatermark !== this.#toldHighWatermark ||
      answer.logStartOffset !== this.#toldStartOffset
    )
  }

  /** Takes note of an answer that is sent. */
  told(answer: PartitionAnswer): void {
    // After a failure all of it is told again, once it is over.
    const failed = (answer.errorCode ?? 0) !== 0
    this.#toldHighWatermark = failed ? -1 : (answer.highWatermark ?? -1)
    this.#toldStartOffset = failed ? -1 : (answer.logStartOffset ?? -1)
  }

  /** Whether an answer has none of the records that there are: it had no room for them. */
  isRefused(answer: PartitionAnswer, isolation: Isolation): boolean {
    if ((answer.errorCode ?? 0) !== 0 || answer.divergingEpoch !== undefined) return false
    return answer.records.length === 0 && !this.isQuiet(answer, isolation)
  }

  /** Whether, after this answer, there is nothing to tell before the log or the wish changes. */
  isQuiet(answer: PartitionAnswer, isolation: Isolation): boolean {
    if ((answer.errorCode ?? 0) !== 0 || answer.divergingEpoch !== undefined) return false
    return this.log !== undefined && this.wish.fetchOffset >= this.log.readableEnd(isolation)
  }

  /**
   * How many bytes came that may be read, since it was asked last. Those of a transaction count
   * when it has ended, where only committed records are wanted.
   */
  countNew(isolation: Isolation): number {
    const { log } = this
    if (log === undefined) return 0
    const end = log.readableEnd(isolation)
    if (end <= this.#countedEnd) return 0
    const newBytes = log.appendedBytes - this.#countedBytes
    this.#countedEnd = end
    this.#countedBytes = log.appendedBytes
    return Math.min(newBytes, this.wish.partitionMaxBytes)
  }

  /**
   * Where the client's records and ours part, if it says of which epoch its last ones were: an
   * offset beyond our end was of a log that is gone. Of a newer epoch than ours nothing is known,
   * nor of ours while the log is empty.
   */
  #divergence(log: PartitionLog): { epoch: number; endOffset: number } | undefined {
    const { lastFetchedEpoch, fetchOffset } = this.wish
    if (lastFetchedEpoch < 0) return undefined
    if (lastFetchedEpoch > leaderEpoch || log.endOffset === 0) {
      const detail = `Nothing is known of the leader's epoch ${lastFetchedEpoch}.`
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `partition ${log.name}`, { detail })
    }
    return fetchOffset > log.endOffset
      ? { epoch: leaderEpoch, endOffset: log.endOffset }
      : undefined
  }
}
