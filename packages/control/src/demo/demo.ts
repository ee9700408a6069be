import path from 'node:path'
import type { Host } from '@millrace/host'
import type { Monitor } from '../api/monitor.js'
import { startPlatform } from '../api/start.js'
import { controlErrors } from '../errors.js'
import { countRecords } from '../events/counts.js'
import { readTails, type StoredEvent } from '../events/tails.js'
import { ridesFolder } from '../installation.js'
import { refusalsToldMax, tripsPerPostMax } from '../limits.js'
import type { Ports } from '../project/manifest.js'
import { loadProject, type Project } from '../project/project.js'
import { beginDataFolder } from '../supervise/datafolder.js'
import { FolderLock } from '../supervise/lock.js'
import type { Platform, PlatformOptions } from '../supervise/platform.js'
import { replay } from './replay.js'
import { askHottest, type DemoReport } from './report.js'
import { tailRecords } from './resume.js'
import type { TripSource } from './trip.js'

const topic = 'trips'
const exceptionTopic = 'trips.exceptions'

export interface DemoOptions {
  host: Host
  source: TripSource
  dataFolder: string
  ports(project: Project): Ports
  /** Trips a second; undefined: as fast as they are taken. */
  rate?: number
  /** Forget what an earlier demo stored in the folder. */
  fresh: boolean
  signal: AbortSignal
  onStarted(platform: Platform): void
  onProgress(sent: number): void
  onLine?: (line: string) => void
  onRoleEnd?: PlatformOptions['onRoleEnd']
}

/** The example project, with trips that come in by HTTP. */
export class Demo {
  readonly platform: Platform
  readonly #monitor: Monitor
  readonly #options: DemoOptions
  readonly #startedAt: number

  private constructor(
    platform: Platform,
    monitor: Monitor,
    options: DemoOptions,
    startedAt: number,
  ) {
    this.platform = platform
    this.#monitor = monitor
    this.#options = options
    this.#startedAt = startedAt
  }

  /** Starts the platform. Throws OTHER_TRIPS where the folder holds those of another source. */
  static async start(options: DemoOptions): Promise<Demo> {
    const { host, dataFolder, source } = options
    const startedAt = host.clock.monotonic()
    const project = loadProject(host.disk, ridesFolder)
    if (options.fresh) await forget(host, dataFolder)
    holdTo(host, dataFolder, source.identity)
    const { platform, monitor } = await startPlatform({
      host,
      project,
      dataFolder,
      ports: options.ports(project),
      ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
      ...(options.onRoleEnd === undefined ? {} : { onRoleEnd: options.onRoleEnd }),
    })
    try {
      options.onStarted(platform)
      return new Demo(platform, monitor, options, startedAt)
    } catch (cause) {
      await platform.stop()
      throw cause
    }
  }

  /** Sends what is not stored yet. Resolves when all is, or when the signal is aborted. */
  async send(): Promise<void> {
    const { host, source, rate, signal, onProgress } = this.#options
    await replay({
      host,
      source,
      url: this.platform.url('gateway'),
      topic,
      signal,
      onProgress,
      stored: () => this.#stored(),
      ...(rate === undefined ? {} : { rate }),
    })
  }

  /** Resolves when the table holds at least so many windows. */
  whenWindows(count: number): Promise<void> {
    return new Promise((resolve) => {
      const unsubscribe = this.#monitor.subscribe(({ stages }) => {
        const rows = stages.find((stage) => stage.kind === 'table')?.rows ?? 0
        if (rows < count) return
        unsubscribe()
        resolve()
      })
    })
  }

  /** Closes the last windows, and tells how it came out, from what the log and the table hold. */
  async finish(): Promise<DemoReport> {
    const { host, source } = this.#options
    const { platform } = this
    await platform.drain()
    await platform.caughtUp()
    const accepted = await countRecords(platform.client, topic)
    const refused = await countRecords(platform.client, exceptionTopic)
    const { hottest, windows } = await askHottest(platform.url('query'))
    return {
      source: source.identity,
      sent: accepted + refused,
      accepted,
      refused,
      refusals: await this.#refusals(),
      windows,
      hottest,
      seconds: Math.round((host.clock.monotonic() - this.#startedAt) / 100) / 10,
    }
  }

  async #stored(): Promise<number[]> {
    const { host, source } = this.#options
    const topics = [topic, exceptionTopic]
    const count = tailRecords(tripsPerPostMax)
    const events = await readTails(host, this.platform.client, topics, count)
    return events
      .map((event) => source.positionOf(Number(event.envelope?.id)))
      .filter((position) => position !== undefined)
  }

  async #refusals(): Promise<DemoReport['refusals']> {
    const { host } = this.#options
    const events = await readTails(host, this.platform.client, [exceptionTopic], refusalsToldMax)
    return events.map(refusal).sort((a, b) => Number(a.tripId) - Number(b.tripId))
  }
}

function refusal({ envelope, record }: StoredEvent): { tripId: string; reason: string } {
  const { field, reason } = JSON.parse(String(record.value)) as { field: string; reason: string }
  return { tripId: envelope?.id ?? '', reason: field === '' ? reason : `${field}: ${reason}` }
}

/** The source whose trips a folder holds is written down in it: two do not mix. */
function holdTo({ disk }: Host, dataFolder: string, identity: string): void {
  const file = path.join(dataFolder, 'demo.json')
  if (disk.exists(file)) {
    const { source } = JSON.parse(disk.readFile(file).toString('utf8')) as { source: string }
    if (source !== identity) throw controlErrors.otherTrips(dataFolder, source, identity)
    return
  }
  beginDataFolder(disk, dataFolder, () => {
    disk.replaceFile(file, `${JSON.stringify({ source: identity })}\n`)
  })
}

/** Removes what a demo stores, and nothing else that may be in the folder. */
async function forget(host: Host, dataFolder: string): Promise<void> {
  const lock = await FolderLock.take(host, dataFolder)
  for (const name of ['demo.json', 'log', 'jobs', 'tables', 'run.json']) {
    host.disk.remove(path.join(dataFolder, name))
  }
  lock.release()
}
