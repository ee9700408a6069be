import { parseJson, parseRfc3339, printJson } from '@millrace/event'
import { type Codec, RefusedError, type UnknownFields } from '../codec.js'
import type { ReferencedText } from '../schema-type.js'
import { holdsNumber, rounded } from '../whole-numbers.js'
import { isObject, readSchemaJson } from './documents.js'
import { KnownFields } from './known-fields.js'
import { refusalOf } from './refusal.js'
import { compileValidator } from './validator.js'

/**
 * The codec of a JSON schema: a payload is the value's JSON, as it was sent where that is known. Throws a `SchemaTextError` when
 * the text is no schema. Fields that are left out stay so: a default is for readers.
 */
export function jsonCodec(schema: string, references: readonly ReferencedText[] = []): Codec {
  const json = readSchemaJson(schema)
  const validate = compileValidator(json, references)
  const check = (value: unknown): RefusedError | undefined => {
    try {
      const errors = validate(rounded(value))
      return errors === undefined ? undefined : refusalOf(errors, value)
    } catch (cause) {
      // A value nested deeper than the stack, which a schema that refers to itself allows.
      if (cause instanceof RangeError) return new RefusedError('it is nested too deeply')
      if (cause instanceof RefusedError) return cause
      throw cause
    }
  }
  // Made when something is to be dropped.
  let known: KnownFields | undefined
  const withoutUnknown = (value: unknown) => {
    known ??= new KnownFields(json, references)
    try {
      return known.of(value)
    } catch (cause) {
      if (cause instanceof RangeError) throw new RefusedError('it is nested too deeply')
      throw cause
    }
  }
  return {
    name: nameOf(json),
    encode: (value, unknown: UnknownFields = 'refuse', text) => {
      const written = unknown === 'drop' ? withoutUnknown(value) : value
      const refusal = check(written)
      if (refusal !== undefined) throw refusal
      if (text !== undefined && unknown === 'refuse') return Buffer.from(text)
      if (holdsNumber(written, (each) => typeof each === 'number' && !Number.isFinite(each))) {
        throw new RefusedError('a number in it is larger than a double holds')
      }
      const printed = printJson(written)
      if (printed === undefined) throw new RefusedError('it is no JSON value')
      return Buffer.from(printed)
    },
    decode: (bytes) => {
      let value: unknown
      try {
        value = parseJson(bytes.toString('utf8'))
      } catch (cause) {
        throw new RefusedError(`the bytes are not JSON: ${(cause as Error).message}`)
      }
      const refusal = check(value)
      if (refusal !== undefined) throw refusal
      return value
    },
    validate: (value) => {
      const refusal = check(value)
      return refusal && { field: refusal.field, reason: refusal.reason }
    },
    time: (value, field) => {
      const given = isObject(value) ? value[field] : undefined
      if (typeof given === 'number' || typeof given === 'bigint') return Number(given)
      if (typeof given !== 'string') return undefined
      const micros = parseRfc3339(given)
      return micros === undefined ? undefined : Math.floor(micros / 1000)
    },
  }
}

function nameOf(json: unknown): string {
  if (!isObject(json)) return 'value'
  const name = json.title ?? json.$id ?? json.id
  return typeof name === 'string' ? name : 'value'
}
