import type { LogClient } from '@millrace/log'

/**
 * How many offsets of a topic are in use: its records, and where transactions wrote it, their
 * end markers too. 0 where there is no such topic.
 */
export async function countRecords(client: LogClient, topic: string): Promise<number> {
  let count = 0
  for (const { name, partitions } of await client.topics([topic])) {
    for (let partition = 0; partition < partitions; partition++) {
      const end = await client.listOffsets(name, partition, 'latest')
      const start = await client.listOffsets(name, partition, 'earliest')
      count += Math.max(0, end - start)
    }
  }
  return count
}
