import type { DataType } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import { DecodeError, FormatError } from '../errors.js'
import { type Carried, CarriedLeaf, carriedRow, elementsOf, fieldsOf } from '../nested-value.js'
import { csvConverter } from './convert.js'
import type { CsvOptions } from './options.js'
import { csvText } from './value-text.js'

/** The value of a field that holds an array or a row: its parts with a delimiter between them. */
export type CsvNestedReader = (text: string) => Carried

/** A row without any part is NULL, an array without any has none. */
export function csvNestedReader(type: DataType, options: CsvOptions): CsvNestedReader {
  if (type.kind === 'array') {
    const read = partReader(type.element, options)
    return (text) => partsIn(text, options).map(read)
  }
  if (type.kind !== 'row') throw new FormatError('TYPE_UNSUPPORTED', `CSV has no ${type.kind}`)
  const readers = type.fields.map((field) => partReader(field.type, options))
  return (text) => {
    const parts = partsIn(text, options)
    if (parts.length === 0) return null
    if (parts.length !== readers.length && !options.ignoreParseErrors) {
      throw new DecodeError(`${parts.length} fields of a row, where ${readers.length} are declared`)
    }
    return carriedRow(
      readers.map((read, index) => {
        const part = parts[index]
        return part === undefined ? null : read(part)
      }),
    )
  }
}

function partsIn(text: string, { arrayDelimiter }: CsvOptions): string[] {
  return text === '' ? [] : text.split(arrayDelimiter)
}

function partReader(type: DataType, options: CsvOptions): (text: string) => Carried {
  refuseNested(type)
  const leaf = new CarriedLeaf(type)
  return (text) => {
    if (text === options.nullLiteral) return null
    const bytes = Buffer.from(text)
    try {
      return leaf.carried((column) => {
        csvConverter({ name: '', type }, column)(bytes, 0, bytes.length)
      })
    } catch (error) {
      if (!options.ignoreParseErrors || !(error instanceof DecodeError)) throw error
      return null
    }
  }
}

/** The text of an array or a row, before it is put into quotes. */
export function csvNestedWriter(type: DataType, options: CsvOptions): (value: Carried) => string {
  if (type.kind === 'array') {
    const write = partWriter(type.element, options)
    return (value) => elementsOf(value).map(write).join(options.arrayDelimiter)
  }
  if (type.kind !== 'row') throw new FormatError('TYPE_UNSUPPORTED', `CSV has no ${type.kind}`)
  const writers = type.fields.map((field) => partWriter(field.type, options))
  return (value) =>
    fieldsOf(value, type)
      .map(([, part], index) => writers[index]?.(part) ?? '')
      .join(options.arrayDelimiter)
}

function partWriter(type: DataType, options: CsvOptions): (value: Carried) => string {
  refuseNested(type)
  const leaf = new CarriedLeaf(type)
  const textOf = (column: Column) => csvText(column, 0, type, options.isScientific)
  return (value) => (value === null ? (options.nullLiteral ?? '') : textOf(leaf.columnOf(value)))
}

function refuseNested(type: DataType): void {
  if (isNested(type)) throw new FormatError('TYPE_UNSUPPORTED', `CSV has no ${type.kind} in others`)
}
