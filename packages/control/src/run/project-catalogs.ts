import path from 'node:path'
import type { Host } from '@millrace/host'
import type { ExternalCatalog } from '@millrace/stream/script'
import { controlErrors } from '../errors.js'
import { catalogsOf } from '../project/catalogs.js'
import { mainCluster } from '../project/cluster.js'
import { manifestFile } from '../project/manifest.js'
import { ProjectError } from '../project/problem.js'
import { loadTopics, type ProjectTopics } from '../project/project.js'
import type { TopicSpec } from '../project/topic.js'
import { localHost } from '../supervise/ports.js'
import { findRun } from '../supervise/runfile.js'
import { ClusterAway, tablesOfCluster } from './cluster-tables.js'

/**
 * The clusters of the project that a script lies in, as catalogs; none where it lies in none. Those
 * that the script may name are asked where the platform runs, and know what pipelines write too.
 * Otherwise they are what is in the project's files.
 */
export async function projectCatalogs(
  host: Host,
  script: { text: string; file: string },
): Promise<ExternalCatalog[]> {
  const { disk } = host
  const folder = projectOf(host, script.file)
  if (folder === undefined) return []
  const project = (() => {
    try {
      return loadTopics(disk, folder)
    } catch (cause) {
      // A script that has nothing to do with the project runs all the same.
      if (!(cause instanceof ProjectError) || /\bmain\b/.test(script.text)) throw cause
      return undefined
    }
  })()
  if (project === undefined) return []
  const run = findRun(disk, path.resolve(folder, project.manifest.data))
  const ports = run?.ports ?? project.manifest.ports
  const clusters = project.manifest.clusters.map(({ name }) => name)
  return Promise.all(
    catalogsOf(clusters, project.topics).map(async (catalog) => {
      const { name } = catalog
      const port = name === mainCluster ? ports.kafka : ports.clusters[name]
      if (run === undefined || port === undefined || !script.text.includes(name)) return catalog
      const bootstrap = `${localHost}:${port}`
      const registryUrl = `http://${localHost}:${ports.registry}`
      return { ...catalog, tables: await asked(host, script, project, bootstrap, registryUrl) }
    }),
  )
}

async function asked(
  host: Host,
  { text }: { text: string },
  { topics }: ProjectTopics,
  bootstrap: string,
  registryUrl: string,
): Promise<ExternalCatalog['tables']> {
  const byName = new Map(topics.map((topic): [string, TopicSpec] => [topic.name, topic]))
  try {
    return await tablesOfCluster(host, {
      bootstrap,
      registryUrl,
      options: {
        'properties.bootstrap.servers': bootstrap,
        'value.avro-confluent.url': registryUrl,
      },
      isNamed: (topic) => text.includes(topic),
      fieldsOf(topic) {
        const { key, time } = byName.get(topic) ?? {}
        return {
          ...(key !== undefined && { keyField: key }),
          ...(time !== undefined && { timeField: time }),
        }
      },
    })
  } catch (cause) {
    if (!(cause instanceof ClusterAway)) throw cause
    const url = cause.part === 'broker' ? bootstrap : registryUrl
    throw controlErrors.unreachable(cause.part, url, reasonOf(cause))
  }
}

/** The folder of the project that holds a file: the nearest with a millrace.yaml. */
function projectOf({ disk }: Host, file: string): string | undefined {
  let folder = path.dirname(file)
  while (!disk.exists(path.join(folder, manifestFile))) {
    const above = path.dirname(folder)
    if (above === folder) return undefined
    folder = above
  }
  return folder
}

function reasonOf({ cause, message }: Error): string {
  return cause instanceof Error ? cause.message : message
}
