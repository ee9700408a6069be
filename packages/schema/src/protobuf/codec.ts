import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf'
import { parseRfc3339 } from '@millrace/event'
import { describe } from '../avro/value.js'
import { type Codec, RefusedError } from '../codec.js'
import { type ReferencedText, SchemaTextError } from '../schema-type.js'
import { readProtoFiles } from './files.js'
import { knownFields } from './known-fields.js'
import { readIndexes, writeIndexes } from './message-indexes.js'

/**
 * The codec of a Protobuf schema. Values are in Protobuf's JSON form: whole numbers of 64 bits as
 * text, bytes in base64, `Timestamp` as RFC 3339; names as in the file (lowerCamelCase is taken,
 * too). A payload begins with the indexes of its message: `message` by full name, or the first
 * of the file. Throws a `SchemaTextError` when the text is no schema or has no such message.
 */
export function protobufCodec(
  schema: string,
  options: { references?: readonly ReferencedText[]; message?: string } = {},
): Codec {
  const { file, registry } = readProtoFiles(schema, options.references ?? [])
  const { message: name = file.messages[0]?.typeName } = options
  const written = name === undefined ? undefined : registry.getMessage(name)
  if (written === undefined) {
    throw new SchemaTextError(`it describes no message${name === undefined ? '' : ` ${name}`}`)
  }
  const indexes = writeIndexes(written)
  const read = (value: unknown) => {
    try {
      return fromJson(written, value as JsonValue, { registry })
    } catch (cause) {
      throw refusalOf(cause, written, value, (message, part) => {
        fromJson(message, part as JsonValue, { registry })
      })
    }
  }
  const withoutUnknown = (value: unknown) => {
    try {
      return knownFields(written, value, registry)
    } catch (cause) {
      if (cause instanceof RangeError) throw new RefusedError('it is nested too deeply')
      throw cause
    }
  }
  return {
    name: written.typeName,
    encode: (value, unknown) => {
      const known = unknown === 'drop' ? withoutUnknown(value) : value
      return Buffer.concat([indexes, toBinary(written, read(known))])
    },
    decode: (bytes) => {
      const { message, start } = readIndexes(file, bytes)
      try {
        const value = fromBinary(message, bytes.subarray(start))
        return toJson(message, value, {
          registry,
          alwaysEmitImplicit: true,
          useProtoFieldName: true,
        })
      } catch (cause) {
        throw new RefusedError(`the bytes are not ${message.typeName}: ${(cause as Error).message}`)
      }
    },
    validate: (value) => {
      try {
        read(value)
        return undefined
      } catch (cause) {
        if (!(cause instanceof RefusedError)) throw cause
        return { field: cause.field, reason: cause.reason }
      }
    },
    time: (value, field) => {
      const given = (value as Record<string, unknown> | null)?.[field]
      if (typeof given === 'number') return given
      if (typeof given !== 'string') return undefined
      if (/^-?\d+$/.test(given)) return Number(given)
      const micros = parseRfc3339(given)
      return micros === undefined ? undefined : Math.floor(micros / 1000)
    },
  }
}

type Attempt = (message: DescMessage, value: unknown) => void

/** Where a value was refused: the member that is refused by itself, followed inwards. */
function refusalOf(
  cause: unknown,
  message: DescMessage,
  value: unknown,
  attempt: Attempt,
): RefusedError {
  if (cause instanceof RangeError && cause.message.includes('call stack')) {
    return new RefusedError('it is nested too deeply')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new RefusedError(`expected message ${message.typeName}, got ${describe(value)}`)
  }
  for (const [name, member] of Object.entries(value)) {
    const field = message.fields.find((each) => each.name === name || each.jsonName === name)
    if (field === undefined) {
      const reason = `unknown field: ${message.typeName} has no field of this name`
      return new RefusedError(reason, name)
    }
    const refused = failure(() => attempt(message, { [name]: member }))
    if (refused === undefined) continue
    const inner = field.message
    if (inner === undefined || inner.typeName.startsWith('google.protobuf.')) {
      return listRefusal(refused, message, name, member, attempt)
    }
    if (field.fieldKind === 'message')
      return refusalOf(refused, inner, member, attempt).within(name)
    for (const [key, item] of Object.entries(member as object)) {
      const wrong = failure(() => attempt(inner, item))
      if (wrong === undefined) continue
      return refusalOf(wrong, inner, item, attempt).within(`[${key}]`).within(name)
    }
    return new RefusedError(reasonOf(refused), name)
  }
  return new RefusedError(reasonOf(cause))
}

/** Of a list the item that is refused. */
function listRefusal(
  refused: unknown,
  message: DescMessage,
  name: string,
  member: unknown,
  attempt: Attempt,
): RefusedError {
  const items = Array.isArray(member) ? member : []
  for (const [i, item] of items.entries()) {
    const wrong = failure(() => attempt(message, { [name]: [item] }))
    if (wrong !== undefined) return new RefusedError(reasonOf(wrong), `${name}[${i}]`)
  }
  return new RefusedError(reasonOf(refused), name)
}

function failure(step: () => void): unknown {
  try {
    step()
    return undefined
  } catch (cause) {
    return cause
  }
}

/** Without the name of the field, which is said already. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.replace(/^cannot decode \S+ \S+ from JSON: /, '')
}
