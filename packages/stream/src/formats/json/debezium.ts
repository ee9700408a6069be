import { DecodeError } from '../errors.js'
import type { ChangeDecoder, MetadataTarget, SinkField, Target } from '../format.js'
import { BeforeAfter, BeforeAfterEncoder, type GiveRow } from './before-after.js'
import { type JsonOptions, jsonOptions } from './decode.js'
import type { JsonEncodeOptions } from './encode.js'
import { fieldText, jsonField, locateFields } from './fields.js'
import { pushInstant, pushNested, pushText, textsByName } from './format-metadata.js'
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
export class DebeziumDecoder implements ChangeDecoder {
  private readonly options: DebeziumOptions
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
  private readonly metadata: readonly ((bytes: Buffer) => void)[]

  constructor(
    targets: readonly Target[],
    metadata: readonly MetadataTarget[],
    options: DebeziumOptions,
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
      this.locate(bytes, start, end)
      const code = fieldText(bytes, this.change.op)
      switch (code) {
        case 'c':
        case 'r':
          this.rows.insert(bytes, row)
          return true
        case 'u':
          this.rows.update(bytes, row)
          return true
        case 'd':
          this.rows.delete(bytes, row)
          return true
        default:
          throw new DecodeError(
            `there is no change ${code === undefined ? '' : `'${code}' `}in 'op'`,
          )
      }
    } catch (error) {
      if (this.options.ignoreParseErrors && error instanceof DecodeError) return false
      throw error
    }
  }

  private locate(bytes: Buffer, start: number, end: number): void {
    const { scanner, envelope, change, source } = this
    scanner.reset(bytes, start, end)
    if (this.options.schemaInclude) {
      locateFields(scanner, Object.values(envelope))
      if (scanner.peek() !== -1) scanner.fail('something follows the object')
      const { payload } = envelope
      if (!payload.isThere) throw new DecodeError("the record has no 'payload'")
      scanner.reset(bytes, payload.start, payload.end)
    }
    const { before, after } = this.rows
    locateFields(scanner, [...Object.values(change), before, after])
    if (scanner.peek() !== -1) scanner.fail('something follows the object')
    if (this.metadata.length === 0) return
    for (const field of Object.values(source)) field.isThere = false
    if (!change.source.isThere) return
    scanner.reset(bytes, change.source.start, change.source.end)
    locateFields(scanner, Object.values(source))
  }

  private metadataOf(target: MetadataTarget) {
    const { change, source, envelope } = this
    switch (target.key) {
      case 'schema':
        return { push: pushText(target), field: envelope.schema }
      case 'ingestion-timestamp':
        return { push: pushInstant(target), field: change.time }
      case 'source.timestamp':
        return { push: pushInstant(target), field: source.time }
      case 'source.database':
        return { push: pushText(target), field: source.database }
      case 'source.schema':
        return { push: pushText(target), field: source.schema }
      case 'source.table':
        return { push: pushText(target), field: source.table }
      case 'source.properties':
        return { push: pushNested(target, textsByName), field: change.source }
      default:
        throw new RangeError(`no metadata ${target.key}`)
    }
  }
}

export function debeziumEncoder(
  fields: readonly SinkField[],
  options: JsonEncodeOptions,
): BeforeAfterEncoder {
  return new BeforeAfterEncoder(fields, options, ['op', 'c', 'd'])
}
