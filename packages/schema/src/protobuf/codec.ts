import type { DescMessage, JsonValue } from '@bufbuild/protobuf'
import { parseRfc3339 } from '@millrace/event'
import { type Codec, RefusedError } from '../codec.js'
import { type ReferencedText, SchemaTextError } from '../schema-type.js'
import { readProtoFiles } from './files.js'
import { jsonForm } from './json-form.js'
import { knownFields } from './known-fields.js'
import { readIndexes, writeIndexes } from './message-indexes.js'
import { refusalOf } from './refusal.js'
import { protobuf } from './runtime.js'

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
  const { fromBinary, fromJson, toBinary, toJson } = protobuf()
  const { file, registry } = readProtoFiles(schema, options.references ?? [])
  const { message: name = file.messages[0]?.typeName } = options
  const written = name === undefined ? undefined : registry.getMessage(name)
  if (written === undefined) {
    throw new SchemaTextError(`it describes no message${name === undefined ? '' : ` ${name}`}`)
  }
  const indexes = writeIndexes(written)
  const readAs = (message: DescMessage, value: unknown) => {
    return fromJson(message, jsonForm(message, value) as JsonValue, { registry })
  }
  const read = (value: unknown) => {
    try {
      return readAs(written, value)
    } catch (cause) {
      throw cause instanceof RefusedError ? cause : refusalOf(cause, written, value, readAs)
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
      if (typeof given === 'number' || typeof given === 'bigint') return Number(given)
      if (typeof given !== 'string') return undefined
      if (/^-?\d+$/.test(given)) return Number(given)
      const micros = parseRfc3339(given)
      return micros === undefined ? undefined : Math.floor(micros / 1000)
    },
  }
}
