import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type Envelope,
  type ExceptionEvent,
  envelopeFromHeaders,
  readException,
} from '@millrace/event'
import { realHost } from '@millrace/host'
import { type DecodedRecord, decodeRecords, Fetcher, LogClient, Producer } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { codecOf, RegistryClient, RegistryServer, unframe } from '@millrace/schema'

const anyPort = { host: '127.0.0.1', port: 0 }

/** A typed event as it is found in its topic. */
export interface Typed {
  partition: number
  key: string | null
  value: unknown
  envelope: Envelope | undefined
}

interface Parts {
  broker: Broker
  client: LogClient
  registry: RegistryServer
  folder: string
}

/** A broker and a registry on a temporary folder. */
export class Platform {
  readonly client: LogClient
  readonly registryUrl: string
  readonly bootstrap: string
  readonly #parts: Parts
  readonly #producer: Producer

  private constructor(parts: Parts) {
    this.client = parts.client
    this.registryUrl = parts.registry.url
    this.bootstrap = `127.0.0.1:${parts.broker.address.port}`
    this.#parts = parts
    this.#producer = new Producer(parts.client)
  }

  static async start(): Promise<Platform> {
    const folder = mkdtempSync(path.join(tmpdir(), 'millrace-converter-'))
    const host = realHost
    const broker = await Broker.start({ host, directory: folder, address: anyPort })
    const bootstrap = `127.0.0.1:${broker.address.port}`
    const client = await LogClient.connect({ host, bootstrap, timeoutMs: 10_000 })
    const registry = await RegistryServer.start({ host, client, address: anyPort })
    return new Platform({ broker, client, registry, folder })
  }

  async topic(name: string, partitions = 1, configs: Record<string, string> = {}): Promise<void> {
    await this.client.createTopic(name, { partitions, configs })
  }

  async schema(topic: string, schema: object | string, type = 'AVRO'): Promise<number> {
    const text = typeof schema === 'string' ? schema : JSON.stringify(schema)
    return new RegistryClient(this.registryUrl).register(`${topic}-value`, text, type)
  }

  async send(
    topic: string,
    values: readonly (string | Buffer | null)[],
    more: { partition?: number; key?: string; headers?: Record<string, string> } = {},
  ): Promise<void> {
    const { partition = 0, key, headers = {} } = more
    const written = Object.entries(headers).map(([name, text]) => {
      return { key: name, value: Buffer.from(text) }
    })
    const records = values.map((value) => ({
      key: key === undefined ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: written,
    }))
    await this.#producer.send(topic, partition, records)
  }

  /** A topic's typed events, decoded by the schemas that they name. */
  async typed(topic: string): Promise<Typed[]> {
    const registry = new RegistryClient(this.registryUrl)
    const typed: Typed[] = []
    for (const { partition, record } of await recordsOf(this.client, topic)) {
      const framed = unframe(record.value ?? Buffer.alloc(0))
      if (framed === undefined) throw new Error('a typed event is not in the wire format')
      const value = codecOf(await registry.completeById(framed.id)).decode(framed.payload)
      const envelope = envelopeFromHeaders(record.headers)
      typed.push({ partition, key: record.key?.toString() ?? null, value, envelope })
    }
    return typed
  }

  async exceptions(topic: string): Promise<(ExceptionEvent & { envelope?: Envelope })[]> {
    return (await recordsOf(this.client, topic)).map(({ record }) => {
      const exception = readException(record.value)
      if (exception === undefined) throw new Error('a record of the topic is no exception')
      const envelope = envelopeFromHeaders(record.headers)
      return { ...exception, ...(envelope && { envelope }) }
    })
  }

  async stop(): Promise<void> {
    const { registry, client, broker, folder } = this.#parts
    await registry.close()
    await client.close()
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** All committed records of a topic, by partition and offset. */
export async function recordsOf(
  client: LogClient,
  topic: string,
): Promise<{ partition: number; record: DecodedRecord }[]> {
  const [found] = await client.topics([topic])
  const records: { partition: number; record: DecodedRecord }[] = []
  for (let partition = 0; partition < (found?.partitions ?? 0); partition++) {
    const end = await client.listOffsets(topic, partition, 'latest', 'read_committed')
    const fetcher = new Fetcher(client, { isolation: 'read_committed' })
    fetcher.assign([{ topic, partition, offset: 0 }])
    while (fetcher.position(topic, partition) < end) {
      for (const { batches } of await fetcher.poll()) {
        for (const record of batches.flatMap(decodeRecords)) records.push({ partition, record })
      }
    }
    fetcher.close()
  }
  return records
}

/** Asks until it is true; fails after twenty seconds, or as many as are said. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  msMax = 20_000,
): Promise<void> {
  const deadline = realHost.clock.monotonic() + msMax
  while (realHost.clock.monotonic() < deadline) {
    if (await holds()) return
    await realHost.clock.sleep(20)
  }
  throw new Error(`${what}: it did not come true`)
}
