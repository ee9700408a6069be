import path from 'node:path'
import type { Host } from '@millrace/host'
import { modulesIn, planProgram, SqlError, type Task } from '@millrace/stream'
import { controlErrors } from '../errors.js'
import type { PlaceDefaults } from './places.js'
import { projectCatalogs } from './project-catalogs.js'
import { createdCatalogs } from './script-catalogs.js'

/** A script, and where its tables are that do not say it. */
export interface PlannedScript {
  readonly tasks: readonly Task[]
  readonly places: PlaceDefaults
}

/**
 * Plans a script on its own: with the catalogs that it creates, and those of the project that it
 * lies in. `shown` is its file as messages name it; `places` are those that a person gave.
 * Throws SCRIPT_REFUSED, UNREACHABLE, and a ProjectError where the project's topics are broken.
 */
export async function planScriptFile(
  host: Host,
  script: { file: string; shown: string },
  places: PlaceDefaults,
): Promise<PlannedScript> {
  const { file, shown } = script
  const text = host.disk.readFile(file).toString('utf8')
  try {
    const project = await projectCatalogs(host, { text, file })
    const created = await createdCatalogs(host, { text, file: shown }, places)
    const catalogs = [...project.catalogs, ...created]
    const modules = modulesIn(path.dirname(file))
    const tasks = planProgram(text, { file: shown, catalogs, modules })
    return { tasks, places: { ...project.places, ...places } }
  } catch (cause) {
    if (cause instanceof SqlError) throw controlErrors.scriptRefused(cause.render())
    throw cause
  }
}
