import type { MetadataTarget, SinkField, Target } from '../format.js'
import { BeforeAfter, BeforeAfterEncoder, type GiveRow } from './before-after.js'
import { type ChangeReader, noSuchChange } from './change-decoder.js'
import { pushMetadata, pushText, pushTexts, pushTimeText } from './change-metadata.js'
import type { JsonOptions } from './decode.js'
import type { JsonEncodeOptions } from './encode.js'
import { fieldText, jsonField, locateFields } from './fields.js'
import { JsonScanner } from './scanner.js'

/**
 * Flink's `ogg-json` format: a change of a row as Oracle GoldenGate tells it, as `before`, `after` and
 * `op_type` (I for inserted, U for updated, D for deleted).
 */
export class OggReader implements ChangeReader {
  readonly options: JsonOptions
  private readonly rows: BeforeAfter
  private readonly scanner = new JsonScanner()
  private readonly fields = {
    op: jsonField('op_type'),
    table: jsonField('table'),
    keys: jsonField('primary_keys'),
    time: jsonField('current_ts'),
    eventTime: jsonField('op_ts'),
  }

  constructor(
    targets: readonly Target[],
    metadata: readonly MetadataTarget[],
    options: JsonOptions,
  ) {
    this.options = options
    const { table, keys, time, eventTime } = this.fields
    const push = pushMetadata(metadata, {
      table: [table, pushText],
      'primary-keys': [keys, pushTexts],
      'ingestion-timestamp': [time, pushTimeText('ISO-8601')],
      'event-timestamp': [eventTime, pushTimeText('SQL')],
    })
    this.rows = new BeforeAfter(targets, options, push)
  }

  read(bytes: Buffer, start: number, end: number, give: GiveRow): boolean {
    const { scanner, fields, rows } = this
    const wanted = [...Object.values(fields), rows.before, rows.after]
    locateFields(scanner, bytes, { start, end }, wanted)
    const code = fieldText(bytes, fields.op)
    switch (code) {
      case 'I':
        rows.insert(bytes, give)
        return true
      case 'U':
        rows.update(bytes, give)
        return true
      case 'D':
        rows.delete(bytes, give)
        return true
      default:
        throw noSuchChange('op_type', code)
    }
  }
}

export function oggEncoder(
  fields: readonly SinkField[],
  options: JsonEncodeOptions,
): BeforeAfterEncoder {
  return new BeforeAfterEncoder(fields, options, ['op_type', 'I', 'D'])
}
