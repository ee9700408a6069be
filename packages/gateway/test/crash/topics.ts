/** The topics that events are sent to, and how an event is found in them again. */
import { decodeRecords, Fetcher, type LogClient } from '@millrace/log'
import { unframe } from '@millrace/schema'
import { avroCodec } from '@millrace/schema/avro'
import type { TopicPolicy } from '../../src/index.js'

export interface CrashTopic {
  readonly name: string
  readonly partitions: number
  readonly policy?: TopicPolicy
  readonly hasSchema?: boolean
}

/** An event's schema, of the topics that have one. */
export const schema = JSON.stringify({
  type: 'record',
  name: 'crash.Event',
  fields: [{ name: 'id', type: 'int' }],
})

export const topics: readonly CrashTopic[] = [
  { name: 'plain', partitions: 3 },
  { name: 'checked', partitions: 3, hasSchema: true },
  { name: 'spooled', partitions: 2, policy: { acknowledge: 'spool', keyField: 'id' } },
  { name: 'single', partitions: 1 },
]

export const topicNames = topics.map(({ name }) => name)

/** An event that is in the log. */
export interface Found {
  readonly id: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

const codec = avroCodec(schema)

/** All that is in the log, by topic, partition and offset. */
export async function findAll(client: LogClient): Promise<Found[]> {
  const found: Found[] = []
  for (const { name: topic, partitions, hasSchema } of topics) {
    for (let partition = 0; partition < partitions; partition++) {
      const end = await client.listOffsets(topic, partition, 'latest')
      const fetcher = new Fetcher(client)
      fetcher.assign([{ topic, partition, offset: 0 }])
      while (fetcher.position(topic, partition) < end) {
        for (const { batches } of await fetcher.poll()) {
          for (const { offset, value } of batches.flatMap(decodeRecords)) {
            found.push({ id: idOf(value, hasSchema ?? false), topic, partition, offset })
          }
        }
      }
      fetcher.close()
    }
  }
  return found
}

function idOf(value: Buffer | null, hasSchema: boolean): number {
  const bytes = value ?? Buffer.alloc(0)
  const event = hasSchema
    ? codec.decode(unframe(bytes)?.payload ?? Buffer.alloc(0))
    : JSON.parse(bytes.toString())
  return (event as { id: number }).id
}
