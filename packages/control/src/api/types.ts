import type { OperatorMetrics } from '@millrace/stream'

/** What control's HTTP API answers: the only thing the console knows of the platform. */

/** A source, an operator or a sink of a job; counts are since the job's process began. */
export type OperatorView = OperatorMetrics

/** `GET /api/platform`; the same, each second, as `event: platform` of `GET /api/live` (SSE). */
export interface PlatformView {
  project: string
  /** Milliseconds since 1970, by the platform's clock. */
  now: number
  startedAt: number
  endpoints: EndpointView[]
  /** In the order in which an event meets them. */
  stages: StageView[]
  /** Which stage's output is which stage's input, by stage id. */
  links: { from: string; to: string }[]
  boards: BoardView[]
}

export interface EndpointView {
  name: 'kafka' | 'registry' | 'gateway' | 'query' | 'console'
  /** Of a Kafka endpoint that is not the main cluster's. */
  cluster?: string
  url: string
}

export type StageKind = 'gateway' | 'topic' | 'job' | 'table'

export type StageStatus = 'starting' | 'running' | 'restarting' | 'failed' | 'finished'

export interface StageView {
  /** `kind:name`, such as `topic:trips`. */
  id: string
  kind: StageKind
  name: string
  status: StageStatus
  /** Why it failed or restarts, in one line. */
  reason?: string
  /** Totals since the project's first start, as far as the stage keeps them. */
  recordsIn: number
  recordsOut: number
  /** Averaged over the last few seconds. */
  recordsInPerSecond: number
  recordsOutPerSecond: number
  /** Events refused at the gateway, or dropped as late in a job. */
  refused?: number
  late?: number
  /** Records that wait in front of the stage; absent where it does not run. */
  lag?: number
  /** A job's watermark, in milliseconds since 1970; absent before the first. */
  watermark?: number
  /** Rows that a table holds. */
  rows?: number
  /** Of a job: its sources, its operators from below, its sinks. Absent before it has run. */
  operators?: readonly OperatorView[]
}

/** `GET /api/topics`, by name; with `?internal=true` those that the platform keeps for itself too. */
export interface TopicView {
  name: string
  /** `main`, or another of the project's clusters. */
  cluster: string
  partitions: number
  /** That were ever written to it, without the end markers of transactions. */
  records: number
  /** What the project says of it; absent for a topic that it only names, or does not know. */
  metadata?: TopicMetadata
}

/** `GET /api/topics/:topic/metadata`: what `topics/*.yaml` says of a topic. */
export interface TopicMetadata {
  description?: string
  owner?: string
  tier: 'critical' | 'standard' | 'relaxed'
  /** Services and teams that read it, as its owner knows them; those of the project are not among them. */
  consumers: readonly string[]
  /** Pipelines and tables of the project that read it, and pipelines that write it. */
  readBy: { pipelines: string[]; tables: string[] }
  writtenBy: { pipelines: string[] }
  /** A file in `schemas/`, and the full name of what it describes. */
  schema?: { file: string; name: string }
  /** Fields of the schema. */
  key?: string
  id?: string
  time?: string
  /** Where refused events go. */
  exceptions?: string
}

/** A chart that the project declares in `boards/*.yaml`. */
export interface BoardView {
  name: string
  title: string
  description?: string
  chart: 'line' | 'heatmap'
  /** Columns of the board's query: the time axis, one line (or row) a value, what is drawn. */
  time: string
  series: string
  value: string
}

/** `GET /api/boards/:name`: what the board's query answers now. */
export interface BoardRows {
  name: string
  /** Milliseconds since 1970, the series' name, the value. */
  points: { time: number; series: string; value: number }[]
}

/** Any refusal. */
export interface ErrorView {
  code: string
  message: string
}
