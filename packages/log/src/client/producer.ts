import { KafkaError } from '../errors.js'
import { transactionTimeoutMsDefault } from '../limits.js'
import type { WrittenCompression } from '../records/compression/compression.js'
import { encodeBatch } from '../records/encode-batch.js'
import type { BatchRecord } from '../records/record.js'
import type { LogClient } from './log-client.js'
import { PartitionSender } from './partition-sender.js'
import { type Acks, produceBatch } from './produce-batch.js'
import { askIdentity, type ProducerIdentity } from './producer-identity.js'
import { retrying } from './retry.js'

export interface RecordsForPartition {
  topic: string
  partition: number
  records: readonly BatchRecord[]
}

export interface ProducerOptions {
  /** Who must have the records before they are acknowledged: 'all' by default. */
  acks?: Acks
  /** Of each batch; none by default. */
  compression?: WrittenCompression
}

export interface SendResult {
  topic: string
  partition: number
  /** Offset of the first record; missing when the send failed. */
  baseOffset?: number
  error?: KafkaError
}

/**
 * Writes records. With acks 'all' (the default) it is idempotent: a batch whose answer was lost
 * is sent again until it is answered or the client's `timeoutMs` are over, and is written once.
 *
 * After a failure whose outcome is not known (no answer in all that time) the records may or
 * may not be written; the producer takes a new identity and goes on.
 */
export class Producer {
  readonly #client: LogClient
  readonly #acks: Acks
  readonly #compression: WrittenCompression
  readonly #senders = new Map<string, PartitionSender>()
  #identity: Promise<ProducerIdentity> | undefined

  constructor(client: LogClient, options: ProducerOptions = {}) {
    this.#client = client
    this.#acks = options.acks ?? 'all'
    this.#compression = options.compression ?? 'none'
  }

  /**
   * Writes the records to a partition: all of them or none, one after another. Resolves when
   * they are acknowledged; the offset is -1 where it cannot be known (acks 0).
   */
  async send(
    topic: string,
    partition: number,
    records: readonly BatchRecord[],
  ): Promise<{ baseOffset: number }> {
    const key = `${topic}/${partition}`
    const sender =
      this.#senders.get(key) ??
      new PartitionSender(`topic ${topic}, partition ${partition}`, (merged) =>
        this.#deliver(topic, partition, merged),
      )
    this.#senders.set(key, sender)
    return { baseOffset: await sender.send(records) }
  }

  /** Several sends at once; each fails or succeeds by itself, in the order given. */
  sendAll(batches: readonly RecordsForPartition[]): Promise<SendResult[]> {
    return Promise.all(
      batches.map(async ({ topic, partition, records }) => {
        try {
          return { topic, partition, ...(await this.send(topic, partition, records)) }
        } catch (error) {
          if (!(error instanceof KafkaError)) throw error
          return { topic, partition, error }
        }
      }),
    )
  }

  async #deliver(
    topic: string,
    partition: number,
    records: readonly BatchRecord[],
  ): Promise<number> {
    const { cluster, timeoutMs } = this.#client
    const identity = this.#acks === 'all' ? await this.#ownIdentity() : undefined
    const key = `${topic}/${partition}`
    const bytes = encodeBatch(records, {
      timestamp: cluster.host.clock.now(),
      compression: this.#compression,
      ...(identity && {
        producerId: identity.producerId,
        producerEpoch: identity.epoch,
        baseSequence: identity.nextSequence(key),
      }),
    })
    const batch = { topic, partition, bytes, acks: this.#acks, transactionalId: null }
    try {
      const baseOffset = await retrying(cluster.host, timeoutMs, () => produceBatch(cluster, batch))
      identity?.advance(key, records.length)
      return baseOffset
    } catch (error) {
      if (identity && leavesSequenceInDoubt(error)) this.#identity = undefined
      throw error
    }
  }

  #ownIdentity(): Promise<ProducerIdentity> {
    this.#identity ??= this.#askIdentity()
    return this.#identity
  }

  async #askIdentity(): Promise<ProducerIdentity> {
    const { cluster, timeoutMs } = this.#client
    const request = { transactionalId: null, transactionTimeoutMs: transactionTimeoutMsDefault }
    try {
      return await retrying(cluster.host, timeoutMs, async () =>
        askIdentity(await cluster.anyBroker(), request),
      )
    } catch (error) {
      this.#identity = undefined
      throw error
    }
  }
}

/** Errors after which nobody knows what sequence number the broker expects next. */
const sequenceErrors: ReadonlySet<string> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
])

function leavesSequenceInDoubt(error: unknown): boolean {
  return !(error instanceof KafkaError) || error.retriable || sequenceErrors.has(error.codeName)
}
