import { KafkaError } from '../errors.js'
import { transactionTimeoutMsDefault } from '../limits.js'
import { addOffsetsToTxn, addPartitionsToTxn, endTxn, txnOffsetCommit } from '../protocol/apis.js'
import { kafkaErrors } from '../protocol/kafka-errors.js'
import { encodeBatch } from '../records/encode-batch.js'
import type { Connection } from './connection.js'
import type { LogClient } from './log-client.js'
import { produceBatch } from './produce-batch.js'
import type { RecordsForPartition } from './producer.js'
import { askIdentity, type ProducerIdentity } from './producer-identity.js'
import { retrying } from './retry.js'

export interface TransactionOffset {
  topic: string
  partition: number
  /** Of the next record to read. */
  offset: number
  metadata?: string
}

/** What becomes visible together, or not at all. */
export interface Transaction {
  batches: readonly RecordsForPartition[]
  /** The consumer group for which the offsets are kept. */
  group?: string
  offsets?: readonly TransactionOffset[]
}

/**
 * Writes transactions under a transactional id. Opening it fences every earlier holder of the
 * id and aborts what that one had open, so at most one producer can commit under an id.
 *
 * When a commit fails, the transaction is aborted before the next one begins, and the identity
 * gets a new epoch, so that nothing of the failed one can come in late. One case is left open
 * by the protocol: when the answer to the final request never came, the transaction may have
 * been committed. The caller tells by what it wrote in it (an epoch in the offsets' metadata).
 */
export class TransactionalProducer {
  readonly #client: LogClient
  readonly #id: string
  readonly #timeoutMs: number
  #identity: ProducerIdentity
  /** Whether the last transaction failed and has not been cleared away yet. */
  #isBroken = false
  #isBusy = false

  private constructor(
    client: LogClient,
    id: string,
    timeoutMs: number,
    identity: ProducerIdentity,
  ) {
    this.#client = client
    this.#id = id
    this.#timeoutMs = timeoutMs
    this.#identity = identity
  }

  static async open(
    client: LogClient,
    options: { transactionalId: string; timeoutMs?: number },
  ): Promise<TransactionalProducer> {
    const { transactionalId, timeoutMs = transactionTimeoutMsDefault } = options
    const identity = await client.cluster.withCoordinator(
      'transaction',
      transactionalId,
      client.timeoutMs,
      (coordinator) =>
        askIdentity(coordinator, { transactionalId, transactionTimeoutMs: timeoutMs }),
    )
    return new TransactionalProducer(client, transactionalId, timeoutMs, identity)
  }

