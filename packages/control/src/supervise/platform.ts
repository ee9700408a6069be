import type { Gateway } from '@millrace/gateway'
import type { Host, Timer } from '@millrace/host'
import type { LogClient } from '@millrace/log'
import type { JobMetrics } from '@millrace/stream'
import { controlErrors } from '../errors.js'
import { platformStopMsMax } from '../limits.js'
import { conversionsOf } from '../project/conversions.js'
import type { PortName, Ports } from '../project/manifest.js'
import type { Project } from '../project/project.js'
import type { BrokerMethods } from '../roles/broker.js'
import type { ConverterMethods } from '../roles/converter.js'
import type { JobMethods } from '../roles/job.js'
import { codeOf, type Methods } from '../roles/link.js'
import type { TablesMethods } from '../roles/tables.js'
import { all } from './all.js'
import type { Front } from './front.js'
import { FolderLock } from './lock.js'
import { Logbook } from './logbook.js'
import { checkPorts, localHost, onPort } from './ports.js'
import {
  brokerRecipe,
  converterRecipe,
  jobRecipe,
  type Surroundings,
  tablesRecipe,
} from './recipes.js'
import { removeRunFile, writeRunFile } from './runfile.js'
import { type RoleEnd, type RoleRecipe, Supervised } from './supervised.js'

export interface PlatformOptions {
  host: Host
  project: Project
  /** Where everything is stored; absolute. */
  dataFolder: string
  ports: Ports
  /** Is told each line that a role says, beside the log file. */
  onLine?: (line: string) => void
  /** Is told when a role ends by itself, from when everything was started. */
  onRoleEnd?: (role: string, end: RoleEnd) => void
}

/**
 * A project that runs: the broker in a thread; the registry, the gateway and the console's API in
 * this process; each job, and the tables, in processes of their own.
 *
 * Order: lock, ports, broker, client, registry and topics, schemas, then gateway, tables and jobs
 * side by side; `stop` goes the other way. What cannot start stops all that was started; only a
 * job that cannot start leaves the others running.
 */
export class Platform {
  readonly host: Host
  readonly dataFolder: string
  readonly startedAt: number
  /** Where the roles really listen. */
  readonly ports: Ports
  readonly jobs: ReadonlyMap<string, Supervised<JobMethods>>
  readonly tables: Supervised<TablesMethods>
  readonly broker: Supervised<BrokerMethods>
  /** The last word of each job that is finished. */
  readonly finished = new Map<string, JobMetrics>()
  readonly #around: Surroundings
  /** Begins nothing: keeps running what a recipe says, and tells how it ends. */
  readonly #supervise: Supervise
  #project: Project
  #converter: Supervised<ConverterMethods> | undefined
  #following: Promise<void> | undefined
  readonly #builtUpon: { what: string; action: () => Promise<void> | void }[] = []
  #isStarted = false
  #lock: FolderLock | undefined
  #front: Front | undefined
  #stopLimit: Timer | undefined
  #stopping: Promise<void> | undefined

