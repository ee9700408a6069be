import { parseRfc3339 } from '@millrace/event'
import { type Codec, type Refusal, RefusedError, type UnknownFields } from '../codec.js'
import type { ReferencedText } from '../schema-type.js'
import { type Check, compileCheck, type UnionStyle } from './check.js'
import { inlineReferences } from './inline.js'
import { compilePlain } from './plain.js'
import { attribute, type ParsedAvro, parseAvro, type SchemaJson } from './schema.js'
import { compileTranscoder, type Transcoder } from './transcode/transcoder.js'
import { withWideLongs } from './wide-long.js'

/**
 * The codec of an Avro schema. Throws a `SchemaTextError` when the text is none.
 *
 * Values are plain: bytes as bytes or as Avro's string of code points 0 to 255, timestamps and
 * dates as numbers or as RFC 3339 strings, unions as bare values. With `unions: 'wrapped'`,
 * `encode` and `validate` also take Avro's JSON encoding of unions, `{"double": 1.5}`.
 */
export function avroCodec(
  schema: string,
  options: { unions?: UnionStyle; references?: readonly ReferencedText[] } = {},
): Codec {
  // One text, because values are checked along the definitions in it.
  const { references = [], unions = 'bare' } = options
  const parsed = parseAvro(references.length === 0 ? schema : inlineReferences(schema, references))
  const { type } = parsed
  const check = compileCheck(parsed, unions)
  const plain = compilePlain(type)
  const readTime = timeReaders(parsed.json)

  // Compiled when something is to be dropped.
  let dropping: Check | undefined
  const checkFor = (unknown: UnknownFields) => {
    if (unknown === 'refuse') return check
    dropping ??= compileCheck(parsed, unions, unknown)
    return dropping
  }

  const checked = (value: unknown, unknown: UnknownFields = 'refuse') => {
    try {
      return checkFor(unknown)(value)
    } catch (cause) {
      // A value nested deeper than the stack, which a schema that refers to itself allows.
      if (cause instanceof RangeError) throw new RefusedError('it is nested too deeply')
      throw cause
    }
  }

  // Compiled when it is asked for, since few do.
  let transcoder: { readonly made: Transcoder | undefined } | undefined

  // For values with longs that avsc does not take.
  let encodeWide: ReturnType<typeof wideEncoder> | undefined

  return {
    name: type.name ?? type.typeName,
    get transcoder() {
      if (unions !== 'bare') return undefined
      transcoder ??= { made: compileTranscoder(parsed) }
      return transcoder.made
    },
    encode: (value, unknown) => {
      const given = checked(value, unknown)
      try {
        return type.toBuffer(given)
      } catch {
        encodeWide ??= wideEncoder(parsed, unions)
        return encodeWide(value, unknown)
      }
    },
    decode: (bytes) => {
      let value: unknown
      try {
        value = type.fromBuffer(bytes)
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new RefusedError(`the bytes are not Avro of this schema: ${why}`)
      }
      return plain === undefined ? value : plain(value)
    },
    validate: (value): Refusal | undefined => {
      try {
        checked(value)
        return undefined
      } catch (cause) {
        if (!(cause instanceof RefusedError)) throw cause
        return { field: cause.field, reason: cause.reason }
      }
    },
    time: (value, field) => {
      const given = (value as Record<string, unknown> | null)?.[field]
      if (typeof given === 'bigint') return readTime.get(field)?.(Number(given)) ?? Number(given)
      if (typeof given === 'number') return readTime.get(field)?.(given) ?? given
      if (typeof given !== 'string') return undefined
      const micros = parseRfc3339(given)
      return micros === undefined ? undefined : Math.floor(micros / 1000)
    },
  }
}

/** Encodes values that fit, whatever longs are in them. */
function wideEncoder(
  parsed: ParsedAvro,
  unions: UnionStyle,
): (value: unknown, unknown?: UnknownFields) => Buffer {
  const wide = withWideLongs(parsed)
  const refusing = compileCheck(wide, unions)
  const dropping = compileCheck(wide, unions, 'drop')
  return (value, unknown) => wide.type.toBuffer((unknown === 'drop' ? dropping : refusing)(value))
}

/** For top-level fields whose unit is not the millisecond: how to read their numbers as such. */
function timeReaders(json: SchemaJson): Map<string, (value: number) => number> {
  const fields = (attribute(json, 'fields') ?? []) as { name: string; type: SchemaJson }[]
  const readers = new Map<string, (value: number) => number>()
  for (const { name, type } of fields) {
    for (const branch of Array.isArray(type) ? type : [type]) {
      const logicalType = attribute(branch, 'logicalType')
      if (logicalType === 'timestamp-micros') readers.set(name, (value) => Math.floor(value / 1000))
      if (logicalType === 'date') readers.set(name, (value) => value * 86_400_000)
    }
  }
  return readers
}
