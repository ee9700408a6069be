/**
 * The check of each topic's events: by the schema that the program was built with, or by the one
 * that the gateway tells, asked for once. A refusal by a told schema that is not fresh asks
 * again first: it may have been replaced. Where there is no schema, or none that can be checked
 * here, nothing is checked; the gateway checks everything again anyway.
 */
import { avroCheck, type ValueCheck } from '@millrace/schema/check'
import { refusalSchemaMsMax, schemaRetryMs, schemaWaitMsMax } from './limits.js'
import type { Outside } from './outside.js'

/** Why an event does not fit: a path within it, and the reason in words. */
export interface Problem {
  field: string
  reason: string
}

/** What a program knows of a topic since it was built. */
export interface TopicBinding {
  /** The text of its schema. */
  readonly schema: string
  /** AVRO where it is not said. Events are checked here by Avro alone. */
  readonly schemaType?: string
}

interface Known {
  /** Undefined where there is nothing to check by. */
  check: ValueCheck | undefined
  askedAt: number
  built: boolean
}

export interface TopicChecksOptions {
  outside: Outside
  url: string
  headers: Readonly<Record<string, string>>
  bindings: Readonly<Record<string, TopicBinding>>
}

export class TopicChecks {
  readonly #options: TopicChecksOptions
  readonly #known = new Map<string, Known>()
  readonly #asking = new Map<string, Promise<void>>()

  constructor(options: TopicChecksOptions) {
    this.#options = options
    for (const [topic, { schema, schemaType }] of Object.entries(options.bindings)) {
      this.#known.set(topic, { check: checkOf(schema, schemaType), askedAt: 0, built: true })
    }
  }

  /** Full name of the topic's schema, where it is known. */
  typeOf(topic: string): string | undefined {
    return this.#known.get(topic)?.check?.name
  }

  /** At once: what is wrong, null for nothing, undefined when the schema has to be asked for. */
  now(topic: string, value: unknown): Problem | null | undefined {
    const known = this.#known.get(topic)
    if (known === undefined) return undefined
    const problem = known.check?.validate(value) ?? null
    return problem !== null && this.#mayBeOld(known) ? undefined : problem
  }

  /** After asking where that is needed. */
  async later(topic: string, value: unknown): Promise<Problem | undefined> {
    const told = this.now(topic, value)
    if (told !== undefined) return told ?? undefined
    await this.#ask(topic)
    return this.#known.get(topic)?.check?.validate(value)
  }

  #mayBeOld({ built, askedAt }: Known): boolean {
    return !built && this.#options.outside.now() - askedAt > refusalSchemaMsMax
  }

  #ask(topic: string): Promise<void> {
    const asking = this.#asking.get(topic)
    if (asking !== undefined) return asking
    const answer = this.#fetch(topic).finally(() => this.#asking.delete(topic))
    this.#asking.set(topic, answer)
    return answer
  }

  async #fetch(topic: string): Promise<void> {
    const { outside, url, headers } = this.#options
    const abort = new AbortController()
    const cancel = outside.after(schemaWaitMsMax, () => abort.abort())
    try {
      const place = `${url}/topics/${encodeURIComponent(topic)}/schema`
      const response = await outside.fetch(place, { headers, signal: abort.signal })
      if (response.status !== 404 && !response.ok) throw new Error(`status ${response.status}`)
      const answer = (await response.json()) as { schema?: string; schemaType?: string }
      const { schema, schemaType } = answer
      const check = schema === undefined ? undefined : checkOf(schema, schemaType)
      this.#known.set(topic, { check, askedAt: outside.now(), built: false })
    } catch {
      // Away, or not understood. What was known stays; what was not is asked for again later.
      if (this.#known.has(topic)) return
      this.#known.set(topic, { check: undefined, askedAt: outside.now(), built: false })
      outside.after(schemaRetryMs, () => this.#known.delete(topic))
    } finally {
      cancel()
    }
  }
}

/** The check by a schema; undefined for languages that only the gateway checks. */
function checkOf(schema: string, schemaType = 'AVRO'): ValueCheck | undefined {
  return schemaType === 'AVRO' ? avroCheck(schema) : undefined
}
