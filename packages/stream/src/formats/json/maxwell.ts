import { DecodeError } from '../errors.js'
import type { MetadataTarget, SinkField, Target } from '../format.js'
import type { GiveRow } from './before-after.js'
import { type ChangeReader, noSuchChange } from './change-decoder.js'
import { pushMetadata, pushSeconds, pushText, pushTexts } from './change-metadata.js'
import { ChangedRow, ChangedRowEncoder } from './changed-row.js'
import type { JsonOptions } from './decode.js'
import type { JsonEncodeOptions } from './encode.js'
import { type Extent, fieldText, type JsonField, jsonField, locateFields } from './fields.js'
import { JsonScanner } from './scanner.js'

/**
 * Flink's `maxwell-json` format: a change of a row of MySQL, as `type`, the row in `data` and, of an
 * update, in `old` the fields that changed as they were.
 */
export class MaxwellReader implements ChangeReader {
  readonly options: JsonOptions
  private readonly rows: ChangedRow
  private readonly scanner = new JsonScanner()
  private readonly fields = {
    type: jsonField('type'),
    data: jsonField('data'),
    old: jsonField('old'),
    database: jsonField('database'),
    table: jsonField('table'),
    keys: jsonField('primary_key_columns'),
    time: jsonField('ts'),
  }

  constructor(
    targets: readonly Target[],
    metadata: readonly MetadataTarget[],
    options: JsonOptions,
  ) {
    this.options = options
    const { database, table, keys, time } = this.fields
    const push = pushMetadata(metadata, {
      database: [database, pushText],
      table: [table, pushText],
      'primary-key-columns': [keys, pushTexts],
      'ingestion-timestamp': [time, pushSeconds],
    })
    this.rows = new ChangedRow(targets, options, push)
  }

  read(bytes: Buffer, start: number, end: number, give: GiveRow): boolean {
    const { scanner, rows, fields } = this
    locateFields(scanner, bytes, { start, end }, Object.values(fields))
    const type = fieldText(bytes, fields.type)
    switch (type) {
      case 'insert':
        rows.insert(bytes, there(fields.data), give)
        return true
      case 'update':
        rows.update(bytes, there(fields.old), there(fields.data), give)
        return true
      case 'delete':
        rows.delete(bytes, there(fields.data), give)
        return true
      default:
        throw noSuchChange('type', type)
    }
  }
}

function there(field: JsonField): Extent {
  if (!field.isThere) throw new DecodeError(`the change has no '${field.name}'`)
  return field
}

export function maxwellEncoder(
  fields: readonly SinkField[],
  options: JsonEncodeOptions,
): ChangedRowEncoder {
  return new ChangedRowEncoder(fields, options, {
    begin: '{"data":',
    inserted: ',"type":"insert"}',
    deleted: ',"type":"delete"}',
  })
}
