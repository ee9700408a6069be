import path from 'node:path'
import { realHost } from '@millrace/host'
import { Option } from 'commander'
import { controlErrors } from '../errors.js'
import { mainCluster } from '../project/cluster.js'
import { manifestFile, readManifest } from '../project/manifest.js'
import { readMapping } from '../project/mapping.js'
import { type Problem, ProjectError } from '../project/problem.js'
import { suggestion } from '../project/spelling.js'
import { localHost } from '../supervise/ports.js'
import { findRun, type RunFile, readRunFile } from '../supervise/runfile.js'

/** The option of every command that speaks to a platform that runs. */
export function projectOption(): Option {
  return new Option('-C, --project <dir>', 'the project that runs (or its data folder)').default(
    '.',
  )
}

/**
 * The platform that runs in `folder`: a project, or a data folder itself. Throws NOTHING_RUNS
 * where there is none.
 */
export function findRunning(folder: string): RunFile {
  const { disk } = realHost
  const root = path.resolve(folder)
  const kind = disk.kind(root)
  if (kind === 'file') throw controlErrors.notAFolder(folder)
  if (kind === undefined) throw controlErrors.folderMissing(folder)
  const manifest = path.join(root, manifestFile)
  const run = disk.exists(manifest)
    ? findRun(disk, path.resolve(root, dataOf(disk.readFile(manifest).toString('utf8'), root)))
    : readRunFile(disk, root)
  if (run === undefined) throw controlErrors.nothingRuns(folder === '.' ? root : folder)
  return run
}

export function urlOf(run: RunFile, name: 'registry' | 'gateway' | 'query' | 'console'): string {
  return `http://${localHost}:${run.ports[name]}`
}

/** Where a cluster listens. Throws BAD_OPTION for one that does not run. */
export function clusterPort({ ports }: RunFile, cluster: string): number {
  const port = cluster === mainCluster ? ports.kafka : ports.clusters[cluster]
  if (port !== undefined) return port
  const hint = suggestion(cluster, [mainCluster, ...Object.keys(ports.clusters)]) ?? ''
  throw controlErrors.badOption(`--cluster: there is no cluster \`${cluster}\`. ${hint}`.trim())
}

function dataOf(text: string, root: string): string {
  const problems: Problem[] = []
  const yaml = readMapping(manifestFile, text, problems)
  if (yaml === undefined) throw new ProjectError(problems)
  return readManifest(yaml, path.basename(root)).data
}
