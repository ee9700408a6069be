import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Envelope, envelopeFromHeaders } from '@millrace/event'
import { type Address, type Host, realHost, seededRandom } from '@millrace/host'
import { decodeRecords, Fetcher, LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { RegistryServer } from '@millrace/schema'
import { Gateway, type GatewayOptions, type TopicPolicy } from '../src/index.js'

const anyPort = { host: '127.0.0.1', port: 0 }

export const json = 'application/vnd.kafka.json.v2+json'
export const avro = 'application/vnd.kafka.avro.v2+json'
export const binary = 'application/vnd.kafka.binary.v2+json'

/** A record as it is found in a topic. */
export interface StoredRecord {
  partition: number
  offset: number
  timestamp: number
  key: string | null
  value: Buffer | null
  envelope: Envelope | undefined
  headers: { key: string; value: Buffer | null }[]
}

/** What a request was answered. */
export interface Answer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared as they are
  body: any
}

interface Parts {
  directory: string
  broker: Broker
  client: LogClient
  registry: RegistryServer
  gateway: Gateway
  policies: Map<string, TopicPolicy>
  lines: string[]
}

/** A broker, a registry and a gateway on a temporary folder, with chance from a seed. */
export class Platform {
  readonly #parts: Parts
  #brokerRuns = true

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  static async start(options: Partial<GatewayOptions> = {}): Promise<Platform> {
    const directory = mkdtempSync(path.join(tmpdir(), 'millrace-gateway-'))
    const host: Host = { ...realHost, random: seededRandom(7) }
    const broker = await Broker.start({ host, directory, address: anyPort })
    const bootstrap = `${broker.address.host}:${broker.address.port}`
    const client = await LogClient.connect({ host, bootstrap, timeoutMs: 1_500 })
    const registry = await RegistryServer.start({ host, client, address: anyPort })
    const policies = new Map<string, TopicPolicy>()
    const lines: string[] = []
    const gateway = await Gateway.start({
      host,
      client,
      registryUrl: registry.url,
      address: anyPort,
      topics: (name) => policies.get(name),
      log: (line) => lines.push(line),
      ...options,
    })
    return new Platform({ directory, broker, client, registry, gateway, policies, lines })
  }

  get gateway(): Gateway {
    return this.#parts.gateway
  }

  get brokerAddress(): Address {
    return this.#parts.broker.address
  }

  get registry(): RegistryServer {
    return this.#parts.registry
  }

  async stopBroker(): Promise<void> {
    if (this.#brokerRuns) await this.#parts.broker.close()
    this.#brokerRuns = false
  }

  get policies(): Map<string, TopicPolicy> {
    return this.#parts.policies
  }

  get client(): LogClient {
    return this.#parts.client
  }

  /** Makes a topic, with what the project says about it and the schema of its values. */
  async topic(
    name: string,
    options: { partitions?: number; policy?: TopicPolicy; schema?: object } = {},
  ): Promise<void> {
    const { partitions = 1, policy, schema } = options
    await this.client.createTopic(name, { partitions })
    if (policy !== undefined) this.#parts.policies.set(name, policy)
    if (schema !== undefined) {
      const text = { schema: JSON.stringify(schema) }
      await this.registry.registry.register(policy?.subject ?? `${name}-value`, text)
    }
  }

  /** Posts to `/topics/{topic}`; a body that is no text is sent as JSON. */
  async post(
    topic: string,
    body: unknown,
    options: { type?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    return answerOf(await this.send(`/topics/${topic}`, body, options))
  }

  /** Posts to any path; a body that is no text is sent as JSON. */
  send(
    path: string,
    body: unknown,
    options: { type?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const { type = json, headers = {} } = options
    const raw = typeof body === 'string' || body instanceof Uint8Array
    return fetch(`${this.gateway.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': type, ...headers },
      body: raw ? body : JSON.stringify(body),
    })
  }

  /** Path of a topic's records in the v3 API. */
  v3(topic: string, rest = '/records'): string {
    return `/v3/clusters/${this.client.clusterId}/topics/${topic}${rest}`
  }

  async get(path: string): Promise<Answer> {
    return answerOf(await fetch(`${this.gateway.url}${path}`))
  }

  /** All records of a topic, by partition and offset. */
  async stored(topic: string): Promise<StoredRecord[]> {
    const [found] = await this.client.topics([topic])
    const records: StoredRecord[] = []
    for (let partition = 0; partition < (found?.partitions ?? 0); partition++) {
      const end = await this.client.listOffsets(topic, partition, 'latest')
      const fetcher = new Fetcher(this.client)
      fetcher.assign([{ topic, partition, offset: 0 }])
      while (fetcher.position(topic, partition) < end) {
        for (const { batches } of await fetcher.poll()) {
          for (const { headers, key, ...rest } of batches.flatMap(decodeRecords)) {
            const envelope = envelopeFromHeaders(headers)
            records.push({ ...rest, partition, key: key?.toString() ?? null, envelope, headers })
          }
        }
      }
    }
    return records
  }

  async stop(): Promise<void> {
    const { gateway, registry, client, directory } = this.#parts
    await gateway.close()
    await registry.close()
    await client.close()
    await this.stopBroker()
    rmSync(directory, { recursive: true, force: true })
  }
}

export async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, body: await response.json() }
}
