import type { Clock } from '@millrace/host'
import type { LogClient } from '@millrace/log'
import { durationMs } from '../plan/duration.js'
import type { TableDefinition } from '../plan/table.js'
import { discoveryMs } from './limits.js'

/**
 * Looks now and then whether a topic has more partitions than are read. What lies in a new one was
 * written since the job began, so it is read from its beginning, whatever the table says of where
 * to begin.
 */
export class PartitionDiscovery {
  private readonly client: LogClient
  private readonly topic: string
  private readonly everyMs: number

  private constructor(client: LogClient, topic: string, everyMs: number) {
    this.client = client
    this.topic = topic
    this.everyMs = everyMs
  }

  /** Undefined for a table that wants none, or that has an end: it is read as it is now. */
  static of(
    client: LogClient,
    { options }: TableDefinition,
    topic: string,
  ): PartitionDiscovery | undefined {
    const interval = options.get('scan.topic-partition-discovery.interval')
    const everyMs = interval === undefined ? discoveryMs : durationMs(interval)
    const isBounded = (options.get('scan.bounded.mode') ?? 'unbounded') !== 'unbounded'
    if (isBounded || everyMs === undefined || everyMs === 0) return undefined
    return new PartitionDiscovery(client, topic, everyMs)
  }

  /** Where to begin in the partitions from `known` on. Rejects when the log is away. */
  async look(known: number): Promise<{ partition: number; offset: number }[]> {
    const [found] = await this.client.topics([this.topic])
    const added: { partition: number; offset: number }[] = []
    for (let partition = known; partition < (found?.partitions ?? 0); partition++) {
      const offset = await this.client.listOffsets(this.topic, partition, 'earliest')
      added.push({ partition, offset })
    }
    return added
  }

  /** Calls `look` again and again until the signal; what fails is tried the next time. */
  async run(clock: Clock, signal: AbortSignal, look: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(this.everyMs, signal).catch(() => {})
      if (!signal.aborted) await look().catch(() => {})
    }
  }
}
