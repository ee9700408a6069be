import path from 'node:path'
import { realHost } from '@millrace/host'
import { Option } from 'commander'
import { controlErrors } from '../errors.js'
import { manifestFile } from '../project/manifest.js'
import type { Baseline } from '../schemas/baseline.js'
import { findRunning, urlOf } from './running.js'

/** What the project's schemas are held against. */
export interface AgainstOptions {
  project: string
  against?: string
  registry?: string
}

export function schemaProjectOption(): Option {
  return new Option('-C, --project <dir>', 'the project').default('.')
}

export function againstOption(): Option {
  const says = 'hold them against another folder, or a revision of git'
  return new Option('--against <dir|revision>', says).conflicts('registry')
}

export function registryOption(): Option {
  const says = 'hold them against a registry; that of the project where it runs, if nothing is said'
  return new Option('--registry <url>', says)
}

/** Throws NOTHING_TO_HOLD_AGAINST where nothing is said and nothing runs. */
export async function baselineOf(options: AgainstOptions): Promise<Baseline> {
  const { folderBaseline, registryBaseline, revisionBaseline } = await import(
    '../schemas/baseline.js'
  )
  const { against, project } = options
  if (against === undefined) return registryBaseline(registryUrl(options))
  const isFolder = realHost.disk.kind(path.resolve(against)) === 'directory'
  return isFolder
    ? folderBaseline(realHost.disk, against)
    : revisionBaseline(path.resolve(project), against)
}

/** The registry that is named, or that of the project, which has to run. */
export function registryUrl({ project, registry }: AgainstOptions): string {
  if (registry !== undefined) {
    if (!/^https?:\/\//.test(registry)) {
      throw controlErrors.badOption(
        `--registry: \`${registry}\` is no http:// or https:// address.`,
      )
    }
    return registry.replace(/\/+$/, '')
  }
  // A folder that is no project has an error of its own, which the commands give.
  if (!realHost.disk.exists(path.join(path.resolve(project), manifestFile))) {
    throw controlErrors.notAProject(project)
  }
  try {
    return urlOf(findRunning(project), 'registry')
  } catch (cause) {
    const isIdle = (cause as { code?: string }).code === 'NOTHING_RUNS'
    throw isIdle ? controlErrors.nothingToHoldAgainst(project) : cause
  }
}
