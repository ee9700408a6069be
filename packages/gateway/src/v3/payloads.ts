import { protobufCodec, SchemaTextError } from '@millrace/schema'
import { gatewayErrors } from '../errors.js'
import { rememberedSchemaCharsMax } from '../limits.js'
import { binaryPayload, jsonPayload, type Payload, stringPayload } from '../payload.js'
import type { Target } from '../targets.js'
import { remember, type TopicSchema, type TopicSchemas } from '../topic-schemas.js'
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

/** As in the REST proxy, what is no base64, or no string, is a bad request, and no bad payload. */
const plain: Readonly<Record<'BINARY' | 'JSON' | 'STRING', Payload>> = {
  BINARY: { ...binaryPayload, refusalCode: 400 },
  JSON: jsonPayload,
  STRING: { ...stringPayload, refusalCode: 400 },
}

/**
 * Chooses how keys and values are encoded. As the REST proxy does, with one difference: on a topic
 * with a schema, values of the type JSON are checked and encoded by it, as in the v2 API, and bytes
 * and strings are refused, since nothing would have checked them.
 */
export class PayloadsV3 {
  readonly #schemas: TopicSchemas
  /** Of the first message, by the text of the file. */
  readonly #messageNames = new Map<string, string>()

  constructor(schemas: TopicSchemas) {
    this.#schemas = schemas
  }

  /** A dry run registers no schema. Throws a `GatewayError`. */
  async of(
    target: Target,
    part: 'key' | 'value',
    given: GivenData,
    isDry: boolean,
  ): Promise<ChosenPayload> {
    const { type } = given
    if (type === 'BINARY' || type === 'JSON' || type === 'STRING') {
      return part === 'key' ? unchecked(type) : this.#plainValue(target, type)
    }
    if (part === 'value' && target.policy.raw) throw gatewayErrors.schemaOnRaw(target.topic)
    const subject = await this.#subject(target, part, given)
    if (given.schema !== undefined) {
      const reference = { text: given.schema, type: schemaTypes[type ?? 'AVRO'] ?? 'AVRO' }
      return named(subject, await this.#schemas.named(subject, reference, isDry))
    }
    if (given.schemaId !== undefined) {
      return named(subject, await this.#schemas.named(subject, { id: given.schemaId }, isDry))
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
        ? nameOf(await this.#schemas.withId(schemaId ?? 0))
        : this.#recordName(schema, given.type)
    if (name === undefined) throw gatewayErrors.badRequest(`${part}: the schema has no name.`)
    return strategy === 'RECORD_NAME' ? name : `${topic}-${name}`
  }

  /** The name in a schema that a request carries; a Protobuf file is read once. */
  #recordName(schema: string, type: DataType | undefined): string | undefined {
    if (type === 'JSONSCHEMA') return title(schema)
    if (type !== 'PROTOBUF') return recordName(schema)
    const known = this.#messageNames.get(schema)
    if (known !== undefined) return known
    try {
      const { name } = protobufCodec(schema)
      if (schema.length <= rememberedSchemaCharsMax) remember(this.#messageNames, schema, name)
      return name
    } catch (cause) {
      if (!(cause instanceof SchemaTextError)) throw cause
      throw gatewayErrors.invalidSchema(cause.message)
    }
  }

  async #plainValue(target: Target, type: 'BINARY' | 'JSON' | 'STRING'): Promise<ChosenPayload> {
    const { topic, policy } = target
    if (policy.raw) return unchecked(type)
    const subject = policy.subject ?? `${topic}-value`
    const latest = await this.#schemas.latest(subject)
    if (latest === undefined) {
      if (policy.subject !== undefined) throw gatewayErrors.valueSchemaMissing(subject)
      return unchecked(type)
    }
    if (type !== 'JSON') throw gatewayErrors.binaryOnSchema(topic)
    return newest(subject, latest)
  }
}

/** What is of the type JSON, by the newest schema of its subject. */
export function newest(subject: string, schema: TopicSchema): ChosenPayload {
  return { payload: schema.plain, type: dataTypeOf(schema), subject, schema, isLatest: true }
}

export function unchecked(type: 'BINARY' | 'JSON' | 'STRING'): ChosenPayload {
  return { payload: plain[type], type, isLatest: false }
}

function named(subject: string, schema: TopicSchema): ChosenPayload {
  return { payload: schema.wrapped, type: dataTypeOf(schema), subject, schema, isLatest: false }
}

/** Types of schemas in the registry, by those of the API. */
const schemaTypes: Readonly<Partial<Record<DataType, string>>> = {
  AVRO: 'AVRO',
  JSONSCHEMA: 'JSON',
  PROTOBUF: 'PROTOBUF',
}

function dataTypeOf({ schemaType }: TopicSchema): DataType {
  if (schemaType === 'JSON') return 'JSONSCHEMA'
  return schemaType === 'PROTOBUF' ? 'PROTOBUF' : 'AVRO'
}

/** What a subject is named after: of a JSON schema its title, which it need not have. */
function nameOf({ schemaType, text, plain: { type } }: TopicSchema): string | undefined {
  return schemaType === 'JSON' ? title(text) : type
}

function title(schema: string): string | undefined {
  try {
    const found = (JSON.parse(schema) as { title?: unknown } | null)?.title
    return typeof found === 'string' ? found : undefined
  } catch {
    return undefined
  }
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
