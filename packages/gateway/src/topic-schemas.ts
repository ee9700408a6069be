import type { Clock } from '@millrace/host'
import { avroCodec, RegistryClient, RegistryClientError, SchemaTextError } from '@millrace/schema'
import { GatewayError, gatewayErrors } from './errors.js'
import { cacheEntriesMax, noSchemaAgeMsMax, schemaAgeMsMax } from './limits.js'
import { avroPayload, type Payload } from './payload.js'
import type { SchemaReference } from './v2/request.js'

/** A schema of a subject, ready for use. */
export interface TopicSchema {
  readonly id: number
  /** In its subject; undefined where it was not told. */
  readonly version?: number
  /** For plain JSON: unions as bare values. */
  readonly plain: Payload
  /** For Avro's JSON encoding: unions wrapped. */
  readonly wrapped: Payload
}

interface Known {
  readonly schema: TopicSchema | undefined
  readonly askedAt: number
}

/**
 * The newest schema of each subject. What is known is answered at once and asked for again in
 * the background when it is old; that a subject has none is believed for a moment only, because
 * events would be stored unchecked. While the registry is away, what is known stays good.
 */
export class TopicSchemas {
  readonly #registry: RegistryClient
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  readonly #asking = new Map<string, Promise<TopicSchema | undefined>>()
  readonly #byId = new Map<number, TopicSchema>()

  constructor(registryUrl: string, clock: Clock) {
    this.#registry = new RegistryClient(registryUrl, { clock })
    this.#clock = clock
  }

  /** The newest schema of a subject; undefined when it has none. */
  async latest(subject: string): Promise<TopicSchema | undefined> {
    const known = this.#known.get(subject)
    if (known === undefined) return this.#ask(subject)
    const ageMs = this.#clock.monotonic() - known.askedAt
    if (known.schema === undefined) {
      return ageMs > noSchemaAgeMsMax ? this.#ask(subject) : undefined
    }
    if (ageMs > schemaAgeMsMax) {
      this.#ask(subject).catch(() => {
        // What is known stays good while the registry is away.
      })
    }
    return known.schema
  }

  /** As `latest`, but what is known may be `ageMsMax` old at most, if the registry answers. */
  async recent(subject: string, ageMsMax: number): Promise<TopicSchema | undefined> {
    const known = this.#known.get(subject)
    if (known !== undefined && this.#clock.monotonic() - known.askedAt <= ageMsMax) {
      return known.schema
    }
    return this.#ask(subject).catch(() => known?.schema)
  }

  /** The schema that a request names, registered under the subject when it is new to it. */
  async named(subject: string, reference: SchemaReference): Promise<TopicSchema> {
    try {
      const text = reference.text ?? (await this.#registry.byId(reference.id ?? 0))
      const id = await this.#registry.register(subject, text)
      return this.#prepared(id, text)
    } catch (cause) {
      throw toGatewayError(cause)
    }
  }

  /** The schema with an id, whatever its subjects. */
  async withId(id: number): Promise<TopicSchema> {
    try {
      return this.#byId.get(id) ?? this.#prepared(id, await this.#registry.byId(id))
    } catch (cause) {
      throw toGatewayError(cause)
    }
  }

  /** One version of a subject, which is not the newest. */
  async version(subject: string, version: number): Promise<TopicSchema> {
    throw gatewayErrors.serialization(
      `Version ${version} of the subject ${subject} is not the newest, and older ones cannot be looked up by version. Name the schema by its id.`,
    )
  }

  #ask(subject: string): Promise<TopicSchema | undefined> {
    const asking = this.#asking.get(subject)
    if (asking !== undefined) return asking
    const answer = this.#registry
      .latest(subject)
      .then((latest) => {
        const schema = latest && {
          ...this.#prepared(latest.id, latest.schema),
          version: latest.version,
        }
        remember(this.#known, subject, { schema, askedAt: this.#clock.monotonic() })
        return schema
      })
      .catch((cause) => {
        throw toGatewayError(cause)
      })
      .finally(() => this.#asking.delete(subject))
    this.#asking.set(subject, answer)
    return answer
  }

  #prepared(id: number, text: string): TopicSchema {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    const schema: TopicSchema = {
      id,
      plain: avroPayload(id, avroCodec(text)),
      wrapped: avroPayload(id, avroCodec(text, { unions: 'wrapped' })),
    }
    remember(this.#byId, id, schema)
    return schema
  }
}

function remember<K, V>(cache: Map<K, V>, key: K, value: V): void {
  cache.delete(key)
  const [oldest] = cache.keys()
  if (cache.size >= cacheEntriesMax && oldest !== undefined) cache.delete(oldest)
  cache.set(key, value)
}

function toGatewayError(cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause
  if (cause instanceof SchemaTextError) return gatewayErrors.invalidSchema(cause.message)
  if (cause instanceof RegistryClientError) {
    return cause.retriable
      ? gatewayErrors.registryUnavailable(cause.message)
      : gatewayErrors.invalidSchema(cause.message)
  }
  return gatewayErrors.internal(cause)
}
