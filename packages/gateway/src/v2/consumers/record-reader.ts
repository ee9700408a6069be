/** Keys and values of records as an instance's format has them. */
import { isUtf8 } from 'node:buffer'
import { asMoment, printJson } from '@millrace/event'
import type { Clock } from '@millrace/host'
import {
  avroJsonReader,
  type CompleteSchema,
  plainJsonReader,
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
  /** Milliseconds since 1970; -1 for none. */
  timestamp: number
  headers: { key: string; value: Buffer | null }[]
}

/** A record as the REST proxy answers with it. */
export interface ConsumerRecord {
  topic: string
  /** JSON, as are values. */
  key: string
  value: string
  partition: number
  offset: number
  /** Where it is asked for: when the log took it, RFC 3339; its headers' texts by their names. */
  timestamp?: string
  headers?: Record<string, string>
}

/** The body of an answer with records. */
export function recordsBody(records: readonly ConsumerRecord[]): string {
  const printed = records.map(({ topic, key, value, ...more }) => {
    const behind = JSON.stringify(more).slice(1)
    return `{"topic":${JSON.stringify(topic)},"key":${key},"value":${value},${behind}`
  })
  return `[${printed.join(',')}]`
}

/** JSON as it is stored: written again it might say other numbers. */
function jsonText(text: string): string {
  try {
    JSON.parse(text)
  } catch (cause) {
    throw new RefusedError(`it is not JSON: ${(cause as Error).message}.`)
  }
  return text.trim()
}

type Read = (payload: Buffer) => unknown
/** Avro's JSON encoding, which is the proxy's, or plain JSON. */
type Encoding = 'avro' | 'plain'

export class RecordReader {
  readonly #registry: RegistryClient
  readonly #readers = new Map<string, Read>()

  constructor(registryUrl: string, clock: Clock) {
    this.#registry = new RegistryClient(registryUrl, { clock })
  }

  /**
   * Rejects with a `GatewayError`: 50002 for bytes that are not in the format, 503 where the
   * registry does not answer.
   */
  async read(
    record: RawRecord,
    format: RecordFormat,
    withHeaders: boolean,
  ): Promise<ConsumerRecord> {
    const { topic, partition, offset } = record
    try {
      const key = await this.#key(record.key, format)
      const value = record.value === null ? 'null' : await this.#part(record.value, format)
      const read = { topic, key, value, partition, offset }
      return withHeaders ? { ...read, ...headersOf(record) } : read
    } catch (cause) {
      if (cause instanceof GatewayError) throw cause
      if (cause instanceof RegistryClientError && cause.retriable) {
        throw gatewayErrors.registryUnavailable(cause.message)
      }
      const why = cause instanceof Error ? cause.message : String(cause)
      throw gatewayErrors.unreadable(`${topic}, partition ${partition}, offset ${offset}`, why)
    }
  }

  /** Keys are texts where the gateway writes them, beside values of any format. */
  async #key(bytes: Buffer | null, format: RecordFormat): Promise<string> {
    if (bytes === null) return 'null'
    if (format === 'binary' || unframe(bytes) !== undefined || !isUtf8(bytes)) {
      return this.#part(bytes, format)
    }
    const text = bytes.toString('utf8')
    if (format !== 'json') return JSON.stringify(text)
    try {
      return jsonText(text)
    } catch {
      return JSON.stringify(text)
    }
  }

  async #part(bytes: Buffer, format: RecordFormat): Promise<string> {
    if (format === 'binary') return `"${bytes.toString('base64')}"`
    const framed = unframe(bytes)
    if (format !== 'json') {
      if (framed === undefined) throw new RefusedError('it names no schema.')
      return printJson((await this.#reader(framed.id, 'avro'))(framed.payload))
    }
    // No JSON begins with a byte 0: it is a value with a schema.
    if (framed !== undefined) {
      return printJson((await this.#reader(framed.id, 'plain'))(framed.payload))
    }
    if (!isUtf8(bytes)) throw new RefusedError('it is not UTF-8.')
    return jsonText(bytes.toString('utf8'))
  }

  async #reader(id: number, encoding: Encoding): Promise<Read> {
    const known = this.#readers.get(`${encoding} ${id}`)
    if (known !== undefined) return known
    const complete = await this.#registry.completeById(id)
    let read: Read
    try {
      read = readerOf(complete, encoding)
    } catch (cause) {
      if (!(cause instanceof SchemaTextError)) throw cause
      throw new RefusedError(`the schema ${id} cannot be read: ${cause.message}.`)
    }
    const [oldest] = this.#readers.keys()
    if (this.#readers.size >= cacheEntriesMax && oldest !== undefined) this.#readers.delete(oldest)
    this.#readers.set(`${encoding} ${id}`, read)
    return read
  }
}

function readerOf(complete: CompleteSchema, encoding: Encoding): Read {
  const { schema, schemaType, references } = complete
  const isAvro = schemaType === 'AVRO' && encoding === 'avro'
  return isAvro ? avroJsonReader(schema, references) : plainJsonReader(complete)
}

/** Of two headers alike the last one counts. */
function headersOf({ timestamp, headers }: RawRecord) {
  return {
    ...(timestamp >= 0 && asMoment(timestamp) !== undefined
      ? { timestamp: new Date(timestamp).toISOString() }
      : {}),
    headers: Object.fromEntries(headers.map(({ key, value }) => [key, String(value ?? '')])),
  }
}
