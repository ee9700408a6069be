import path from 'node:path'
import { type ConnectCluster, Gateway } from '@millrace/gateway'
import type { Host } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { RegistryServer } from '@millrace/schema'
import { RegistryClient } from '@millrace/schema/client'
import { mainCluster } from '../project/cluster.js'
import type { Ports } from '../project/manifest.js'
import type { Project } from '../project/project.js'
import { all } from './all.js'
import { localHost, onPort } from './ports.js'
import { createTopics, policyOf, registerSchemas, topicsByType } from './provision.js'
import { meetingPlaces } from './recipes.js'

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
  #registry: RegistryServer | undefined
  #gateway: Gateway | undefined

  private constructor(client: LogClient, options: FrontOptions) {
    this.client = client
    this.#options = options
  }

  /** Needs the broker. */
  static async connect(options: FrontOptions): Promise<Front> {
    const { host, ports } = options
    const { bootstrap } = meetingPlaces(ports)
    const client = await LogClient.connect({ host, bootstrap, clientId: 'millrace-control' })
    return new Front(client, options)
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
    const { host, project, ports } = this.#options
    const registryStarted = onPort('registry', ports.registry, async () => {
      const address = { host: localHost, port: ports.registry }
      this.#registry = await RegistryServer.start({ host, client, address })
      ports.registry = this.#registry.address.port
    })
    const clusters = Object.entries(ports.clusters)
    await all([
      createTopics(project, mainCluster, client),
      ...clusters.map(([name, port]) => this.#createTopicsOn(name, port)),
      registryStarted,
    ])
    await registerSchemas(project, new RegistryClient(meetingPlaces(ports).registryUrl))
  }

  /** How the gateway connects to the further clusters, when there is an event for one. */
  #otherClusters(): Map<string, ConnectCluster> {
    const { clusters } = this.#options.ports
    const names = Object.keys(clusters)
    return new Map(names.map((name) => [name, () => this.#connectTo(clusters[name] ?? 0)]))
  }

  #connectTo(port: number): Promise<LogClient> {
    const { host } = this.#options
    const bootstrap = `${localHost}:${port}`
    return LogClient.connect({ host, bootstrap, clientId: 'millrace-control' })
  }

  /** Topics of a further cluster; nothing stays connected to it. */
  async #createTopicsOn(cluster: string, port: number): Promise<void> {
    const { project } = this.#options
    const client = await this.#connectTo(port)
    try {
      await createTopics(project, cluster, client)
    } finally {
      await client.close()
    }
  }

  /** Needs the registry. */
  async startGateway(): Promise<void> {
    const { client } = this
    const { host, project, ports, dataFolder } = this.#options
    const { registryUrl } = meetingPlaces(ports)
    const policies = new Map(project.topics.map((topic) => [topic.name, policyOf(topic)]))
    const topics = (name: string) => policies.get(name)
    const byType = topicsByType(project.topics)
    const topicsOfType = (type: string) => byType.get(type) ?? []
    const { origins, callers } = project.manifest
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
