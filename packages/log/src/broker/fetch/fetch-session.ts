import { KafkaError } from '../../errors.js'
import { zeroUuid } from '../../protocol/field.js'
import type { ReadMemory } from '../../storage/batch-range.js'
import type { Isolation } from '../../storage/fetched-range.js'
import { errorOf } from '../error-code.js'
import type { Topics } from '../topics.js'
import { FetchedPartition, type PartitionAnswer, type PartitionWish } from './fetched-partition.js'

/** Partitions as requests name them: by the topic's name, or by its id. */
export interface TopicWish {
  topic: string
  topicId: string
  partitions: readonly PartitionWish[]
}

export interface ForgottenTopic {
  topic: string
  topicId: string
  partitions: readonly number[]
}

/** What was read, before it is decided whether it is sent. */
export interface Reading {
  answers: { partition: FetchedPartition; answer: PartitionAnswer }[]
  /** Of record batches. */
  bytes: number
  /** Whether it must be told at once, and not held back until there is more. */
  isUrgent: boolean
}

/** Where a session finds the logs, and tells what failed unexpectedly. */
export interface FetchSource {
  readonly topics: Pick<Topics, 'get' | 'byId'>
  readonly log: (line: string) => void
}

/** Someone who waits until so many bytes came, or something else is to be told. */
interface Waiter {
  bytesLeft: number
  wake(): void
}

/**
 * What one client reads: its partitions, from request to request (KIP-227), or for one request
 * alone where the client wants no session.
 *
 * Invariants:
 * - A partition that is not in `#active` has nothing to tell: its answer would be the last one
 *   again. So a fetch costs in proportion to what changed, however many partitions there are.
 * - A partition comes into `#active` when the client names it and when its log changes, and goes
 *   when an answer was sent after which it is quiet. One that gave records goes to the end, so
 *   that none starves the others.
 */
export class FetchSession {
  /** 0 while it is not one that further requests can go on with. */
  id = 0
  /** What the next request must say. */
  epoch = 1
  readonly byTopicId: boolean
  readonly #source: FetchSource
  readonly #partitions = new Map<string, Map<number, FetchedPartition>>()
  readonly #active = new Set<FetchedPartition>()
  #size = 0
  #isolation: Isolation = 'read_uncommitted'
  /** Whether nothing was told yet. */
  #isNew = true
  #isFollowing = false
  #waiter: Waiter | undefined

  constructor(source: FetchSource, byTopicId: boolean) {
    this.#source = source
    this.byTopicId = byTopicId
  }

  /** Partitions in it. */
  get size(): number {
    return this.#size
  }

