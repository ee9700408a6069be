import { isNested } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import { FormatError } from '../errors.js'
import type { RecordEncoder, SinkField } from '../format.js'
import { carriedAt } from '../nested-value.js'
import { type AvroSchema, avroSchemaText, parseAvroSchema } from './schema.js'
import { carriedWriter, placesOf, plainWriter, presenceOf } from './value-writer.js'
import { AvroWriter } from './writer.js'

/** Writes a column of a row. */
export type CellWriter = (out: AvroWriter, columns: readonly Column[], row: number) => void

/**
 * Rows as records of a schema: as `avro-confluent` behind the schema's id, or alone as `avro`,
 * where there is no id. Without a schema it is the one that `avroSchemaText` gives for the fields.
 */
export class AvroEncoder implements RecordEncoder {
  private readonly cells: readonly CellWriter[]
  private readonly schemaId: number | undefined
  private readonly out = new AvroWriter()

  /** @throws FormatError where the schema cannot hold what the fields are. */
  constructor(fields: readonly SinkField[], schemaId?: number, schema?: string) {
    const text = schema ?? avroSchemaText(fields.map(({ field }) => field))
    this.cells = cellWriters(parseAvroSchema(text), fields)
    this.schemaId = schemaId
  }

  encode(columns: readonly Column[], row: number): Buffer {
    const { out } = this
    out.begin(this.schemaId)
    for (const write of this.cells) write(out, columns, row)
    return out.finish()
  }
}

/** @throws FormatError where the schema is none of these columns. */
export function cellWriters(schema: AvroSchema, fields: readonly SinkField[]): CellWriter[] {
  if (schema.kind !== 'record') {
    throw new FormatError('SCHEMA_MISMATCH', `the schema is no record but ${schema.kind}`)
  }
  const names = fields.map(({ field }) => field.name)
  const places = placesOf(
    schema.fields.map(({ name }) => name),
    names,
    'the record',
  )
  return schema.fields.map((each, index) => {
    const sink = fields[places[index] ?? 0]
    if (sink === undefined) throw new RangeError(`no column ${each.name}`)
    return cellWriter(each.schema, sink)
  })
}

function cellWriter(schema: AvroSchema, { field, index }: SinkField): CellWriter {
  const { name, type } = field
  if (isNested(type)) {
    const write = carriedWriter(schema, type, name)
    return (out, columns, row) => write(out, carriedAt(columnAt(columns, index), row))
  }
  const { branch, nullBranch, schema: held } = presenceOf(schema, name)
  const write = plainWriter(held, type, name)
  return (out, columns, row) => {
    const column = columnAt(columns, index)
    if (!column.validity.isValid(row)) {
      if (nullBranch === undefined) {
        throw new FormatError('NULL_REFUSED', `NULL in NOT NULL '${name}'`)
      }
      out.long(nullBranch)
      return
    }
    if (branch !== undefined) out.long(branch)
    write(out, column, row)
  }
}

function columnAt(columns: readonly Column[], index: number): Column {
  const column = columns[index]
  if (column === undefined) throw new RangeError(`no column ${index}`)
  return column
}
