import { kafkaErrors } from '../protocol/kafka-errors.js'
import { batchField, checksummedFrom, writeInt64 } from '../records/batch-header.js'
import { crc32c } from '../records/crc32c.js'
import type { LogClient } from './log-client.js'
import { produceBatch } from './produce-batch.js'
import { askIdentity } from './producer-identity.js'
import { retrying } from './retry.js'

/** Where a producer stands in one partition: who it is, and the sequence number that comes next. */
export interface ProducerPlace {
  readonly producerId: number
  readonly epoch: number
  readonly sequence: number
}

const sequences = 0x8000_0000

/**
 * An idempotent producer whose caller keeps its places, on disk for instance, so that a batch that
 * was sent before a crash may be sent again after it and is written once.
 *
 * Duties of the caller, for each partition:
 * - One batch under way at a time, in the same order and cut in the same way after a crash as before.
 * - The place after a batch is kept before the fifth one after it is sent: brokers recognise the
 *   last five batches of a producer, and no others. They forget a producer that is silent for long
 *   (`producer.id.expiration.ms`, a day by default).
 */
export class SequencedProducer {
  readonly #client: LogClient

  constructor(client: LogClient) {
    this.#client = client
  }

  /** A new identity, standing at the first sequence number. */
  async place(): Promise<ProducerPlace> {
    const { cluster, timeoutMs } = this.#client
    const request = { transactionalId: null, transactionTimeoutMs: timeoutMs }
    const { producerId, epoch } = await retrying(cluster.host, timeoutMs, async () =>
      askIdentity(await cluster.anyBroker(), request),
    )
    return { producerId, epoch, sequence: 0 }
  }

  /**
   * Sends a batch (as `encodeBatch` made it) from a place, which is written into it, once; gives
   * the offset of its first record, -1 where the broker only says that it has it. Rejects with a
   * `KafkaError`; after a retriable one the batch may or may not be written.
   */
  send(topic: string, partition: number, batch: Buffer, place: ProducerPlace): Promise<number> {
    writeInt64(batch, place.producerId, batchField.producerId)
    batch.writeInt16BE(place.epoch, batchField.producerEpoch)
    batch.writeInt32BE(place.sequence, batchField.baseSequence)
    batch.writeUInt32BE(crc32c(batch, checksummedFrom), batchField.crc)
    const { cluster } = this.#client
    return produceBatch(cluster, {
      topic,
      partition,
      bytes: batch,
      acks: 'all',
      transactionalId: null,
    })
  }

  /** The place after a batch of so many records. */
  static after(place: ProducerPlace, records: number): ProducerPlace {
    return { ...place, sequence: (place.sequence + records) % sequences }
  }

  /** Whether an error says that the broker does not know what sequence number is next. */
  static isLost(code: number): boolean {
    return lostCodes.has(code)
  }
}

const lostCodes: ReadonlySet<number> = new Set([
  kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER,
  kafkaErrors.UNKNOWN_PRODUCER_ID,
  kafkaErrors.INVALID_PRODUCER_EPOCH,
  kafkaErrors.INVALID_PRODUCER_ID_MAPPING,
])
