import type { ApplyView, ChangeView } from '../api/types.js'
import { controlErrors } from '../errors.js'
import { ProjectError } from '../project/problem.js'
import { loadProject, type Project } from '../project/project.js'
import { registryBaseline } from '../schemas/baseline.js'
import { withUsers } from '../schemas/project-schemas.js'
import { verdicts } from '../schemas/verdict.js'
import type { Platform } from '../supervise/platform.js'
import { planOf } from './plan.js'

/** Has a platform follow the files of its project, one call after another. */
export class Apply {
  readonly #platform: Platform
  #applying: Promise<unknown> = Promise.resolve()

  constructor(platform: Platform) {
    this.#platform = platform
  }

  /**
   * Reads the project's folder, and changes what can be changed at once, unless something is
   * refused or it is dry. Throws PROJECT_BROKEN with all that is wrong in it, and what the log or
   * the registry refuse: then some of it may have been done, and the next call goes on.
   */
  run(options: { isDry: boolean }): Promise<ApplyView> {
    const applying = this.#applying.then(() => this.#run(options))
    this.#applying = applying.catch(() => {})
    return applying
  }

  async #run({ isDry }: { isDry: boolean }): Promise<ApplyView> {
    const { host, project } = this.#platform
    const wanted = read(() => loadProject(host.disk, project.folder))
    const { changes, next } = planOf(project, wanted)
    const found = [...changes, ...(await this.#refusedSchemas(next))]
    const isApplied =
      !isDry &&
      found.some(({ effect }) => effect === 'now') &&
      found.every(({ effect }) => effect !== 'refused')
    if (isApplied) await this.#platform.follow(next)
    return { dryRun: isDry, applied: isApplied, changes: found }
  }

  /** Schemas that the registry would not take in the place of those before. */
  async #refusedSchemas({ topics, schemas }: Project): Promise<ChangeView[]> {
    const before = new Map(this.#platform.project.topics.map((topic) => [topic.name, topic]))
    const isChanged = topics.some(({ name, schema }) => {
      return JSON.stringify(schema) !== JSON.stringify(before.get(name)?.schema)
    })
    if (!isChanged) return []
    const baseline = registryBaseline(this.#platform.url('registry'))
    // The registry says what breaks; a level is asked for where there is none.
    const found = await verdicts(withUsers(schemas, topics), baseline, 'BACKWARD')
    return found
      .filter(({ status }) => status === 'breaks')
      .map(({ file, breaks }) => {
        const change = `it cannot take the place of the one before: ${breaks.join('; ')}`
        return { file: `schemas/${file}`, effect: 'refused', change }
      })
  }
}

function read(load: () => Project): Project {
  try {
    return load()
  } catch (cause) {
    throw cause instanceof ProjectError ? controlErrors.projectBroken(cause.message) : cause
  }
}
