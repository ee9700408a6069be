/**
 * One produce request of the v2 API, from its body to its answer: look up, decide, store, answer.
 * Its records have the same format, and the same schemas.
 */
import { gatewayErrors } from '../errors.js'
import type { Turn } from '../http/turns.js'
import { refusalSchemaAgeMsMax } from '../limits.js'
import { binaryPayload, jsonPayload, type Payload } from '../payload.js'
import { isRefused, type Payloads, prepare } from '../prepare.js'
import type { RecordTranscription } from '../record-transcription.js'
import type { Acknowledge, Decided, Store } from '../store.js'
import type { Target, Targets } from '../targets.js'
import type { TopicSchema, TopicSchemas } from '../topic-schemas.js'
import { answerOf, type Outcome, type ProduceAnswer } from './answer.js'
import type { Format } from './media-type.js'
import { schemaTypeOf } from './media-type.js'
import { type ProduceRequest, readProduceRequest, type SchemaReference } from './request.js'
import { Transcription } from './transcription.js'

/** What a caller sent. */
export interface Sent {
  readonly topic: string
  /** Where all records go, whatever their keys. */
  readonly partition?: number | undefined
  readonly format: Format
  /** Of the body. */
  readonly bytes: number
  /** Who it says that it is. */
  readonly source: string
  /** What the policy says where it is not said. */
  readonly acknowledge?: Acknowledge | undefined
}

export class ProduceV2 {
  readonly #transcription: Transcription
  readonly #targets: Targets
  readonly #schemas: TopicSchemas
  readonly #store: Store

  constructor(options: {
    targets: Targets
    schemas: TopicSchemas
    store: Store
    transcription: RecordTranscription
  }) {
    this.#transcription = new Transcription(options.transcription)
    this.#targets = options.targets
    this.#schemas = options.schemas
    this.#store = options.store
  }

  /** Throws a `GatewayError` when the request is refused before its records are looked at. */
  async handle(sent: Sent & { readonly body: Buffer }, turn: Turn): Promise<ProduceAnswer> {
    const read = () => readProduceRequest(sent.body, sent.partition)
    return answerOf(await this.store(sent, read, turn))
  }

