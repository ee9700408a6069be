/**
 * A client of a schema registry, ours or any that speaks Confluent's API. What never changes
 * (the schema of an id, the id of a registered schema) is asked for once and remembered.
 */
import { askHttp, type Clock } from '@millrace/host'
import { clientCacheEntriesMax, registryAnswerMsMax } from './limits.js'
import type { SchemaReference } from './registry/schema-version.js'
import type { ReferencedText } from './schema-type.js'

/** Why the registry did not do what was asked. */
export class RegistryClientError extends Error {
  override readonly name = 'RegistryClientError'
  /** The registry's `error_code` (40403, 42201, 409, …); undefined when it did not answer. */
  readonly code: number | undefined
  /** The HTTP status; undefined when the registry did not answer. */
  readonly status: number | undefined

  constructor(message: string, code?: number, status?: number, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.status = status
  }

  /** The same request may succeed later. */
  get retriable(): boolean {
    return this.status === undefined || this.status >= 500 || this.status === 429
  }
}

/** The newest version of a subject. */
export interface LatestSchema {
  id: number
  version: number
  schema: string
  /** Absent for Avro. */
  schemaType?: string
  /** Absent where it refers to no other schema. */
  references?: SchemaReference[]
}

/** A schema with everything that it refers to; `codecOf` makes a codec of it. */
export interface CompleteSchema {
  readonly schema: string
  /** AVRO, JSON or PROTOBUF. */
  readonly schemaType: string
  /** Each text after those that it refers to itself. */
  readonly references: readonly ReferencedText[]
}

/** As the registry tells it; the type is absent for Avro. */
export type SchemaAnswer = { schema: string; schemaType?: string; references?: SchemaReference[] }

export class RegistryClient {
  readonly #url: string
  readonly #clock: Clock | undefined
  readonly #byId = new Answers<number, SchemaAnswer>()
  readonly #completeById = new Answers<number, CompleteSchema>()
  readonly #registered = new Answers<string, number>()
  readonly #versions = new Answers<string, LatestSchema>()

  /** `url` is the registry's base URL. With a `clock`, a request that is not answered ends. */
  constructor(url: string, options: { clock?: Clock } = {}) {
    this.#url = url.replace(/\/+$/, '')
    this.#clock = options.clock
  }

