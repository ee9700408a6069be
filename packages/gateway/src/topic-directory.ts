import type { Clock } from '@millrace/host'
import type { LogClient } from '@millrace/log'
import { cacheEntriesMax, topicAgeMsMax } from './limits.js'

interface Known {
  readonly partitions: number
  readonly askedAt: number
}

/**
 * How many partitions topics have. A topic that is known is answered at once, and asked about
 * again in the background when what is known is old; one that is not is asked about each time,
 * because it may have been created a moment ago.
 */
export class TopicDirectory {
  readonly #client: LogClient
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()
  readonly #asking = new Map<string, Promise<number | undefined>>()

  constructor(client: LogClient, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** Partitions of a topic; undefined when there is no such topic. Rejects when the log is away. */
  async partitions(topic: string): Promise<number | undefined> {
    return this.known(topic) ?? this.#ask(topic)
  }

  /** The same where it is known; undefined where it has to be asked for. */
  known(topic: string): number | undefined {
    const known = this.#known.get(topic)
    if (known === undefined) return undefined
    if (this.#clock.monotonic() - known.askedAt > topicAgeMsMax) {
      this.#ask(topic).catch(() => {
        // What is known stays good while the log is away.
      })
    }
    return known.partitions
  }

  /** Names of all topics, with their partitions. */
  all(): Promise<{ name: string; partitions: number }[]> {
    return this.#client.topics()
  }

  /** Partitions of a topic that is made, with one, when it is not there. */
  async partitionsOrCreate(topic: string): Promise<number> {
    const partitions = await this.partitions(topic)
    if (partitions !== undefined) return partitions
    await this.#client.createTopic(topic, { partitions: 1 })
    return (await this.#ask(topic)) ?? 1
  }

  /** What is known of a topic turned out to be wrong. */
  forget(topic: string): void {
    this.#known.delete(topic)
  }

  #ask(topic: string): Promise<number | undefined> {
    const asking = this.#asking.get(topic)
    if (asking !== undefined) return asking
    const answer = this.#client
      .topics([topic])
      .then(([found]) => {
        this.#known.delete(topic)
        if (found === undefined) return undefined
        const [oldest] = this.#known.keys()
        if (this.#known.size >= cacheEntriesMax && oldest !== undefined) this.#known.delete(oldest)
        this.#known.set(topic, { partitions: found.partitions, askedAt: this.#clock.monotonic() })
        return found.partitions
      })
      .finally(() => this.#asking.delete(topic))
    this.#asking.set(topic, answer)
    return answer
  }
}
