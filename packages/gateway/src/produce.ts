/**
 * One produce request, from its body to its answer: look up, decide, append, answer.
 *
 * Requests do not wait for one another. Each is one Produce request to the log, which carries
 * the good events and, for the exception topic, the refused ones; the answer is given when both
 * are in the log.
 */
import type { Host } from '@millrace/host'
import { type LogClient, Producer } from '@millrace/log'
import { schemasTopic } from '@millrace/schema'
import { type AppendFailure, appendAll, failureOf, type Placed } from './append.js'
import { Counts } from './counts.js'
import { gatewayErrors } from './errors.js'
import { exceptionRecord } from './exception-event.js'
import { refusalSchemaAgeMsMax } from './limits.js'
import type { Format } from './media-type.js'
import { avroPayload, binaryPayload, jsonPayload, type Payload } from './payload.js'
import type { TopicPolicy } from './policy.js'
import { type Intake, isRefused, type Prepared, prepare, type Refused } from './prepare.js'
import {
  allFailed,
  allRefused,
  hasFailed,
  logError,
  type OffsetEntry,
  offsetEntries,
  type ProduceAnswer,
} from './produce-answer.js'
import { type ProduceRequest, readProduceRequest, type SchemaReference } from './produce-request.js'
import type { TopicDirectory } from './topic-directory.js'
import type { TopicSchemas } from './topic-schemas.js'

/** What a caller sent. */
export interface Sent {
  topic: string
  format: Format
  body: Buffer
  /** Who it says that it is. */
  source: string
}

/** What became of the records of a request, in their order. */
export interface Stored {
  intake: Intake
  outcomes: (Prepared | Refused)[]
  failed: { failure: AppendFailure }[]
  offsets: OffsetEntry[]
  /** Why refused records could not be kept in the exception topic. */
  lost: string | undefined
}

export interface ProduceOptions {
  host: Host
  client: LogClient
  topics: TopicDirectory
  schemas: TopicSchemas
  registryUrl: string
  policyOf: (topic: string) => TopicPolicy | undefined
}

export class Produce {
  readonly counts = new Counts()
  readonly #options: ProduceOptions
  readonly #producer: Producer
  /** Turns from partition to partition, a request at a time, for records without a key. */
  #turn: number

  constructor(options: ProduceOptions) {
    this.#options = options
    this.#producer = new Producer(options.client, { acks: 'all' })
    this.#turn = options.host.random.uint32()
  }

  /** Throws a `GatewayError` when the request is refused before its records are looked at. */
  async handle(sent: Sent): Promise<ProduceAnswer> {
    const stored = await this.store(sent, () => readProduceRequest(sent.body))
    const { intake, outcomes, failed, offsets, lost } = stored
    if (outcomes.every(isRefused)) return allRefused(outcomes, lost)
    if (outcomes.every((_, i) => offsets[i]?.offset === null)) return allFailed(failed, offsets)
    return {
      status: 200,
      retriable: false,
      body: {
        offsets,
        key_schema_id: intake.key.schemaId,
        value_schema_id: intake.value.schemaId,
      },
    }
  }

  /**
   * Stores the records of a request, which is read once its topic is known. Throws a
   * `GatewayError` as `handle` does.
   */
  async store(sent: Omit<Sent, 'body'>, read: () => ProduceRequest): Promise<Stored> {
    const { topic } = sent
    if (topic === schemasTopic || topic.startsWith('__')) throw gatewayErrors.internalTopic(topic)
    const partitions = await this.#partitions(topic)
    const request = read()
    const { intake, outcomes } = await this.#decide(sent, partitions, request)

    const good = outcomes.filter((outcome) => !isRefused(outcome)) as Prepared[]
    const placed: Placed[] = good.map((each) => ({ topic, ...each }))
    const refused = outcomes.length - good.length
    const exceptions = await this.#exceptions(request, outcomes, intake)
    const appended = await appendAll(this.#producer, [...placed, ...exceptions.placed])
    const failed = appended.slice(0, good.length).filter(hasFailed)
    if (failed.length > 0) this.#options.topics.forget(topic)

    const accepted = good.length - failed.length
    this.counts.add(topic, { accepted, refused, failed: failed.length })
    const kept = appended.slice(good.length).find(hasFailed)?.failure ?? exceptions.failure
    const lost =
      kept && `It could not be kept in ${intake.policy.exceptionTopic} either: ${kept.message}`
    return { intake, outcomes, failed, offsets: offsetEntries(outcomes, appended, lost), lost }
  }

  async #partitions(topic: string): Promise<number> {
    let partitions: number | undefined
    try {
      if (topicName.test(topic)) partitions = await this.#options.topics.partitions(topic)
    } catch (cause) {
      throw logError(failureOf(cause))
    }
    if (partitions === undefined) throw gatewayErrors.topicNotFound(topic)
    return partitions
  }

