import type { ConversionMetrics } from '@millrace/converter'
import type { JobMetrics } from '@millrace/stream'
import { measureEveryMs } from '../limits.js'
import { conversionsOf } from '../project/conversions.js'
import { inputTopics, type NeededTopic, neededTopics } from '../project/needed-topics.js'
import type { TableMetrics } from '../roles/tables.js'
import type { Platform } from '../supervise/platform.js'
import { Rates } from './rates.js'
import type { PlatformView, StageStatus, StageView } from './types.js'

/** Counters of a stage, before rates are added. */
type Counted = Omit<StageView, 'recordsInPerSecond' | 'recordsOutPerSecond'>

/**
 * Measures every stage once a second and remembers the last view. Whatever a stage cannot tell
 * just now (it restarts) keeps its last value.
 */
export class Monitor {
  readonly #platform: Platform
  readonly #rates = new Rates()
  readonly #listeners = new Set<(view: PlatformView) => void>()
  readonly #stopped = new AbortController()
  readonly #topicRecords = new Map<string, number>()
  readonly #jobs = new Map<string, JobMetrics>()
  #tables: TableMetrics[] = []
  #conversions: ConversionMetrics[] = []
  #view: PlatformView

  constructor(platform: Platform) {
    this.#platform = platform
    this.#view = this.#render()
  }

  get view(): PlatformView {
    return this.#view
  }

  /** Measures until `stop`. From here on every port is known. */
  start(): void {
    this.#view = this.#render()
    void this.#run()
  }

  stop(): void {
    this.#stopped.abort()
    this.#listeners.clear()
  }

