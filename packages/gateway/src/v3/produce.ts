/**
 * The records of the v3 API. Each names its own formats and schemas, so each is looked up, decided
 * and stored alone; those that are under way together meet in one batch of their partition.
 */
import { refusalText } from '@millrace/schema'
import { type Appended, hasFailed } from '../append.js'
import { GatewayError, logError } from '../errors.js'
import { refusalSchemaAgeMsMax } from '../limits.js'
import { jsonPayload } from '../payload.js'
import { type Given, type Intake, isRefused, prepare, type SentRecord } from '../prepare.js'
import type { RecordTranscription } from '../record-transcription.js'
import type { Acknowledge, Store } from '../store.js'
import type { Target, Targets } from '../targets.js'
import type { TopicSchemas } from '../topic-schemas.js'
import type { RecordOrder } from './order.js'
import { type ChosenPayload, newest, PayloadsV3, unchecked } from './payloads.js'
import type { GivenData, GivenRecord } from './request.js'
import { TranscriptionV3 } from './transcription.js'

/** A record that is stored. */
export interface Produced {
  readonly target: Target
  readonly partition: number
  /** Null where it is not known, or not there yet. */
  readonly offset: number | null
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly id: string
  readonly key: ProducedPart | undefined
  readonly value: ProducedPart | undefined
  readonly acknowledge: Acknowledge
}

/** A key, or a value, as it was encoded. */
export interface ProducedPart {
  readonly chosen: ChosenPayload
  readonly bytes: number
}

/** Beside a record: who sends it and how, and the order of those of its request. */
export interface Sent {
  readonly source: string
  readonly bytes: number
  readonly acknowledge: Acknowledge | undefined
  readonly order: RecordOrder
}

export class ProduceV3 {
  readonly #targets: Targets
  readonly #schemas: TopicSchemas
  readonly #payloads: PayloadsV3
  readonly #store: Store
  readonly #transcription: TranscriptionV3

  constructor(options: {
    targets: Targets
    schemas: TopicSchemas
    store: Store
    transcription: RecordTranscription
  }) {
    this.#transcription = new TranscriptionV3(options.transcription)
    this.#targets = options.targets
    this.#schemas = options.schemas
    this.#payloads = new PayloadsV3(options.schemas)
    this.#store = options.store
  }

  /** Where the records of a request go. Throws a `GatewayError`. */
  target(topic: string, clusterId: string): Promise<Target> {
    return this.#targets.of(topic, clusterId)
  }

  /**
   * Stores a record, which was sent in so many bytes, after those of the same request that were
   * given before it. Throws a `GatewayError`.
   */
  async produce(target: Target, given: GivenRecord, sent: Sent): Promise<Produced> {
    const acknowledge = this.#store.acknowledge(sent.acknowledge, target)
    // Looking up schemas takes one record longer than another, so each waits for the one before it.
    const begun = sent.order.next(async () => {
      const intake = this.#targets.intake(target, sent.source, sent.bytes)
      const { outcome, key, value } = await this.#decide(
        target,
        given,
        intake,
        acknowledge === 'dry-run',
      )
      const decided = { intake, outcomes: [outcome], sent: [sentRecord(given)] }
      const stored = this.#store.store(target, decided, acknowledge)
      return { outcome, key, value, stored, intake }
    })
    const { outcome, key, value, stored, intake } = await begun
    const { appended, lost } = await stored
    if (isRefused(outcome)) {
      const text = refusalText(outcome)
      throw new GatewayError(outcome.code, lost === undefined ? text : `${text}. ${lost}`)
    }
    const { record, id } = outcome
    return {
      ...{ target, id, acknowledge, timestamp: record.timestamp ?? intake.now },
      ...placeOf(appended[0], acknowledge),
      key: key && { chosen: key, bytes: record.key?.length ?? 0 },
      value: value && { chosen: value, bytes: record.value?.length ?? 0 },
    }
  }

  /**
   * Stores a record straight from its text, where nothing has to be looked up and nothing in it is
   * unusual. Undefined where this is not the way: then nothing has happened, and `produce` is.
   */
  straight(target: Target, body: Buffer, sent: Sent): Promise<Produced> | undefined {
    const { topic, policy } = target
    if (policy.raw || !sent.order.isFree) return undefined
    const acknowledge = this.#store.acknowledge(sent.acknowledge, target)
    if (acknowledge === 'dry-run') return undefined
    const subject = policy.subject ?? `${topic}-value`
    const schema = this.#schemas.known(subject)
    if (schema?.plain.straight === undefined) return undefined
    const intake = this.#targets.intake(target, sent.source, sent.bytes)
    const withId = acknowledge === 'spool'
    const found = this.#transcription.record(body, schema.plain, intake, withId)
    if (found === undefined) return undefined
    const { prepared, key, valueBytes } = found
    return new Promise((resolve, reject) => {
      this.#store.storeGood(target, [prepared], acknowledge, ([appended]) => {
        try {
          resolve({
            ...{ target, id: prepared.id, acknowledge, timestamp: intake.now },
            ...placeOf(appended, acknowledge),
            key: key && { chosen: unchecked(key.type), bytes: key.bytes },
            value: { chosen: newest(subject, schema), bytes: valueBytes },
          })
        } catch (cause) {
          reject(cause)
        }
      })
    })
  }

  /** A refusal is never based on a schema that has been replaced. */
  async #decide(target: Target, given: GivenRecord, intake: Intake, isDry: boolean) {
    const decide = async () => {
      const key = await this.#chosen(target, 'key', given.key, isDry)
      const value = await this.#chosen(target, 'value', given.value, isDry)
      const payloads = { key: key?.payload ?? jsonPayload, value: value?.payload ?? jsonPayload }
      return { outcome: prepare(recordOf(given), payloads, intake), key, value }
    }
    const first = await decide()
    const { value } = first
    if (!isRefused(first.outcome) || !value?.isLatest || value.subject === undefined) return first
    const latest = await this.#schemas.recent(value.subject, refusalSchemaAgeMsMax)
    return latest === undefined || latest.id === value.schema?.id ? first : decide()
  }

  async #chosen(
    target: Target,
    part: 'key' | 'value',
    given: GivenData | undefined,
    isDry: boolean,
  ): Promise<ChosenPayload | undefined> {
    if (given === undefined) return undefined
    // Nothing is encoded, so no schema is needed.
    if (given.data === undefined && given.type === undefined) return undefined
    return this.#payloads.of(target, part, given, isDry)
  }
}

/** Where a record was put. Throws a `GatewayError` where the log did not take it. */
function placeOf(
  appended: Appended | undefined,
  acknowledge: Acknowledge,
): { partition: number; offset: number | null } {
  if (appended === undefined || hasFailed(appended)) {
    throw logError(appended?.failure ?? { message: 'no answer', retriable: true })
  }
  const { partition, offset } = appended
  return { partition, offset: acknowledge === 'log' && offset >= 0 ? offset : null }
}

function recordOf({ key, value, partition, timestamp, headers }: GivenRecord): Given {
  return {
    key: key?.data,
    value: value?.data,
    partition,
    timestamp,
    ...(headers === undefined ? {} : { headers }),
  }
}

function sentRecord(record: GivenRecord): SentRecord {
  const given = recordOf(record)
  return { given, key: given.key, value: given.value, whole: record.whole }
}
