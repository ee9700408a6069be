import { DecodeError } from '../errors.js'
import type { ChangeDecoder } from '../format.js'
import type { GiveRow } from './before-after.js'
import type { JsonOptions } from './decode.js'

/** How a format tells changes of rows. */
export interface ChangeReader {
  readonly options: JsonOptions
  /**
   * Pushes the rows of a record and gives each; false where it tells of none, and is to be passed over.
   * @throws DecodeError where it cannot be read.
   */
  read(bytes: Buffer, start: number, end: number, give: GiveRow): boolean
}

/** Passes over records without a byte, and, where errors are ignored, those that cannot be read. */
export class JsonChangeDecoder implements ChangeDecoder {
  private readonly reader: ChangeReader

  constructor(reader: ChangeReader) {
    this.reader = reader
  }

  decode(bytes: Buffer, start: number, end: number, give: GiveRow): boolean {
    if (start === end) return false
    const { reader } = this
    try {
      return reader.read(bytes, start, end, give)
    } catch (error) {
      if (reader.options.ignoreParseErrors && error instanceof DecodeError) return false
      throw error
    }
  }
}

/** What is wrong with a record whose field `field` names no change that there is. */
export function noSuchChange(field: string, kind: string | undefined): DecodeError {
  return new DecodeError(
    `there is no change ${kind === undefined ? '' : `'${kind}' `}in '${field}'`,
  )
}
