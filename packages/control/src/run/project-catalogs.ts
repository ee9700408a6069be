import path from 'node:path'
import type { Host } from '@millrace/host'
import type { ExternalCatalog, ExternalTable } from '@millrace/stream/script'
import { controlErrors } from '../errors.js'
import { catalogsOf } from '../project/catalogs.js'
import { mainCluster } from '../project/cluster.js'
import { type Manifest, manifestFile } from '../project/manifest.js'
import { ProjectError } from '../project/problem.js'
import { loadProject, loadTopics } from '../project/project.js'
import type { TopicSpec } from '../project/topic.js'
import { localHost } from '../supervise/ports.js'
import { findRun } from '../supervise/runfile.js'
import { ClusterAway, tablesOfCluster } from './cluster-tables.js'
import type { PlaceDefaults } from './places.js'

/** What the project that a script lies in gives it. */
export interface ProjectPlaces {
  readonly catalogs: readonly ExternalCatalog[]
  /** Where its platform runs: for tables that do not say where they are. Empty where none does. */
  readonly places: PlaceDefaults
}

interface KnownProject {
  readonly manifest: Manifest
  readonly topics: readonly TopicSpec[]
  readonly catalogs: readonly ExternalCatalog[]
}

/**
 * The clusters of the project that a script lies in, as catalogs; none where it lies in none. Those
 * that the script may name are asked where the platform runs. Otherwise they are what is in the
 * project's files.
 */
export async function projectCatalogs(
  host: Host,
  script: { text: string; file: string },
): Promise<ProjectPlaces> {
  const folder = projectOf(host, script.file)
  const project = folder === undefined ? undefined : knownProject(host, folder, script.text)
  if (folder === undefined || project === undefined) return { catalogs: [], places: {} }
  const { catalogs, manifest } = project
  const run = findRun(host.disk, path.resolve(folder, manifest.data))
  if (run === undefined) return { catalogs, places: {} }
  const registryUrl = `http://${localHost}:${run.ports.registry}`
  const placesOf = (port: number) => ({ bootstrap: `${localHost}:${port}`, registryUrl })
  const asked = catalogs.map(async (catalog) => {
    const { name } = catalog
    const port = name === mainCluster ? run.ports.kafka : run.ports.clusters[name]
    if (port === undefined || !script.text.includes(name)) return catalog
    const found = await tablesAsked(host, script.text, project, placesOf(port))
    return { ...catalog, tables: name === mainCluster ? withOutputs(found, project) : found }
  })
  return { catalogs: await Promise.all(asked), places: placesOf(run.ports.kafka) }
}

/** A project whose pipelines are broken has its topics all the same. */
function knownProject({ disk }: Host, folder: string, text: string): KnownProject | undefined {
  try {
    return loadProject(disk, folder)
  } catch (cause) {
    if (!(cause instanceof ProjectError)) throw cause
  }
  try {
    const { manifest, topics } = loadTopics(disk, folder)
    const clusters = manifest.clusters.map(({ name }) => name)
    return { manifest, topics, catalogs: catalogsOf(clusters, topics) }
  } catch (cause) {
    // A script that has nothing to do with the project runs all the same.
    if (!(cause instanceof ProjectError) || /\bmain\b/.test(text)) throw cause
    return undefined
  }
}

async function tablesAsked(
  host: Host,
  text: string,
  { topics }: KnownProject,
  { bootstrap, registryUrl }: Required<PlaceDefaults>,
): Promise<readonly ExternalTable[]> {
  const byName = new Map(topics.map((topic): [string, TopicSpec] => [topic.name, topic]))
  try {
    return await tablesOfCluster(host, {
      bootstrap,
      registryUrl,
      options: { 'properties.bootstrap.servers': bootstrap },
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

/** Of what pipelines write, their declaration says more than the registry: keys, and formats. */
function withOutputs(
  asked: readonly ExternalTable[],
  { catalogs, topics }: KnownProject,
): readonly ExternalTable[] {
  const main = catalogs.find(({ name }) => name === mainCluster)
  const withSchema = new Set(topics.flatMap(({ name, schema }) => (schema ? [name] : [])))
  const outputs = (main?.tables ?? []).filter(({ name, declaration }) => {
    return declaration !== undefined && !withSchema.has(name)
  })
  return asked.map((table) => outputs.find(({ name }) => name === table.name) ?? table)
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
