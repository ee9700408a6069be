import { type DecodedRecord, decodeRecords, Fetcher, type LogClient } from '@millrace/log'
import { controlErrors } from '../errors.js'
import { storedReadMsMax } from '../limits.js'
import type { ExceptionPlace } from './place.js'

/** The record at a place; undefined where there is none any more. */
export async function readRecord(
  client: LogClient,
  { topic, partition, offset }: ExceptionPlace,
): Promise<DecodedRecord | undefined> {
  const [found] = await client.topics([topic])
  if (found === undefined || partition >= found.partitions) return undefined
  const start = await client.listOffsets(topic, partition, 'earliest')
  const end = await client.listOffsets(topic, partition, 'latest', 'read_committed')
  if (offset < start || offset >= end) return undefined
  const { clock } = client.cluster.host
  const deadline = clock.monotonic() + storedReadMsMax
  const fetcher = new Fetcher(client, { isolation: 'read_committed' })
  try {
    fetcher.assign([{ topic, partition, offset }])
    while (fetcher.position(topic, partition) <= offset) {
      if (clock.monotonic() > deadline) throw controlErrors.roleGone('broker')
      for (const { batches } of await fetcher.poll()) {
        const record = batches.flatMap(decodeRecords).find((each) => each.offset === offset)
        if (record !== undefined) return record
      }
    }
    return undefined
  } finally {
    fetcher.close()
  }
}
