import { type Address, type Host, NetworkError } from '@millrace/host'
import type { LogClient } from '@millrace/log'
import type { FastifyInstance } from 'fastify'
import { registryApp } from './http/app.js'
import { SchemaRegistry } from './registry.js'
import { openSchemasTopic } from './topic.js'

export interface RegistryServerOptions {
  host: Host
  client: LogClient
  /** Where to listen; port 0 is any free one. */
  address: Address
  /** Takes one line for what a person should know; dropped by default. */
  log?: (line: string) => void
}

/** The Confluent Schema Registry's HTTP API over the topic `_schemas`. */
export class RegistryServer {
  readonly registry: SchemaRegistry
  /** Where it listens, with the port that it was given. */
  readonly address: Address
  readonly #app: FastifyInstance

  private constructor(registry: SchemaRegistry, address: Address, app: FastifyInstance) {
    this.registry = registry
    this.address = address
    this.#app = app
  }

  /** Reads the topic, then listens. Rejects with a `NetworkError` when the port is taken. */
  static async start(options: RegistryServerOptions): Promise<RegistryServer> {
    const registry = await SchemaRegistry.open(await openSchemasTopic(options.client))
    const { log, host } = options
    const { clusterId } = options.client
    const app = registryApp({
      ...{ registry, clock: host.clock },
      ...(clusterId !== undefined && { clusterId }),
      ...(log && { log }),
    })
    const address = await listen(app, options.address)
    return new RegistryServer(registry, address, app)
  }

  /** Base URL for clients. */
  get url(): string {
    return `http://${this.address.host}:${this.address.port}`
  }

  /** Stops listening; requests that are under way are answered first. */
  async close(): Promise<void> {
    await this.#app.close()
  }
}

async function listen(app: FastifyInstance, address: Address): Promise<Address> {
  try {
    await app.listen({ host: address.host, port: address.port })
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'EIO'
    const where = `${address.host}:${address.port}`
    const why = code === 'EADDRINUSE' ? 'the port is taken' : (cause as Error).message
    const message = `The schema registry could not listen on ${where}: ${why}.`
    throw new NetworkError(code, address, message, { cause })
  }
  const [bound] = app.addresses()
  return { host: address.host, port: typeof bound === 'object' ? bound.port : address.port }
}
