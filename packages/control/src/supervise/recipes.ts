import path from 'node:path'
import {
  converterHeapMegabytesMax,
  jobHeapMegabytesMax,
  tablesHeapMegabytesMax,
} from '../limits.js'
import { mainCluster } from '../project/cluster.js'
import type { ProjectConversion } from '../project/conversions.js'
import type { Ports } from '../project/manifest.js'
import type { Pipeline } from '../project/pipeline.js'
import type { Project } from '../project/project.js'
import type { TableFile } from '../project/table.js'
import type { BrokerMethods } from '../roles/broker.js'
import type { ConverterMethods } from '../roles/converter.js'
import type { JobMethods } from '../roles/job.js'
import type { TablesMethods } from '../roles/tables.js'
import type { Logbook } from './logbook.js'
import { localHost } from './ports.js'
import { forkRole, threadRole } from './process.js'
import type { RoleRecipe } from './supervised.js'

/** What the roles of one platform share. */
export interface Surroundings {
  readonly dataFolder: string
  readonly logbook: Logbook
  /**
   * Where each role listens. A role that was given port 0 writes here which one it got, so that
   * its next start listens on the same one.
   */
  readonly ports: Ports
  /** Called after a child process was spawned, before it is told to start. */
  onSpawn(): void
}

/** The brokers of all clusters, in one thread of their own, so that nothing can delay an append. */
export function brokerRecipe(around: Surroundings): RoleRecipe<BrokerMethods> {
  const onLine = (text: string) => around.logbook.write('broker', text)
  return {
    name: 'broker',
    onLine,
    spawn: () => threadRole<BrokerMethods>('broker', { onLine }),
    async start(link) {
      const { dataFolder, ports } = around
      const others = Object.entries(ports.clusters)
      const [main, ...further] = await link.call('start', [
        {
          name: mainCluster,
          directory: path.join(dataFolder, 'log'),
          address: { host: localHost, port: ports.kafka },
        },
        ...others.map(([name, port]) => ({
          name,
          directory: path.join(dataFolder, 'clusters', name),
          address: { host: localHost, port },
        })),
      ])
      ports.kafka = main?.port ?? ports.kafka
      ports.clusters = Object.fromEntries(
        others.map(([name, port], at) => [name, further[at]?.port ?? port]),
      )
    },
  }
}

/** One pipeline, in a process of its own; `catalogs` are those that it was planned with. */
export function jobRecipe(
  around: Surroundings,
  pipeline: Pipeline,
  catalogs: Project['catalogs'],
): RoleRecipe<JobMethods> {
  const name = `job ${pipeline.name}`
  const onLine = (text: string) => around.logbook.write(name, text)
  return {
    name,
    onLine,
    spawn: () => forkRole<JobMethods>('job', { heapMegabytesMax: jobHeapMegabytesMax, onLine }),
    async start(link) {
      around.onSpawn()
      await link.call('start', {
        name: pipeline.name,
        file: pipeline.file,
        folder: pipeline.folder,
        text: pipeline.text,
        catalogs,
        directory: path.join(around.dataFolder, 'jobs', pipeline.name),
        ...meetingPlaces(around.ports),
      })
    },
  }
}

/** What makes typed events of raw topics, all of them in one process of its own. */
export function converterRecipe(
  around: Surroundings,
  conversions: readonly ProjectConversion[],
): RoleRecipe<ConverterMethods> {
  const onLine = (text: string) => around.logbook.write('converter', text)
  const heapMegabytesMax = converterHeapMegabytesMax
  return {
    name: 'converter',
    onLine,
    spawn: () => forkRole<ConverterMethods>('converter', { heapMegabytesMax, onLine }),
    async start(link) {
      around.onSpawn()
      const clusters = new Set(conversions.map(({ cluster }) => cluster))
      const { registryUrl } = meetingPlaces(around.ports)
      await link.call('start', {
        bootstraps: Object.fromEntries(
          [...clusters].map((name) => [name, bootstrapOf(around.ports, name)]),
        ),
        registryUrl,
        conversions: [...conversions],
      })
    },
  }
}

/** The fresh tables and the SQL door, together in a process of their own. */
export function tablesRecipe(
  around: Surroundings,
  tables: readonly TableFile[],
): RoleRecipe<TablesMethods> {
  const onLine = (text: string) => around.logbook.write('tables', text)
  const heapMegabytesMax = tablesHeapMegabytesMax
  return {
    name: 'tables',
    onLine,
    spawn: () => forkRole<TablesMethods>('tables', { heapMegabytesMax, onLine }),
    async start(link) {
      around.onSpawn()
      const address = await link.call('start', {
        directory: path.join(around.dataFolder, 'tables'),
        address: { host: localHost, port: around.ports.query },
        tables: tables.map(({ description: _, ...spec }) => spec),
        ...meetingPlaces(around.ports),
      })
      around.ports.query = address.port
    },
  }
}

/** Where a cluster of the project is found. */
export function bootstrapOf(ports: Ports, cluster: string): string {
  return `${localHost}:${cluster === mainCluster ? ports.kafka : ports.clusters[cluster]}`
}

/** Where every stage finds the log (the main cluster) and the schemas. */
export function meetingPlaces(ports: Ports): { bootstrap: string; registryUrl: string } {
  return {
    bootstrap: bootstrapOf(ports, mainCluster),
    registryUrl: `http://${localHost}:${ports.registry}`,
  }
}
