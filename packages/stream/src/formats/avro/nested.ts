import type { DataType } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import { FormatError } from '../errors.js'
import {
  type Carried,
  CarriedLeaf,
  carriedMap,
  carriedRow,
  refuseOtherKeys,
  valueTypeOf,
} from '../nested-value.js'
import { type AvroConverter, avroConverter } from './convert.js'
import type { AvroCursor } from './cursor.js'
import type { AvroSchema } from './schema.js'
import { branchOf, skipAvro, visitBlocks } from './skip.js'

type Read = (cursor: AvroCursor) => Carried

/** Reads a value of the writer's schema as one of a type, nested or not. */
export function avroNestedReader(schema: AvroSchema, type: DataType): Read {
  refuseOtherKeys(type, 'Avro')
  return readerOf(schema, type)
}

function readerOf(schema: AvroSchema, type: DataType): Read {
  if (schema.kind === 'null') return () => null
  if (schema.kind === 'union') {
    const branches = schema.branches.map((branch) => readerOf(branch, type))
    return (cursor) => branchOf(branches, cursor)(cursor)
  }
  if (!isNested(type)) return leafReader(schema, type)
  if (type.kind === 'array' && schema.kind === 'array') {
    const read = readerOf(schema.items, type.element)
    return (cursor) => {
      const elements: Carried[] = []
      visitBlocks(cursor, () => elements.push(read(cursor)))
      return elements
    }
  }
  if ((type.kind === 'map' || type.kind === 'multiset') && schema.kind === 'map') {
    const read = readerOf(schema.values, valueTypeOf(type))
    return (cursor) => {
      const entries: [string, Carried][] = []
      visitBlocks(cursor, () => {
        const length = cursor.readLength()
        const start = cursor.take(length)
        entries.push([cursor.bytes.toString('utf8', start, start + length), read(cursor)])
      })
      return carriedMap(entries)
    }
  }
  if (type.kind === 'row' && schema.kind === 'record') {
    const places = new Map(type.fields.map((field, index) => [field.name, index]))
    const steps = schema.fields.map((field) => {
      const place = places.get(field.name)
      const wanted = place === undefined ? undefined : type.fields[place]
      if (place === undefined || wanted === undefined) {
        return (cursor: AvroCursor) => skipAvro(field.schema, cursor)
      }
      const read = readerOf(field.schema, wanted.type)
      return (cursor: AvroCursor, values: Carried[]) => {
        values[place] = read(cursor)
      }
    })
    return (cursor) => {
      const values: Carried[] = type.fields.map(() => null)
      for (const step of steps) step(cursor, values)
      return carriedRow(values)
    }
  }
  throw new FormatError(
    'SCHEMA_MISMATCH',
    `the schema has ${schema.kind} where the column has ${type.kind.toUpperCase()}`,
  )
}

function leafReader(schema: AvroSchema, type: DataType): Read {
  const leaf = new CarriedLeaf(type)
  let convert: AvroConverter | undefined
  // Made once here, so that a schema that does not fit is found before any record.
  leaf.carried((column) => {
    convert = avroConverter(schema, { field: { name: '', type }, column })
    column.pushNull()
  })
  return (cursor) => leaf.carried(() => convert?.(cursor))
}
