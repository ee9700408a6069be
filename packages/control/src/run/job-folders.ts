import type { Disk, Host } from '@millrace/host'
import { type RunTask, storedSinks } from '@millrace/stream'
import { controlErrors } from '../errors.js'

/** Where one job of a script keeps its state, and what it begins from. */
export interface JobFolder {
  /** Of the folder, and in the job's name. */
  readonly number: number
  readonly savepoint?: string
  /** It has state already, from which it goes on. */
  readonly isKept: boolean
}

/**
 * The folders of a script's jobs, `1`, `2`, …, and those of its savepoint. A job is known by the
 * tables that it writes, so that statements may stand in another order in a changed script, and
 * others may come. Throws STATE_UNCLAIMED for a folder of which the script has no job any more.
 */
export class JobFolders {
  private readonly folders = new Map<RunTask, JobFolder>()

  constructor(of: {
    host: Host
    tasks: readonly RunTask[]
    directory: string
    savepoint?: string
    mayLoseState?: boolean
  }) {
    const { tasks, directory, savepoint } = of
    const { disk } = of.host
    const kept = numbered(disk, directory)
    const saved = savepoint === undefined ? [] : savedIn(disk, savepoint)
    const numbers = claimed(tasks, kept)
    const savepoints = claimed(tasks, saved)
    const unclaimed = [
      ...kept.filter((each) => ![...numbers.values()].includes(each)),
      ...saved.filter((each) => ![...savepoints.values()].includes(each)),
    ]
    const [lost] = unclaimed
    if (lost !== undefined && !of.mayLoseState) {
      throw controlErrors.stateUnclaimed(lost.path, lost.sinks)
    }
    let next = Math.max(0, ...kept.map(({ number }) => number)) + 1
    for (const task of tasks) {
      const kept = numbers.get(task)
      const number = kept?.number ?? next++
      const from = savepoints.get(task)?.path
      const isKept = kept !== undefined
      this.folders.set(task, { number, isKept, ...(from !== undefined && { savepoint: from }) })
    }
  }

  of(task: RunTask): JobFolder {
    const folder = this.folders.get(task)
    if (folder === undefined) throw new RangeError('the task is not of this script')
    return folder
  }
}

interface StoredJob {
  readonly path: string
  readonly number: number
  readonly sinks: readonly string[]
}

function numbered(disk: Disk, directory: string): StoredJob[] {
  if (disk.kind(directory) !== 'directory') return []
  return disk.list(directory).flatMap((name): StoredJob[] => {
    const path = `${directory}/${name}`
    const sinks = /^\d+$/.test(name) ? storedSinks(disk, path) : undefined
    return sinks === undefined ? [] : [{ path, number: Number(name), sinks }]
  })
}

/** A savepoint of one job, or of all jobs of a script. */
function savedIn(disk: Disk, savepoint: string): StoredJob[] {
  const sinks = storedSinks(disk, savepoint)
  const saved =
    sinks === undefined ? numbered(disk, savepoint) : [{ path: savepoint, number: 1, sinks }]
  if (saved.length === 0) throw controlErrors.savepointMissing(savepoint)
  return saved
}

/** For each task the folder with which it has most tables in common; of equals the first. */
function claimed(tasks: readonly RunTask[], stored: readonly StoredJob[]): Map<RunTask, StoredJob> {
  const candidates = tasks.flatMap((task) => {
    const names = new Set(task.plan.inserts.map(({ table }) => table.name))
    return stored.map((job) => {
      return { task, job, common: job.sinks.filter((name) => names.has(name)).length }
    })
  })
  const claims = new Map<RunTask, StoredJob>()
  const taken = new Set<StoredJob>()
  for (const { task, job, common } of candidates.sort((a, b) => b.common - a.common)) {
    if (common === 0 || claims.has(task) || taken.has(job)) continue
    claims.set(task, job)
    taken.add(job)
  }
  return claims
}
