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

export type StageKind = 'gateway' | 'topic' | 'conversion' | 'job' | 'table'

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
  /** Events refused at the gateway or by a conversion, or dropped as late in a job. */
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
  /** It takes any JSON; its events become typed ones of the topic that `becomes` names. */
  raw?: true
  becomes?: string
}

/** `GET /api/exceptions`: exceptions that were asked for, the newest first. */
export interface ExceptionsView {
  exceptions: ExceptionView[]
  /** Records that were read to find them. */
  read: number
  /** RFC 3339: older exceptions were not looked at, since no more records were to be read. */
  stoppedAt?: string
}

/** An event that did not fit. */
export interface ExceptionView {
  /** Where it is: `TOPIC:PARTITION:OFFSET` of its record. */
  id: string
  /** When it was refused: RFC 3339. */
  time: string
  /** The topic that it was for. */
  topic: string
  /** Why it does not fit, by the last check, and the path of the field; '' is the event itself. */
  field: string
  reason: string
  /** The event's own id, and who sent it. */
  event: string
  source: string
  /** Whether it has become a typed event since. */
  status: 'open' | 'resent'
  /** When it was sent again the last time. */
  checkedAt?: string
  /** The start of what was sent. */
  original: string
}

/** `GET /api/exceptions/:id`: one of them, with the whole original. */
export interface ExceptionDetail extends ExceptionView {
  /** When the platform took the event. */
  receivedAt: string
  /** In base64, where the original is not UTF-8. */
  bytes?: string
  /** The record's key. */
  key?: string
  /** What the event said of itself, as CloudEvents attributes. */
  context?: Record<string, unknown>
  /** The record of a raw topic that it is. */
  from?: { topic: string; partition: number; offset: number }
  /** Why it did not fit at first. */
  first: { field: string; reason: string }
  /** What it has become. */
  sent?: { topic: string; id: string }
}

/**
 * `POST /api/exceptions/resend`: what became of exceptions that were sent again, of each cluster the
 * oldest first.
 */
export interface ResendView {
  /** Nothing was sent; this is what would happen. */
  dryRun: boolean
  resent: number
  refused: number
  items: ResendItem[]
  /** There are older ones, which were left for another time. */
  more?: true
  read: number
  /** As in a list. */
  stoppedAt?: string
}

export interface ResendItem {
  id: string
  topic: string
  event: string
  /** `refused`: it stays, for this reason. `resent before`: nothing was done. */
  outcome: 'resent' | 'refused' | 'resent before'
  field?: string
  reason?: string
}

/** `POST /api/apply`: what changed in the project's files, and when it takes effect. */
export interface ApplyView {
  /** Nothing was done; this is what would happen. */
  dryRun: boolean
  /** What can take effect now has. */
  applied: boolean
  changes: ChangeView[]
}

export interface ChangeView {
  /** Relative to the project's folder. */
  file: string
  /** Where one is `refused`, none took effect. */
  effect: 'now' | 'restart' | 'refused'
  /** What changes; of a refusal why. */
  change: string
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
