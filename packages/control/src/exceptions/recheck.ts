import {
  asItIs,
  ConverterError,
  isRefusal,
  jsonOf,
  NewestSchema,
  type Placed,
  typedEvent,
  type UntypedEvent,
} from '@millrace/converter'
import { contextOf, type Envelope, type ExceptionEvent, parseJson } from '@millrace/event'
import type { Clock } from '@millrace/host'
import { type LogClient, partitionOf } from '@millrace/log'
import { codecOf, type Refusal, RefusedError, RegistryClient, unframe } from '@millrace/schema'
import { conversionsOf, typedTopicOf } from '../project/conversions.js'
import type { Project } from '../project/project.js'
import { readRecord } from './read-record.js'
import { originalBytes, type StoredException } from './stored-exception.js'

/** What an exception would be, sent now: a typed event with its id, or an exception still. */
export type Rechecked = { readonly id: string; readonly placed: Placed } | Refusal

export interface RecheckOptions {
  /** Of the cluster that the exceptions and their topics are on. */
  client: LogClient
  clock: Clock
  registryUrl: string
  project: Pick<Project, 'topics'>
}

/**
 * Sends exceptions through the check again, as they would go today: by the newest schema, and those
 * of raw topics by the mapping that the project has now. Stores nothing.
 */
export class Recheck {
  readonly #options: RecheckOptions
  readonly #registry: RegistryClient
  readonly #schemas = new Map<string, NewestSchema>()
  readonly #partitions = new Map<string, number>()

  constructor(options: RecheckOptions) {
    this.#options = options
    this.#registry = new RegistryClient(options.registryUrl, { clock: options.clock })
  }

  /** Rejects with a `RegistryClientError` or `KafkaError` where the check cannot be made. */
  async check(stored: StoredException): Promise<Rechecked> {
    const { project, registryUrl } = this.#options
    const { topic, from } = stored.event
    const spec = project.topics.find(({ name }) => name === topic)
    const typed = spec && typedTopicOf(spec)
    if (typed === undefined) return refusal(`the project has no topic ${topic} with exceptions`)
    const conversion = conversionsOf(project).find((each) => {
      return each.from === from?.topic && each.to.name === topic
    })
    if (from !== undefined && conversion === undefined) {
      return refusal(`the project does not say any more how ${from.topic} becomes ${topic}`)
    }
    try {
      const event = await this.#untyped(stored)
      const schema = await this.#schemaOf(topic)
      const mapping = conversion?.mapping ?? asItIs
      const outcome = typedEvent(event, mapping, await schema.latest(), typed, registryUrl)
      if (isRefusal(outcome)) return outcome
      const { id, record } = outcome
      const partitions = await this.#partitionsOf(topic)
      const partition =
        record.key === null
          ? (from?.partition ?? stored.place.offset) % partitions
          : partitionOf(record.key, partitions)
      return { id, placed: { topic, partition, record } }
    } catch (cause) {
      if (cause instanceof RefusedError) return { field: cause.field, reason: cause.reason }
      if (cause instanceof ConverterError) return refusal(cause.message)
      throw cause
    }
  }

  async #untyped({ event, envelope, place }: StoredException): Promise<UntypedEvent> {
    const { clock } = this.#options
    const key = event.key === undefined ? null : Buffer.from(event.key, 'base64')
    const timestamp = clock.now()
    const own = ownEnvelope(event, envelope)
    if (event.from === undefined)
      return { value: await this.#value(event), envelope: own, key, timestamp }
    const bytes = originalBytes(event) ?? (await this.#rawBytes(event, place.topic))
    return { value: jsonOf(bytes), envelope: own, key: null, keyElse: key, timestamp }
  }

  /** Of an event that came through the gateway: as it was sent, or what the log was to hold. */
  async #value({ event, bytes }: ExceptionEvent): Promise<unknown> {
    if (bytes === undefined) {
      if (event === null) throw new RefusedError(notKept)
      return parseJson(event)
    }
    const framed = unframe(Buffer.from(bytes, 'base64'))
    if (framed === undefined) return jsonOf(Buffer.from(bytes, 'base64'))
    return codecOf(await this.#registry.completeById(framed.id)).decode(framed.payload)
  }

  /** An original that was too large for its exception may still be in the raw topic. */
  async #rawBytes({ from }: ExceptionEvent, exceptions: string): Promise<Buffer> {
    const record = from && (await readRecord(this.#options.client, from))
    if (record?.value) return record.value
    throw new RefusedError(`${notKept} in ${exceptions}, and the raw record is gone`)
  }

  async #schemaOf(topic: string): Promise<NewestSchema> {
    const known = this.#schemas.get(topic)
    const schema = known ?? new NewestSchema(this.#registry, this.#options.clock, topic)
    this.#schemas.set(topic, schema)
    return schema
  }

  async #partitionsOf(topic: string): Promise<number> {
    const known = this.#partitions.get(topic)
    if (known !== undefined) return known
    const [found] = await this.#options.client.topics([topic])
    const partitions = found?.partitions ?? 1
    this.#partitions.set(topic, partitions)
    return partitions
  }
}

const notKept = 'the original was too large to be kept'

function refusal(reason: string): Refusal {
  return { field: '', reason }
}

/** What the event said of itself, or what its exception says of it. */
function ownEnvelope(event: ExceptionEvent, { id, source }: Envelope): Envelope {
  const own = contextOf(event)
  const receivedAt = Date.parse(event.receivedAt)
  const time = Number.isNaN(receivedAt) ? 0 : receivedAt
  return { ...own, id, source, type: own?.type ?? event.topic, time: own?.time ?? time }
}
