import { type LogRecord, type RecordsForPartition, recordBytesBound } from '@millrace/log'
import { batchBytesMax } from './limits.js'

/** A record and where it goes. */
export interface Placed {
  readonly topic: string
  readonly partition: number
  readonly record: LogRecord
}

/** Records as batches that a log takes; those of a partition stay in their order. */
export function batchesOf(placed: readonly Placed[]): RecordsForPartition[] {
  const batches: { topic: string; partition: number; records: LogRecord[] }[] = []
  const open = new Map<string, { records: LogRecord[]; bytes: number }>()
  for (const { topic, partition, record } of placed) {
    const key = `${topic}/${partition}`
    const bytes = recordBytesBound(record)
    let batch = open.get(key)
    if (batch === undefined || batch.bytes + bytes > batchBytesMax) {
      batch = { records: [], bytes: 0 }
      open.set(key, batch)
      batches.push({ topic, partition, records: batch.records })
    }
    batch.records.push(record)
    batch.bytes += bytes
  }
  return batches
}
