import { parseJson } from '@millrace/event'
import type { DecodedRecord } from '@millrace/log'
import { codecOf, type RegistryClient, unframe } from '@millrace/schema'
import { readable } from './readable.js'

/** A record as `tail` prints it. */
export interface PrintedRecord {
  partition: number
  offset: number
  timestamp: string
  key: unknown
  value: unknown
  headers: Record<string, string>
}

/** Makes records readable: by their registered schema, JSON as such, the rest as text. */
export class RecordPrinter {
  readonly #registry: RegistryClient
  readonly #decoders = new Map<number, Promise<(payload: Buffer) => unknown>>()

  constructor(registry: RegistryClient) {
    this.#registry = registry
  }

  async print(partition: number, record: DecodedRecord): Promise<PrintedRecord> {
    return {
      partition,
      offset: record.offset,
      timestamp: new Date(record.timestamp).toISOString(),
      key: await this.#readable(record.key),
      value: await this.#readable(record.value),
      headers: Object.fromEntries(
        record.headers.map(({ key, value }) => [key, Buffer.from(value ?? []).toString('utf8')]),
      ),
    }
  }

  async #readable(bytes: Buffer | null): Promise<unknown> {
    if (bytes === null) return null
    const framed = unframe(bytes)
    if (framed !== undefined) {
      try {
        return (await this.#decoder(framed.id))(framed.payload)
      } catch {
        // Bytes that only look like the wire format: shown as they are.
      }
    }
    const text = bytes.toString('utf8')
    try {
      return parseJson(text)
    } catch {
      return text.includes('\ufffd') ? bytes.toString('hex') : text
    }
  }

  #decoder(id: number): Promise<(payload: Buffer) => unknown> {
    const known = this.#decoders.get(id)
    if (known !== undefined) return known
    const decoder = this.#registry.completeById(id).then((complete) => {
      const codec = codecOf(complete)
      if (complete.schemaType !== 'AVRO') return (payload: Buffer) => codec.decode(payload)
      const convert = readable(complete.schema)
      return (payload: Buffer) => convert(codec.decode(payload))
    })
    this.#decoders.set(id, decoder)
    return decoder
  }
}

/** JSON in one line; whole numbers too large for JSON's readers as their digits. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === 'bigint') {
      return Number.isSafeInteger(Number(each)) ? Number(each) : each.toString()
    }
    return each
  })
}
