import { decodeRecords, Fetcher, type LogClient } from '@millrace/log'

const maxWaitMs = 50

/** A record as a reader is given it. */
export interface ReadRecord {
  offset: number
  key: string
  /** Null where the key is removed. */
  value: string | null
}

/**
 * All records of a topic's first partition, from an offset to the present end; fewer where
 * `isStale` says meanwhile that the end is not there any more.
 */
export async function recordsOf(
  client: LogClient,
  topic: string,
  from: number,
  isStale: () => boolean,
  isolation: 'read_committed' | 'read_uncommitted' = 'read_uncommitted',
): Promise<ReadRecord[]> {
  const end = await client.listOffsets(topic, 0, 'latest', isolation)
  const fetcher = new Fetcher(client, { isolation, maxWaitMs })
  fetcher.assign([{ topic, partition: 0, offset: from }])
  const records: ReadRecord[] = []
  try {
    while (fetcher.position(topic, 0) < end && !isStale()) {
      for (const { batches, startOffset } of await fetcher.poll()) {
        for (const { offset, key, value } of batches.flatMap((batch) => decodeRecords(batch))) {
          if (offset < startOffset) continue
          records.push({ offset, key: String(key), value: value && String(value) })
        }
      }
    }
  } finally {
    fetcher.close()
  }
  return records
}
