import type { Clock } from '@millrace/host'
import {
  avroCodec,
  codecOf,
  RegistryClient,
  RegistryClientError,
  type SchemaAnswer,
  SchemaTextError,
  typedPayload,
} from '@millrace/schema'
import { GatewayError, gatewayErrors } from './errors.js'
import { cacheEntriesMax, noSchemaAgeMsMax, schemaAgeMsMax } from './limits.js'
import type { Payload } from './payload.js'
import type { SchemaReference } from './v2/request.js'

/** A schema of a subject, ready for use. */
export interface TopicSchema {
  readonly id: number
  /** In its subject; undefined where it was not told. */
  readonly version?: number
  /** AVRO, JSON or PROTOBUF. */
  readonly schemaType: string
  readonly text: string
  /** For plain JSON: unions as bare values. */
  readonly plain: Payload
  /** For Avro's JSON encoding: unions wrapped. The same as `plain` for other types. */
  readonly wrapped: Payload
}

/** What a schema has for an id that a dry run would register. */
export const unregisteredId = 0

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
    const schema = this.known(subject)
    if (schema !== undefined) return schema
    return this.hasNone(subject) ? undefined : this.#ask(subject)
  }

  /** Whether a subject had no schema a moment ago; false where it has to be asked again. */
  hasNone(subject: string): boolean {
    const known = this.#known.get(subject)
    const isNone = known !== undefined && known.schema === undefined
    return isNone && this.#ageMs(known) <= noSchemaAgeMsMax
  }

  /** The same where it is known that there is one; undefined where `latest` has to find out. */
  known(subject: string): TopicSchema | undefined {
    const known = this.#known.get(subject)
    if (known?.schema === undefined) return undefined
    if (this.#ageMs(known) > schemaAgeMsMax) {
      this.#ask(subject).catch(() => {
        // What is known stays good while the registry is away.
      })
    }
    return known.schema
  }

  /** As `latest`, but what is known may be `ageMsMax` old at most, if the registry answers. */
  async recent(subject: string, ageMsMax: number): Promise<TopicSchema | undefined> {
    const known = this.#known.get(subject)
    if (known !== undefined && this.#ageMs(known) <= ageMsMax) return known.schema
    return this.#ask(subject).catch(() => known?.schema)
  }

  /**
   * The schema that a request names, registered under the subject when it is new to it. A dry run
   * registers nothing: the registry is only asked whether it would take the schema.
   */
  async named(subject: string, reference: SchemaReference, isDry = false): Promise<TopicSchema> {
    try {
      const { text, type = 'AVRO' } = reference
      const answer =
        text === undefined
          ? await this.#registry.answerById(reference.id ?? 0)
          : { schema: text, schemaType: type }
      const { schema, schemaType = 'AVRO', references = [] } = answer
      if (!isDry) {
        const id = await this.#registry.register(subject, schema, schemaType, references)
        return await this.#prepared(id, answer)
      }
      const registered = await this.#registry.registered(subject, schema, schemaType, references)
      if (registered !== undefined) return await this.#prepared(registered.id, answer)
      const prepared = await this.#read(reference.id ?? unregisteredId, answer)
      const verdict = await this.#registry.compatibility(subject, schema, schemaType, references)
      if (verdict.isCompatible) return prepared
      throw gatewayErrors.invalidSchema(
        `it is incompatible with an earlier schema of the subject ${subject}: ${verdict.messages.join('; ')}`,
      )
    } catch (cause) {
      throw toGatewayError(cause)
    }
  }

  /** The schema with an id, whatever its subjects. */
  async withId(id: number): Promise<TopicSchema> {
    try {
      return this.#byId.get(id) ?? (await this.#prepared(id, await this.#registry.answerById(id)))
    } catch (cause) {
      throw toGatewayError(cause)
    }
  }

  /** One version of a subject. */
  async version(subject: string, version: number): Promise<TopicSchema> {
    try {
      const found = await this.#registry.version(subject, version)
      return { ...(await this.#prepared(found.id, found)), version: found.version }
    } catch (cause) {
      if (cause instanceof RegistryClientError && missingCodes.includes(cause.code ?? 0)) {
        throw gatewayErrors.serialization(
          `The subject ${subject} has no version ${version}. Leave \`schema_version\` out for the newest.`,
        )
      }
      throw toGatewayError(cause)
    }
  }

  #ageMs({ askedAt }: Known): number {
    return this.#clock.monotonic() - askedAt
  }

  #ask(subject: string): Promise<TopicSchema | undefined> {
    const asking = this.#asking.get(subject)
    if (asking !== undefined) return asking
    const answer = this.#registry
      .latest(subject)
      .then(async (latest) => {
        const schema = latest && {
          ...(await this.#prepared(latest.id, latest)),
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

  async #prepared(id: number, answer: SchemaAnswer): Promise<TopicSchema> {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    const schema = await this.#read(id, answer)
    remember(this.#byId, id, schema)
    return schema
  }

  async #read(id: number, answer: SchemaAnswer): Promise<TopicSchema> {
    const complete = await this.#registry.complete(answer)
    const { schema: text, schemaType, references } = complete
    const plain = typedPayload(id, schemaType, codecOf(complete))
    const wrapped =
      schemaType === 'AVRO'
        ? typedPayload(id, schemaType, avroCodec(text, { unions: 'wrapped', references }))
        : plain
    return { id, schemaType, text, plain, wrapped }
  }
}

/** The registry's codes for a subject, or a version, that is not there. */
const missingCodes: readonly number[] = [40401, 40402, 42202]

/** Keeps a value; the oldest goes when the cache is full. */
export function remember<K, V>(cache: Map<K, V>, key: K, value: V): void {
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
