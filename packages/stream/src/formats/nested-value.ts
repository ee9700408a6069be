import type { DataType, Field } from '../plan/type.js'
import { isBytes, isNested, isText, type TypeOf } from '../plan/type-family.js'
import { type Column, createColumn } from '../state/column.js'
import { formatDecimal } from './decimal-text.js'
import { DecodeError, FormatError } from './errors.js'
import { pushValue } from './row-value.js'
import { formatDate, formatTime, formatTimestamp } from './time-text.js'

/**
 * What the text of a nested column holds (`state/storage.ts`): of a row its fields by `f0`, `f1`, …;
 * of a map or multiset its values by the texts of the keys.
 */
export type Carried = null | boolean | number | string | readonly Carried[] | CarriedObject
export interface CarriedObject {
  readonly [key: string]: Carried
}

export type NestedType = TypeOf<'array' | 'map' | 'multiset' | 'row'>

const counts: DataType = { kind: 'int', nullable: false }

/** The type of a map's values, and of a multiset's counts. */
export function valueTypeOf(type: TypeOf<'map' | 'multiset'>): DataType {
  return type.kind === 'map' ? type.value : counts
}

export function keyTypeOf(type: TypeOf<'map' | 'multiset'>): DataType {
  return type.kind === 'map' ? type.key : type.element
}

/** Of a row, from the carried values of its fields in their order. */
export function carriedRow(values: readonly Carried[]): CarriedObject {
  return Object.fromEntries(values.map((value, index) => [`f${index}`, value]))
}

/** Of a map or multiset; of a key given twice the last counts. */
export function carriedMap(
  entries: Iterable<readonly [key: string, value: Carried]>,
): CarriedObject {
  // Without a prototype, so that every text may be a key.
  const map: Record<string, Carried> = Object.create(null)
  for (const [key, value] of entries) map[key] = value
  return map
}

/** The value of a nested column. */
export function carriedAt(column: Column, row: number): Carried {
  if (column.kind !== 'bytes') throw new TypeError('a nested value lies as text')
  return column.validity.isValid(row) ? JSON.parse(column.stringAt(row)) : null
}

export function fieldsOf(value: Carried, type: TypeOf<'row'>): readonly [Field, Carried][] {
  return type.fields.map((field, index) => [field, objectOf(value)[`f${index}`] ?? null])
}

export function elementsOf(value: Carried): readonly Carried[] {
  if (Array.isArray(value)) return value
  throw new TypeError('an array was carried as something else')
}

export function entriesOf(value: Carried): readonly [key: string, value: Carried][] {
  return Object.entries(objectOf(value))
}

function objectOf(value: Carried): CarriedObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as CarriedObject
  }
  throw new TypeError('a row or map was carried as something else')
}

/** One plain value at a time, between a column of its type and what is carried. */
export class CarriedLeaf {
  readonly type: DataType
  private readonly column: Column

  constructor(type: DataType) {
    if (isNested(type)) throw new TypeError(`${type.kind} is no plain type`)
    this.type = type
    this.column = createColumn(type)
  }

  /** What is carried of the value that `push` gives to a column. */
  carried(push: (column: Column) => void): Carried {
    this.column.truncate(0)
    push(this.column)
    return this.carriedOf(this.column)
  }

  /** A column of which row 0 is the value that was carried. */
  columnOf(value: Carried): Column {
    const { column, type } = this
    column.truncate(0)
    if (value === null) column.pushNull()
    else if (column.kind === 'bytes' && isBytes(type)) column.pushBytes(bytesOf(String(value)))
    else pushValue(column, type, plainNumber(type, value))
    return column
  }

  private carriedOf(column: Column): Carried {
    const { type } = this
    if (!column.validity.isValid(0)) return null
    if (column.kind === 'bytes') {
      return isText(type) ? column.stringAt(0) : textOfBytes(column.bytesAt(0))
    }
    switch (type.kind) {
      case 'boolean':
        return column.int8[0] === 1
      case 'tinyint':
      case 'smallint':
      case 'int':
        return column.numberAt(0)
      case 'float':
        return String(column.float32[0])
      case 'double':
        return String(column.float64[0])
      case 'decimal':
        return formatDecimal(column.integerAt(0), type.scale)
      case 'date':
        return formatDate(column.numberAt(0))
      case 'time':
        return formatTime(column.numberAt(0))
      case 'timestamp':
      case 'timestampLtz':
        return formatTimestamp(column.numberAt(0), 'SQL', false)
      default:
        return String(column.integerAt(0))
    }
  }
}

/** DuckDB writes what is no number in its own way. */
function plainNumber(type: DataType, value: Carried): Carried {
  if (type.kind !== 'double' && type.kind !== 'float') return value
  switch (String(value).toLowerCase()) {
    case 'nan':
      return 'NaN'
    case 'inf':
      return 'Infinity'
    case '-inf':
      return '-Infinity'
    default:
      return value
  }
}

/** What is carried of bytes. */
export function carriedBytes(bytes: Uint8Array): Carried {
  return textOfBytes(Buffer.from(bytes))
}

/** As DuckDB writes bytes as text: each as `\xAB`, or as the character that it is. */
export function bytesOf(text: string): Buffer {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\' && text[at + 1] === 'x') {
      bytes.push(Number.parseInt(text.slice(at + 2, at + 4), 16))
      at += 3
    } else bytes.push(text.charCodeAt(at))
  }
  return Buffer.from(bytes)
}

function textOfBytes(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase().replaceAll(/../g, '\\x$&')
}

/** The error for a value of another shape than its type. */
export function notOfType(type: NestedType): DecodeError {
  const shapes = { array: 'an array', row: 'an object', map: 'an object', multiset: 'an object' }
  return new DecodeError(`${shapes[type.kind]} was expected`)
}

/** Formats that have objects have texts as their keys. */
export function refuseOtherKeys(type: DataType, format: string): void {
  if (!isNested(type)) return
  if ((type.kind === 'map' || type.kind === 'multiset') && !isText(keyTypeOf(type))) {
    throw new FormatError(
      'TYPE_UNSUPPORTED',
      `${format} has no map with keys of ${keyTypeOf(type).kind}`,
    )
  }
  const parts =
    type.kind === 'row'
      ? type.fields.map((field) => field.type)
      : type.kind === 'array'
        ? [type.element]
        : [keyTypeOf(type), valueTypeOf(type)]
  for (const part of parts) refuseOtherKeys(part, format)
}
