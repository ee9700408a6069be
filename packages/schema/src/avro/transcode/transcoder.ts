/**
 * JSON texts straight to Avro: what `encode(JSON.parse(text))` of a codec gives, without a value in
 * between.
 *
 * A schema is compiled once into a tree of functions, one for each type. Each reads its value at
 * the cursor, checks it as `check.ts` does, and writes it, all in one pass over the bytes. At the
 * first thing that does not fit, or that is not for it (a member that is there twice, a string with
 * half a surrogate pair), it gives up: then the way over `JSON.parse` decides, and says what is
 * wrong. So there is one place where refusals are worded, and this one may be small.
 *
 * Where the order of things is not the text's (maps), where several branches of a union might be
 * meant, and for escapes, one value is parsed, checked and encoded as the codec would do it, and
 * the rest goes on as before. A schema that refers to itself has no transcoder, since then the text
 * decides how deep it goes.
 */
import { closeBracket, comma, type JsonText, openBracket, quote } from '@millrace/event'
import type { Type, types } from 'avsc'
import { RefusedError } from '../../codec.js'
import { CheckCompiler, type TypeCheck } from '../check.js'
import { attribute, type SchemaJson } from '../json.js'
import { floatMax, int64Max, int64Min, intMax, intMin, longMax, longMin } from '../primitive.js'
import type { ParsedAvro } from '../schema.js'
import type { ValueKind } from '../value.js'
import type { AvroBytes } from './avro-bytes.js'
import { RecordTranscoder } from './record-transcoder.js'

/**
 * Reads the value that begins at the cursor, and writes it. False where it gives up: then what is
 * written, and how far it has read, mean nothing.
 */
export type Transcode = (text: JsonText, out: AvroBytes) => boolean

/** JSON texts of a record's values straight to Avro. It remembers the last one's fields. */
export interface Transcoder {
  readonly transcode: Transcode
  /** Number of a field of the record; undefined where it has none of this name. */
  field(name: string): number | undefined
  /** Where in the last text the value of a field stands; -1 where it was left out. */
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/** The transcoder of a schema of bare unions; undefined where it is no record, or has none. */
export function compileTranscoder(schema: ParsedAvro): Transcoder | undefined {
  return new TranscodeCompiler(schema).record()
}

/** What is read of a type, by the schema's JSON. */
interface Place {
  readonly type: Type
  readonly json: SchemaJson
}

/** A schema refers to itself. */
class RecursionError extends Error {}

class TranscodeCompiler {
  readonly #schema: ParsedAvro
  readonly #checks = new CheckCompiler('bare')
  readonly #named = new Map<string, Transcode>()
  /** Records that are being compiled. */
  readonly #open = new Set<string>()

  constructor(schema: ParsedAvro) {
    this.#schema = schema
    // Names are known from here on, wherever the walk below meets them.
    this.#checks.compile(schema.type, schema.json)
  }

  record(): Transcoder | undefined {
    const { type, json } = this.#schema
    if (type.typeName !== 'record') return undefined
    try {
      return this.#record(type as types.RecordType, json)
    } catch (cause) {
      if (cause instanceof RecursionError) return undefined
      throw cause
    }
  }

  #compile(place: Place): Transcode {
    const { type, json } = place
    const known = type.name === undefined ? undefined : this.#named.get(type.name)
    if (known !== undefined) return known
    switch (type.typeName) {
      case 'record':
      case 'error':
        return this.#record(type as types.RecordType, json).transcode
      case 'enum':
        return this.#remember(type, enumeration((type as types.EnumType).symbols))
      case 'array':
        return array(
          this.#compile({
            type: (type as types.ArrayType).itemsType,
            json: attribute(json, 'items') as SchemaJson,
          }),
        )
      case 'map':
        // For the names that are defined in it.
        this.#compile({
          type: (type as types.MapType).valuesType,
          json: attribute(json, 'values') as SchemaJson,
        })
        return this.#byValue(place)
      case 'union:wrapped':
      case 'union:unwrapped':
        return this.#union(type as types.WrappedUnionType, json as SchemaJson[])
      case 'null':
        return nothing
      case 'boolean':
        return boolean
      case 'int':
        return this.#number(place, int, ['date'])
      case 'long':
        return this.#number(place, long, ['timestamp-millis', 'timestamp-micros'])
      case 'float':
        return float
      case 'double':
        return double
      case 'string':
        return string
      default:
        return this.#remember(type, this.#byValue(place))
    }
  }

  #record(type: types.RecordType, json: SchemaJson): RecordTranscoder {
    const name = type.name ?? ''
    if (this.#open.has(name)) throw new RecursionError(name)
    this.#open.add(name)
    const fieldsJson = attribute(json, 'fields') as { type: SchemaJson }[]
    const record = new RecordTranscoder(
      type.fields.map((field, i) => {
        const value = field.defaultValue()
        return {
          name: field.name,
          transcode: this.#compile({ type: field.type, json: fieldsJson[i]?.type ?? 'null' }),
          absent: value === undefined ? undefined : field.type.toBuffer(value),
        }
      }),
    )
    this.#open.delete(name)
    this.#remember(type, record.transcode)
    return record
  }

  #remember(type: Type, transcode: Transcode): Transcode {
    if (type.name !== undefined) this.#named.set(type.name, transcode)
    return transcode
  }

  /** A number; a logical type of time may be a text as well. */
  #number(place: Place, number: Transcode, moments: readonly string[]): Transcode {
    const logicalType = attribute(place.json, 'logicalType')
    if (!moments.includes(String(logicalType))) return number
    const text = this.#byValue(place)
    return (given, out) => (given.bytes[given.at] === quote ? text : number)(given, out)
  }

  /** By the kind of value that is given, which its first byte tells. */
  #union(type: types.WrappedUnionType, json: SchemaJson[]): Transcode {
    const branches = type.types.map((branch, index) => {
      const place = { type: branch, json: json[index] ?? 'null' }
      const { takes, alsoTakes }: TypeCheck = this.#checks.compile(place.type, place.json)
      return { index, takes, alsoTakes, transcode: this.#compile(place) }
    })
    const either = this.#byValue({ type, json })
    const byFirstByte = new Array<Transcode | undefined>(128).fill(undefined)
    for (const [kind, firstBytes] of Object.entries(firstBytesOf) as [ValueKind, string][]) {
      const exact = branches.filter(({ takes }) => takes.includes(kind))
      const meant = exact.length > 0 ? exact : branches.filter((b) => b.alsoTakes.includes(kind))
      const [only, ...others] = meant
      if (only === undefined) continue
      const branch: Transcode = (text, out) => {
        out.long(only.index)
        return only.transcode(text, out)
      }
      for (const first of firstBytes) {
        byFirstByte[first.charCodeAt(0)] = others.length > 0 ? either : branch
      }
    }
    return (text, out) => byFirstByte[text.bytes[text.at] as number]?.(text, out) ?? false
  }

  /** A value that is parsed, checked and encoded as the codec would do it. */
  #byValue({ type, json }: Place): Transcode {
    const { check } = this.#checks.compile(type, json)
    return (text, out) => {
      const start = text.at
      if (!text.passValue()) return false
      let value: unknown
      try {
        value = check(text.parse(start, text.at))
      } catch (cause) {
        const isOfTheText = cause instanceof RefusedError || cause instanceof SyntaxError
        // Nested deeper than there is stack.
        if (isOfTheText || cause instanceof RangeError) return false
        throw cause
      }
      try {
        out.raw(type.toBuffer(value))
        return true
      } catch {
        // A long that avsc does not write, or too deep.
        return false
      }
    }
  }
}

