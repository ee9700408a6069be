import { DecodeError } from '../errors.js'
import type { ChangeDecoder, MetadataTarget, SinkField, Target } from '../format.js'
import { BeforeAfter, BeforeAfterEncoder, type GiveRow } from './before-after.js'
import type { JsonOptions } from './decode.js'
import type { JsonEncodeOptions } from './encode.js'
import { fieldText, jsonField, locateFields } from './fields.js'
import { pushNested, pushText, pushTimeText, texts } from './format-metadata.js'
import { JsonScanner } from './scanner.js'

/**
 * Flink's `ogg-json` format: a change of a row as Oracle GoldenGate tells it, as `before`, `after` and
 * `op_type` (I for inserted, U for updated, D for deleted).
 */
export class OggDecoder implements ChangeDecoder {
  private readonly options: JsonOptions
  private readonly rows: BeforeAfter
  private readonly scanner = new JsonScanner()
  private readonly fields = {
    op: jsonField('op_type'),
    table: jsonField('table'),
    keys: jsonField('primary_keys'),
    time: jsonField('current_ts'),
    eventTime: jsonField('op_ts'),
  }
  private readonly metadata: readonly ((bytes: Buffer) => void)[]

  constructor(
    targets: readonly Target[],
    metadata: readonly MetadataTarget[],
    options: JsonOptions,
  ) {
    this.options = options
    this.metadata = metadata.map((target) => {
      const { push, field } = this.metadataOf(target)
      return (bytes: Buffer) => push(bytes, field)
    })
    this.rows = new BeforeAfter(targets, options, (bytes) => {
      for (const push of this.metadata) push(bytes)
    })
  }

  decode(bytes: Buffer, start: number, end: number, row: GiveRow): boolean {
    if (start === end) return false
    try {
      const { scanner, fields, rows } = this
      scanner.reset(bytes, start, end)
      locateFields(scanner, [...Object.values(fields), rows.before, rows.after])
      if (scanner.peek() !== -1) scanner.fail('something follows the object')
      this.read(bytes, row)
      return true
    } catch (error) {
      if (this.options.ignoreParseErrors && error instanceof DecodeError) return false
      throw error
    }
  }

  private read(bytes: Buffer, row: GiveRow): void {
    const { rows, fields } = this
    const code = fieldText(bytes, fields.op)
    switch (code) {
      case 'I':
        rows.insert(bytes, row)
        return
      case 'U':
        rows.update(bytes, row)
        return
      case 'D':
        rows.delete(bytes, row)
        return
      default:
        throw new DecodeError(
          `there is no change ${code === undefined ? '' : `'${code}' `}in 'op_type'`,
        )
    }
  }

  private metadataOf(target: MetadataTarget) {
    const { fields } = this
    switch (target.key) {
      case 'table':
        return { push: pushText(target), field: fields.table }
      case 'primary-keys':
        return { push: pushNested(target, texts), field: fields.keys }
      case 'ingestion-timestamp':
        return { push: pushTimeText(target, 'ISO-8601'), field: fields.time }
      case 'event-timestamp':
        return { push: pushTimeText(target, 'SQL'), field: fields.eventTime }
      default:
        throw new RangeError(`no metadata ${target.key}`)
    }
  }
}

export function oggEncoder(
  fields: readonly SinkField[],
  options: JsonEncodeOptions,
): BeforeAfterEncoder {
  return new BeforeAfterEncoder(fields, options, ['op_type', 'I', 'D'])
}