  /** The id of the schema, which is registered when it is new to the subject. */
  register(
    subject: string,
    schema: string,
    schemaType: string = 'AVRO',
    references: readonly SchemaReference[] = [],
  ): Promise<number> {
    const key = JSON.stringify([subject, schemaType, schema, references])
    return this.#registered.get(key, async () => {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`
      const { id } = await this.#request<{ id: number }>(
        'POST',
        path,
        asSent(schema, schemaType, references),
      )
      return id
    })
  }

  /** Where the subject has a schema; undefined where it does not have it. */
  async registered(
    subject: string,
    schema: string,
    schemaType: string = 'AVRO',
    references: readonly SchemaReference[] = [],
  ): Promise<{ id: number; version: number } | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}`
    try {
      const body = asSent(schema, schemaType, references)
      const { id, version } = await this.#request<{ id: number; version: number }>(
        'POST',
        path,
        body,
      )
      return { id, version }
    } catch (cause) {
      const none = cause instanceof RegistryClientError && [40401, 40403].includes(cause.code ?? 0)
      if (none) return undefined
      throw cause
    }
  }

  /**
   * Whether a schema may follow the subject's versions, at the subject's level, and why not. A
   * subject that is not there takes any.
   */
  async compatibility(
    subject: string,
    schema: string,
    schemaType: string = 'AVRO',
    references: readonly SchemaReference[] = [],
  ): Promise<{ isCompatible: boolean; messages: string[] }> {
    const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions?verbose=true`
    try {
      type Answer = { is_compatible: boolean; messages?: string[] }
      const answer = await this.#request<Answer>(
        'POST',
        path,
        asSent(schema, schemaType, references),
      )
      const { is_compatible: isCompatible, messages = [] } = answer
      const unsaid =
        isCompatible || messages.length > 0 ? messages : ['the registry does not say why']
      return { isCompatible, messages: unsaid }
    } catch (cause) {
      const none = cause instanceof RegistryClientError && [40401, 40402].includes(cause.code ?? 0)
      if (none) return { isCompatible: true, messages: [] }
      throw cause
    }
  }

  /** The text of the schema with this id. */
  async byId(id: number): Promise<string> {
    return (await this.answerById(id)).schema
  }

  /** The schema with this id, with everything that it refers to. */
  completeById(id: number): Promise<CompleteSchema> {
    return this.#completeById.get(id, async () => this.complete(await this.answerById(id)))
  }

  /** A schema with everything that it refers to, which is asked for. */
  async complete(answer: SchemaAnswer): Promise<CompleteSchema> {
    const texts = new Map<string, string>()
    const visited = new Set<string>()
    const visit = async (references: readonly SchemaReference[]): Promise<void> => {
      for (const { name, subject, version } of references) {
        if (visited.has(name)) continue
        visited.add(name)
        const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}?deleted=true`
        const found = await this.#request<SchemaAnswer>('GET', path)
        await visit(found.references ?? [])
        texts.set(name, found.schema)
      }
    }
    await visit(answer.references ?? [])
    return {
      schema: answer.schema,
      schemaType: answer.schemaType ?? 'AVRO',
      references: [...texts].map(([name, text]) => ({ name, text })),
    }
  }

  /** The schema with this id, as the registry tells it. */
  answerById(id: number): Promise<SchemaAnswer> {
    return this.#byId.get(id, () => this.#request<SchemaAnswer>('GET', `/schemas/ids/${id}`))
  }

  /** Numbers of a subject's versions, oldest first; none where it is not there. */
  async versions(subject: string): Promise<number[]> {
    try {
      return await this.#request<number[]>(
        'GET',
        `/subjects/${encodeURIComponent(subject)}/versions`,
      )
    } catch (cause) {
      if (cause instanceof RegistryClientError && cause.code === 40401) return []
      throw cause
    }
  }

  /** The level of compatibility that holds for a subject. */
  async level(subject: string): Promise<string> {
    const path = `/config/${encodeURIComponent(subject)}?defaultToGlobal=true`
    const { compatibilityLevel } = await this.#request<{ compatibilityLevel: string }>('GET', path)
    return compatibilityLevel
  }

  /** One version of a subject. Rejects with 40401 or 40402 where it is not there. */
  version(subject: string, version: number): Promise<LatestSchema> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
    return this.#versions.get(path, () => this.#request<LatestSchema>('GET', path))
  }

  /** The names of all subjects. */
  subjects(): Promise<string[]> {
    return this.#request<string[]>('GET', '/subjects')
  }

  /** The newest version of a subject, asked for anew each time; undefined when there is none. */
  async latest(subject: string): Promise<LatestSchema | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`
    try {
      const { id, version, schema, ...more } = await this.#request<LatestSchema>('GET', path)
      const { schemaType = 'AVRO', references = [] } = more
      return {
        id,
        version,
        schema,
        ...(schemaType !== 'AVRO' && { schemaType }),
        ...(references.length > 0 && { references }),
      }
    } catch (cause) {
      const none = cause instanceof RegistryClientError && [40401, 40402].includes(cause.code ?? 0)
      if (none) return undefined
      throw cause
    }
  }

  async #request<T>(method: string, path: string, body?: unknown): Promise<T> {
    const abort = new AbortController()
    const timer = this.#clock?.after(registryAnswerMsMax, () =>
      abort.abort(new Error(`no answer in ${registryAnswerMsMax} ms`)),
    )
    try {
      const { status, text } = await askHttp(`${this.#url}${path}`, {
        method,
        headers: {
          accept: 'application/vnd.schemaregistry.v1+json',
          'content-type': 'application/vnd.schemaregistry.v1+json',
        },
        signal: abort.signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (status < 200 || status > 299) throw refused(this.#url, status, text)
      return JSON.parse(text) as T
    } catch (cause) {
      if (cause instanceof RegistryClientError) throw cause
      throw new RegistryClientError(
        `The schema registry at ${this.#url} did not answer: ${reasonOf(cause)}.`,
        undefined,
        undefined,
        { cause },
      )
    } finally {
      timer?.cancel()
    }
  }
}

/** Clients send no type for Avro: registries from before schema types know none. */
function asSent(
  schema: string,
  schemaType: string,
  references: readonly SchemaReference[],
): object {
  return {
    schema,
    ...(schemaType !== 'AVRO' && { schemaType }),
    ...(references.length > 0 && { references }),
  }
}

function refused(url: string, status: number, text: string): RegistryClientError {
  let code = status
  let message = text.slice(0, 200)
  try {
    const body = JSON.parse(text) as { error_code?: unknown; message?: unknown }
    if (typeof body.error_code === 'number') code = body.error_code
    if (typeof body.message === 'string') message = body.message
  } catch {
    // A proxy between us and the registry answers in its own words.
  }
  return new RegistryClientError(
    `The schema registry at ${url} refused (${code}): ${message}`,
    code,
    status,
  )
}

/** The system's code where it has one: `ECONNREFUSED`. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return (cause as NodeJS.ErrnoException).code ?? cause.message
}

/** Answers that never change, bounded; those who ask at the same time share one request. */
class Answers<K, V> {
  readonly #known = new Map<K, Promise<V>>()

  get(key: K, ask: () => Promise<V>): Promise<V> {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size >= clientCacheEntriesMax) {
      const [oldest] = this.#known.keys()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    const answer = ask()
    this.#known.set(key, answer)
    answer.catch(() => this.#known.delete(key))
    return answer
  }
}
