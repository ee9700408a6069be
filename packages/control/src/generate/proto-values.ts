/**
 * Made-up values of a Protobuf message in its JSON form, from a seed. Of a oneof one member is set;
 * beyond `depthMax` messages are left out, and lists are empty.
 */
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  readProtoFiles,
} from '@millrace/schema/read'
import type { SchemaFile } from '../project/schema.js'
import { momentNear } from './moment.js'
import { type Moment, NoValueError, ownId, type Values, type ValuesOptions } from './values.js'
import { isIdName, numberFor, one, textFor } from './words.js'

/** Deeper values are as small as the schema allows. */
const depthMax = 4
/** A required message that holds itself has no end. */
const depthEnd = 64

type Scalar = Extract<DescField, { fieldKind: 'scalar' }>['scalar']
/** What may stand in a field, a list or a map. */
type Held =
  | { kind: 'message'; message: DescMessage }
  | { kind: 'enum'; enum: DescEnum }
  | { kind: 'scalar'; scalar: Scalar }

export class ProtoValues implements Values {
  readonly #message: DescMessage
  readonly #options: ValuesOptions

  constructor(schema: Pick<SchemaFile, 'text' | 'referred'>, options: ValuesOptions) {
    const message = readProtoFiles(schema.text, schema.referred).file.messages[0]
    if (message === undefined) throw new NoValueError('', 'the file has no message')
    this.#message = message
    this.#options = options
  }

  next(moment: Moment): unknown {
    return this.#fields(this.#message, 0, moment)
  }

  #fields(message: DescMessage, depth: number, moment: Moment): unknown {
    if (depth > depthEnd) {
      throw new NoValueError(message.typeName, 'it must hold itself, without an end')
    }
    const { random } = this.#options
    const chosen = message.oneofs.map((oneof) => one(oneof.fields, random))
    const value: Record<string, unknown> = {}
    for (const field of message.fields) {
      if (field.oneof !== undefined && !chosen.includes(field)) continue
      if (!this.#isSet(field, depth)) continue
      value[field.name] = this.#field(field, depth, moment)
    }
    return value
  }

  /** Left out one time in eight, where that can be seen; deep messages always. */
  #isSet(field: DescField, depth: number): boolean {
    // The wire format's LEGACY_REQUIRED: proto2's `required`.
    if (field.presence === requiredPresence) return true
    const isOwn =
      depth === 0 && [this.#options.idField, this.#options.timeField].includes(field.name)
    if (isOwn) return true
    if (field.fieldKind === 'message') {
      if (depth > depthMax || unmade.has(field.message.typeName)) return false
    }
    return (
      field.fieldKind === 'list' || field.fieldKind === 'map' || this.#options.random.below(8) > 0
    )
  }

