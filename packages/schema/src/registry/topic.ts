import { Fetcher, type LogClient, Producer, visitRecords } from '@millrace/log'
import type { RegistryLog } from './registry.js'

/** The topic that holds every schema: compacted, one partition, in Confluent's format. */
export const schemasTopic = '_schemas'

/** The registry's log as a topic; makes the topic when it is not there. */
export async function openSchemasTopic(client: LogClient): Promise<RegistryLog> {
  await client.createTopic(schemasTopic, {
    partitions: 1,
    configs: { 'cleanup.policy': 'compact' },
  })
  const producer = new Producer(client, { acks: 'all' })
  return {
    replay: (each) => replay(client, each),
    append: async (key, value) => {
      await producer.send(schemasTopic, 0, [{ key, value }])
    },
  }
}

async function replay(
  client: LogClient,
  each: (key: Buffer | null, value: Buffer | null, offset: number) => void,
): Promise<void> {
  const start = await client.listOffsets(schemasTopic, 0, 'earliest')
  const end = await client.listOffsets(schemasTopic, 0, 'latest')
  const fetcher = new Fetcher(client)
  fetcher.assign([{ topic: schemasTopic, partition: 0, offset: start }])
  while (fetcher.position(schemasTopic, 0) < end) {
    for (const { batches, startOffset } of await fetcher.poll()) {
      for (const batch of batches) {
        visitRecords(
          batch,
          (offset, _time, bytes, keyStart, keyLength, valueStart, valueLength) => {
            if (offset < startOffset || offset >= end) return
            each(part(bytes, keyStart, keyLength), part(bytes, valueStart, valueLength), offset)
          },
        )
      }
    }
  }
}

/** A copy of a key or value; a length of -1 is null. */
function part(bytes: Buffer, start: number, length: number): Buffer | null {
  return length < 0 ? null : Buffer.from(bytes.subarray(start, start + length))
}
