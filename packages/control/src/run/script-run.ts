import type { Host } from '@millrace/host'
import {
  type Guarantee,
  isBoundedTable,
  Job,
  type JobMetrics,
  scansOf,
  type Task,
} from '@millrace/stream'
import { type PlaceDefaults, placesOf } from './places.js'

export interface ScriptRunOptions {
  host: Host
  tasks: readonly Task[]
  /** Each job has a folder in it for its state. */
  directory: string
  /** The start of the names of its jobs, which name their consumer groups. */
  name: string
  places: PlaceDefaults
  guarantee?: Guarantee
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
  private stopping = false
  private failure: Error | undefined

  constructor(options: ScriptRunOptions) {
    this.options = options
    // Before anything runs, so that a script runs as a whole or not at all.
    for (const { plan } of options.tasks) placesOf(plan, options.places)
  }

  /** Resolves when all has ended, or was stopped; rejects with the first failure. */
  async run(): Promise<'done' | 'stopped'> {
    try {
      for (const [index, task] of this.options.tasks.entries()) {
        if (this.stopping) break
        const job = await this.start(task, index + 1)
        if (task.isAwaited) await job.done
      }
    } catch (cause) {
      this.fail(cause)
    }
    await Promise.allSettled(this.jobs.map((job) => job.done))
    if (this.failure !== undefined) throw this.failure
    return this.stopping ? 'stopped' : 'done'
  }

  /** Each job ends between two steps. */
  stop(): void {
    this.stopping = true
    for (const job of this.jobs) void job.stop().catch(() => {})
  }

  /** Would all of it end by itself? */
  get isBounded(): boolean {
    const inputs = this.options.tasks.flatMap(({ plan }) => plan.inserts.map(({ input }) => input))
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

  private async start({ plan }: Task, number: number): Promise<Job> {
    const { host, directory, name, places, guarantee, log, print } = this.options
    const { bootstrap, registryUrl } = placesOf(plan, places)
    const job = await Job.start({
      host,
      name: `${name}-${number}`,
      plan,
      directory: `${directory}/${number}`,
      bootstrap,
      registryUrl: registryUrl ?? '',
      ...(guarantee === undefined ? {} : { guarantee }),
      log,
      print,
    })
    this.jobs.push(job)
    job.done.catch((cause: unknown) => this.fail(cause))
    if (this.stopping) await job.stop()
    return job
  }

  private fail(cause: unknown): void {
    this.failure ??= cause instanceof Error ? cause : new Error(String(cause))
    this.stop()
  }
}
