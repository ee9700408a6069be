import type { DataType } from '../../plan/type.js'
import { isNested, type TypeOf } from '../../plan/type-family.js'
import { DecodeError } from '../errors.js'
import {
  type Carried,
  CarriedLeaf,
  carriedMap,
  carriedRow,
  elementsOf,
  entriesOf,
  fieldsOf,
  keyTypeOf,
  type NestedType,
  notOfType,
  refuseOtherKeys,
  valueTypeOf,
} from '../nested-value.js'
import type { TimestampStandard } from '../time-text.js'
import { type JsonConverter, jsonConverter } from './convert.js'
import { JsonScanner } from './scanner.js'
import { jsonText } from './value-text.js'

/** Whoever reads a nested value, by the rules of the format. */
export interface NestedReading {
  readonly standard: TimestampStandard
  /** A part that cannot be converted is NULL. */
  readonly ignoreParseErrors: boolean
  /** A missing field of a row is an error instead of NULL. */
  readonly failOnMissingField: boolean
}

type Read = (scanner: JsonScanner) => Carried

/** Reads the JSON value in bytes[start … end), whose grammar was checked, as a nested value. */
export function jsonNestedReader(
  type: NestedType,
  reading: NestedReading,
): (bytes: Buffer, start: number, end: number) => Carried {
  refuseOtherKeys(type, 'JSON')
  const scanner = new JsonScanner()
  const read = readerOf(type, reading)
  return (bytes, start, end) => {
    scanner.reset(bytes, start, end)
    return read(scanner)
  }
}

/** One that takes null, and passes over what it cannot read where that is asked for. */
function partReader(type: DataType, reading: NestedReading): Read {
  const read = isNested(type) ? readerOf(type, reading) : leafReader(type, reading.standard)
  return (scanner) => {
    if (scanner.peek() === 0x6e) {
      scanner.skipValue()
      return null
    }
    const start = scanner.at
    try {
      return read(scanner)
    } catch (error) {
      if (!reading.ignoreParseErrors || !(error instanceof DecodeError)) throw error
      scanner.at = start
      scanner.skipValue()
      return null
    }
  }
}

function readerOf(type: NestedType, reading: NestedReading): Read {
  switch (type.kind) {
    case 'array': {
      const readElement = partReader(type.element, reading)
      return (scanner) => {
        if (!scanner.accept(0x5b)) throw notOfType(type)
        const elements: Carried[] = []
        if (scanner.accept(0x5d)) return elements
        do elements.push(readElement(scanner))
        while (scanner.accept(0x2c))
        scanner.expect(0x5d)
        return elements
      }
    }
    case 'row':
      return rowReader(type, reading)
    case 'map':
    case 'multiset': {
      const readValue = partReader(valueTypeOf(type), reading)
      return (scanner) => {
        if (scanner.peek() !== 0x7b) throw notOfType(type)
        const entries: [string, Carried][] = []
        readObject(scanner, (name) => entries.push([name, readValue(scanner)]))
        return carriedMap(entries)
      }
    }
  }
}

function rowReader(type: TypeOf<'row'>, reading: NestedReading): Read {
  const readers = type.fields.map((field) => partReader(field.type, reading))
  const places = new Map(type.fields.map((field, index) => [field.name, index]))
  return (scanner) => {
    if (scanner.peek() !== 0x7b) throw notOfType(type)
    const values: (Carried | undefined)[] = type.fields.map(() => undefined)
    readObject(scanner, (name) => {
      const place = places.get(name)
      const read = place === undefined ? undefined : readers[place]
      if (place === undefined || read === undefined) scanner.skipValue()
      else values[place] = read(scanner)
    })
    const missing = values.indexOf(undefined)
    if (missing >= 0 && reading.failOnMissingField && !reading.ignoreParseErrors) {
      throw new DecodeError(`the field '${type.fields[missing]?.name}' is missing`)
    }
    return carriedRow(values.map((value) => value ?? null))
  }
}

/** Goes over an object; `field` goes over the value of each of its fields. */
function readObject(scanner: JsonScanner, field: (name: string) => void): void {
  scanner.expect(0x7b)
  if (scanner.accept(0x7d)) return
  do {
    if (scanner.peek() !== 0x22) scanner.fail('a field name was expected')
    const start = scanner.at
    scanner.skipString()
    const name: string = JSON.parse(scanner.bytes.toString('utf8', start, scanner.at))
    scanner.expect(0x3a)
    field(name)
  } while (scanner.accept(0x2c))
  scanner.expect(0x7d)
}

function leafReader(type: DataType, standard: TimestampStandard): Read {
  const leaf = new CarriedLeaf(type)
  let convert: JsonConverter | undefined
  return (scanner) => {
    const isText = scanner.peek() === 0x22
    const start = scanner.at
    const escaped = isText && scanner.skipString()
    if (!isText) scanner.skipValue()
    return leaf.carried((column) => {
      convert ??= jsonConverter({ name: '', type }, column, standard)
      convert(scanner.bytes, start, scanner.at, escaped)
    })
  }
}

/** Whoever writes one. */
export interface NestedWriting {
  readonly standard: TimestampStandard
  /**
   * Is a field of a row left out where it is NULL? By its path: `a.b`, or `a[].b` of the rows of an
   * array or a map.
   */
  readonly omitsNull: (path: string) => boolean
}

type Write = (value: Carried) => string

/** Writes a nested value as JSON, rows by the names of their fields. */
export function jsonNestedWriter(type: DataType, writing: NestedWriting, path: string): Write {
  refuseOtherKeys(type, 'JSON')
  return writerOf(type, writing, path)
}

function writerOf(type: DataType, writing: NestedWriting, path: string): Write {
  const { standard } = writing
  if (!isNested(type)) {
    const leaf = new CarriedLeaf(type)
    return (value) => jsonText(leaf.columnOf(value), 0, type, standard)
  }
  switch (type.kind) {
    case 'array': {
      const write = writerOf(type.element, writing, `${path}[]`)
      return (value) => (value === null ? 'null' : `[${elementsOf(value).map(write).join(',')}]`)
    }
    case 'row': {
      const writers = type.fields.map((field) => {
        const place = `${path}.${field.name}`
        return { write: writerOf(field.type, writing, place), omits: writing.omitsNull(place) }
      })
      return (value) => {
        if (value === null) return 'null'
        const parts = fieldsOf(value, type).flatMap(([field, each], index) => {
          const writer = writers[index]
          if (writer?.omits && each === null) return []
          return [`${JSON.stringify(field.name)}:${writer?.write(each)}`]
        })
        return `{${parts.join(',')}}`
      }
    }
    default: {
      const write = writerOf(valueTypeOf(type), writing, `${path}[]`)
      const key = new CarriedLeaf(keyTypeOf(type))
      return (value) => {
        if (value === null) return 'null'
        const parts = entriesOf(value).map(
          ([name, each]) => `${jsonText(key.columnOf(name), 0, key.type, standard)}:${write(each)}`,
        )
        return `{${parts.join(',')}}`
      }
    }
  }
}
