/** Keys and values of records as an instance's format has them. */
import { isUtf8 } from 'node:buffer'
import type { Clock } from '@millrace/host'
import {
  avroJsonReader,
  codecOf,
  RefusedError,
  RegistryClient,
  RegistryClientError,
  SchemaTextError,
  unframe,
} from '@millrace/schema'
import { GatewayError, gatewayErrors } from '../../errors.js'
import { cacheEntriesMax } from '../../limits.js'
import type { RecordFormat } from './options.js'

/** A record as it lies in the log. */
export interface RawRecord {
  topic: string
  partition: number
  offset: number
  key: Buffer | null
  value: Buffer | null
}

/** A record as the REST proxy answers with it. */
export interface ConsumerRecord {
  topic: string
  key: unknown
  value: unknown
  partition: number
  offset: number
}

type Read = (payload: Buffer) => unknown

export class RecordReader {
  readonly #registry: RegistryClient
  readonly #readers = new Map<number, Read>()

  constructor(registryUrl: string, clock: Clock) {
    this.#registry = new RegistryClient(registryUrl, { clock })
  }

  /**
   * Rejects with a `GatewayError`: 50002 for bytes that are not in the format, 503 where the
   * registry does not answer.
   */
  async read(record: RawRecord, format: RecordFormat): Promise<ConsumerRecord> {
    const { topic, partition, offset } = record
    try {
      const key = await this.#part(record.key, format)
      const value = await this.#part(record.value, format)
      return { topic, key, value, partition, offset }
    } catch (cause) {
      if (cause instanceof GatewayError) throw cause
      if (cause instanceof RegistryClientError && cause.retriable) {
        throw gatewayErrors.registryUnavailable(cause.message)
      }
      const why = cause instanceof Error ? cause.message : String(cause)
      throw gatewayErrors.unreadable(`${topic}, partition ${partition}, offset ${offset}`, why)
    }
  }

  async #part(bytes: Buffer | null, format: RecordFormat): Promise<unknown> {
    if (bytes === null) return null
    if (format === 'binary') return bytes.toString('base64')
    if (format === 'json') {
      if (!isUtf8(bytes)) throw new RefusedError('it is not UTF-8.')
      try {
        return JSON.parse(bytes.toString('utf8'))
      } catch (cause) {
        throw new RefusedError(`it is not JSON: ${(cause as Error).message}.`)
      }
    }
    const framed = unframe(bytes)
    if (framed === undefined) throw new RefusedError('it names no schema.')
    const read = this.#readers.get(framed.id) ?? (await this.#reader(framed.id))
    return read(framed.payload)
  }

  async #reader(id: number): Promise<Read> {
    const complete = await this.#registry.completeById(id)
    let read: Read
    try {
      if (complete.schemaType === 'AVRO') {
        read = avroJsonReader(complete.schema, complete.references)
      } else {
        const codec = codecOf(complete)
        read = (payload) => codec.decode(payload)
      }
    } catch (cause) {
      if (!(cause instanceof SchemaTextError)) throw cause
      throw new RefusedError(`the schema ${id} cannot be read: ${cause.message}.`)
    }
    const [oldest] = this.#readers.keys()
    if (this.#readers.size >= cacheEntriesMax && oldest !== undefined) this.#readers.delete(oldest)
    this.#readers.set(id, read)
    return read
  }
}
