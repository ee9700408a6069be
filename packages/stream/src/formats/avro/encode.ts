import { isNested } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import { FormatError } from '../errors.js'
import type { RecordEncoder, SinkField } from '../format.js'
import { carriedAt } from '../nested-value.js'
import { writeNested } from './nested.js'
import { AvroWriter, writeLeaf } from './writer.js'

/**
 * Rows as records of the schema that `avroSchemaText` gives for the fields: as `avro-confluent`
 * behind the schema's id, or alone as `avro`, where there is no id.
 */
export class AvroEncoder implements RecordEncoder {
  private readonly fields: readonly SinkField[]
  private readonly schemaId: number | undefined
  private readonly out = new AvroWriter()

  constructor(fields: readonly SinkField[], schemaId?: number) {
    this.fields = fields
    this.schemaId = schemaId
  }

  encode(columns: readonly Column[], row: number): Buffer {
    const { out } = this
    out.begin(this.schemaId)
    for (const { field, index } of this.fields) {
      const column = columns[index]
      if (column === undefined) throw new RangeError(`no column ${index}`)
      const valid = column.validity.isValid(row)
      if (isNested(field.type)) {
        writeNested(out, carriedAt(column, row), field.type)
        continue
      }
      if (field.type.nullable) out.long(valid ? 1n : 0n)
      else if (!valid) throw new FormatError('NULL_REFUSED', `NULL in NOT NULL '${field.name}'`)
      if (valid) writeLeaf(out, column, row, field.type)
    }
    return out.finish()
  }
}