/** How values of a kind may begin in JSON. */
const firstBytesOf: Readonly<Partial<Record<ValueKind, string>>> = {
  null: 'n',
  boolean: 'tf',
  number: '-0123456789',
  string: '"',
  array: '[',
  object: '{',
}

const nullText = Buffer.from('null')
const trueText = Buffer.from('true')
const falseText = Buffer.from('false')

const nothing: Transcode = (text) => text.takeBytes(nullText)

const boolean: Transcode = (text, out) => {
  const isTrue = text.takeBytes(trueText)
  if (!isTrue && !text.takeBytes(falseText)) return false
  out.byte(isTrue ? 1 : 0)
  return true
}

const int: Transcode = (text, out) => {
  const value = text.number()
  if (!(value >= intMin && value <= intMax) || !Number.isInteger(value)) return false
  out.long(value)
  return true
}

const long: Transcode = (text, out) => {
  const start = text.at
  const value = text.number()
  if (!(value >= longMin && value <= longMax)) return bigLong(text, start, out)
  if (!Number.isInteger(value)) return false
  out.long(value)
  return true
}

/** A long with more digits than a number holds, which was read from `start` on. */
function bigLong(text: JsonText, start: number, out: AvroBytes): boolean {
  if (text.at - start > int64CharsMax) return false
  const digits = text.bytes.toString('latin1', start, text.at)
  if (!/^-?\d+$/.test(digits)) return false
  const value = BigInt(digits)
  if (value < int64Min || value > int64Max) return false
  out.bigLong(value)
  return true
}

const int64CharsMax = String(int64Min).length

const float: Transcode = (text, out) => {
  const value = text.number()
  if (!(Math.abs(value) < floatMax)) return false
  out.float(value)
  return true
}

const double: Transcode = (text, out) => {
  const value = text.number()
  if (!Number.isFinite(value)) return false
  out.double(value)
  return true
}

const string: Transcode = (text, out) => {
  const end = text.plainStringEnd()
  if (end < 0) return escapedString(text, out)
  const start = text.at + 1
  out.long(end - start)
  out.raw(text.bytes, start, end)
  text.at = end + 1
  return true
}

function escapedString(text: JsonText, out: AvroBytes): boolean {
  const start = text.at
  if (text.bytes[start] !== quote || !text.passValue()) return false
  let value: unknown
  try {
    value = text.parse(start, text.at)
  } catch (cause) {
    if (cause instanceof SyntaxError) return false
    throw cause
  }
  if (typeof value !== 'string' || /\p{Surrogate}/u.test(value)) return false
  out.string(value)
  return true
}

function enumeration(symbols: readonly string[]): Transcode {
  const texts = symbols.map((symbol) => Buffer.from(JSON.stringify(symbol)))
  return (text, out) => {
    for (let i = 0; i < texts.length; i++) {
      if (!text.takeBytes(texts[i] as Buffer)) continue
      out.long(i)
      return true
    }
    return false
  }
}

/** As one block: the number of items, the items, 0. */
function array(item: Transcode): Transcode {
  return (text, out) => {
    if (text.bytes[text.at] !== openBracket) return false
    text.at++
    if (text.take(closeBracket)) {
      out.long(0)
      return true
    }
    const start = out.at++
    let count = 0
    do {
      text.next()
      if (!item(text, out)) return false
      count++
    } while (text.take(comma))
    if (!text.take(closeBracket)) return false
    // The number of items was not known before them: where it takes more than a byte, they move.
    const end = out.at
    out.long(count)
    const more = out.at - end - 1
    if (more > 0) out.bytes.copyWithin(start + 1 + more, start + 1, end)
    out.at = start
    out.long(count)
    out.at = end + more
    out.long(0)
    return true
  }
}