  /** Calls `listener` after each measurement, until the function it returns is called. */
  subscribe(listener: (view: PlatformView) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #run(): Promise<void> {
    const { clock } = this.#platform.host
    while (!this.#stopped.signal.aborted) {
      await this.#measure()
      this.#view = this.#render()
      for (const listener of this.#listeners) listener(this.#view)
      await clock.sleep(measureEveryMs, this.#stopped.signal).catch(() => {})
    }
  }

  async #measure(): Promise<void> {
    const { broker, jobs, tables, converter } = this.#platform
    const work: Promise<void>[] = [
      (async () => {
        for (const { cluster, name, records } of (await broker.link?.call('topics')) ?? []) {
          this.#topicRecords.set(placeOf(cluster, name), records)
        }
      })(),
    ]
    for (const [name, job] of jobs) {
      work.push(
        (async () => {
          const metrics = await job.link?.call('metrics')
          if (metrics !== undefined) this.#jobs.set(name, metrics)
        })(),
      )
    }
    work.push(
      (async () => {
        this.#tables = (await tables.link?.call('metrics')) ?? this.#tables
      })(),
      (async () => {
        this.#conversions = (await converter?.link?.call('metrics')) ?? this.#conversions
      })(),
    )
    await Promise.allSettled(work)
  }

  #render(): PlatformView {
    const platform = this.#platform
    const { project, host } = platform
    const now = host.clock.monotonic()
    const stages = this.#count().map((stage) => {
      this.#rates.measure(`${stage.id} in`, now, stage.recordsIn)
      this.#rates.measure(`${stage.id} out`, now, stage.recordsOut)
      return {
        ...stage,
        recordsInPerSecond: this.#rates.perSecond(`${stage.id} in`),
        recordsOutPerSecond: this.#rates.perSecond(`${stage.id} out`),
      }
    })
    return {
      project: project.manifest.name,
      now: host.clock.now(),
      startedAt: platform.startedAt,
      endpoints: [
        { name: 'kafka', url: `127.0.0.1:${platform.ports.kafka}` },
        ...Object.entries(platform.ports.clusters).map(([cluster, port]) => ({
          name: 'kafka' as const,
          cluster,
          url: `127.0.0.1:${port}`,
        })),
        { name: 'registry', url: platform.url('registry') },
        { name: 'gateway', url: platform.url('gateway') },
        { name: 'query', url: platform.url('query') },
        { name: 'console', url: platform.url('console') },
      ],
      stages,
      links: this.#links(),
      boards: project.boards.map(({ sql: _, ...board }) => board),
    }
  }

  /** In the order in which an event meets the stages. */
  #count(): Counted[] {
    const { project } = this.#platform
    const outputs = new Set(project.pipelines.flatMap((pipeline) => pipeline.sinks))
    const topics = neededTopics(project)
    const conversions = conversionsOf(project)
    const raw = new Set(conversions.map(({ from }) => from))
    const inputs = topics.filter(({ name }) => !outputs.has(name) && !raw.has(name))
    return [
      this.#gatewayStage(),
      ...topics.filter(({ name }) => raw.has(name)).map((topic) => this.#topicStage(topic)),
      ...conversions.map(({ from }) => this.#conversionStage(from)),
      ...inputs.map((topic) => this.#topicStage(topic)),
      ...project.pipelines.map((pipeline) => this.#jobStage(pipeline.name)),
      ...topics.filter(({ name }) => outputs.has(name)).map((topic) => this.#topicStage(topic)),
      ...project.tables.map((table) => this.#tableStage(table.name)),
    ]
  }

  #gatewayStage(): Counted {
    const counts = this.#platform.gateway.counts()
    const accepted = counts.reduce((sum, count) => sum + count.accepted, 0)
    const refused = counts.reduce((sum, count) => sum + count.refused, 0)
    return {
      id: 'gateway:gateway',
      kind: 'gateway',
      name: 'gateway',
      status: 'running',
      recordsIn: accepted + refused,
      recordsOut: accepted,
      refused,
    }
  }

  /** What came out of a topic: what its jobs and tables have read. */
  #topicStage({ name, cluster }: NeededTopic): Counted {
    const { project } = this.#platform
    const readByJobs = project.pipelines
      .filter((pipeline) => pipeline.sources.includes(name))
      .map((pipeline) => this.#jobMetrics(pipeline.name)?.recordsIn ?? 0)
    const readByTables = project.tables
      .filter((table) => table.topic === name)
      .map((table) => this.#tables.find((each) => each.name === table.name)?.recordsIn ?? 0)
    return {
      id: `topic:${name}`,
      kind: 'topic',
      name,
      status: 'running',
      recordsIn: this.#topicRecords.get(placeOf(cluster, name)) ?? 0,
      recordsOut: [...readByJobs, ...readByTables, this.#conversion(name)?.recordsIn ?? 0].reduce(
        (sum, count) => sum + count,
        0,
      ),
    }
  }

  #conversion(from: string): ConversionMetrics | undefined {
    return this.#conversions.find((each) => each.name === from)
  }

  #conversionStage(from: string): Counted {
    const { converter } = this.#platform
    const metrics = this.#conversion(from)
    const reason = metrics?.waiting ?? converter?.reason
    return {
      id: `conversion:${from}`,
      kind: 'conversion',
      name: from,
      status: converter?.status ?? 'starting',
      recordsIn: metrics?.recordsIn ?? 0,
      recordsOut: metrics?.recordsOut ?? 0,
      refused: metrics?.refused ?? 0,
      ...(reason === undefined ? {} : { reason }),
      ...lagWhile(converter?.status, metrics),
    }
  }

  #jobMetrics(name: string): JobMetrics | undefined {
    return this.#platform.finished.get(name) ?? this.#jobs.get(name)
  }

  #jobStage(name: string): Counted {
    const job = this.#platform.jobs.get(name)
    const metrics = this.#jobMetrics(name)
    return {
      id: `job:${name}`,
      kind: 'job',
      name,
      status: job?.status ?? 'starting',
      recordsIn: metrics?.recordsIn ?? 0,
      recordsOut: metrics?.recordsOut ?? 0,
      ...(job?.reason === undefined ? {} : { reason: job.reason }),
      ...(metrics === undefined ? {} : { late: metrics.late }),
      ...lagWhile(job?.status, metrics),
      ...(metrics?.watermark === undefined ? {} : { watermark: metrics.watermark }),
      ...(metrics === undefined ? {} : { operators: metrics.operators }),
    }
  }

  #tableStage(name: string): Counted {
    const { tables } = this.#platform
    const metrics = this.#tables.find((each) => each.name === name)
    return {
      id: `table:${name}`,
      kind: 'table',
      name,
      status: tables.status,
      recordsIn: metrics?.recordsIn ?? 0,
      recordsOut: metrics?.rows ?? 0,
      ...(tables.reason === undefined ? {} : { reason: tables.reason }),
      ...(metrics === undefined ? {} : { rows: metrics.rows }),
      ...lagWhile(tables.status, metrics),
    }
  }

  #links(): { from: string; to: string }[] {
    const { project } = this.#platform
    const links: { from: string; to: string }[] = []
    const link = (from: string, to: string) => {
      if (!links.some((each) => each.from === from && each.to === to)) links.push({ from, to })
    }
    for (const topic of inputTopics(project)) link('gateway:gateway', `topic:${topic.name}`)
    for (const topic of project.topics) {
      if (topic.exceptions !== undefined) link('gateway:gateway', `topic:${topic.exceptions}`)
    }
    for (const { from, to } of conversionsOf(project)) {
      link(`topic:${from}`, `conversion:${from}`)
      link(`conversion:${from}`, `topic:${to.name}`)
      link(`conversion:${from}`, `topic:${to.exceptions}`)
    }
    for (const { name, sources, sinks } of project.pipelines) {
      for (const source of sources) link(`topic:${source}`, `job:${name}`)
      for (const sink of sinks) link(`job:${name}`, `topic:${sink}`)
    }
    for (const table of project.tables) link(`topic:${table.topic}`, `table:${table.name}`)
    return links
  }
}

/** Of a stage that does not run nobody knows how much waits: its last measurement is old. */
export function lagWhile(
  status: StageStatus | undefined,
  metrics: { lag: number } | undefined,
): { lag?: number } {
  return status === 'running' && metrics !== undefined ? { lag: metrics.lag } : {}
}

function placeOf(cluster: string, topic: string): string {
  return `${cluster}/${topic}`
}