  /**
   * Stores the records of a request straight from its text, where its topic and schema are known
   * and nothing in it is unusual, and tells its answer to `done`, which does not throw. False where
   * this is not the way: then nothing has happened, and `handle` is the one.
   */
  straight(sent: Sent, body: Buffer, done: (answer: ProduceAnswer) => void): boolean {
    const { topic, partition } = sent
    if (sent.format !== 'json') return false
    const target = this.#targets.known(topic)
    if (target === undefined || (partition ?? 0) >= target.partitions) return false
    const acknowledge = this.#store.acknowledge(sent.acknowledge, target)
    if (acknowledge === 'dry-run') return false
    const payload = this.#knownPayload(target)
    if (payload?.straight === undefined) return false
    const intake = this.#targets.intake(target, sent.source, sent.bytes)
    const withIds = acknowledge === 'spool'
    const outcomes = this.#transcription.records(body, partition, payload, intake, withIds)
    if (outcomes === undefined) return false
    const decided = { intake, outcomes, sent: [] }
    const payloads = { key: jsonPayload, value: payload }
    this.#store.storeGood(target, outcomes, acknowledge, (appended) => {
      done(answerOf({ decided, stored: { appended }, payloads, acknowledge }))
    })
    return true
  }

  /** How plain JSON is stored in a topic; undefined where that has to be asked first. */
  #knownPayload(target: Target): Payload | undefined {
    const { raw, subject } = target.policy
    // Its subject may have a schema, which somebody asked for: events are not checked by it.
    if (raw) return jsonPayload
    const schema = this.#schemas.known(subjectOf(target))
    if (schema !== undefined) return schema.plain
    return subject === undefined && this.#schemas.hasNone(subjectOf(target))
      ? jsonPayload
      : undefined
  }

  /**
   * Stores the records of a request, which is read once its topic is known; on their turn, which
   * is then over, where they have one. Throws as `handle`.
   */
  async store(sent: Sent, read: () => ProduceRequest, turn?: Turn): Promise<Outcome> {
    const target = await this.#targets.of(sent.topic)
    if (sent.partition !== undefined && sent.partition >= target.partitions) {
      throw gatewayErrors.partitionNotFound(target.topic, target.partitions)
    }
    const request = read()
    const acknowledge = this.#store.acknowledge(sent.acknowledge, target)
    const { decided, payloads } = await this.#decide(
      sent,
      target,
      request,
      acknowledge === 'dry-run',
    )
    await turn?.come()
    const storing = this.#store.store(target, decided, acknowledge)
    turn?.end()
    return { decided, stored: await storing, payloads, acknowledge }
  }

  /** Looks at every record; a refusal is never based on a schema that has been replaced. */
  async #decide(sent: Sent, target: Target, request: ProduceRequest, isDry: boolean) {
    const subject = subjectOf(target)
    const decide = async (): Promise<{ decided: Decided; payloads: Payloads }> => {
      const payloads = {
        value: await this.#valuePayload(sent, target, request, subject, isDry),
        key: await this.#keyPayload(sent, request, isDry),
      }
      const intake = this.#targets.intake(target, sent.source, sent.bytes)
      const outcomes = request.records.map(({ given }) => {
        return isRefused(given) ? given : prepare(given, payloads, intake)
      })
      return { decided: { intake, outcomes, sent: request.records }, payloads }
    }
    const first = await decide()
    const { schemaId } = first.payloads.value
    const mayBeOld = schemaId !== null && request.valueSchema === undefined
    if (!mayBeOld || !first.decided.outcomes.some(isRefused)) return first
    const latest = await this.#schemas.recent(subject, refusalSchemaAgeMsMax)
    return latest === undefined || latest.id === schemaId ? first : decide()
  }

  async #valuePayload(
    sent: Sent,
    target: Target,
    request: ProduceRequest,
    subject: string,
    isDry: boolean,
  ): Promise<Payload> {
    const { raw } = target.policy
    if (raw) {
      if (schemaTypeOf(sent.format) !== undefined) throw gatewayErrors.schemaOnRaw(target.topic)
      return sent.format === 'binary' ? binaryPayload : jsonPayload
    }
    const named = await this.#namedSchema(sent.format, subject, request.valueSchema, isDry)
    if (named !== undefined) return named
    const latest = await this.#schemas.latest(subject)
    if (latest === undefined) {
      const hasValues = request.records.some(({ value }) => value !== undefined)
      const isTyped = schemaTypeOf(sent.format) !== undefined
      const needed = target.policy.subject !== undefined || (isTyped && hasValues)
      if (needed) throw gatewayErrors.valueSchemaMissing(subject)
      return sent.format === 'binary' ? binaryPayload : jsonPayload
    }
    if (sent.format === 'binary') throw gatewayErrors.binaryOnSchema(sent.topic)
    return payloadOf(sent.format, subject, latest)
  }

  async #keyPayload(sent: Sent, request: ProduceRequest, isDry: boolean): Promise<Payload> {
    if (sent.format === 'binary') return binaryPayload
    if (sent.format === 'json') return jsonPayload
    const subject = `${sent.topic}-key`
    const named = await this.#namedSchema(sent.format, subject, request.keySchema, isDry)
    if (named !== undefined) return named
    if (request.records.every(({ key }) => key === undefined)) return jsonPayload
    const latest = await this.#schemas.latest(subject)
    if (latest === undefined) throw gatewayErrors.keySchemaMissing(subject)
    return payloadOf(sent.format, subject, latest)
  }

  async #namedSchema(
    format: Format,
    subject: string,
    reference: SchemaReference | undefined,
    isDry: boolean,
  ): Promise<Payload | undefined> {
    const type = schemaTypeOf(format)
    if (type === undefined || reference === undefined) return undefined
    const schema = await this.#schemas.named(subject, { ...reference, type }, isDry)
    return payloadOf(format, subject, schema)
  }
}

/** The subject of a topic's values. */
function subjectOf({ topic, policy }: Target): string {
  return policy.subject ?? `${topic}-value`
}

/** Throws a `GatewayError` where the request's media type is for another type of schema. */
function payloadOf(format: Format, subject: string, schema: TopicSchema): Payload {
  const type = schemaTypeOf(format)
  if (type === undefined) return schema.plain
  if (type !== schema.schemaType) {
    throw gatewayErrors.schemaOfOtherType(subject, schema.schemaType, type)
  }
  return schema.wrapped
}
