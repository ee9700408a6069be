import type { DataType } from '../../plan/type.js'
import { isBytes, isNested, isTemporal, isText } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import type { RecordEncoder, SinkField } from '../format.js'
import { carriedAt } from '../nested-value.js'
import { csvNestedWriter } from './nested.js'
import type { CsvOptions } from './options.js'
import { csvText } from './value-text.js'

/** A text of more characters is put into quotes without a look at them, as Jackson does. */
const lookedAtMax = 24

/** Flink's `csv` format: the fields of a row in the order of the columns, NULL as the literal for it. */
export class CsvEncoder implements RecordEncoder {
  private readonly fields: readonly {
    readonly index: number
    readonly write: (column: Column, row: number) => string
  }[]
  private readonly nullLiteral: string
  private readonly delimiter: string

  constructor(fields: readonly SinkField[], options: CsvOptions) {
    this.fields = fields.map(({ field, index }) => ({
      index,
      write: writerOf(field.type, options),
    }))
    this.nullLiteral = options.nullLiteral ?? ''
    this.delimiter = String.fromCharCode(options.delimiter)
  }

  encode(columns: readonly Column[], row: number): Buffer {
    const texts = this.fields.map(({ index, write }) => {
      const column = columns[index]
      if (column === undefined) throw new RangeError(`no column ${index}`)
      return column.validity.isValid(row) ? write(column, row) : this.nullLiteral
    })
    return Buffer.from(texts.join(this.delimiter))
  }
}

/** Numbers and booleans have no quotes, whatever is in them. */
function writerOf(type: DataType, options: CsvOptions): (column: Column, row: number) => string {
  const quoted = quoting(options)
  if (isNested(type)) {
    const write = csvNestedWriter(type, options)
    return (column, row) => quoted(write(carriedAt(column, row)))
  }
  const isQuoted = isText(type) || isBytes(type) || isTemporal(type)
  const textOf = (column: Column, row: number) => csvText(column, row, type, options.isScientific)
  return isQuoted ? (column, row) => quoted(textOf(column, row)) : textOf
}

/**
 * Jackson puts into quotes what might need them: long texts, and those with a character up to the
 * greater of delimiter and quote, or the escape character, for which a backslash stands where there is
 * none.
 */
function quoting({ quote, escapeByte, delimiter }: CsvOptions): (text: string) => string {
  if (quote < 0) return (text) => text
  const mark = String.fromCharCode(quote)
  const escaping = escapeByte < 0 ? undefined : String.fromCharCode(escapeByte)
  const special = Math.max(delimiter, quote, 0x0d)
  const escapeCode = escapeByte < 0 ? 0x5c : escapeByte
  const isPlain = (text: string) => {
    if (text.length > lookedAtMax) return false
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code <= special || code === escapeCode) return false
    }
    return true
  }
  return (text) => {
    if (isPlain(text)) return text
    const doubled = text.replaceAll(mark, mark + mark)
    const escaped =
      escaping === undefined ? doubled : doubled.replaceAll(escaping, escaping + escaping)
    return mark + escaped + mark
  }
}
