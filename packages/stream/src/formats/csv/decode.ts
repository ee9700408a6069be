import type { Field } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import type { Column } from '../../state/column.js'
import { DecodeError } from '../errors.js'
import type { RecordDecoder, Target } from '../format.js'
import { type CsvConverter, csvConverter } from './convert.js'
import { csvNestedReader } from './nested.js'
import type { CsvOptions } from './options.js'
import { CsvScanner } from './scanner.js'

/**
 * Flink's `csv` format: the first line of a record, its fields by their places. All fields have to be
 * there, and an empty one more may follow them; where errors are ignored, those that are missing
 * are NULL.
 */
export class CsvDecoder implements RecordDecoder {
  private readonly targets: readonly Wanted[]
  private readonly fieldCount: number
  private readonly options: CsvOptions
  private readonly scanner: CsvScanner
  private readonly nullBytes: Buffer | undefined

  /** `fields` are all that a record has, in their order. */
  constructor(targets: readonly Target[], fields: readonly Field[], options: CsvOptions) {
    this.options = options
    this.fieldCount = fields.length
    this.scanner = new CsvScanner(options)
    const { nullLiteral } = options
    this.nullBytes = nullLiteral === undefined ? undefined : Buffer.from(nullLiteral)
    this.targets = targets.map(({ field, column }) => ({
      place: fields.findIndex(({ name }) => name === field.name),
      name: field.name,
      column,
      isNested: isNested(field.type),
      convert: isNested(field.type)
        ? nestedConverter(field, column, options)
        : csvConverter(field, column),
    }))
  }

  decode(bytes: Buffer, start: number, end: number): boolean {
    try {
      this.scan(bytes, start, end)
    } catch (error) {
      if (this.options.ignoreParseErrors && error instanceof DecodeError) return false
      throw error
    }
    for (const target of this.targets) this.convert(target)
    return true
  }

  private scan(bytes: Buffer, start: number, end: number): void {
    const { scanner, fieldCount } = this
    if (!scanner.scan(bytes, start, end)) throw new DecodeError('the record is empty')
    const { count } = scanner
    const isEndedByDelimiter =
      count === fieldCount + 1 && scanner.startOf(fieldCount) === scanner.endOf(fieldCount)
    const isTooLong = count > fieldCount && !isEndedByDelimiter
    if (isTooLong || (count < fieldCount && !this.options.ignoreParseErrors)) {
      throw new DecodeError(`${count} fields, where ${fieldCount} are declared`)
    }
  }

  private convert(target: Wanted): void {
    const { column, place } = target
    const { scanner } = this
    if (place >= scanner.count || (!target.isNested && this.isNull(place))) {
      column.pushNull()
      return
    }
    const before = column.length
    try {
      target.convert(scanner.sourceOf(place), scanner.startOf(place), scanner.endOf(place))
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      if (!this.options.ignoreParseErrors) {
        throw new DecodeError(`field '${target.name}': ${error.message}`)
      }
      if (column.length === before) column.pushNull()
    }
  }

  private isNull(place: number): boolean {
    const { nullBytes, scanner } = this
    if (nullBytes === undefined) return false
    const [start, end] = [scanner.startOf(place), scanner.endOf(place)]
    return (
      end - start === nullBytes.length &&
      scanner.sourceOf(place).compare(nullBytes, 0, nullBytes.length, start, end) === 0
    )
  }
}

interface Wanted {
  readonly place: number
  readonly name: string
  readonly column: Column
  readonly isNested: boolean
  readonly convert: CsvConverter
}

function nestedConverter({ type }: Field, column: Column, options: CsvOptions): CsvConverter {
  const read = csvNestedReader(type, options)
  if (column.kind !== 'bytes') throw new TypeError('a nested value lies as text')
  return (bytes, start, end) => {
    const value = read(bytes.toString('utf8', start, end))
    if (value === null) column.pushNull()
    else column.pushString(JSON.stringify(value))
  }
}
