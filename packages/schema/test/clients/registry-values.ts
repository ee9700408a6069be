import assert from 'node:assert/strict'
import { codecOf, frame, RegistryClient, unframe } from '../../src/index.js'
import { TestRegistry } from '../test-registry.js'

/** A registry, and framed values as we read and write them by its schemas. */
export class RegistryValues {
  readonly #fixture = new TestRegistry()
  #client: RegistryClient | undefined
  url = ''

  async start(): Promise<void> {
    this.url = (await this.#fixture.start()).url
    this.#client = new RegistryClient(this.url)
  }

  remove(): Promise<void> {
    return this.#fixture.remove()
  }

  /** What our codec reads in a framed value. */
  async read(bytes: Buffer): Promise<unknown> {
    const unframed = unframe(bytes)
    assert.ok(unframed)
    return (await this.#codec(unframed.id)).decode(unframed.payload)
  }

  /** A value framed by us, under the newest schema of a subject. */
  async write(subject: string, value: unknown): Promise<Buffer> {
    const latest = await this.#client?.latest(subject)
    assert.ok(latest)
    return frame(latest.id, (await this.#codec(latest.id)).encode(value))
  }

  async #codec(id: number) {
    assert.ok(this.#client)
    return codecOf(await this.#client.completeById(id))
  }
}
