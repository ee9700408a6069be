import type { DataType } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import type { RecordEncoder, SinkField } from '../format.js'
import { carriedAt } from '../nested-value.js'
import type { TimestampStandard } from '../time-text.js'
import { jsonNestedWriter } from './nested.js'
import { jsonText } from './value-text.js'

/** Flink's `json` format: every field in the order of the columns, NULL as null. */
export class JsonEncoder implements RecordEncoder {
  private readonly fields: readonly {
    readonly index: number
    readonly prefix: string
    readonly write: (column: Column, row: number) => string
  }[]

  constructor(fields: readonly SinkField[], standard: TimestampStandard) {
    this.fields = fields.map(({ field, index }, place) => ({
      index,
      prefix: `${place === 0 ? '' : ','}${JSON.stringify(field.name)}:`,
      write: writerOf(field.type, standard),
    }))
  }

  encode(columns: readonly Column[], row: number): Buffer {
    return Buffer.from(this.textOf(columns, row))
  }

  textOf(columns: readonly Column[], row: number): string {
    let text = '{'
    for (const { index, prefix, write } of this.fields) {
      const column = columns[index]
      if (column === undefined) throw new RangeError(`no column ${index}`)
      text += prefix + write(column, row)
    }
    return `${text}}`
  }
}

function writerOf(
  type: DataType,
  standard: TimestampStandard,
): (column: Column, row: number) => string {
  if (!isNested(type)) return (column, row) => jsonText(column, row, type, standard)
  const write = jsonNestedWriter(type, standard)
  return (column, row) => write(carriedAt(column, row))
}
