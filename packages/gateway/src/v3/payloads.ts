import { gatewayErrors } from '../errors.js'
import { binaryPayload, jsonPayload, type Payload, stringPayload } from '../payload.js'
import type { Target } from '../targets.js'
import type { TopicSchema, TopicSchemas } from '../topic-schemas.js'
import type { DataType, GivenData } from './request.js'

/** How a key or value is encoded, and what the answer tells of that. */
export interface ChosenPayload {
  readonly payload: Payload
  readonly type: DataType
  readonly subject?: string
  readonly schema?: TopicSchema
  /** The newest schema of the subject, which may have been replaced since. */
  readonly isLatest: boolean
}

const plain: Readonly<Record<'BINARY' | 'JSON' | 'STRING', Payload>> = {
  BINARY: binaryPayload,
  JSON: jsonPayload,
  STRING: stringPayload,
}

/**
 * Chooses how keys and values are encoded. As the REST proxy does, with one difference: on a topic
 * with a schema, values of the type JSON are checked and encoded by it, as in the v2 API, and bytes
 * and strings are refused, since nothing would have checked them.
 */
export class PayloadsV3 {
  readonly #schemas: TopicSchemas

  constructor(schemas: TopicSchemas) {
    this.#schemas = schemas
  }

  /** Throws a `GatewayError`. */
  async of(target: Target, part: 'key' | 'value', given: GivenData): Promise<ChosenPayload> {
    const { type } = given
    if (type === 'BINARY' || type === 'JSON' || type === 'STRING') {
      return part === 'key' ? unchecked(type) : this.#plainValue(target, type)
    }
    const subject = await this.#subject(target, part, given)
    if (given.schema !== undefined) {
      if (type !== 'AVRO') throw gatewayErrors.typeNotTaken(type ?? '')
      return named(subject, await this.#schemas.named(subject, { text: given.schema }))
    }
    if (given.schemaId !== undefined) {
      return named(subject, await this.#schemas.named(subject, { id: given.schemaId }))
    }
    const latest = await this.#schemas.latest(subject)
    if (latest === undefined) {
      throw gatewayErrors.serialization(
        `The subject ${subject} has no schema. Register one, or give the record's type.`,
      )
    }
    if (given.schemaVersion !== undefined && given.schemaVersion !== latest.version) {
      const schema = await this.#schemas.version(subject, given.schemaVersion)
      return named(subject, schema)
    }
    return { ...named(subject, latest), isLatest: given.schemaVersion === undefined }
  }

  /** The subject that is named, or the one of the strategy. */
  async #subject(target: Target, part: 'key' | 'value', given: GivenData): Promise<string> {
    const { topic, policy } = target
    const { strategy, schema, schemaId } = given
    if (given.subject !== undefined) return given.subject
    if (strategy === undefined || strategy === 'TOPIC_NAME') {
      return (part === 'value' && policy.subject) || `${topic}-${part}`
    }
    if (schema === undefined && schemaId === undefined) {
      throw gatewayErrors.badRequest(
        `${part}: Cannot use schema_subject_strategy=${strategy} without schema_id or schema.`,
      )
    }
    const name =
      schema === undefined
        ? (await this.#schemas.withId(schemaId ?? 0)).plain.type
        : recordName(schema)
    if (name === undefined) throw gatewayErrors.badRequest(`${part}: the schema has no name.`)
    return strategy === 'RECORD_NAME' ? name : `${topic}-${name}`
  }

  async #plainValue(target: Target, type: 'BINARY' | 'JSON' | 'STRING'): Promise<ChosenPayload> {
    const { topic, policy } = target
    const subject = policy.subject ?? `${topic}-value`
    const latest = await this.#schemas.latest(subject)
    if (latest === undefined) {
      if (policy.subject !== undefined) throw gatewayErrors.valueSchemaMissing(subject)
      return unchecked(type)
    }
    if (type !== 'JSON') throw gatewayErrors.binaryOnSchema(topic)
    return { payload: latest.plain, type: 'AVRO', subject, schema: latest, isLatest: true }
  }
}

function unchecked(type: 'BINARY' | 'JSON' | 'STRING'): ChosenPayload {
  return { payload: plain[type], type, isLatest: false }
}

function named(subject: string, schema: TopicSchema): ChosenPayload {
  return { payload: schema.wrapped, type: 'AVRO', subject, schema, isLatest: false }
}

/** The full name of what an Avro schema describes, as a subject is named after it. */
function recordName(schema: string): string | undefined {
  try {
    const { name, namespace } = JSON.parse(schema) as { name?: unknown; namespace?: unknown }
    if (typeof name !== 'string') return undefined
    const isFull = name.includes('.') || typeof namespace !== 'string' || namespace === ''
    return isFull ? name : `${namespace}.${name}`
  } catch {
    return undefined
  }
}
