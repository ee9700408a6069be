import type { Host, Timer } from '@millrace/host'
import type { Clusters, GatewayCluster } from '../../cluster.js'
import { gatewayErrors } from '../../errors.js'
import { consumerIdleMsMax, consumerInstancesMax, consumerSweepMs } from '../../limits.js'
import type { TopicPolicy } from '../../policy.js'
import { ConsumerInstance } from './instance.js'
import type { InstanceOptions } from './options.js'

interface Kept {
  readonly instance: ConsumerInstance
  /** By `monotonic`. */
  usedAt: number
}

export interface InstancesOptions {
  host: Host
  clusters: Clusters
  policyOf: (topic: string) => TopicPolicy | undefined
  /** How long an instance lives that nothing is asked of. */
  idleMs?: number
}

/** The consumer instances of this gateway, by group and name. They are in memory only. */
export class ConsumerInstances {
  readonly #options: InstancesOptions
  readonly #idleMs: number
  readonly #kept = new Map<string, Kept>()
  #sweep: Timer | undefined
  #isClosed = false

  constructor(options: InstancesOptions) {
    this.#options = options
    this.#idleMs = options.idleMs ?? consumerIdleMsMax
  }

  /** Gives its name. Throws 40902 where there is one of that name, 429 where there are too many. */
  create(group: string, options: InstanceOptions): string {
    const { host, clusters } = this.#options
    const name = options.name ?? `rest-consumer-${host.random.uuid()}`
    const key = keyOf(group, name)
    if (this.#kept.has(key)) throw gatewayErrors.instanceExists(group, name)
    if (this.#kept.size >= consumerInstancesMax || this.#isClosed) {
      throw gatewayErrors.tooManyInstances(consumerInstancesMax)
    }
    const instance = new ConsumerInstance(clusters.main, host.clock, group, options)
    this.#kept.set(key, { instance, usedAt: host.clock.monotonic() })
    this.#schedule()
    return name
  }

  /** Throws 40403. */
  get(group: string, name: string): ConsumerInstance {
    const kept = this.#kept.get(keyOf(group, name))
    if (kept === undefined) throw gatewayErrors.instanceNotFound(group, name)
    kept.usedAt = this.#options.host.clock.monotonic()
    return kept.instance
  }

  /** It was in use until now. */
  touch(group: string, name: string): void {
    const kept = this.#kept.get(keyOf(group, name))
    if (kept !== undefined) kept.usedAt = this.#options.host.clock.monotonic()
  }

  /** Throws 40403. */
  async delete(group: string, name: string): Promise<void> {
    const instance = this.get(group, name)
    this.#kept.delete(keyOf(group, name))
    await instance.close()
  }

  /** The cluster of topics, which must be one. */
  async clusterOf(topics: readonly string[]): Promise<GatewayCluster> {
    const { clusters, policyOf } = this.#options
    const names = new Set(topics.map((topic) => policyOf(topic)?.cluster ?? clusters.main.name))
    const [name, other] = names
    if (name === undefined) return clusters.main
    if (other !== undefined) {
      throw gatewayErrors.consumerConfig(
        `these topics are on the clusters ${name} and ${other}; an instance reads one cluster.`,
      )
    }
    return clusters.named(name)
  }

  /** All of them commit and leave their groups. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#sweep?.cancel()
    const all = [...this.#kept.values()]
    this.#kept.clear()
    await Promise.allSettled(all.map(({ instance }) => instance.close()))
  }

  #schedule(): void {
    this.#sweep ??= this.#options.host.clock.after(consumerSweepMs, () => {
      this.#sweep = undefined
      const now = this.#options.host.clock.monotonic()
      for (const [key, { instance, usedAt }] of this.#kept) {
        if (instance.isBusy || now - usedAt < this.#idleMs) continue
        this.#kept.delete(key)
        // What it could not commit is read again; the group finds out that it is gone.
        instance.close().catch(() => {})
      }
      if (this.#kept.size > 0) this.#schedule()
    })
  }
}

function keyOf(group: string, name: string): string {
  return JSON.stringify([group, name])
}
