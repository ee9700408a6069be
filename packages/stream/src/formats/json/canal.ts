import { DecodeError } from '../errors.js'
import type { MetadataTarget, SinkField, Target } from '../format.js'
import type { GiveRow } from './before-after.js'
import { type ChangeReader, noSuchChange } from './change-decoder.js'
import {
  pushInstant,
  pushIntegersByName,
  pushMetadata,
  pushText,
  pushTexts,
} from './change-metadata.js'
import { ChangedRow, ChangedRowEncoder } from './changed-row.js'
import { type JsonOptions, jsonOptions } from './decode.js'
import type { JsonEncodeOptions } from './encode.js'
import { type Extent, fieldText, type JsonField, jsonField, locateFields } from './fields.js'
import { JsonScanner } from './scanner.js'

export interface CanalOptions extends JsonOptions {
  /** Changes of other databases, and of other tables, are passed over. */
  readonly database: RegExp | undefined
  readonly table: RegExp | undefined
}

export function canalOptions(options: ReadonlyMap<string, string>): CanalOptions {
  const whole = (key: string) => {
    const pattern = options.get(key)
    return pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, 'u')
  }
  return {
    ...jsonOptions(options),
    database: whole('database.include'),
    table: whole('table.include'),
  }
}

/**
 * Flink's `canal-json` format: changes of rows of MySQL, as `type`, the rows in `data` and, of an
 * update, in `old` the fields that changed as they were.
 */
export class CanalReader implements ChangeReader {
  readonly options: CanalOptions
  private readonly rows: ChangedRow
  private readonly scanner = new JsonScanner()
  private readonly fields = {
    type: jsonField('type'),
    data: jsonField('data'),
    old: jsonField('old'),
    database: jsonField('database'),
    table: jsonField('table'),
    time: jsonField('ts'),
    eventTime: jsonField('es'),
    sqlTypes: jsonField('sqlType'),
    keys: jsonField('pkNames'),
  }

  constructor(
    targets: readonly Target[],
    metadata: readonly MetadataTarget[],
    options: CanalOptions,
  ) {
    this.options = options
    const { database, table, sqlTypes, keys, time, eventTime } = this.fields
    const push = pushMetadata(metadata, {
      database: [database, pushText],
      table: [table, pushText],
      'sql-type': [sqlTypes, pushIntegersByName],
      'pk-names': [keys, pushTexts],
      'ingestion-timestamp': [time, pushInstant],
      'event-timestamp': [eventTime, pushInstant],
    })
    this.rows = new ChangedRow(targets, options, push)
  }

  read(bytes: Buffer, start: number, end: number, give: GiveRow): boolean {
    const { scanner, fields, options, rows } = this
    locateFields(scanner, bytes, { start, end }, Object.values(fields))
    const { database, table } = options
    if (database !== undefined && !database.test(fieldText(bytes, fields.database) ?? ''))
      return false
    if (table !== undefined && !table.test(fieldText(bytes, fields.table) ?? '')) return false
    const type = fieldText(bytes, fields.type)
    switch (type) {
      case 'INSERT':
        for (const each of this.elements(bytes, fields.data)) rows.insert(bytes, each, give)
        return true
      case 'DELETE':
        for (const each of this.elements(bytes, fields.data)) rows.delete(bytes, each, give)
        return true
      case 'UPDATE': {
        const old = this.elements(bytes, fields.old)
        this.elements(bytes, fields.data).forEach((each, index) => {
          const before = old[index]
          if (before === undefined) throw new DecodeError("the update has no 'old' for each row")
          rows.update(bytes, before, each, give)
        })
        return true
      }
      // A change of a table, and of no row.
      case 'CREATE':
        return false
      default:
        throw noSuchChange('type', type)
    }
  }

  /** Where the elements of an array lie. */
  private elements(bytes: Buffer, field: JsonField): Extent[] {
    if (!field.isThere) throw new DecodeError(`the change has no '${field.name}'`)
    const { scanner } = this
    scanner.reset(bytes, field.start, field.end)
    scanner.expect(0x5b)
    const found: Extent[] = []
    if (scanner.accept(0x5d)) return found
    do {
      scanner.peek()
      const start = scanner.at
      scanner.skipValue()
      found.push({ start, end: scanner.at })
    } while (scanner.accept(0x2c))
    return found
  }
}

export function canalEncoder(
  fields: readonly SinkField[],
  options: JsonEncodeOptions,
): ChangedRowEncoder {
  return new ChangedRowEncoder(fields, options, {
    begin: '{"data":[',
    inserted: '],"type":"INSERT"}',
    deleted: '],"type":"DELETE"}',
  })
}
