import type { LogClient } from '@millrace/log'
import { sinkPartitionsDefault } from './limits.js'

/** How many partitions a topic has that a job writes; makes the topic where it is not there. */
export async function partitionsOfWritten(client: LogClient, topic: string): Promise<number> {
  const [known] = await client.topics([topic])
  if (known !== undefined) return known.partitions
  await client.createTopic(topic, { partitions: sinkPartitionsDefault })
  const [made] = await client.topics([topic])
  return made?.partitions ?? sinkPartitionsDefault
}
