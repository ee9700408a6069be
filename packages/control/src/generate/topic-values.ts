import { mapFields } from '@millrace/converter/mapping'
import { type Random, seededRandom } from '@millrace/host'
import { type Codec, codecOf, RefusedError, type UnknownFields } from '@millrace/schema/read'
import { controlErrors } from '../errors.js'
import type { BecomesSpec } from '../project/becomes.js'
import type { SchemaFile } from '../project/schema.js'
import { suggestion } from '../project/spelling.js'
import type { TopicSpec } from '../project/topic.js'
import { spoil } from './spoil.js'
import { type Moment, NoValueError, type Values } from './values.js'
import { valuesOf } from './values-of.js'

export interface TopicValuesOptions {
  seed: number
  /** Which share of the events does not fit: 0 to 1. */
  invalid: number
}

/** How often an event is made before its mapping counts as one that nothing comes through. */
const attemptsMax = 40

/**
 * Made-up events of a topic of a project. Those of a raw topic are such that its mapping makes
 * events of them that fit the topic that they become.
 */
export class TopicValues implements Values {
  /** How many were made so that they do not fit. */
  spoilt = 0
  readonly #topic: string
  readonly #schema: SchemaFile
  readonly #becomes: BecomesSpec | undefined
  readonly #invalid: number
  readonly #values: Values
  readonly #codec: Codec
  /** Another one than the values', so that those that fit are the same however many do not. */
  readonly #random: Random

  /** Throws TOPIC_UNKNOWN, TOPIC_WITHOUT_SCHEMA or RAW_TOPIC_BECOMES_NOTHING. */
  constructor(topics: readonly TopicSpec[], name: string, { seed, invalid }: TopicValuesOptions) {
    const { raw, becomes, ...own } = topicNamed(topics, name)
    if (raw && becomes === undefined) throw controlErrors.becomesNothing(name)
    const { id, time, schema } = becomes === undefined ? own : topicNamed(topics, becomes.topic)
    if (schema === undefined) throw controlErrors.topicWithoutSchema(name)
    this.#topic = name
    this.#schema = schema
    this.#becomes = becomes
    this.#invalid = invalid
    this.#random = seededRandom(seed + 1)
    this.#values = valuesOf(schema, {
      random: seededRandom(seed),
      seed,
      ...(id !== undefined && { idField: id }),
      ...(time !== undefined && { timeField: time }),
    })
    const { text, type, referred } = schema
    this.#codec = codecOf({ schema: text, schemaType: type, references: referred })
  }

  next(moment: Moment): unknown {
    const isSpoilt = this.#invalid > 0 && this.#random.float() < this.#invalid
    const event =
      this.#becomes === undefined ? this.#made(moment) : this.#raw(this.#becomes, moment)
    if (!isSpoilt) return event
    const spoilt = spoil(event, this.#random, (each) => this.#fits(each))
    if (spoilt === undefined) throw controlErrors.everythingFits(this.#topic, this.#schema.file)
    this.spoilt++
    return spoilt
  }

  #made(moment: Moment): unknown {
    try {
      return this.#values.next(moment)
    } catch (cause) {
      if (!(cause instanceof NoValueError)) throw cause
      throw controlErrors.nothingFits(this.#topic, this.#schema.file, cause.field, cause.rule)
    }
  }

  #raw(becomes: BecomesSpec, moment: Moment): unknown {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const event = rawOf(this.#made(moment), becomes)
      if (this.#fits(event)) return event
    }
    throw controlErrors.nothingComesThrough(this.#topic, becomes.topic)
  }

  #fits(event: unknown): boolean {
    const mapping = this.#becomes?.mapping
    const unknown: UnknownFields = mapping?.unknown ?? 'refuse'
    try {
      const value = mapping === undefined ? event : mapFields(structuredClone(event), mapping)
      this.#codec.encode(value, unknown)
      return true
    } catch (cause) {
      if (!(cause instanceof RefusedError)) throw cause
      return false
    }
  }
}

/** The event that a mapping makes a typed one of: each field goes to where it would come from. */
function rawOf(typed: unknown, { mapping }: BecomesSpec): unknown {
  const back = Object.entries(mapping.fields).map(([to, from]) => [from, to])
  const fields = Object.fromEntries(back) as Record<string, string>
  return mapFields(structuredClone(typed), { fields, defaults: {}, unknown: 'refuse' })
}

function topicNamed(topics: readonly TopicSpec[], name: string): TopicSpec {
  const found = topics.find((each) => each.name === name)
  if (found !== undefined) return found
  const hint = suggestion(
    name,
    topics.map((each) => each.name),
  )
  throw controlErrors.topicUnknown(name, hint ?? `Write topics/${name}.yaml with a schema.`)
}
