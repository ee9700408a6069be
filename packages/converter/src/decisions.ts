import type { Host } from '@millrace/host'
import { partitionOf } from '@millrace/log'
import { type Refusal, RefusedError, RegistryClient, type TypedPayload } from '@millrace/schema'
import type { Placed } from './batches.js'
import type { ConversionSpec } from './conversion.js'
import { NewestSchema } from './newest-schema.js'
import { type RawRecord, rawEvent, rawException } from './raw-event.js'
import { isRefusal, typedEvent } from './typed-event.js'

/** A raw record, and what becomes of it: a typed event, or an exception. */
export interface Decided {
  readonly raw: RawRecord
  readonly isRefused: boolean
  readonly placed: Placed
}

/** Decides what becomes of the records of a raw topic, by the newest schema of the typed one. */
export class Decisions {
  /** How many the typed topic and the exception topic have. */
  partitions = { typed: 1, exceptions: 1 }
  readonly #host: Host
  readonly #registryUrl: string
  readonly #spec: ConversionSpec
  readonly #schema: NewestSchema

  constructor(options: { host: Host; registryUrl: string; spec: ConversionSpec }) {
    const { host, spec } = options
    this.#host = host
    this.#registryUrl = options.registryUrl.replace(/\/+$/, '')
    this.#spec = spec
    const registry = new RegistryClient(this.#registryUrl, { clock: host.clock })
    this.#schema = new NewestSchema(registry, host.clock, spec.to.name)
  }

  /** Resolves when there is a schema; rejects as `NewestSchema` does. */
  async ready(): Promise<void> {
    await this.#schema.latest()
  }

  /** In their order. A refusal is never based on a schema that has been replaced. */
  async decide(records: readonly RawRecord[]): Promise<Decided[]> {
    const schema = await this.#schema.latest()
    const decided = records.map((raw) => this.#decideOne(raw, schema))
    if (!decided.some(({ isRefused }) => isRefused)) return decided
    const recent = await this.#schema.recent()
    if (recent.schemaId === schema.schemaId) return decided
    return records.map((raw) => this.#decideOne(raw, recent))
  }

  /** A raw record as an exception. */
  exception(raw: RawRecord, refusal: Refusal): Decided {
    const { to } = this.#spec
    const record = rawException(raw, refusal, to, this.#host.clock.now())
    const partition = raw.partition % this.partitions.exceptions
    return { raw, isRefused: true, placed: { topic: to.exceptions, partition, record } }
  }

  #decideOne(raw: RawRecord, schema: TypedPayload): Decided {
    const { to, mapping } = this.#spec
    try {
      const outcome = typedEvent(rawEvent(raw), mapping, schema, to, this.#registryUrl)
      if (isRefusal(outcome)) return this.exception(raw, outcome)
      const { record } = outcome
      const { typed } = this.partitions
      // Those of one raw partition stay in their order where they have no key.
      const partition = record.key === null ? raw.partition % typed : partitionOf(record.key, typed)
      return { raw, isRefused: false, placed: { topic: to.name, partition, record } }
    } catch (cause) {
      if (!(cause instanceof RefusedError)) throw cause
      return this.exception(raw, { field: cause.field, reason: cause.reason })
    }
  }
}
