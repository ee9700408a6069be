import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { Broker } from '@millrace/log/broker'
import { RegistryServer } from '../src/index.js'

const anyPort = { host: '127.0.0.1', port: 0 }

/** A registry on a broker of its own, in a temporary folder. */
export class TestRegistry {
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'millrace-registry-'))
  #parts: { broker: Broker; client: LogClient; server: RegistryServer } | undefined

  async start(): Promise<RegistryServer> {
    const host = realHost
    const broker = await Broker.start({ host, directory: this.#directory, address: anyPort })
    const bootstrap = `${broker.address.host}:${broker.address.port}`
    const client = await LogClient.connect({ host, bootstrap })
    const server = await RegistryServer.start({ host, client, address: anyPort })
    this.#parts = { broker, client, server }
    return server
  }

  parts() {
    if (this.#parts === undefined) throw new Error('The registry is not started.')
    return this.#parts
  }

  async stop(): Promise<void> {
    await this.#parts?.server.close()
    await this.#parts?.client.close()
    await this.#parts?.broker.close()
    this.#parts = undefined
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
