import type { DataType } from '../plan/type.js'
import { isNested } from '../plan/type-family.js'
import type { Column } from '../state/column.js'
import type { Rows } from '../state/rows.js'
import { DecodeError } from './errors.js'
import {
  type Carried,
  CarriedLeaf,
  carriedAt,
  carriedMap,
  carriedRow,
  elementsOf,
  entriesOf,
  fieldsOf,
  keyTypeOf,
  notOfType,
  valueTypeOf,
} from './nested-value.js'
import { pushValue, readValue } from './row-value.js'

/**
 * Rows as plain objects, as a person writes them in a test: numbers, strings, booleans; times as
 * ISO strings; bytes in base64; arrays as such, rows and maps as objects; a missing field is NULL. Throws a `DecodeError` that names the
 * field. Fields of the batch that `names` does not hold are left to the caller.
 */
export function pushRowObject(
  batch: Rows,
  names: ReadonlySet<string>,
  row: Readonly<Record<string, unknown>>,
): void {
  batch.fields.forEach((field, index) => {
    if (!names.has(field.name)) return
    const column = batch.column(index)
    const value = row[field.name]
    if (value === null || value === undefined) {
      column.pushNull()
      return
    }
    try {
      pushAny(column, field.type, value)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new DecodeError(`field '${field.name}': ${reason}`)
    }
  })
}

/**
 * A row as an object, its columns under these names. Integers and decimals that a number holds exactly are numbers, others
 * strings; timestamps are ISO 8601, with Z where they are points in time.
 */
export function readRowObject(
  batch: Rows,
  names: readonly string[],
  row: number,
): Record<string, unknown> {
  return Object.fromEntries(
    batch.fields.map((field, index) => [
      names[index] ?? field.name,
      readAny(batch.column(index), field.type, row),
    ]),
  )
}

function pushAny(column: Column, type: DataType, value: unknown): void {
  if (!isNested(type)) pushValue(column, type, value)
  else if (column.kind === 'bytes') column.pushString(JSON.stringify(carriedOf(value, type)))
}

function carriedOf(value: unknown, type: DataType): Carried {
  if (value === null || value === undefined) return null
  if (!isNested(type)) return new CarriedLeaf(type).carried((leaf) => pushValue(leaf, type, value))
  if (type.kind === 'array') {
    if (!Array.isArray(value)) throw notOfType(type)
    return value.map((each) => carriedOf(each, type.element))
  }
  if (typeof value !== 'object' || Array.isArray(value)) throw notOfType(type)
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  if (type.kind === 'row') {
    const given = new Map<unknown, unknown>(entries)
    return carriedRow(type.fields.map((field) => carriedOf(given.get(field.name), field.type)))
  }
  return carriedMap(
    entries.map(([key, each]): [string, Carried] => [
      String(carriedOf(key, keyTypeOf(type))),
      carriedOf(each, valueTypeOf(type)),
    ]),
  )
}

function readAny(column: Column, type: DataType, row: number): unknown {
  return isNested(type) ? plainOf(carriedAt(column, row), type) : readValue(column, type, row)
}

function plainOf(carried: Carried, type: DataType): unknown {
  if (carried === null) return null
  if (!isNested(type)) return readValue(new CarriedLeaf(type).columnOf(carried), type, 0)
  switch (type.kind) {
    case 'array':
      return elementsOf(carried).map((each) => plainOf(each, type.element))
    case 'row':
      return Object.fromEntries(
        fieldsOf(carried, type).map(([field, each]) => [field.name, plainOf(each, field.type)]),
      )
    default:
      return Object.fromEntries(
        entriesOf(carried).map(([key, each]) => [key, plainOf(each, valueTypeOf(type))]),
      )
  }
}
