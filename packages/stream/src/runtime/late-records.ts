import { type DecodedRecord, decodeRecords, type LogClient, partitionOf } from '@millrace/log'
import type { LateRecords } from '../operators/dataflow.js'
import type { Source } from '../operators/source.js'
import { offsetField } from '../operators/source-fields.js'
import { lateTopicOf } from '../plan/late-topic.js'
import type { OutboxHeader, OutboxPart, OutboxRecord } from '../state/entry.js'
import type { Decoded } from './decoding.js'
import { partitionsOfWritten } from './written-topic.js'

/**
 * Where the records of a table go that an operator found too late: as they were read, key, value,
 * headers and time, with headers that say who found them late and where they lay. They are
 * published with the results of their step, and so exactly once; a record that several operators
 * find late is there once for each.
 */
export class LateTopic {
  private readonly source: Source
  private readonly topic: string
  private readonly partitions: number

  private constructor(source: Source, topic: string, partitions: number) {
    this.source = source
    this.topic = topic
    this.partitions = partitions
  }

  /** Makes the topic where it is not there; undefined where the table wants none. */
  static async open(source: Source, client: LogClient | undefined): Promise<LateTopic | undefined> {
    const topic = lateTopicOf(source.table)
    if (topic === undefined || client === undefined) return undefined
    return new LateTopic(source, topic, await partitionsOfWritten(client, topic))
  }

  /** `decoded`: what the step took of the table. */
  encode(
    { places, operator, closedThroughMs }: LateRecords,
    { batch, taken = [] }: Decoded,
    nowMs: number,
  ): OutboxPart[] {
    const offsets = batch.fixed(batch.fields.indexOf(offsetField))
    const partitions = batch.fixed(batch.columns.length - 1)
    const wanted = new Map<number, Set<number>>()
    for (const place of places) {
      const partition = partitions.numberAt(place)
      const ofPartition = wanted.get(partition) ?? new Set()
      ofPartition.add(offsets.numberAt(place))
      wanted.set(partition, ofPartition)
    }
    const parts = new Map<number, OutboxRecord[]>()
    for (const { place, bytes, recordCount } of taken) {
      const late = wanted.get(place)
      if (late === undefined || recordCount === 0) continue
      for (const record of decodeRecords(bytes)) {
        if (!late.has(record.offset)) continue
        const headers = this.headersOf(record, place, { operator, closedThroughMs })
        const { key, value, timestamp: timestampMs } = record
        const to = key === null ? place % this.partitions : partitionOf(key, this.partitions)
        const records = parts.get(to) ?? []
        records.push({ key, value, timestampMs, headers })
        parts.set(to, records)
      }
    }
    return [...parts].map(([partition, records]) => {
      return { topic: this.topic, partition, timestampMs: nowMs, records }
    })
  }

  private headersOf(
    { headers, offset }: DecodedRecord,
    partition: number,
    { operator, closedThroughMs }: Pick<LateRecords, 'operator' | 'closedThroughMs'>,
  ): OutboxHeader[] {
    const { table } = this.source
    const told = {
      operator,
      watermark: instantText(closedThroughMs),
      topic: table.options.get('topic') ?? table.name,
      partition: String(partition),
      offset: String(offset),
    }
    return [
      ...headers,
      ...Object.entries(told).map(([name, value]) => {
        return { key: `millrace.late.${name}`, value: Buffer.from(value) }
      }),
    ]
  }
}

/** Of what is beyond all dates (`endOfTimeMs`) the last one. */
function instantText(timeMs: number): string {
  return new Date(Math.max(-lastDateMs, Math.min(timeMs, lastDateMs))).toISOString()
}

const lastDateMs = 8_640_000_000_000_000
