import type { Random } from '@millrace/host'
import { type LogClient, partitionOf } from '@millrace/log'
import { FormatError } from '../formats/errors.js'
import { bytesOf, carriedAt, entriesOf } from '../formats/nested-value.js'
import { type Schemas, type TableEncoder, tableEncoder } from '../formats/table-format.js'
import type { Output } from '../operators/dataflow.js'
import { isResult } from '../plan/result-sink.js'
import { type RowKind, rowKind } from '../plan/row-kind.js'
import { sourceChangelogOf } from '../plan/source-changelog.js'
import { storedColumns, type TableDefinition } from '../plan/table.js'
import type { Column, FixedColumn } from '../state/column.js'
import type { OpenFile, OutboxHeader, OutboxPart, OutboxRecord } from '../state/entry.js'
import type { Rows } from '../state/rows.js'
import { JobError } from './errors.js'
import { FileSink } from './files/file-sink.js'
import { type Print, PrintSink } from './print-sink.js'
import { ResultSink, type ShowChange } from './result-sink.js'
import { partitionsOfWritten } from './written-topic.js'

/** What a step gives to a sink. */
export type SinkRows = Pick<Output, 'rows' | 'kinds'>

/** Where the rows of an insert go. */
export interface Sink {
  /**
   * The records to publish for these rows; NULL in a NOT NULL column is refused. A row that is
   * deleted becomes a record of its key without a value.
   */
  encode(output: SinkRows, step: { epoch: number; nowMs: number }): OutboxPart[]
  /** Is it time to finish something that was begun, though no rows come? */
  isDue?(nowMs: number): boolean
  /** After the rows of a step: what is to be finished, at the end of all rows everything. */
  finish?(step: { epoch: number; nowMs: number }, isEnd: boolean): OutboxPart[]
  /** What was begun and is not finished, to be committed with the step. */
  openFiles?(): readonly OpenFile[]
}

/** By the table's connector. */
export async function openSink(options: {
  table: TableDefinition
  /** Absent where no table of the job is a topic. */
  client: LogClient | undefined
  schemas: Schemas
  print: Print
  show: ShowChange
  /** Which insert it is, by a name that a job started again gives it too. */
  sink: string
  random: Random
  openFiles: readonly OpenFile[]
}): Promise<Sink> {
  const { table, client, schemas, print, show, sink, random, openFiles } = options
  if (isResult(table)) return new ResultSink(show)
  const connector = table.options.get('connector')
  switch (connector) {
    case 'kafka':
    case 'upsert-kafka':
      if (client === undefined) throw new TypeError('a topic without a log')
      return TopicSink.open(table, client, schemas)
    case 'filesystem':
      return new FileSink(table, sink, random.uuid().slice(0, 8), openFiles)
    case 'blackhole':
      return { encode: () => [] }
    case 'print':
      return new PrintSink(table, print)
    default:
      throw new JobError(
        'CONNECTOR_UNSUPPORTED',
        `table ${table.name} has the connector '${connector ?? ''}'`,
      )
  }
}

/**
 * A topic. Records with a key go where Kafka's own producers would put them; those without stay
 * together, in one partition a step.
 */
class TopicSink implements Sink {
  private readonly table: TableDefinition
  private readonly topic: string
  private readonly partitions: number
  private readonly encoder: TableEncoder
  /** Whether the format of the value says what change a record is. */
  private readonly tellsChanges: boolean
  /** Where in a row the record's own timestamp and headers are; -1 where no column gives them. */
  private readonly timestampIndex: number
  private readonly headersIndex: number

  private constructor(
    table: TableDefinition,
    topic: string,
    partitions: number,
    encoder: TableEncoder,
  ) {
    this.table = table
    this.topic = topic
    this.partitions = partitions
    this.encoder = encoder
    this.tellsChanges = sourceChangelogOf(table) === 'retract'
    const placeOf = (key: string) =>
      storedColumns(table).findIndex(({ metadata }) => metadata?.key === key)
    this.timestampIndex = placeOf('timestamp')
    this.headersIndex = placeOf('headers')
  }

  static async open(
    table: TableDefinition,
    client: LogClient,
    schemas: Schemas,
  ): Promise<TopicSink> {
    const topic = table.options.get('topic') ?? table.name
    const partitions = await partitionsOfWritten(client, topic)
    return new TopicSink(table, topic, partitions, await tableEncoder(table, topic, schemas))
  }

  encode({ rows, kinds }: SinkRows, step: { epoch: number; nowMs: number }): OutboxPart[] {
    refuseNulls(rows, this.table)
    const { key: keyEncoder, value: valueEncoder } = this.encoder
    const byPartition = new Map<number, OutboxRecord[]>()
    for (let row = 0; row < rows.rowCount; row++) {
      const kind = kindAt(kinds, row)
      const key = keyEncoder?.encode(rows.columns, row, kind) ?? null
      // A row before a change comes by itself where the row after does not pass a filter.
      const isGone = kind === rowKind.delete || kind === rowKind.updateBefore
      const isDeleted = isGone && !this.tellsChanges
      const value = isDeleted ? null : valueEncoder.encode(rows.columns, row, kind)
      const partition =
        key === null ? step.epoch % this.partitions : partitionOf(key, this.partitions)
      const record =
        this.timestampIndex < 0 && this.headersIndex < 0
          ? { key, value }
          : this.withMetadata({ key, value }, rows, row)
      const records = byPartition.get(partition)
      if (records === undefined) byPartition.set(partition, [record])
      else records.push(record)
    }
    return [...byPartition].map(([partition, records]) => ({
      topic: this.topic,
      partition,
      timestampMs: step.nowMs,
      records,
    }))
  }

  /** Of a row that gives none the record's time is that of the step. */
  private withMetadata(record: OutboxRecord, rows: Rows, row: number): OutboxRecord {
    const times = this.timestampIndex < 0 ? undefined : rows.fixed(this.timestampIndex)
    const isTimed = times?.validity.isValid(row) === true
    const headers = this.headersIndex < 0 ? [] : headersOf(rows.column(this.headersIndex), row)
    return {
      ...record,
      ...(isTimed && { timestampMs: Math.floor(times.numberAt(row) / 1000) }),
      ...(headers.length > 0 && { headers }),
    }
  }
}

function headersOf(column: Column, row: number): OutboxHeader[] {
  const carried = carriedAt(column, row)
  if (carried === null) return []
  return entriesOf(carried).map(([key, value]) => ({
    key,
    value: value === null ? null : bytesOf(String(value)),
  }))
}

function kindAt(kinds: FixedColumn | undefined, row: number): RowKind {
  const kind = kinds?.int8[row]
  return Object.values(rowKind).find((each) => each === kind) ?? rowKind.insert
}

/** Flink's `table.exec.sink.not-null-enforcer` at its default: such a row fails the job. */
export function refuseNulls(rows: Rows, table: TableDefinition): void {
  storedColumns(table).forEach(({ name, type }, index) => {
    const { validity } = rows.column(index)
    if (type.nullable || validity.bits === undefined) return
    for (let row = 0; row < rows.rowCount; row++) {
      if (!validity.isValid(row)) {
        throw new FormatError(
          'NULL_REFUSED',
          `table ${table.name}: a row has NULL in the NOT NULL column '${name}'`,
        )
      }
    }
  })
}
