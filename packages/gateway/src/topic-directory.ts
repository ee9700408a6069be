import type { Clock } from '@millrace/host'
import type { LogClient } from '@millrace/log'
import { failureOf } from './append.js'
import { cacheEntriesMax, rememberedAfterMs, topicAgeMsMax } from './limits.js'
import type { RememberedCluster } from './remembered-topics.js'

interface Known {
  readonly partitions: number
  readonly askedAt: number
}

/**
 * How many partitions topics have. A topic that is known is answered at once, and asked about
 * again in the background when what is known is old; one that is not is asked about each time,
 * because it may have been created a moment ago. Where the log does not answer, what it told once
 * is good: nothing else has been known since.
 */
export class TopicDirectory {
  readonly #client: LogClient
  readonly #clock: Clock
  readonly #remembered: RememberedCluster
  readonly #known = new Map<string, Known>()
  readonly #asking = new Map<string, Promise<number | undefined>>()

  constructor(client: LogClient, clock: Clock, remembered: RememberedCluster) {
    this.#client = client
    this.#clock = clock
    this.#remembered = remembered
  }

  /** Partitions of a topic; undefined when there is no such topic. Rejects when the log is away. */
  async partitions(topic: string): Promise<number | undefined> {
    return this.known(topic) ?? this.#askOrRemember(topic)
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

  /** What is known of a topic may be wrong: the log is asked first. */
  forget(topic: string): void {
    this.#known.delete(topic)
  }

  /** What the log answers; what it answered before, where it does not in a moment. */
  async #askOrRemember(topic: string): Promise<number | undefined> {
    const asking = this.#ask(topic)
    const partitions = this.#remembered.partitions(topic)
    if (partitions === undefined) return asking
    const waiting = new AbortController()
    const isAnswered = await Promise.race([
      asking.then(
        () => true,
        // What the log refuses is its answer, too.
        (cause: unknown) => !failureOf(cause).retriable,
      ),
      this.#clock.sleep(rememberedAfterMs, waiting.signal).then(
        () => false,
        () => false,
      ),
    ])
    waiting.abort()
    if (isAnswered) return asking
    // Old from the start: the next request asks again in the background.
    if (!this.#known.has(topic)) this.#known.set(topic, { partitions, askedAt: -Infinity })
    return partitions
  }

  #ask(topic: string): Promise<number | undefined> {
    const asking = this.#asking.get(topic)
    if (asking !== undefined) return asking
    const answer = this.#client
      .topics([topic])
      .then(([found]) => {
        this.#known.delete(topic)
        this.#remembered.tell(topic, found?.partitions, this.#client.clusterId)
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
