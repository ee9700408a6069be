import { isPhysical, storedColumns, type TableDefinition } from '../plan/table.js'
import type { Field } from '../plan/type.js'
import type { ColumnBatch } from '../state/batch.js'
import { CsvDecoder } from './csv/decode.js'
import { CsvEncoder } from './csv/encode.js'
import { type CsvOptions, csvOptions } from './csv/options.js'
import { CsvScanner } from './csv/scanner.js'
import { FormatError } from './errors.js'
import type { RecordDecoder, RecordEncoder, SinkField } from './format.js'
import { JsonDecoder, jsonOptions } from './json/decode.js'
import { JsonEncoder, jsonEncodeOptions } from './json/encode.js'
import { RawDecoder, RawEncoder, rawOptions } from './raw.js'

const lineFeed = 0x0a
const carriageReturn = 0x0d

/**
 * Where the record that begins at `start` ends: behind the end of its line. Undefined where the
 * bytes may end within it; at the end of the file (`isWhole`) what is left is a record.
 */
export type FindRecordEnd = (
  bytes: Buffer,
  start: number,
  end: number,
  isWhole: boolean,
) => number | undefined

/** How records lie in a file, one after another. */
export interface FileDecoding {
  readonly decoder: RecordDecoder
  readonly findEnd: FindRecordEnd
  /** Whether what was found is no record at all, such as a comment. */
  readonly isNothing?: (bytes: Buffer, start: number, end: number) => boolean
}

/** Reads rows of a table of files into the columns of `batch` that lie in the files. */
export function fileDecoding(table: TableDefinition, batch: ColumnBatch): FileDecoding {
  const inFile = fieldsInFile(table, table.columns)
  const names = new Set(inFile.map(({ name }) => name))
  const targets = batch.fields.flatMap((field, index) =>
    names.has(field.name) ? [{ field, column: batch.column(index) }] : [],
  )
  const { name, options } = formatOf(table)
  switch (name) {
    case 'json':
      return { decoder: new JsonDecoder(targets, jsonOptions(options)), findEnd: lineEnd }
    case 'raw':
      return {
        decoder: new RawDecoder(targets, inFile.length, rawOptions(options)),
        findEnd: lineEnd,
      }
    case 'csv': {
      const csv = csvOptions(options)
      const scanner = new CsvScanner(csv)
      return {
        decoder: new CsvDecoder(targets, inFile, csv),
        findEnd: csvLineEnd(csv),
        ...(csv.allowComments && {
          isNothing: (bytes, start, end) => scanner.isNothing(bytes, start, end),
        }),
      }
    }
    default:
      throw new FormatError('FORMAT_UNSUPPORTED', `files in the format '${name}'`)
  }
}

/** Writes rows of a table of files, without the end of the line. */
export function fileEncoder(table: TableDefinition): RecordEncoder {
  const stored = storedColumns(table)
  const fields = fieldsInFile(table, stored).map(
    (field): SinkField => ({ field, index: stored.findIndex(({ name }) => name === field.name) }),
  )
  const { name, options } = formatOf(table)
  switch (name) {
    case 'json':
      return new JsonEncoder(fields, jsonEncodeOptions(options))
    case 'raw':
      return new RawEncoder(fields, rawOptions(options))
    case 'csv':
      return new CsvEncoder(fields, csvOptions(options))
    default:
      throw new FormatError('FORMAT_UNSUPPORTED', `files in the format '${name}'`)
  }
}

function fieldsInFile(table: TableDefinition, columns: TableDefinition['columns']): Field[] {
  const folders = table.partitionedBy ?? []
  return columns.flatMap((column) => {
    const { name, type } = column
    return isPhysical(column) && !folders.includes(name) ? [{ name, type }] : []
  })
}

function formatOf(table: TableDefinition) {
  const name = table.options.get('format') ?? ''
  const own = [...table.options].filter(([key]) => key.startsWith(`${name}.`))
  const options = new Map(own.map(([key, value]) => [key.slice(name.length + 1), value]))
  return { name, options }
}

const lineEnd: FindRecordEnd = (bytes, start, end, isWhole) => {
  const at = bytes.subarray(0, end).indexOf(lineFeed, start)
  if (at >= 0) return at + 1
  return isWhole ? end : undefined
}

/** A line of CSV may go on within quotes. */
function csvLineEnd(options: CsvOptions): FindRecordEnd {
  const scanner = new CsvScanner(options)
  const { quote, escapeByte, allowComments } = options
  const isSimple = (line: Buffer) =>
    !allowComments &&
    (quote < 0 || !line.includes(quote)) &&
    (escapeByte < 0 || !line.includes(escapeByte))
  return (bytes, start, end, isWhole) => {
    const found = lineEnd(bytes, start, end, isWhole)
    if (found === undefined) return undefined
    if (isSimple(bytes.subarray(start, found))) return found
    // Quotes that do not close may do so further on; where the file ends, so does what they open.
    const isCut = scanner.isCut(bytes, start, end)
    if (isCut && !isWhole) return undefined
    return isCut ? end : scanner.end
  }
}

/** Without what ends the line. */
export function withoutLineEnd(bytes: Buffer, start: number, end: number): number {
  if (end === start || bytes[end - 1] !== lineFeed) return end
  return end - 1 > start && bytes[end - 2] === carriageReturn ? end - 2 : end - 1
}
