import type { Field } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import type { RecordEncoder, SinkField } from '../format.js'
import { carriedAt } from '../nested-value.js'
import { jsonNestedWriter, type NestedWriting } from './nested.js'
import { jsonText } from './value-text.js'

export type JsonEncodeOptions = NestedWriting

/** How a format of JSON writes. Decimals are plain numbers, whatever is said of them. */
export function jsonEncodeOptions(options: ReadonlyMap<string, string>): JsonEncodeOptions {
  const ignoresNull = options.get('encode.ignore-null-fields')?.toLowerCase() === 'true'
  return {
    standard: options.get('timestamp-format.standard') === 'ISO-8601' ? 'ISO-8601' : 'SQL',
    omitsNull: () => ignoresNull,
  }
}

/** Flink's `json` format: every field in the order of the columns, NULL as null. */
export class JsonEncoder implements RecordEncoder {
  private readonly fields: readonly {
    readonly index: number
    readonly name: string
    readonly omitsNull: boolean
    readonly write: (column: Column, row: number) => string
  }[]

  constructor(fields: readonly SinkField[], options: JsonEncodeOptions) {
    this.fields = fields.map(({ field, index }) => ({
      index,
      name: `${JSON.stringify(field.name)}:`,
      omitsNull: options.omitsNull(field.name),
      write: writerOf(field, options),
    }))
  }

  encode(columns: readonly Column[], row: number): Buffer {
    return Buffer.from(this.textOf(columns, row))
  }

  textOf(columns: readonly Column[], row: number): string {
    let text = ''
    for (const { index, name, omitsNull, write } of this.fields) {
      const column = columns[index]
      if (column === undefined) throw new RangeError(`no column ${index}`)
      if (omitsNull && !column.validity.isValid(row)) continue
      text += `${text === '' ? '{' : ','}${name}${write(column, row)}`
    }
    return text === '' ? '{}' : `${text}}`
  }
}

function writerOf(
  { name, type }: Field,
  options: JsonEncodeOptions,
): (column: Column, row: number) => string {
  if (!isNested(type)) return (column, row) => jsonText(column, row, type, options.standard)
  const write = jsonNestedWriter(type, options, name)
  return (column, row) => write(carriedAt(column, row))
}
