import {
  Fetcher,
  KafkaError,
  type LogClient,
  TransactionalProducer,
  visitRecords,
} from '@millrace/log'
import { registryErrors } from '../errors.js'
import type { RegistryRecord } from './record.js'

/** The topic that holds every schema: compacted, one partition, in Confluent's format. */
export const schemasTopic = '_schemas'

/** Under this id one registry writes at a time; to claim it fences the one that had it. */
const transactionalId = 'schema-registry-_schemas'

/** Takes one record as it was read. */
export type RecordReader = (key: Buffer | null, value: Buffer | null, offset: number) => void

/** Where the registry's records are kept. It has one writer: who claimed it last. */
export interface RegistryLog {
  /**
   * Becomes the writer. From then on nothing of an earlier one comes in, and it is decided of
   * all its appends whether they are in.
   */
  claim(): Promise<void>
  /** Hands over every record that came since the last call, the first time from the first on. */
  read(each: RecordReader): Promise<void>
  /**
   * Resolves when the records are in for good, all of them; rejects with 50004 when another has
   * claimed the log, with 50001 when it is not known whether they are in.
   */
  append(records: readonly RegistryRecord[]): Promise<void>
}

/** The registry's log as a topic; makes the topic when it is not there. */
export async function openSchemasTopic(client: LogClient): Promise<RegistryLog> {
  await client.createTopic(schemasTopic, {
    partitions: 1,
    configs: { 'cleanup.policy': 'compact' },
  })
  return new SchemasTopic(client)
}

class SchemasTopic implements RegistryLog {
  readonly #client: LogClient
  #producer: TransactionalProducer | undefined
  #next: number | undefined

  constructor(client: LogClient) {
    this.#client = client
  }

  async claim(): Promise<void> {
    try {
      this.#producer = await TransactionalProducer.open(this.#client, { transactionalId })
    } catch (cause) {
      throw storeError(cause)
    }
  }

  async append(records: readonly RegistryRecord[]): Promise<void> {
    if (this.#producer === undefined) throw new TypeError('The schemas topic was not claimed.')
    try {
      await this.#producer.commit({
        batches: [{ topic: schemasTopic, partition: 0, records: [...records] }],
      })
    } catch (cause) {
      if (cause instanceof KafkaError && isFenced(cause)) throw registryErrors.notTheWriter()
      throw storeError(cause)
    }
  }

  async read(each: RecordReader): Promise<void> {
    try {
      await this.#read(each)
    } catch (cause) {
      throw cause instanceof KafkaError ? storeError(cause) : cause
    }
  }

  async #read(each: RecordReader): Promise<void> {
    const topic = schemasTopic
    this.#next ??= await this.#client.listOffsets(topic, 0, 'earliest')
    const end = await this.#client.listOffsets(topic, 0, 'latest', 'read_committed')
    if (this.#next >= end) return
    const fetcher = new Fetcher(this.#client, { isolation: 'read_committed' })
    fetcher.assign([{ topic, partition: 0, offset: this.#next }])
    try {
      while (fetcher.position(topic, 0) < end) {
        for (const { batches, startOffset } of await fetcher.poll()) {
          for (const batch of batches) {
            visitRecords(
              batch,
              (offset, _time, bytes, keyStart, keyLength, valueStart, valueLength) => {
                if (offset < startOffset || offset >= end) return
                each(part(bytes, keyStart, keyLength), part(bytes, valueStart, valueLength), offset)
              },
            )
          }
        }
      }
    } finally {
      fetcher.close()
    }
    this.#next = end
  }
}

function storeError(cause: unknown) {
  return registryErrors.store(cause instanceof Error ? cause.message : String(cause))
}

function isFenced(error: KafkaError): boolean {
  return ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH'].includes(error.codeName)
}

/** A copy of a key or value; a length of -1 is null. */
function part(bytes: Buffer, start: number, length: number): Buffer | null {
  return length < 0 ? null : Buffer.from(bytes.subarray(start, start + length))
}
