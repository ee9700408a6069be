import { isComing, type RowKind } from '../../plan/row-kind.js'
import type { Column } from '../../state/column.js'
import { DecodeError } from '../errors.js'
import type { ChangeDecoder, MetadataTarget, RecordEncoder, SinkField, Target } from '../format.js'
import type { GiveRow } from './before-after.js'
import { ChangedRow, type Extent } from './changed-row.js'
import type { JsonOptions } from './decode.js'
import { type JsonEncodeOptions, JsonEncoder } from './encode.js'
import { fieldText, type JsonField, jsonField, locateFields } from './fields.js'
import { pushNested, pushSeconds, pushText, texts } from './format-metadata.js'
import { JsonScanner } from './scanner.js'

/**
 * Flink's `maxwell-json` format: a change of a row of MySQL, as `type`, the row in `data` and, of an
 * update, in `old` the fields that changed as they were.
 */
export class MaxwellDecoder implements ChangeDecoder {
  private readonly options: JsonOptions
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
    this.rows = new ChangedRow(targets, options, (bytes) => {
      for (const push of this.metadata) push(bytes)
    })
  }

  decode(bytes: Buffer, start: number, end: number, row: GiveRow): boolean {
    if (start === end) return false
    try {
      const { scanner, fields } = this
      scanner.reset(bytes, start, end)
      locateFields(scanner, Object.values(fields))
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
    const type = fieldText(bytes, fields.type)
    switch (type) {
      case 'insert':
        rows.insert(bytes, there(fields.data), row)
        return
      case 'update':
        rows.update(bytes, there(fields.old), there(fields.data), row)
        return
      case 'delete':
        rows.delete(bytes, there(fields.data), row)
        return
      default:
        throw new DecodeError(
          `there is no change ${type === undefined ? '' : `'${type}' `}in 'type'`,
        )
    }
  }

  private metadataOf(target: MetadataTarget) {
    const { fields } = this
    switch (target.key) {
      case 'database':
        return { push: pushText(target), field: fields.database }
      case 'table':
        return { push: pushText(target), field: fields.table }
      case 'primary-key-columns':
        return { push: pushNested(target, texts), field: fields.keys }
      case 'ingestion-timestamp':
        return { push: pushSeconds(target), field: fields.time }
      default:
        throw new RangeError(`no metadata ${target.key}`)
    }
  }
}

function there(field: JsonField): Extent {
  if (!field.isThere) throw new DecodeError(`the change has no '${field.name}'`)
  return field
}

/** As Flink writes it: a row that comes is inserted, a row that goes is deleted. */
export class MaxwellEncoder implements RecordEncoder {
  private readonly row: JsonEncoder

  constructor(fields: readonly SinkField[], options: JsonEncodeOptions) {
    this.row = new JsonEncoder(fields, options)
  }

  encode(columns: readonly Column[], row: number, kind: RowKind): Buffer {
    const text = this.row.textOf(columns, row)
    return Buffer.from(`{"data":${text},"type":"${isComing(kind) ? 'insert' : 'delete'}"}`)
  }
}