  /**
   * One whole transaction. Resolves when it is committed; rejects with a `KafkaError` when it
   * is not (see above for the one case in which that is not known). PRODUCER_FENCED and
   * INVALID_PRODUCER_EPOCH mean that another holds the id now: this producer is of no use any
   * longer. Not for two commits at once.
   */
  async commit(transaction: Transaction): Promise<void> {
    if (this.#isBusy) throw new TypeError(`Transactional id ${this.#id}: a commit is under way.`)
    const batches = transaction.batches.filter((one) => one.records.length > 0)
    const offsets = transaction.offsets ?? []
    if (offsets.length > 0 && transaction.group === undefined) {
      throw new TypeError(`Transactional id ${this.#id}: offsets are given without a group.`)
    }
    if (batches.length === 0 && offsets.length === 0) return
    this.#isBusy = true
    try {
      if (this.#isBroken) await this.#clearAway()
      this.#isBroken = true
      if (batches.length > 0) {
        await this.#addPartitions(batches)
        await this.#produce(batches)
      }
      if (offsets.length > 0) await this.#addOffsets(transaction.group ?? '', offsets)
      await this.#end(true)
      this.#isBroken = false
    } finally {
      this.#isBusy = false
    }
  }

  /** Aborts what a failed commit has left open. The client stays open. */
  async close(): Promise<void> {
    if (!this.#isBroken) return
    this.#isBroken = false
    await this.#end(false).catch((error: unknown) => {
      // The broker aborts it by itself when the transaction's time is up.
      if (!(error instanceof KafkaError)) throw error
    })
  }

  async #addPartitions(batches: readonly RecordsForPartition[]): Promise<void> {
    const topics = [...new Set(batches.map((one) => one.topic))].map((name) => ({
      name,
      partitions: [
        ...new Set(batches.filter((one) => one.topic === name).map((one) => one.partition)),
      ],
    }))
    await this.#atCoordinator(async (coordinator) => {
      const answer = await coordinator.request(addPartitionsToTxn, {
        v3AndBelowTransactionalId: this.#id,
        v3AndBelowProducerId: this.#identity.producerId,
        v3AndBelowProducerEpoch: this.#identity.epoch,
        v3AndBelowTopics: topics,
      })
      for (const { name, resultsByPartition } of answer.resultsByTopicV3AndBelow) {
        for (const { partitionIndex, partitionErrorCode } of resultsByPartition) {
          // Not this partition's fault: another one of the request was refused.
          if (partitionErrorCode === kafkaErrors.OPERATION_NOT_ATTEMPTED) continue
          this.#check(partitionErrorCode, `topic ${name}, partition ${partitionIndex}`)
        }
      }
    })
  }

  /** Batches of one partition one after another, partitions side by side. */
  async #produce(batches: readonly RecordsForPartition[]): Promise<void> {
    const byPartition = new Map<string, RecordsForPartition[]>()
    for (const batch of batches) {
      const key = `${batch.topic}/${batch.partition}`
      const known = byPartition.get(key)
      if (known) known.push(batch)
      else byPartition.set(key, [batch])
    }
    const sending = [...byPartition].map(async ([key, ofPartition]) => {
      for (const batch of ofPartition) await this.#produceOne(key, batch)
    })
    const outcomes = await Promise.allSettled(sending)
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #produceOne(key: string, batch: RecordsForPartition): Promise<void> {
    const { cluster, timeoutMs } = this.#client
    const { topic, partition, records } = batch
    const bytes = encodeBatch(records, {
      timestamp: cluster.host.clock.now(),
      transactional: true,
      producerId: this.#identity.producerId,
      producerEpoch: this.#identity.epoch,
      baseSequence: this.#identity.nextSequence(key),
    })
    await retrying(cluster.host, timeoutMs, () =>
      produceBatch(cluster, { topic, partition, bytes, acks: 'all', transactionalId: this.#id }),
    )
    this.#identity.advance(key, records.length)
  }

  async #addOffsets(groupId: string, offsets: readonly TransactionOffset[]): Promise<void> {
    const producer = {
      transactionalId: this.#id,
      producerId: this.#identity.producerId,
      producerEpoch: this.#identity.epoch,
      groupId,
    }
    await this.#atCoordinator(async (coordinator) => {
      const answer = await coordinator.request(addOffsetsToTxn, producer)
      this.#check(answer.errorCode, `group ${groupId}`)
    })
    const topics = [...new Set(offsets.map((one) => one.topic))].map((name) => ({
      name,
      partitions: offsets
        .filter((one) => one.topic === name)
        .map((one) => ({
          partitionIndex: one.partition,
          committedOffset: one.offset,
          committedMetadata: one.metadata ?? '',
        })),
    }))
    const { cluster, timeoutMs } = this.#client
    await cluster.withCoordinator('group', groupId, timeoutMs, async (coordinator) => {
      const answer = await coordinator.request(txnOffsetCommit, { ...producer, topics })
      for (const { name, partitions } of answer.topics) {
        for (const { partitionIndex, errorCode } of partitions) {
          this.#check(errorCode, `group ${groupId}, topic ${name}, partition ${partitionIndex}`)
        }
      }
    })
  }

  async #end(committed: boolean): Promise<void> {
    await this.#atCoordinator(async (coordinator) => {
      const answer = await coordinator.request(endTxn, {
        transactionalId: this.#id,
        producerId: this.#identity.producerId,
        producerEpoch: this.#identity.epoch,
        committed,
      })
      this.#check(answer.errorCode, committed ? 'commit' : 'abort')
    })
  }

  /** Aborts what the last transaction left open, and takes a new epoch. */
  async #clearAway(): Promise<void> {
    try {
      await this.#end(false)
    } catch (error) {
      // There is nothing to abort: it had not begun, or it was committed after all.
      if (!(error instanceof KafkaError && error.codeName === 'INVALID_TXN_STATE')) throw error
    }
    this.#identity = await this.#atCoordinator((coordinator) =>
      askIdentity(coordinator, {
        transactionalId: this.#id,
        transactionTimeoutMs: this.#timeoutMs,
        previous: this.#identity,
      }),
    )
    this.#isBroken = false
  }

  #atCoordinator<T>(attempt: (coordinator: Connection) => Promise<T>): Promise<T> {
    const { cluster, timeoutMs } = this.#client
    return cluster.withCoordinator('transaction', this.#id, timeoutMs, attempt)
  }

  #check(errorCode: number, where: string): void {
    if (errorCode !== 0) throw new KafkaError(errorCode, `transactional id ${this.#id}, ${where}`)
  }
}