  private constructor(options: PlatformOptions) {
    const { host, project, dataFolder, ports, onLine } = options
    this.host = host
    this.#project = project
    this.dataFolder = dataFolder
    this.startedAt = host.clock.now()
    this.ports = { ...ports, clusters: { ...ports.clusters } }
    const logbook = new Logbook(host, dataFolder, onLine)
    this.#around = { dataFolder, logbook, ports: this.ports, onSpawn: () => this.#tellChildren() }
    const { clock } = host
    const supervised: Supervise = (recipe) => {
      const onEnd = (end: RoleEnd) => {
        if (this.#isStarted) options.onRoleEnd?.(recipe.name, end)
      }
      return new Supervised(clock, { ...recipe, onEnd })
    }
    this.broker = supervised(brokerRecipe(this.#around))
    this.tables = supervised(tablesRecipe(this.#around, project.tables))
    this.#supervise = supervised
    this.#converter = this.#newConverter()
    this.jobs = new Map(
      project.pipelines.map((each) => {
        return [each.name, supervised(jobRecipe(this.#around, each, project.catalogs))]
      }),
    )
  }

  /** Resolves when everything runs; rejects, with nothing left running, where it cannot. */
  static async start(options: PlatformOptions): Promise<Platform> {
    const platform = new Platform(options)
    try {
      await platform.#start()
      platform.#isStarted = true
      return platform
    } catch (cause) {
      await platform.stop()
      throw cause
    }
  }

  /** Thin access to the log, for the API and the commands of this process. */
  get client(): LogClient {
    if (this.#front === undefined) throw controlErrors.roleGone('broker')
    return this.#front.client
  }

  /** The same of another cluster. */
  async clientOf(cluster: string): Promise<LogClient> {
    if (this.#front === undefined) throw controlErrors.roleGone('broker')
    return this.#front.clientOf(cluster)
  }

  /** As it is now: `follow` changes it. */
  get project(): Project {
    return this.#project
  }

  /** Absent where no raw topic becomes another. */
  get converter(): Supervised<ConverterMethods> | undefined {
    return this.#converter
  }

  get gateway(): Gateway {
    if (this.#front?.gateway === undefined) throw controlErrors.roleGone('gateway')
    return this.#front.gateway
  }

  /** What works between topics: jobs, and the converter where there is one. */
  workers(): (Supervised<JobMethods> | Supervised<ConverterMethods>)[] {
    const { converter } = this
    return [...this.jobs.values(), ...(converter === undefined ? [] : [converter])]
  }

  url(name: Exclude<PortName, 'kafka'>): string {
    return `http://${localHost}:${this.ports[name]}`
  }

  /** Has every job read its inputs to their present ends, close all windows and finish. */
  async drain(): Promise<void> {
    await Promise.all(
      [...this.jobs].map(async ([name, job]) => {
        const metrics = await job.persist((link) => link.call('drain'))
        if (metrics !== undefined) this.finished.set(name, metrics)
        await job.finish()
      }),
    )
  }

  /** Resolves when every table has read its topic to its present end. */
  async caughtUp(): Promise<void> {
    await this.tables.persist((link) => link.call('caughtUp'))
  }

  /** `action` is done at the very start of `stop`: for what was built upon the platform. */
  beforeStop(what: string, action: () => Promise<void> | void): void {
    this.#builtUpon.push({ what, action })
  }

  /** Tells other commands of this folder where the platform is. */
  announce(): void {
    const { host, dataFolder, startedAt, ports } = this
    const run = { project: this.project.manifest.name, pid: process.pid, startedAt, ports }
    writeRunFile(host.disk, dataFolder, run)
    this.beforeStop('run file', () => removeRunFile(host.disk, dataFolder))
  }

  /**
   * Goes on with a project whose topics and boards are others, while everything runs; all else is
   * to be as it was. The converter stands still meanwhile, and begins anew where it ended: with the
   * old mapping and a new schema it would make exceptions of events that fit. Not for two at once.
   */
  async follow(project: Project): Promise<void> {
    if (this.#stopping !== undefined) throw controlErrors.roleGone('platform')
    this.#following = this.#follow(project)
    await this.#following
  }

  async #follow(project: Project): Promise<void> {
    const front = this.#front
    if (front === undefined) throw controlErrors.roleGone('broker')
    await this.#converter?.stop()
    try {
      await front.follow(project)
      this.#project = project
    } finally {
      this.#converter = this.#newConverter()
      // One that cannot start is tried again, and its status tells why.
      await this.#converter?.start().catch(() => {})
      this.#tellChildren()
    }
  }

  #newConverter(): Supervised<ConverterMethods> | undefined {
    const conversions = conversionsOf(this.#project)
    if (conversions.length === 0) return undefined
    return this.#supervise(converterRecipe(this.#around, conversions))
  }

  /** Stops everything, in reverse order, in bounded time. Further calls wait for the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #start(): Promise<void> {
    const { host, ports, project, dataFolder } = this
    const locked = FolderLock.take(host, dataFolder, project.manifest.name)
    // Loading costs most of a start: what has a processor of its own begins before this one does,
    // and all of it while the lock settles. Nothing touches the folder before it is told to start.
    this.broker.prepare()
    for (const job of this.jobs.values()) job.prepare()
    this.tables.prepare()
    this.#converter?.prepare()
    const front = import('./front.js')

    this.#lock = await locked
    await checkPorts(host.network, ports)
    await started('broker', () => onPort('kafka', ports.kafka, () => this.broker.start()))
    const { Front } = await front
    this.#front = await Front.connect({ host, project, ports, dataFolder })
    await this.#front.provision()
    await all([
      this.#front.startGateway(),
      started('tables', () => onPort('query', ports.query, () => this.tables.start())),
      // One that cannot start is tried again, and its status tells why; the others run.
      ...this.workers().map((worker) => worker.start().catch(() => {})),
    ])
  }

  #tellChildren(): void {
    const roles = [this.tables, ...this.workers()]
    this.#lock?.setChildren(roles.map((role) => role.pid).filter((pid) => pid !== undefined))
  }

  async #stop(): Promise<void> {
    this.#isStarted = false
    const { clock } = this.host
    const late = new Promise<'late'>((resolve) => {
      this.#stopLimit = clock.after(platformStopMsMax, () => resolve('late'))
    })
    const step = async (what: string, action: () => Promise<unknown> | unknown) => {
      const stopped = (async () => action())().catch((cause: unknown) => {
        this.#around.logbook.write(what, `could not stop: ${String(cause)}`)
      })
      if ((await Promise.race([stopped, late])) === 'late') {
        this.#around.logbook.write(what, 'did not stop in time')
      }
    }
    await step('changes of the project', () => this.#following?.catch(() => {}))
    for (const { what, action } of this.#builtUpon.reverse()) await step(what, action)
    await step('tables, jobs and converter', () =>
      Promise.all([this.tables, ...this.workers()].map((role) => role.stop())),
    )
    await step('gateway', () => this.#front?.gateway?.close())
    await step('registry', () => this.#front?.registry?.close())
    await step('client', () => this.#front?.close())
    await step('broker', () => this.broker.stop())
    this.#stopLimit?.cancel()
    this.#lock?.release()
    this.#around.logbook.close()
  }
}

type Supervise = <Served extends Methods & { stop: () => Promise<void> }>(
  recipe: RoleRecipe<Served>,
) => Supervised<Served>

async function started<Result>(role: string, start: () => Promise<Result>): Promise<Result> {
  try {
    return await start()
  } catch (cause) {
    if (codeOf(cause) === 'PORT_TAKEN') throw cause
    throw controlErrors.roleFailed(role, messageOf(cause))
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
