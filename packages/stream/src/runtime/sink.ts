import { type LogClient, partitionOf } from '@millrace/log'
import { FormatError } from '../formats/errors.js'
import { type Schemas, type TableEncoder, tableEncoder } from '../formats/table-format.js'
import type { Output } from '../operators/dataflow.js'
import { rowKind } from '../operators/operator.js'
import { storedColumns, type TableDefinition } from '../plan/table.js'
import type { ColumnBatch } from '../state/batch.js'
import type { OutboxPart, OutboxRecord } from '../state/entry.js'
import { JobError } from './errors.js'
import { sinkPartitionsDefault } from './limits.js'

/** What a step gives to a sink. */
export type SinkRows = Pick<Output, 'rows' | 'kinds'>

/** Where the rows of an insert go. */
export interface Sink {
  /**
   * The records to publish for these rows; NULL in a NOT NULL column is refused. A row that is
   * deleted becomes a record of its key without a value.
   */
  encode(output: SinkRows, step: { epoch: number; nowMs: number }): OutboxPart[]
}

/** By the table's connector: `kafka`, `upsert-kafka`, `blackhole`, `print`. */
export async function openSink(options: {
  table: TableDefinition
  client: LogClient
  schemas: Schemas
  log: (line: string) => void
}): Promise<Sink> {
  const { table, client, schemas, log } = options
  const connector = table.options.get('connector')
  switch (connector) {
    case 'kafka':
    case 'upsert-kafka':
      return TopicSink.open(table, client, schemas)
    case 'blackhole':
      return { encode: () => [] }
    case 'print':
      return {
        encode: ({ rows }) => {
          log(`${table.name}: ${rows.rowCount} rows`)
          return []
        },
      }
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
  /** Where in a row the record's own timestamp is; absent where no column gives it. */
  private readonly timestampIndex: number | undefined

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
    const timestamp = storedColumns(table).findIndex(
      ({ metadata }) => metadata?.key === 'timestamp',
    )
    this.timestampIndex = timestamp < 0 ? undefined : timestamp
  }

  static async open(
    table: TableDefinition,
    client: LogClient,
    schemas: Schemas,
  ): Promise<TopicSink> {
    const topic = table.options.get('topic') ?? table.name
    let [found] = await client.topics([topic])
    if (found === undefined) {
      await client.createTopic(topic, { partitions: sinkPartitionsDefault })
      found = (await client.topics([topic]))[0]
    }
    const partitions = found?.partitions ?? sinkPartitionsDefault
    return new TopicSink(table, topic, partitions, await tableEncoder(table, topic, schemas))
  }

  encode({ rows, kinds }: SinkRows, step: { epoch: number; nowMs: number }): OutboxPart[] {
    refuseNulls(rows, this.table)
    const { key: keyEncoder, value: valueEncoder } = this.encoder
    const byPartition = new Map<number, OutboxRecord[]>()
    for (let row = 0; row < rows.rowCount; row++) {
      const key = keyEncoder?.encode(rows.columns, row) ?? null
      const isDeleted = kinds?.int8[row] === rowKind.delete
      const value = isDeleted ? null : valueEncoder.encode(rows.columns, row)
      const partition =
        key === null ? step.epoch % this.partitions : partitionOf(key, this.partitions)
      const record = this.withTimestamp({ key, value }, rows, row)
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
  private withTimestamp(record: OutboxRecord, rows: ColumnBatch, row: number): OutboxRecord {
    if (this.timestampIndex === undefined) return record
    const times = rows.fixed(this.timestampIndex)
    if (!times.validity.isValid(row)) return record
    return { ...record, timestampMs: Math.floor(times.numberAt(row) / 1000) }
  }
}

/** Flink's `table.exec.sink.not-null-enforcer` at its default: such a row fails the job. */
export function refuseNulls(rows: ColumnBatch, table: TableDefinition): void {
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
