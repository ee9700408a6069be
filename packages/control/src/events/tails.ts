import { type Envelope, envelopeFromHeaders } from '@millrace/event'
import type { Host } from '@millrace/host'
import { type DecodedRecord, decodeRecords, Fetcher, type LogClient } from '@millrace/log'
import { controlErrors } from '../errors.js'
import { storedReadMsMax } from '../limits.js'

/** An event of the log. */
export interface StoredEvent {
  topic: string
  partition: number
  record: DecodedRecord
  envelope: Envelope | undefined
}

/** The last `count` records of each partition of `topics`, as far as there are so many. */
export async function readTails(
  host: Host,
  client: LogClient,
  topics: readonly string[],
  count: number,
): Promise<StoredEvent[]> {
  const ends = new Map<string, number>()
  const positions: { topic: string; partition: number; offset: number }[] = []
  for (const { name, partitions } of await client.topics([...topics])) {
    for (let partition = 0; partition < partitions; partition++) {
      const end = await client.listOffsets(name, partition, 'latest')
      const start = await client.listOffsets(name, partition, 'earliest')
      if (end <= start) continue
      ends.set(`${name}/${partition}`, end)
      positions.push({ topic: name, partition, offset: Math.max(start, end - count) })
    }
  }
  const events: StoredEvent[] = []
  const fetcher = new Fetcher(client, { isolation: 'read_uncommitted' })
  fetcher.assign(positions)
  const deadline = host.clock.monotonic() + storedReadMsMax
  while (ends.size > 0) {
    if (host.clock.monotonic() > deadline) throw controlErrors.roleGone('broker')
    for (const fetched of await fetcher.poll()) {
      const { topic, partition, startOffset } = fetched
      const end = ends.get(`${topic}/${partition}`) ?? 0
      for (const record of fetched.batches.flatMap(decodeRecords)) {
        if (record.offset < startOffset || record.offset >= end) continue
        const envelope = envelopeFromHeaders(record.headers, record.timestamp)
        events.push({ topic, partition, record, envelope })
      }
      if (fetched.nextOffset >= end) ends.delete(`${topic}/${partition}`)
    }
  }
  return events
}