  /** Takes in what a request says. Whoever waits for an earlier one is woken. */
  update(
    topics: readonly TopicWish[],
    forgotten: readonly ForgottenTopic[],
    isolation: Isolation,
  ): void {
    this.#wake()
    for (const topic of topics) {
      for (const wish of topic.partitions) this.#active.add(this.#wished(topic, wish))
    }
    for (const topic of forgotten) {
      for (const index of topic.partitions) this.#forget(this.#keyOf(topic), index)
    }
    if (isolation === this.#isolation) return
    this.#isolation = isolation
    for (const indexes of this.#partitions.values()) {
      for (const partition of indexes.values()) this.#active.add(partition)
    }
  }

  /**
   * Reads what may have something to tell, up to `maxBytes` of records, but at least a batch, into
   * `memory` where there is one. Once a partition's records find no room any more, the others are
   * left for the next answer, unless this is the first, which tells of all.
   */
  read(maxBytes: number, memory?: ReadMemory): Reading {
    const reading: Reading = { answers: [], bytes: 0, isUrgent: false }
    let waitsForSome = this.#active.size < this.#size
    let room = maxBytes
    for (const partition of this.#active) {
      const answer = this.#readOne(partition, room, reading, memory)
      if (partition.log !== undefined) waitsForSome = true
      const isShort = room < partition.wish.partitionMaxBytes && reading.bytes > 0
      room -= answer.records.length
      reading.bytes += answer.records.length
      reading.answers.push({ partition, answer })
      if (isShort && partition.isRefused(answer, this.#isolation)) {
        reading.isUrgent = true
        room = 0
        if (!this.#isNew) break
      }
    }
    if (!waitsForSome) reading.isUrgent = true
    return reading
  }

  /**
   * Makes the answer of what was read, which must then be sent: all of it in the first one,
   * else what is news to the client.
   */
  tell(reading: Reading) {
    const isWhole = this.#isNew
    this.#isNew = false
    const topics = new Map<
      string,
      { topic: string; topicId: string; partitions: PartitionAnswer[] }
    >()
    for (const { partition, answer } of reading.answers) {
      const isNews = partition.isNews(answer)
      partition.told(answer)
      if (partition.isQuiet(answer, this.#isolation)) this.#active.delete(partition)
      else if (answer.records.length > 0) {
        this.#active.delete(partition)
        this.#active.add(partition)
      }
      if (!isNews && !isWhole) continue
      const { topicKey } = partition
      const told = topics.get(topicKey)
      if (told !== undefined) told.partitions.push(answer)
      else topics.set(topicKey, { ...this.#namesOf(topicKey), partitions: [answer] })
    }
    return [...topics.values()]
  }

  /**
   * Calls `wake` once: when `bytes` more may be read, when a topic is deleted, or when another
   * request to this session came. Returns how to stop that.
   */
  wait(bytes: number, wake: () => void): () => void {
    this.follow()
    const waiter = { bytesLeft: bytes, wake }
    this.#waiter = waiter
    return () => {
      if (this.#waiter === waiter) this.#waiter = undefined
    }
  }

  /** Listens to the logs from now on, also to those that are found later. */
  follow(): void {
    if (this.#isFollowing) return
    this.#isFollowing = true
    for (const indexes of this.#partitions.values()) {
      for (const partition of indexes.values()) partition.follow(this.#onChange)
    }
  }

  /** Ends it: nothing is listened to any more, and whoever waits is woken. */
  close(): void {
    for (const indexes of this.#partitions.values()) {
      for (const partition of indexes.values()) partition.unfollow()
    }
    this.#isFollowing = false
    this.#wake()
  }

  readonly #onChange = (partition: FetchedPartition): void => {
    this.#active.add(partition)
    const newBytes = partition.countNew(this.#isolation)
    if (this.#waiter === undefined) return
    this.#waiter.bytesLeft -= newBytes
    if (this.#waiter.bytesLeft <= 0 || partition.log === undefined) this.#wake()
  }

  #wake(): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    waiter?.wake()
  }

  #readOne(
    partition: FetchedPartition,
    maxBytes: number,
    reading: Reading,
    memory?: ReadMemory,
  ): PartitionAnswer {
    try {
      this.#find(partition)
      const answer = partition.read(maxBytes, this.#isolation, reading.bytes === 0, memory)
      if (answer.divergingEpoch !== undefined) reading.isUrgent = true
      return answer
    } catch (cause) {
      // A topic that is not there is told when the others have something to tell, as Kafka does.
      const isThere = partition.log !== undefined
      if (isThere) reading.isUrgent = true
      const { errorCode } = errorOf(cause, this.#source.log)
      const abortedTransactions = isThere ? null : []
      const refused = { errorCode, highWatermark: -1, abortedTransactions }
      return { partitionIndex: partition.index, ...refused, records: Buffer.alloc(0) }
    }
  }

  #find(partition: FetchedPartition): void {
    if (partition.log !== undefined) return
    const { topicKey, index } = partition
    const { topics } = this.#source
    const topic = this.byTopicId ? topics.byId(topicKey) : topics.get(topicKey)
    if (topic === undefined && this.byTopicId) {
      throw new KafkaError('UNKNOWN_TOPIC_ID', `topic id ${topicKey}`)
    }
    const log = topic?.partitions[index]
    if (log === undefined || log.isClosed) {
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `partition ${topicKey}-${index}`)
    }
    partition.found(log, this.#isolation)
    if (this.#isFollowing) partition.follow(this.#onChange)
  }

  #wished(topic: TopicWish, wish: PartitionWish): FetchedPartition {
    const key = this.#keyOf(topic)
    const indexes = this.#partitions.get(key) ?? new Map<number, FetchedPartition>()
    if (indexes.size === 0) this.#partitions.set(key, indexes)
    const present = indexes.get(wish.partition)
    if (present !== undefined) {
      present.wish = wish
      return present
    }
    const added = new FetchedPartition(key, wish)
    indexes.set(wish.partition, added)
    this.#size++
    return added
  }

  #forget(key: string, index: number): void {
    const indexes = this.#partitions.get(key)
    const partition = indexes?.get(index)
    if (indexes === undefined || partition === undefined) return
    partition.unfollow()
    this.#active.delete(partition)
    indexes.delete(index)
    if (indexes.size === 0) this.#partitions.delete(key)
    this.#size--
  }

  #keyOf(names: { topic: string; topicId: string }): string {
    return this.byTopicId ? names.topicId : names.topic
  }

  #namesOf(key: string): { topic: string; topicId: string } {
    return this.byTopicId ? { topic: '', topicId: key } : { topic: key, topicId: zeroUuid }
  }
}
