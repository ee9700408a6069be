import path from 'node:path'
import { type ConnectCluster, Gateway, type TopicPolicy } from '@millrace/gateway'
import type { Host } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { RegistryServer } from '@millrace/schema'
import { RegistryClient } from '@millrace/schema/client'
import { mainCluster } from '../project/cluster.js'
import type { Ports } from '../project/manifest.js'
import type { Project } from '../project/project.js'
import type { TopicSpec } from '../project/topic.js'
import { all } from './all.js'
import { localHost, onPort } from './ports.js'
import { createTopics, policyOf, registerSchemas, topicsByType } from './provision.js'
import { bootstrapOf, meetingPlaces } from './recipes.js'

/** What a front stands before. A port that was 0 becomes the one that was given. */
export interface FrontOptions {
  host: Host
  project: Project
  ports: Ports
  dataFolder: string
}

/**
 * What runs in the supervisor's own process: a client of the log, the registry and the gateway.
 * Apart from `Platform`, so that the other processes load while this one does.
 */
export class Front {
  readonly client: LogClient
  readonly #options: FrontOptions
  /** Of the further clusters, once somebody asked for them. */
  readonly #others = new Map<string, Promise<LogClient>>()
  #project: Project
  /** What the gateway holds events to, by topic, and the topics of events of a type. */
  #policies: ReadonlyMap<string, TopicPolicy> = new Map()
  #topicsByType: ReadonlyMap<string, string[]> = new Map()
  #registry: RegistryServer | undefined
  #gateway: Gateway | undefined

  private constructor(client: LogClient, options: FrontOptions) {
    this.client = client
    this.#options = options
    this.#project = options.project
  }

  /** Needs the broker. */
  static async connect(options: FrontOptions): Promise<Front> {
    const { host, ports } = options
    const { bootstrap } = meetingPlaces(ports)
    const client = await LogClient.connect({ host, bootstrap, clientId: 'millrace-control' })
    return new Front(client, options)
  }

  /** A client of a cluster, for as long as this lasts. */
  clientOf(cluster: string): Promise<LogClient> {
    if (cluster === mainCluster) return Promise.resolve(this.client)
    const known = this.#others.get(cluster)
    if (known !== undefined) return known
    const connecting = this.#connectTo(cluster)
    connecting.catch(() => this.#others.delete(cluster))
    this.#others.set(cluster, connecting)
    return connecting
  }

  async close(): Promise<void> {
    for (const each of await Promise.allSettled(this.#others.values())) {
      if (each.status === 'fulfilled') await each.value.close()
    }
    await this.client.close()
  }

  get registry(): RegistryServer | undefined {
    return this.#registry
  }

  get gateway(): Gateway | undefined {
    return this.#gateway
  }

  /** Starts the registry, and makes the topics and schemas of the project. */
  async provision(): Promise<void> {
    const { client } = this
    const { host, ports } = this.#options
    const registryStarted = onPort('registry', ports.registry, async () => {
      const address = { host: localHost, port: ports.registry }
      this.#registry = await RegistryServer.start({ host, client, address })
      ports.registry = this.#registry.address.port
    })
    await all([this.#createTopics(this.#project), registryStarted])
    await this.#registerSchemas(this.#project)
  }

  /** Makes the topics and schemas of a changed project, and then holds events to what it says. */
  async follow(project: Project): Promise<void> {
    await this.#createTopics(project, this.#project.topics)
    await this.#registerSchemas(project)
    this.#hold(project)
  }

  #hold(project: Project): void {
    this.#project = project
    this.#policies = new Map(project.topics.map((topic) => [topic.name, policyOf(topic)]))
    this.#topicsByType = topicsByType(project.topics)
  }

  async #createTopics(project: Project, before: readonly TopicSpec[] = []): Promise<void> {
    const clusters = Object.keys(this.#options.ports.clusters)
    await all([
      createTopics(project, mainCluster, this.client, before),
      ...clusters.map((name) => this.#createTopicsOn(name, project, before)),
    ])
  }

  async #registerSchemas(project: Project): Promise<void> {
    const { registryUrl } = meetingPlaces(this.#options.ports)
    await registerSchemas(project, new RegistryClient(registryUrl))
  }

  /** How the gateway connects to the further clusters, when there is an event for one. */
  #otherClusters(): Map<string, ConnectCluster> {
    const names = Object.keys(this.#options.ports.clusters)
    return new Map(names.map((name) => [name, () => this.#connectTo(name)]))
  }

  #connectTo(cluster: string): Promise<LogClient> {
    const { host, ports } = this.#options
    const bootstrap = bootstrapOf(ports, cluster)
    return LogClient.connect({ host, bootstrap, clientId: 'millrace-control' })
  }

  /** Topics of a further cluster; nothing stays connected to it. */
  async #createTopicsOn(
    cluster: string,
    project: Project,
    before: readonly TopicSpec[],
  ): Promise<void> {
    const client = await this.#connectTo(cluster)
    try {
      await createTopics(project, cluster, client, before)
    } finally {
      await client.close()
    }
  }

  /** Needs the registry. */
  async startGateway(): Promise<void> {
    const { client } = this
    const { host, ports, dataFolder } = this.#options
    const { registryUrl } = meetingPlaces(ports)
    this.#hold(this.#project)
    const topics = (name: string) => this.#policies.get(name)
    const topicsOfType = (type: string) => this.#topicsByType.get(type) ?? []
    const { origins, callers } = this.#project.manifest
    await onPort('gateway', ports.gateway, async () => {
      const address = { host: localHost, port: ports.gateway }
      const asked = { host, client, registryUrl, topics, topicsOfType, address }
      const clusters = { clusterName: mainCluster, clusters: this.#otherClusters() }
      const spoolFolder = path.join(dataFolder, 'spool')
      this.#gateway = await Gateway.start({
        ...{ ...asked, ...clusters, spoolFolder },
        ...(origins && { origins }),
        ...(callers && { callers }),
      })
      ports.gateway = this.#gateway.address.port
    })
  }
}
