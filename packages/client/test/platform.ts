import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { type Envelope, envelopeFromHeaders } from '@millrace/event'
import { Gateway, type GatewayOptions } from '@millrace/gateway'
import { realHost } from '@millrace/host'
import { decodeRecords, Fetcher, LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { RegistryServer, unframe } from '@millrace/schema'
import { avroCodec } from '@millrace/schema/avro'

export const order = {
  type: 'record',
  name: 'shop.Order',
  fields: [
    { name: 'item', type: 'string' },
    { name: 'price', type: 'double' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
}

/** An order as it is found in the log. */
export interface StoredOrder {
  key: string | null
  value: unknown
  envelope: Envelope | undefined
}

/** A broker, a registry and a gateway, with a topic `orders` that has a schema. */
export class Platform {
  readonly log: LogClient
  readonly #options: GatewayOptions
  #gateway: Gateway

  private constructor(options: GatewayOptions, gateway: Gateway) {
    this.log = options.client
    this.#options = options
    this.#gateway = gateway
  }

  /** `spooled`: with a spool, for events that are answered before they are in the log. */
  static async start(
    t: TestContext,
    { spooled, ...more }: Partial<GatewayOptions> & { spooled?: boolean } = {},
  ): Promise<Platform> {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-client-'))
    t.after(() => rmSync(directory, { recursive: true, force: true }))
    const address = { host: '127.0.0.1', port: 0 }
    const host = realHost
    const broker = await Broker.start({ host, directory, address })
    t.after(() => broker.close())
    const bootstrap = `${broker.address.host}:${broker.address.port}`
    const client = await LogClient.connect({ host, bootstrap, timeoutMs: 1_500 })
    t.after(() => client.close())
    const registry = await RegistryServer.start({ host, client, address })
    t.after(() => registry.close())
    const topics = () => undefined
    const options = {
      ...{ host, client, registryUrl: registry.url, address, topics },
      ...(spooled === true && { spoolFolder: path.join(directory, 'spool') }),
      ...more,
    }
    const platform = new Platform(options, await Gateway.start(options))
    t.after(() => platform.gateway.close())
    await client.createTopic('orders', { partitions: 1 })
    await registry.registry.register('orders-value', { schema: JSON.stringify(order) })
    return platform
  }

  get gateway(): Gateway {
    return this.#gateway
  }

  /** The gateway ends, and another one takes its place at the same address. */
  async restartGateway(): Promise<void> {
    const { address } = this.#gateway
    await this.#gateway.close()
    this.#gateway = await Gateway.start({ ...this.#options, address })
  }

  async orders(): Promise<StoredOrder[]> {
    const codec = avroCodec(JSON.stringify(order))
    const end = await this.log.listOffsets('orders', 0, 'latest')
    const fetcher = new Fetcher(this.log)
    fetcher.assign([{ topic: 'orders', partition: 0, offset: 0 }])
    const found: StoredOrder[] = []
    while (fetcher.position('orders', 0) < end) {
      for (const { batches } of await fetcher.poll()) {
        for (const { key, value, headers } of batches.flatMap(decodeRecords)) {
          const framed = value === null ? undefined : unframe(value)
          found.push({
            key: key?.toString() ?? null,
            value: framed && codec.decode(framed.payload),
            envelope: envelopeFromHeaders(headers),
          })
        }
      }
    }
    return found
  }
}
