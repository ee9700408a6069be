import type { Host } from '@millrace/host'
import { schemasTopic } from '@millrace/schema'
import { failureOf } from './append.js'
import type { Clusters, GatewayCluster } from './cluster.js'
import { EnvelopeHeaders } from './envelope-headers.js'
import { gatewayErrors, logError } from './errors.js'
import { topicCharsMax } from './limits.js'
import type { TopicPolicy } from './policy.js'
import type { Intake } from './prepare.js'

/** A topic that takes events: where it is, and what the project says of it. */
export interface Target {
  readonly topic: string
  readonly policy: TopicPolicy
  readonly cluster: GatewayCluster
  readonly partitions: number
}

/** What Kafka takes as the name of a topic. */
export const topicName = /^(?!\.\.?$)[a-zA-Z0-9._-]{1,249}$/

/** Finds the cluster and the partitions of the topics that events are sent to. */
export class Targets {
  readonly #host: Host
  readonly #clusters: Clusters
  readonly #registryUrl: string
  readonly #policyOf: (topic: string) => TopicPolicy | undefined
  readonly #envelopes = new EnvelopeHeaders()

  constructor(options: {
    host: Host
    clusters: Clusters
    registryUrl: string
    policyOf: (topic: string) => TopicPolicy | undefined
  }) {
    this.#host = options.host
    this.#clusters = options.clusters
    this.#registryUrl = options.registryUrl
    this.#policyOf = options.policyOf
  }

  /**
   * Where a topic is: on the cluster that the project says, and where it says nothing of the topic
   * on the one with `clusterId`, or the main one. Throws a `GatewayError`: 404 for a topic that is
   * not there or an id that is not its cluster's, 403 for the platform's topics, 503 for a log
   * that is away.
   */
  async of(topic: string, clusterId?: string): Promise<Target> {
    if (topic.length > topicCharsMax) throw gatewayErrors.topicTooLong(topicCharsMax)
    if (topic === schemasTopic || topic.startsWith('__')) throw gatewayErrors.internalTopic(topic)
    const policy = this.#policyOf(topic)
    const cluster = await this.#cluster(topic, policy, clusterId)
    let partitions: number | undefined
    try {
      if (topicName.test(topic)) partitions = await cluster.topics.partitions(topic)
    } catch (cause) {
      throw logError(failureOf(cause))
    }
    if (partitions === undefined) throw gatewayErrors.topicNotFound(topic)
    return { topic, policy: policy ?? {}, cluster, partitions }
  }

  /** The same where nothing has to be asked or connected to; undefined where `of` has to decide. */
  known(topic: string): Target | undefined {
    // Those of the platform begin with it, and most others do not.
    if (topic.startsWith('_')) return undefined
    const policy = this.#policyOf(topic)
    const { main } = this.#clusters
    if (policy?.cluster !== undefined && policy.cluster !== main.name) return undefined
    const partitions = main.topics.known(topic)
    if (partitions === undefined) return undefined
    return { topic, policy: policy ?? {}, cluster: main, partitions }
  }

  /** Whether the project speaks of a topic, or the main cluster holds it. */
  async isTopic(topic: string): Promise<boolean> {
    if (!topicName.test(topic)) return false
    if (this.#policyOf(topic) !== undefined) return true
    try {
      return (await this.#clusters.main.topics.partitions(topic)) !== undefined
    } catch (cause) {
      throw logError(failureOf(cause))
    }
  }

  /** What the records of a request to a topic have in common; its body has so many bytes. */
  intake({ topic, policy, cluster, partitions }: Target, source: string, bytes: number): Intake {
    return {
      topic,
      partitions,
      policy,
      registryUrl: this.#registryUrl,
      source,
      now: this.#host.clock.now(),
      random: this.#host.random,
      envelopes: this.#envelopes,
      keyless: cluster.sticky.of(topic, partitions, bytes),
    }
  }

  async #cluster(
    topic: string,
    policy: TopicPolicy | undefined,
    clusterId: string | undefined,
  ): Promise<GatewayCluster> {
    const { main } = this.#clusters
    if (policy === undefined && clusterId !== undefined) {
      const cluster = await this.#clusters.withId(clusterId)
      if (cluster === undefined) throw gatewayErrors.clusterNotFound(clusterId)
      return cluster
    }
    const cluster =
      policy?.cluster === undefined ? main : await this.#clusters.named(policy.cluster)
    if (clusterId === undefined || clusterId === cluster.id) return cluster
    if ((await this.#clusters.withId(clusterId)) === undefined) {
      throw gatewayErrors.clusterNotFound(clusterId)
    }
    throw gatewayErrors.topicElsewhere(topic, cluster.id)
  }
}
