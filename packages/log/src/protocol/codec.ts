import { ProtocolError } from '../errors.js'
import type { Field, FieldType } from './field.js'
import { zeroUuid } from './field.js'
import type { Reader } from './reader.js'
import { inRange } from './version-range.js'
import { Writer } from './writer.js'

/**
 * Fields compiled for one version. The tables are looked at once; what runs for a message is a
 * closure for each field that the version has.
 */
export interface Codec {
  /** The least that a value takes on the wire: bounds what an array can hold. */
  readonly bytesMin: number
  read(reader: Reader): unknown
  write(writer: Writer, value: unknown): void
}

const compiled = new WeakMap<readonly Field[], Codec[]>()

/** The codec of a message in a version; compiled at the first use, kept after it. */
export function codecOf(fields: readonly Field[], version: number, flexible: boolean): Codec {
  const known = compiled.get(fields) ?? []
  compiled.set(fields, known)
  const codec = known[version] ?? structCodec(fields, version, flexible)
  known[version] = codec
  return codec
}

function structCodec(fields: readonly Field[], version: number, flexible: boolean): Codec {
  const present = fields.filter((one) => inRange(one.versions, version))
  const plain = present
    .filter((one) => one.tag === undefined)
    .map((one) => ({ name: one.name, missing: missingValue(one), codec: fieldCodec(one) }))
  const tagged = present
    .filter((one) => one.tag !== undefined)
    .map((one) => ({
      name: one.name,
      tag: one.tag as number,
      codec: fieldCodec(one),
      isMissing: missingTest(one),
    }))
    .sort((a, b) => a.tag - b.tag)
  const absent = fields
    .filter((one) => one.tag !== undefined || !inRange(one.versions, version))
    .map((one) => ({ name: one.name, missing: missingValue(one) }))

  function fieldCodec(one: Field): Codec {
    const nullable = one.nullable !== undefined && inRange(one.nullable, version)
    const isTagged = one.tag !== undefined
    return typeCodec(one.type, version, flexible, nullable, isTagged)
  }

  function readTags(reader: Reader, message: Record<string, unknown>) {
    for (let left = reader.uvarint(); left > 0; left--) {
      const tag = reader.uvarint()
      const end = reader.narrow(reader.uvarint())
      const known = tagged.find((one) => one.tag === tag)
      if (known) message[known.name] = known.codec.read(reader)
      else reader.skip(reader.remaining)
      reader.widen(end)
    }
  }

  function writeTags(writer: Writer, message: Record<string, unknown>) {
    const given = tagged.filter((one) => !one.isMissing(message[one.name]))
    writer.uvarint(given.length)
    for (const one of given) {
      const body = new Writer()
      one.codec.write(body, message[one.name])
      writer.uvarint(one.tag)
      writer.uvarint(body.length)
      writer.append(body)
    }
  }

  return {
    bytesMin: plain.reduce((sum, one) => sum + one.codec.bytesMin, flexible ? 1 : 0),
    read(reader) {
      const message: Record<string, unknown> = {}
      for (const one of plain) message[one.name] = one.codec.read(reader)
      for (const one of absent) message[one.name] = one.missing()
      if (flexible) readTags(reader, message)
      return message
    },
    write(writer, value) {
      const message = value as Record<string, unknown>
      for (const one of plain) {
        const given = message[one.name]
        one.codec.write(writer, given === undefined ? one.missing() : given)
      }
      if (flexible) writeTags(writer, message)
    },
  }
}

function typeCodec(
  type: FieldType,
  version: number,
  flexible: boolean,
  nullable: boolean,
  isTagged = false,
): Codec {
  switch (type.kind) {
    case 'bool':
      return fixed(
        1,
        (r) => r.int8() !== 0,
        (w, v: boolean) => w.int8(v ? 1 : 0),
      )
    case 'int8':
      return fixed(
        1,
        (r) => r.int8(),
        (w, v: number) => w.int8(v),
      )
    case 'int16':
      return fixed(
        2,
        (r) => r.int16(),
        (w, v: number) => w.int16(v),
      )
    case 'uint16':
      return fixed(
        2,
        (r) => r.uint16(),
        (w, v: number) => w.uint16(v),
      )
    case 'int32':
      return fixed(
        4,
        (r) => r.int32(),
        (w, v: number) => w.int32(v),
      )
    case 'uint32':
      return fixed(
        4,
        (r) => r.uint32(),
        (w, v: number) => w.uint32(v),
      )
    case 'int64':
      return fixed(
        8,
        (r) => r.int64(),
        (w, v: number) => w.int64(v),
      )
    case 'float64':
      return fixed(
        8,
        (r) => r.float64(),
        (w, v: number) => w.float64(v),
      )
    case 'uuid':
      return fixed(16, readUuid, (w, v: string) => w.hex(v.replaceAll('-', '')))
    case 'string':
      return sized(
        flexible ? compactLength : shortLength,
        nullable,
        (reader, length) => reader.utf8(length),
        (text: string) => Buffer.byteLength(text),
        (writer, text, length) => writer.utf8(text, length),
      )
    case 'bytes':
    case 'records':
      return sized(
        flexible ? compactLength : intLength,
        nullable,
        (reader, length) => reader.view(length),
        (bytes: Uint8Array) => bytes.length,
        (writer, bytes) => writer.bytes(bytes),
      )
    case 'array':
      return arrayCodec(type.element, version, flexible, nullable)
    case 'struct': {
      const codec = structCodec(type.fields, version, flexible)
      return nullable ? presenceCodec(codec, isTagged ? 0 : -1) : codec
    }
  }
}