  #field(field: DescField, depth: number, moment: Moment): unknown {
    const { random } = this.#options
    switch (field.fieldKind) {
      case 'list': {
        const length = depth > depthMax || isUnmade(field) ? 0 : random.below(4)
        const held = heldBy(field.listKind, field)
        return Array.from({ length }, () => this.#held(held, field.name, depth + 1, moment))
      }
      case 'map': {
        const length = depth > depthMax || isUnmade(field) ? 0 : random.below(4)
        const held = heldBy(field.mapKind, field)
        const keys = Array.from({ length }, (_, at) => mapKey(field.mapKey, at))
        return Object.fromEntries(
          keys.map((key) => [key, this.#held(held, field.name, depth + 1, moment)]),
        )
      }
      default:
        return this.#held(heldBy(field.fieldKind, field), field.name, depth, moment)
    }
  }

  #held(held: Held, field: string, depth: number, moment: Moment): unknown {
    const { random } = this.#options
    if (held.kind === 'enum') return one(held.enum.values, random).name
    if (held.kind === 'scalar') return this.#scalar(held.scalar, field, depth, moment)
    const known = this.#wellKnown(held.message, field, moment)
    return known === undefined ? this.#fields(held.message, depth + 1, moment) : known
  }

  #scalar(scalar: Scalar, field: string, depth: number, moment: Moment): unknown {
    const { random, seed, idField, timeField } = this.#options
    const isOwn = depth === 0
    const type = scalarNames[scalar]
    switch (type) {
      case 'bool':
        return random.below(2) === 1
      case 'bytes':
        return random.bytes(random.below(17)).toString('base64')
      case 'string':
        if (isOwn && field === timeField) return rfc3339(momentNear(field, moment, this.#options))
        return textFor(field, random)
      case 'float':
      case 'double':
        return Number((numberFor(field, false, random) ?? random.float() * 100).toFixed(6))
    }
    const isWide = type?.endsWith('64') ?? false
    const written = (value: number) => (isWide ? String(value) : value)
    if (isOwn && field === timeField && isWide) {
      return written(momentNear(field, moment, this.#options))
    }
    if (isOwn && (field === idField || (idField === undefined && field === 'id'))) {
      const id = ownId(seed, moment.position)
      return written(isWide ? id : id % 2 ** 31)
    }
    if (isIdName(field)) return written(1 + random.below(1_000))
    const number = numberFor(field, true, random) ?? random.below(1_000)
    return written(type?.startsWith('u') || type?.startsWith('fixed') ? Math.abs(number) : number)
  }

  /** Messages whose JSON form is no object of their fields. */
  #wellKnown({ typeName }: DescMessage, field: string, moment: Moment): unknown {
    const { random } = this.#options
    switch (typeName.startsWith('google.protobuf.') ? typeName.slice(16) : '') {
      case 'Timestamp':
        return rfc3339(momentNear(field, moment, this.#options))
      case 'Duration':
        return `${random.below(3_600)}s`
      case 'FieldMask':
        return ''
      case 'Struct':
        return { [`${field}_1`]: textFor(field, random) }
      case 'ListValue':
        return [random.below(100)]
      case 'Value':
        return random.below(100)
      case 'StringValue':
        return textFor(field, random)
      case 'BytesValue':
        return random.bytes(random.below(17)).toString('base64')
      case 'BoolValue':
        return random.below(2) === 1
      case 'FloatValue':
      case 'DoubleValue':
        return Number((numberFor(field, false, random) ?? random.float() * 100).toFixed(6))
      case 'Int32Value':
      case 'UInt32Value':
        return random.below(1_000)
      case 'Int64Value':
      case 'UInt64Value':
        return String(random.below(1_000))
      default:
        return undefined
    }
  }
}

/** An `Any` may be whatever the reader knows; nothing is made up for it. */
const unmade = new Set(['google.protobuf.Any'])

function isUnmade(field: DescField): boolean {
  return 'message' in field && field.message !== undefined && unmade.has(field.message.typeName)
}

/** `FeatureSet.FieldPresence.LEGACY_REQUIRED` of descriptor.proto. */
const requiredPresence = 3

/** Names of `FieldDescriptorProto.Type`, by their numbers. */
const scalarNames: { readonly [type: number]: string } = {
  ...{ 1: 'double', 2: 'float', 3: 'int64', 4: 'uint64', 5: 'int32', 6: 'fixed64', 7: 'fixed32' },
  ...{ 8: 'bool', 9: 'string', 12: 'bytes', 13: 'uint32', 15: 'sfixed32', 16: 'sfixed64' },
  ...{ 17: 'sint32', 18: 'sint64' },
}

function heldBy(kind: 'message' | 'enum' | 'scalar', field: DescField): Held {
  if (kind === 'message' && field.message !== undefined) return { kind, message: field.message }
  if (kind === 'enum' && field.enum !== undefined) return { kind, enum: field.enum }
  if (field.scalar === undefined) throw new Error(`${field.name} holds nothing.`)
  return { kind: 'scalar', scalar: field.scalar }
}

function mapKey(scalar: Scalar, at: number): string {
  const type = scalarNames[scalar]
  if (type === 'string') return `key-${at + 1}`
  return type === 'bool' ? String(at % 2 === 1) : String(at + 1)
}

function rfc3339(millis: number): string {
  return new Date(millis).toISOString()
}
