import { realHost } from '@millrace/host'
import { Producer } from '@millrace/log'
import { RegistryServer } from '@millrace/schema'
import { Platform } from '../runtime/platform.js'
import type { CaseFile } from './case-file.js'
import { topicsIn } from './script-text.js'

/** The log and the registry that the questions of one file are asked over. */
export class Sandbox {
  readonly #platform: Platform
  readonly #registry: RegistryServer

  private constructor(platform: Platform, registry: RegistryServer) {
    this.#platform = platform
    this.#registry = registry
  }

  /** With the records that the file gives, each in a batch of its own. */
  static async open({ topics }: CaseFile): Promise<Sandbox> {
    const platform = await Platform.start()
    const address = { host: '127.0.0.1', port: 0 }
    const registry = await RegistryServer.start({
      host: realHost,
      client: platform.client,
      address,
    })
    const producer = new Producer(platform.client)
    for (const { name, partitions, records } of topics) {
      await platform.client.createTopic(name, { partitions })
      for (const { partition, key, value } of records) {
        const bytes = (text: string | null) => (text === null ? null : Buffer.from(text))
        await producer.send(name, partition, [{ key: bytes(key), value: bytes(value) }])
      }
    }
    return new Sandbox(platform, registry)
  }

  get bootstrap(): string {
    return this.#platform.bootstrap
  }

  get registryUrl(): string {
    return `http://127.0.0.1:${this.#registry.address.port}`
  }

  /** Makes the topics that a script names and that are not there, so that both engines agree on them. */
  async createTopics(script: string): Promise<void> {
    const { client } = this.#platform
    for (const topic of new Set(topicsIn(script))) {
      const [found] = await client.topics([topic])
      if (found === undefined) await client.createTopic(topic, { partitions: 1 })
    }
  }

  /** What a topic holds. */
  records(topic: string): Promise<{ key: string | null; value: string | null }[]> {
    return this.#platform.consume(topic)
  }

  async close(): Promise<void> {
    await this.#registry.close()
    await this.#platform.close()
  }
}