/**
 * A struct that may be null stands behind a byte: 1 for one that is there, and for null -1, or 0
 * in a tagged field.
 */
function presenceCodec(codec: Codec, absent: 0 | -1): Codec {
  return {
    bytesMin: 1,
    read: (reader) => (reader.int8() === absent ? null : codec.read(reader)),
    write(writer, value) {
      writer.int8(value === null ? absent : 1)
      if (value !== null) codec.write(writer, value)
    },
  }
}

function fixed<T>(
  bytesMin: number,
  read: (reader: Reader) => T,
  write: (writer: Writer, value: T) => void,
): Codec {
  return { bytesMin, read, write: write as (writer: Writer, value: unknown) => void }
}

/** How a length stands on the wire; -1 means null. */
interface LengthCodec {
  readonly bytes: number
  read(reader: Reader): number
  write(writer: Writer, length: number): void
}

const shortLength: LengthCodec = {
  bytes: 2,
  read: (reader) => reader.int16(),
  write: (writer, length) => writer.int16(length),
}

const intLength: LengthCodec = {
  bytes: 4,
  read: (reader) => reader.int32(),
  write: (writer, length) => writer.int32(length),
}

/** One more than the length, so that null is 0. */
const compactLength: LengthCodec = {
  bytes: 1,
  read: (reader) => reader.uvarint() - 1,
  write: (writer, length) => writer.uvarint(length + 1),
}

function sized<T>(
  length: LengthCodec,
  nullable: boolean,
  read: (reader: Reader, length: number) => unknown,
  lengthOf: (value: T) => number,
  write: (writer: Writer, value: T, length: number) => void,
): Codec {
  return {
    bytesMin: length.bytes,
    read(reader) {
      const announced = length.read(reader)
      if (announced === -1) return noValue(nullable, reader)
      return read(reader, announced)
    },
    write(writer, value) {
      if (value === null) {
        writeNull(writer, length, nullable)
        return
      }
      const bytes = lengthOf(value as T)
      length.write(writer, bytes)
      write(writer, value as T, bytes)
    },
  }
}

function arrayCodec(
  elementType: FieldType,
  version: number,
  flexible: boolean,
  nullable: boolean,
): Codec {
  const element = typeCodec(elementType, version, flexible, false)
  const length = flexible ? compactLength : intLength
  return {
    bytesMin: length.bytes,
    read(reader) {
      const count = length.read(reader)
      if (count === -1) return noValue(nullable, reader)
      if (count < 0 || count * Math.max(1, element.bytesMin) > reader.remaining) {
        throw new ProtocolError(
          `${count} elements are announced before byte ${reader.at}, ${reader.remaining} bytes are left`,
        )
      }
      const elements: unknown[] = []
      for (let i = 0; i < count; i++) elements.push(element.read(reader))
      return elements
    },
    write(writer, value) {
      if (value === null) {
        writeNull(writer, length, nullable)
        return
      }
      const elements = value as readonly unknown[]
      length.write(writer, elements.length)
      for (const one of elements) element.write(writer, one)
    },
  }
}

function noValue(nullable: boolean, reader: Reader): null {
  if (nullable) return null
  throw new ProtocolError(`null stands before byte ${reader.at}, where a value must be`)
}

function writeNull(writer: Writer, length: LengthCodec, nullable: boolean): void {
  if (!nullable) throw new TypeError('null is given for a field that must not be null')
  length.write(writer, -1)
}

function readUuid(reader: Reader): string {
  const hex = reader.hex(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Makes the value that a field has where it is missing; arrays and structs anew each time. */
function missingValue(one: Field): () => unknown {
  const given = one.default
  if (given !== undefined) return () => given
  const { type } = one
  switch (type.kind) {
    case 'array':
      return () => []
    case 'struct': {
      const fields = type.fields.map((each) => [each.name, missingValue(each)] as const)
      return () => Object.fromEntries(fields.map(([name, missing]) => [name, missing()]))
    }
    case 'string':
      return () => ''
    case 'bytes':
    case 'records':
      return () => Buffer.alloc(0)
    case 'uuid':
      return () => zeroUuid
    case 'bool':
      return () => false
    default:
      return () => 0
  }
}

/** Tells whether a tagged field need not be written because it has its default. */
function missingTest(one: Field): (value: unknown) => boolean {
  const { type } = one
  if (one.default === null) return (value) => value === undefined || value === null
  if (type.kind === 'array') {
    return (value) => value === undefined || (Array.isArray(value) && value.length === 0)
  }
  if (type.kind === 'struct') {
    const tests = type.fields.map((each) => [each.name, missingTest(each)] as const)
    return (value) =>
      value === undefined ||
      (value !== null &&
        tests.every(([name, isMissing]) => isMissing((value as Record<string, unknown>)[name])))
  }
  const missing = missingValue(one)()
  return (value) => value === undefined || value === missing
}
