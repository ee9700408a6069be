import { DecodeError } from '../errors.js'
import type { MetadataTarget, SinkField, Target } from '../format.js'
import { BeforeAfter, BeforeAfterEncoder, type GiveRow } from './before-after.js'
import { type ChangeReader, noSuchChange } from './change-decoder.js'
import { pushInstant, pushMetadata, pushText, pushTextsByName } from './change-metadata.js'
import { type JsonOptions, jsonOptions } from './decode.js'
import type { JsonEncodeOptions } from './encode.js'
import { type Extent, fieldText, jsonField, locateFields } from './fields.js'
import { JsonScanner } from './scanner.js'

export interface DebeziumOptions extends JsonOptions {
  /** The record is `{"schema": …, "payload": …}`, as Kafka Connect writes it with its schemas. */
  readonly schemaInclude: boolean
}

export function debeziumOptions(options: ReadonlyMap<string, string>): DebeziumOptions {
  const schemaInclude = options.get('schema-include')?.toLowerCase() === 'true'
  return { ...jsonOptions(options), schemaInclude }
}

/**
 * Flink's `debezium-json` format: a change of a row of a database, as `before`, `after` and `op`
 * (c for created, r for read by a snapshot, u for updated, d for deleted).
 */
export class DebeziumReader implements ChangeReader {
  readonly options: DebeziumOptions
  private readonly rows: BeforeAfter
  private readonly scanner = new JsonScanner()
  private readonly envelope = { schema: jsonField('schema'), payload: jsonField('payload') }
  private readonly change = {
    op: jsonField('op'),
    source: jsonField('source'),
    time: jsonField('ts_ms'),
  }
  private readonly source = {
    time: jsonField('ts_ms'),
    database: jsonField('db'),
    schema: jsonField('schema'),
    table: jsonField('table'),
  }
  private readonly readsSource: boolean

  constructor(
    targets: readonly Target[],
    metadata: readonly MetadataTarget[],
    options: DebeziumOptions,
  ) {
    this.options = options
    this.readsSource = metadata.length > 0
    const { envelope, change, source } = this
    const push = pushMetadata(metadata, {
      schema: [envelope.schema, pushText],
      'ingestion-timestamp': [change.time, pushInstant],
      'source.timestamp': [source.time, pushInstant],
      'source.database': [source.database, pushText],
      'source.schema': [source.schema, pushText],
      'source.table': [source.table, pushText],
      'source.properties': [change.source, pushTextsByName],
    })
    this.rows = new BeforeAfter(targets, options, push)
  }

  read(bytes: Buffer, start: number, end: number, give: GiveRow): boolean {
    this.locate(bytes, { start, end })
    const code = fieldText(bytes, this.change.op)
    switch (code) {
      case 'c':
      case 'r':
        this.rows.insert(bytes, give)
        return true
      case 'u':
        this.rows.update(bytes, give)
        return true
      case 'd':
        this.rows.delete(bytes, give)
        return true
      default:
        throw noSuchChange('op', code)
    }
  }

  private locate(bytes: Buffer, record: Extent): void {
    const { scanner, change, source } = this
    const { before, after } = this.rows
    const payload = this.options.schemaInclude ? this.payloadOf(bytes, record) : record
    locateFields(scanner, bytes, payload, [...Object.values(change), before, after])
    if (!this.readsSource) return
    for (const field of Object.values(source)) field.isThere = false
    if (change.source.isThere) locateFields(scanner, bytes, change.source, Object.values(source))
  }

  private payloadOf(bytes: Buffer, record: Extent): Extent {
    const { scanner, envelope } = this
    locateFields(scanner, bytes, record, Object.values(envelope))
    if (!envelope.payload.isThere) throw new DecodeError("the record has no 'payload'")
    return envelope.payload
  }
}

export function debeziumEncoder(
  fields: readonly SinkField[],
  options: JsonEncodeOptions,
): BeforeAfterEncoder {
  return new BeforeAfterEncoder(fields, options, ['op', 'c', 'd'])
}
