import assert from 'node:assert/strict'
import path from 'node:path'
import { type Disk, SimulatedClock, type SimulatedDisk } from '@millrace/host'
import { visibleBatches } from '../src/client/visible-batches.js'
import { batchesIn } from '../src/records/batches-in.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import type { DecodedRecord } from '../src/records/record.js'
import { verifyBatch } from '../src/records/verify-batch.js'
import { decodeRecords } from '../src/records/visit-records.js'
import type { Isolation } from '../src/storage/fetched-range.js'
import { type LogConfig, logConfigDefault } from '../src/storage/log-config.js'
import { PartitionLog } from '../src/storage/partition-log.js'

/** A log in a simulated disk that is compacted, and what readers see of it. */

export const directory = '/data/rides-0'
export const compacting = { ...logConfigDefault, segmentBytes: 600, compacts: true }

export async function open(
  disk: Disk,
  config: Partial<LogConfig> = {},
  clock = new SimulatedClock(1e6),
) {
  const lines: string[] = []
  const log = await PartitionLog.open({
    disk,
    clock,
    directory,
    name: 'rides-0',
    config: { ...compacting, ...config },
    log: (line) => lines.push(line),
  })
  return { log, clock, lines }
}

export const noPause = () => Promise.resolve()

export const record = (key: string, value: string | null, timestamp = 1) => ({
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  timestamp,
  headers: [{ key: 'h', value: Buffer.from(`of ${key}`) }],
})

export const put = (log: PartitionLog, key: string, value: string | null, timestamp?: number) =>
  log.append(encodeBatch([record(key, value, timestamp)]))

/** What a reader of this isolation sees, read in small pieces; the batches are checked. */
export function recordsOf(
  log: PartitionLog,
  isolation: Isolation = 'read_committed',
): DecodedRecord[] {
  const records: DecodedRecord[] = []
  const end = log.readableEnd(isolation)
  let offset = log.startOffset
  while (offset < end) {
    const { batches, aborted } = log.read(offset, 300, isolation)
    for (const { bytes } of batchesIn(batches)) verifyBatch(bytes)
    const visible = visibleBatches(batches, offset, isolation, aborted, { verify: true })
    if (batches.length === 0) break
    assert.ok(visible.nextOffset > offset, 'a reader gets on')
    for (const batch of visible.batches) {
      records.push(...decodeRecords(batch).filter((each) => each.offset >= offset))
    }
    offset = visible.nextOffset
  }
  return records
}

/** The last value of each key. */
export function tableOf(records: readonly DecodedRecord[]): Map<string, string> {
  const table = new Map<string, string>()
  for (const { key, value } of records) {
    if (value === null) table.delete(String(key))
    else table.set(String(key), String(value))
  }
  return new Map([...table].sort())
}

export const bytesOf = (records: readonly DecodedRecord[]) =>
  new Map(records.map((each) => [each.offset, JSON.stringify(each)]))

/** Resolves when the full segments have their indexes, which they get in the background. */
export function indexesWritten(): Promise<void> {
  // A simulated disk needs no more than the promises that are due now.
  return new Promise((resolve) => setImmediate(resolve))
}

/** So that the next start reads all segments. */
export function removeIndexes(disk: SimulatedDisk): void {
  for (const file of disk.list(directory)) {
    if (/\.(index|snapshot)$/.test(file)) disk.remove(path.join(directory, file))
  }
}
