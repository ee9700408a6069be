import { Producer } from '@millrace/log'
import { Platform } from '../runtime/platform.js'
import type { Column } from './answer.js'
import type { CaseFile } from './case-file.js'
import { topicsIn } from './script-text.js'

/**
 * An engine beside a log that holds the records of one file. Whatever it refuses, and whatever
 * fails while it runs, is an exception; each call stands for itself.
 */
export interface World {
  /** Names and types of what each query gives. */
  describe(queries: readonly DescribedQuery[]): Promise<readonly (readonly Column[])[]>
  /** Runs a script to the end of its inputs, with the file's prelude before it. */
  run(script: string): Promise<void>
  /** What a topic holds. */
  records(topic: string): Promise<{ key: string | null; value: string | null }[]>
  close(): Promise<void>
}

export interface DescribedQuery {
  readonly text: string
  /** What tells the rows of its answer apart, where they change. */
  readonly key: readonly string[]
  /** As Flink described it before; undefined where it did not, or refused it. */
  readonly expected: readonly Column[] | undefined
}

/** An embedded broker with the records that a file gives, each in a batch of its own. */
export async function givenPlatform({ topics }: CaseFile): Promise<Platform> {
  const platform = await Platform.start()
  const producer = new Producer(platform.client)
  for (const { name, partitions, records } of topics) {
    await platform.client.createTopic(name, { partitions })
    for (const { partition, key, value } of records) {
      const bytes = (text: string | null) => (text === null ? null : Buffer.from(text))
      await producer.send(name, partition, [{ key: bytes(key), value: bytes(value) }])
    }
  }
  return platform
}

/** Makes the topics that a script names and that are not there, so that both engines agree on them. */
export async function createTopics(platform: Platform, script: string): Promise<void> {
  for (const topic of new Set(topicsIn(script))) {
    const [found] = await platform.client.topics([topic])
    if (found === undefined) await platform.client.createTopic(topic, { partitions: 1 })
  }
}
