import type { DataType } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import { FormatError } from '../errors.js'
import {
  type Carried,
  CarriedLeaf,
  elementsOf,
  entriesOf,
  fieldsOf,
  keyTypeOf,
  valueTypeOf,
} from '../nested-value.js'
import { type LeafWriter, leafWriter } from './leaf-writer.js'
import type { AvroSchema } from './schema.js'
import type { AvroWriter } from './writer.js'

/** The branch of a schema that holds values, and what is written before them. */
export interface Presence {
  readonly schema: AvroSchema
  /** The index of the branch; undefined where there is no union. */
  readonly branch?: bigint
  /** The index of null; undefined where NULL cannot be written. */
  readonly nullBranch?: bigint
}

/** @throws FormatError for a union of several types: nobody says which of them a column is. */
export function presenceOf(schema: AvroSchema, name: string): Presence {
  if (schema.kind !== 'union') return { schema }
  const present = schema.branches.filter(({ kind }) => kind !== 'null')
  const [branch] = present
  if (branch === undefined || present.length > 1) {
    throw new FormatError('SCHEMA_MISMATCH', `'${name}' is a union of ${present.length} types`)
  }
  const nullAt = schema.branches.findIndex(({ kind }) => kind === 'null')
  return {
    schema: branch,
    branch: BigInt(schema.branches.indexOf(branch)),
    ...(nullAt >= 0 && { nullBranch: BigInt(nullAt) }),
  }
}

/** Plain values of a column, by the branch that holds them. */
export function plainWriter(schema: AvroSchema, type: DataType, name: string): LeafWriter {
  const write = leafWriter(schema, type)
  if (write !== undefined) return write
  throw mismatch(schema, type, name)
}

/** Writes a value that was carried, and NULL where the schema has it. */
export type CarriedWriter = (out: AvroWriter, value: Carried) => void

/** @throws FormatError where the schema cannot hold values of the type. */
export function carriedWriter(schema: AvroSchema, type: DataType, name: string): CarriedWriter {
  const { branch, nullBranch, schema: held } = presenceOf(schema, name)
  const write = presentWriter(held, type, name)
  return (out, value) => {
    if (value === null) {
      if (nullBranch === undefined) throw new FormatError('NULL_REFUSED', `NULL in '${name}'`)
      out.long(nullBranch)
      return
    }
    if (branch !== undefined) out.long(branch)
    write(out, value)
  }
}

function presentWriter(schema: AvroSchema, type: DataType, name: string): CarriedWriter {
  if (!isNested(type)) {
    const leaf = new CarriedLeaf(type)
    const write = plainWriter(schema, type, name)
    return (out, value) => write(out, leaf.columnOf(value), 0)
  }
  if (type.kind === 'array' && schema.kind === 'array') {
    const write = carriedWriter(schema.items, type.element, name)
    return (out, value) => {
      const elements = elementsOf(value)
      if (elements.length > 0) out.long(BigInt(elements.length))
      for (const element of elements) write(out, element)
      out.long(0n)
    }
  }
  if ((type.kind === 'map' || type.kind === 'multiset') && schema.kind === 'map') {
    const writeKey = carriedWriter({ kind: 'string' }, keyTypeOf(type), name)
    const write = carriedWriter(schema.values, valueTypeOf(type), name)
    return (out, value) => {
      const entries = entriesOf(value)
      if (entries.length > 0) out.long(BigInt(entries.length))
      for (const [key, each] of entries) {
        writeKey(out, key)
        write(out, each)
      }
      out.long(0n)
    }
  }
  if (type.kind === 'row' && schema.kind === 'record') {
    const places = placesOf(
      schema.fields.map((field) => field.name),
      type.fields.map((field) => field.name),
      name,
    )
    const writers = schema.fields.map((field, index) => {
      const place = places[index] ?? 0
      const fieldType = type.fields[place]?.type ?? type
      return { place, write: carriedWriter(field.schema, fieldType, `${name}.${field.name}`) }
    })
    return (out, value) => {
      const fields = fieldsOf(value, type)
      for (const { place, write } of writers) write(out, fields[place]?.[1] ?? null)
    }
  }
  throw mismatch(schema, type, name)
}

/**
 * For each field of a record its place among the columns, which may be in another order.
 * @throws FormatError where one of the two has what the other has not.
 */
export function placesOf(
  fields: readonly string[],
  columns: readonly string[],
  within: string,
): number[] {
  const other = columns.find((column) => !fields.includes(column))
  if (other !== undefined) {
    throw new FormatError('SCHEMA_MISMATCH', `the schema has no field '${other}' in ${within}`)
  }
  return fields.map((field) => {
    const place = columns.indexOf(field)
    if (place >= 0) return place
    const what = `the schema has a field '${field}' in ${within}, and there is no column of it`
    throw new FormatError('SCHEMA_MISMATCH', what)
  })
}

function mismatch(schema: AvroSchema, type: DataType, name: string): FormatError {
  const what = `'${name}' is ${type.kind.toUpperCase()}, and ${schema.kind} in the schema`
  return new FormatError('SCHEMA_MISMATCH', what)
}
