/**
 * What the log last said of topics, and of itself, on disk beside the spool. So a gateway that
 * starts while the log is away knows in which partition of a topic an event belongs, as one does
 * that was there when the log went.
 *
 * It is as old as the log's last answer. Partitions that were added since are not known, and events
 * go where they would have gone before, as those of any Kafka producer do that has not heard of
 * them yet. A topic that was deleted since is found out by the drain, which makes its events dead
 * letters.
 *
 * The file is written anew, as a whole, a moment after something changed; what a crash keeps from
 * it is only not remembered.
 */
import path from 'node:path'
import type { Host, Timer } from '@millrace/host'
import { cacheEntriesMax, rememberedWriteMs } from './limits.js'

const fileName = 'topics.json'

/** What was told of one cluster. */
export interface RememberedCluster {
  /** What the brokers called it; undefined where they told nothing. */
  readonly id: string | undefined
  partitions(topic: string): number | undefined
  /** What the log says now; undefined for a topic that is not there. */
  tell(topic: string, partitions: number | undefined, id: string | undefined): void
}

interface Told {
  id?: string
  topics: Map<string, number>
}

export class RememberedTopics {
  readonly #host: Host
  readonly #path: string | undefined
  readonly #log: (line: string) => void
  readonly #clusters = new Map<string, Told>()
  #isChanged = false
  #timer: Timer | undefined
  #writing: Promise<void> | undefined

  private constructor(host: Host, path: string | undefined, log: (line: string) => void) {
    this.#host = host
    this.#path = path
    this.#log = log
  }

  /** In memory alone where there is no folder. What cannot be read is told, and not remembered. */
  static open(
    host: Host,
    folder: string | undefined,
    log: (line: string) => void,
  ): RememberedTopics {
    const file = folder === undefined ? undefined : path.join(folder, fileName)
    const remembered = new RememberedTopics(host, file, log)
    if (file !== undefined && host.disk.exists(file)) remembered.#read(file)
    return remembered
  }

  cluster(name: string): RememberedCluster {
    const told: Told = this.#clusters.get(name) ?? { topics: new Map() }
    this.#clusters.set(name, told)
    return {
      get id() {
        return told.id
      },
      partitions: (topic) => told.topics.get(topic),
      tell: (topic, partitions, id) => this.#tell(told, topic, partitions, id),
    }
  }

  /** What was told is on disk afterwards. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    await this.#writing
    if (this.#isChanged) await this.#write()
  }

  #tell(told: Told, topic: string, partitions: number | undefined, id: string | undefined): void {
    const { topics } = told
    if (topics.get(topic) === partitions && (id === undefined || told.id === id)) return
    if (id !== undefined) told.id = id
    topics.delete(topic)
    if (partitions !== undefined) topics.set(topic, partitions)
    const [oldest] = topics.keys()
    if (topics.size > cacheEntriesMax && oldest !== undefined) topics.delete(oldest)
    this.#isChanged = this.#path !== undefined
    this.#schedule()
  }

  #schedule(): void {
    if (!this.#isChanged || this.#writing !== undefined) return
    this.#timer ??= this.#host.clock.after(rememberedWriteMs, () => {
      this.#timer = undefined
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined
        this.#schedule()
      })
    })
  }

  #read(file: string): void {
    try {
      const clusters = JSON.parse(this.#host.disk.readFile(file).toString()) as Record<
        string,
        { id?: string; topics: Record<string, number> }
      >
      for (const [name, { id, topics }] of Object.entries(clusters)) {
        const told = { ...(id !== undefined && { id }), topics: new Map(Object.entries(topics)) }
        this.#clusters.set(name, told)
      }
    } catch (cause) {
      this.#clusters.clear()
      this.#log(`gateway: ${file} cannot be read, topics are asked for anew: ${messageOf(cause)}`)
    }
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    if (this.#path === undefined) return
    this.#isChanged = false
    const clusters = [...this.#clusters].map(([name, { id, topics }]) => {
      return [name, { id, topics: Object.fromEntries(topics) }]
    })
    try {
      const json = JSON.stringify(Object.fromEntries(clusters))
      await this.#host.disk.replaceFileInBackground(this.#path, json)
    } catch (cause) {
      this.#log(`gateway: what is known of topics could not be kept: ${messageOf(cause)}`)
    }
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
