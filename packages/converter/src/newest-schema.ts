import type { Clock } from '@millrace/host'
import {
  codecOf,
  type RegistryClient,
  SchemaTextError,
  type TypedPayload,
  typedPayload,
} from '@millrace/schema'
import { converterErrors } from './errors.js'
import { refusalSchemaAgeMsMax, schemaAgeMsMax } from './limits.js'

/**
 * The newest schema of a topic's values, whatever its language. It is believed for a moment; a
 * refusal asks again. Rejects with a `RegistryClientError`, or a `ConverterError` where the subject
 * has no schema, or none that can be read.
 */
export class NewestSchema {
  readonly #registry: RegistryClient
  readonly #clock: Clock
  readonly #topic: string
  readonly #subject: string
  #known: { schema: TypedPayload; askedAt: number } | undefined

  constructor(registry: RegistryClient, clock: Clock, topic: string) {
    this.#registry = registry
    this.#clock = clock
    this.#topic = topic
    this.#subject = `${topic}-value`
  }

  /** What is believed to be the newest one. */
  latest(): Promise<TypedPayload> {
    return this.#notOlderThan(schemaAgeMsMax)
  }

  /** Surely the newest one of a moment ago: for a refusal that is to stand. */
  recent(): Promise<TypedPayload> {
    return this.#notOlderThan(refusalSchemaAgeMsMax)
  }

  async #notOlderThan(ageMsMax: number): Promise<TypedPayload> {
    const known = this.#known
    const now = this.#clock.monotonic()
    if (known !== undefined && now - known.askedAt <= ageMsMax) return known.schema
    const latest = await this.#registry.latest(this.#subject)
    if (latest === undefined) throw converterErrors.schemaMissing(this.#topic, this.#subject)
    const schema =
      latest.id === known?.schema.schemaId
        ? known.schema
        : read(latest.id, await this.#registry.complete(latest), this.#topic)
    this.#known = { schema, askedAt: now }
    return schema
  }
}

function read(id: number, complete: Parameters<typeof codecOf>[0], topic: string): TypedPayload {
  try {
    return typedPayload(id, complete.schemaType, codecOf(complete))
  } catch (cause) {
    if (!(cause instanceof SchemaTextError)) throw cause
    throw converterErrors.schemaUnreadable(topic, cause)
  }
}