  /** Looks at every record; a refusal is never based on a schema that has been replaced. */
  async #decide(sent: Omit<Sent, 'body'>, partitions: number, request: ProduceRequest) {
    const { host, registryUrl, schemas } = this.#options
    const policy = this.#options.policyOf(sent.topic) ?? {}
    const subject = policy.subject ?? `${sent.topic}-value`
    this.#turn = (this.#turn + 1) >>> 0

    const intakeOf = async (value: Payload): Promise<Intake> => ({
      topic: sent.topic,
      partitions,
      policy,
      key: await this.#keyPayload(sent, request),
      value,
      ...(value.schemaId === null
        ? {}
        : { dataSchema: `${registryUrl}/schemas/ids/${value.schemaId}` }),
      source: sent.source,
      now: host.clock.now(),
      random: host.random,
      keyless: this.#turn % partitions,
    })
    const decide = (intake: Intake) => request.records.map((record) => prepare(record, intake))

    const payload = await this.#valuePayload(sent, request, policy, subject)
    const intake = await intakeOf(payload)
    const outcomes = decide(intake)
    const mayBeOld = payload.schemaId !== null && request.valueSchema === undefined
    if (!mayBeOld || !outcomes.some(isRefused)) return { intake, outcomes }

    const latest = await schemas.recent(subject, refusalSchemaAgeMsMax)
    if (latest === undefined || latest.id === payload.schemaId) return { intake, outcomes }
    const renewed = await intakeOf(await this.#valuePayload(sent, request, policy, subject))
    return { intake: renewed, outcomes: decide(renewed) }
  }

  async #valuePayload(
    sent: Omit<Sent, 'body'>,
    request: ProduceRequest,
    policy: TopicPolicy,
    subject: string,
  ): Promise<Payload> {
    const named = await this.#namedSchema(sent.format, subject, request.valueSchema)
    if (named !== undefined) return named
    const latest = await this.#options.schemas.latest(subject)
    if (latest === undefined) {
      const hasValues = request.records.some((each) => memberIsGiven(each, 'value'))
      const needed = policy.subject !== undefined || (sent.format === 'avro' && hasValues)
      if (needed) throw gatewayErrors.valueSchemaMissing(subject)
      return sent.format === 'binary' ? binaryPayload : jsonPayload
    }
    if (sent.format === 'binary') throw gatewayErrors.binaryOnSchema(sent.topic)
    return avroPayload(latest.id, sent.format === 'avro' ? latest.wrapped : latest.plain)
  }

  async #keyPayload(sent: Omit<Sent, 'body'>, request: ProduceRequest): Promise<Payload> {
    if (sent.format === 'binary') return binaryPayload
    if (sent.format === 'json') return jsonPayload
    const subject = `${sent.topic}-key`
    const named = await this.#namedSchema(sent.format, subject, request.keySchema)
    if (named !== undefined) return named
    if (!request.records.some((each) => memberIsGiven(each, 'key'))) return jsonPayload
    const latest = await this.#options.schemas.latest(subject)
    if (latest === undefined) throw gatewayErrors.keySchemaMissing(subject)
    return avroPayload(latest.id, latest.wrapped)
  }

  async #namedSchema(
    format: Format,
    subject: string,
    reference: SchemaReference | undefined,
  ): Promise<Payload | undefined> {
    if (format !== 'avro' || reference === undefined) return undefined
    const schema = await this.#options.schemas.named(subject, reference)
    return avroPayload(schema.id, schema.wrapped)
  }

  /** Records for the exception topic, if there is one; it is made when it is not there. */
  async #exceptions(
    request: ProduceRequest,
    outcomes: readonly (Prepared | Refused)[],
    intake: Intake,
  ): Promise<{ placed: Placed[]; failure?: AppendFailure }> {
    const topic = intake.policy.exceptionTopic
    if (topic === undefined || !outcomes.some(isRefused)) return { placed: [] }
    try {
      const partition = this.#turn % (await this.#options.topics.partitionsOrCreate(topic))
      const placed = outcomes.flatMap((outcome, i) =>
        isRefused(outcome)
          ? { topic, partition, record: exceptionRecord(request.records[i], outcome, intake) }
          : [],
      )
      return { placed }
    } catch (cause) {
      return { placed: [], failure: failureOf(cause) }
    }
  }
}

/** What Kafka takes as the name of a topic. */
export const topicName = /^[a-zA-Z0-9._-]{1,249}$/

function memberIsGiven(record: unknown, member: 'key' | 'value'): boolean {
  const given = (record as { key?: unknown; value?: unknown } | null)?.[member]
  return given !== undefined && given !== null
}
