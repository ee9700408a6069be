import type { Host } from '@millrace/host'
import {
  type Guarantee,
  isBoundedTable,
  Job,
  type JobMetrics,
  type RunTask,
  type ShowChange,
  scansOf,
  type Task,
} from '@millrace/stream'
import { JobFolders } from './job-folders.js'
import { type PlaceDefaults, placesOf } from './places.js'
import { ShownQuery, shownLines } from './shown.js'

export interface ScriptRunOptions {
  host: Host
  tasks: readonly Task[]
  /** Each job has a folder in it for its state. */
  directory: string
  /** The start of the names of its jobs, which name their consumer groups. */
  name: string
  places: PlaceDefaults
  guarantee?: Guarantee
  /** A folder that `stop` has written savepoints into, to begin from. */
  savepoint?: string
  /** Whether what was kept and fits nothing any more may be lost. */
  mayLoseState?: boolean
  log: (line: string) => void
  /** Where tables of the connector 'print' go. */
  print: (line: string, isError: boolean) => void
}

/**
 * A script that runs on its own, as in Flink's SQL client: each INSERT and each statement set is a
 * job, and they run beside one another, unless the script sets `table.dml-sync`. The first failure
 * ends them all.
 */
export class ScriptRun {
  private readonly options: ScriptRunOptions
  private readonly jobs: Job[] = []
  private readonly numbers = new Map<Job, number>()
  private readonly endings: Promise<void>[] = []
  private readonly folders: JobFolders
  private readonly mayLoseState: boolean
  private stopping = false
  /** Where `stop` wants savepoints. */
  private savepoint: string | undefined
  private savepoints = 0
  private starting: string | undefined
  private readonly stops = new AbortController()
  private failure: Error | undefined

  constructor(options: ScriptRunOptions) {
    this.options = options
    // Before anything runs, so that a script runs as a whole or not at all.
    const tasks = jobsOf(options.tasks)
    for (const { plan } of tasks) placesOf(plan, options.places)
    const recovery = tasks.find(({ plan }) => plan.recovery !== undefined)?.plan.recovery
    const savepoint = options.savepoint ?? recovery?.savepoint
    this.mayLoseState = options.mayLoseState ?? recovery?.mayLose ?? false
    const { host, directory } = options
    this.folders = new JobFolders({
      ...{ host, tasks, directory, mayLoseState: this.mayLoseState },
      ...(savepoint !== undefined && { savepoint }),
    })
  }

  /** Resolves when all has ended, or was stopped; rejects with the first failure. */
  async run(): Promise<'done' | 'stopped'> {
    try {
      for (const task of jobsOf(this.options.tasks)) await Job.checkState(this.stateOf(task))
      for (const task of this.options.tasks) {
        if (this.stopping) break
        if (task.kind === 'show') {
          for (const line of shownLines(task)) this.options.print(line, false)
          continue
        }
        await this.runTask(task)
      }
    } catch (cause) {
      this.fail(cause)
    }
    await Promise.allSettled(this.jobs.map((job) => job.done))
    await Promise.all(this.endings)
    if (this.failure !== undefined) throw this.failure
    return this.stopping ? 'stopped' : 'done'
  }

  /** Each job ends between two steps, and leaves a savepoint in `savepoint`, where that is given. */
  stop(savepoint?: string): void {
    this.stopping = true
    this.stops.abort()
    this.savepoint ??= savepoint
    for (const job of this.jobs) this.end(job)
  }

  /** Was a savepoint written? */
  get hasSavepoint(): boolean {
    return this.savepoints > 0
  }

  private end(job: Job): void {
    const { savepoint } = this
    const number = this.numbers.get(job)
    const end = async () => {
      if (savepoint === undefined) return job.stop()
      await job.stopWithSavepoint(`${savepoint}/${number}`)
      this.savepoints++
    }
    this.endings.push(
      end().catch((cause) => {
        if (savepoint !== undefined) this.failure ??= asError(cause)
      }),
    )
  }

  /** The broker of a job that is being started, which takes long where it does not answer. */
  get startsAt(): string | undefined {
    return this.starting
  }

  /** Does it run anything, or only show? */
  get hasJobs(): boolean {
    return jobsOf(this.options.tasks).length > 0
  }

  /** Would all of it end by itself? */
  get isBounded(): boolean {
    const inputs = jobsOf(this.options.tasks).flatMap(({ plan }) => {
      return plan.inserts.map(({ input }) => input)
    })
    return inputs.flatMap(scansOf).every(({ table }) => isBoundedTable(table))
  }

  /** All jobs together. */
  metrics(): Pick<JobMetrics, 'recordsIn' | 'recordsOut' | 'late' | 'skipped' | 'lag'> {
    const sum = { recordsIn: 0, recordsOut: 0, late: 0, skipped: 0, lag: 0 }
    for (const metrics of this.jobs.map((job) => job.metrics())) {
      sum.recordsIn += metrics.recordsIn
      sum.recordsOut += metrics.recordsOut
      sum.late += metrics.late
      sum.skipped += metrics.skipped
      sum.lag += metrics.lag
    }
    return sum
  }

  /** Each job by its name. */
  jobMetrics(): { job: string; metrics: JobMetrics }[] {
    const { name } = this.options
    return this.jobs.map((job) => ({
      job: `${name}-${this.numbers.get(job)}`,
      metrics: job.metrics(),
    }))
  }

  private async runTask(task: RunTask): Promise<void> {
    if (task.kind === 'job') {
      const job = await this.start(task)
      if (task.isAwaited) await job.done
      return
    }
    const { print } = this.options
    const shown = new ShownQuery(task, (line) => print(line, false))
    const job = await this.start(task, (change, cells) => shown.show(change, cells))
    await job.done
    shown.end(!this.stopping)
  }

  private async start(task: RunTask, show?: ShowChange): Promise<Job> {
    const { number, savepoint, isKept } = this.folders.of(task)
    const { plan } = task
    const { name, places, guarantee, log, print } = this.options
    if (isKept && savepoint !== undefined && this.options.savepoint !== undefined) {
      log(
        `${this.options.directory}/${number} has state, and goes on from that: the savepoint ${savepoint} is not read.`,
      )
    }
    const { bootstrap, registryUrl } = placesOf(plan, places)
    this.starting = bootstrap
    const job = await Job.start({
      ...this.stateOf(task),
      name: `${name}-${number}`,
      bootstrap,
      registryUrl: registryUrl ?? '',
      signal: this.stops.signal,
      ...(guarantee === undefined ? {} : { guarantee }),
      log,
      print,
      ...(show && { show }),
    })
    this.starting = undefined
    this.jobs.push(job)
    this.numbers.set(job, number)
    job.done.catch((cause: unknown) => this.fail(cause))
    if (this.stopping) this.end(job)
    return job
  }

  /** What a job runs, and the state it begins from: what the script sets of that is resolved here. */
  private stateOf(task: RunTask) {
    const { host, directory } = this.options
    const { number, savepoint } = this.folders.of(task)
    const { recovery: _, ...plan } = task.plan
    return {
      host,
      plan,
      directory: `${directory}/${number}`,
      mayLoseState: this.mayLoseState,
      ...(savepoint !== undefined && { savepoint }),
    }
  }

  private fail(cause: unknown): void {
    // A job that was stopped before its broker answered.
    if (cause === this.stops.signal.reason) return
    this.failure ??= asError(cause)
    this.stop()
  }
}

function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause))
}

function jobsOf(tasks: readonly Task[]): RunTask[] {
  return tasks.filter((task) => task.kind !== 'show')
}
