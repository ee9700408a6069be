import type { Clock } from '@millrace/host'
import type { InsertNode } from '../plan/plan.js'
import type { Decoded } from './decoding.js'
import type { OperatorMetrics } from './metrics.js'
import type { Reader } from './reader.js'

interface SourceCounts {
  records: number
  rows: number
  skipped: number
  busyMs: number
}

interface SinkCounts {
  rows: number
  busyMs: number
  waitedMs: number
}

/** What a job's steps read and publish, and where their time goes; counted once a step. */
export class StepMeter {
  private readonly clock: Clock
  private readonly sources: Map<Reader, SourceCounts>
  private readonly sinks: Map<InsertNode, SinkCounts>
  private stepMs = 0
  private publishingMs = 0
  private idleMs = 0

  constructor(clock: Clock, readers: readonly Reader[], inserts: Iterable<InsertNode>) {
    this.clock = clock
    this.sources = new Map(
      readers.map((reader) => [reader, { records: 0, rows: 0, skipped: 0, busyMs: 0 }]),
    )
    this.sinks = new Map(
      [...inserts].map((insert) => [insert, { rows: 0, busyMs: 0, waitedMs: 0 }]),
    )
  }

  readonly now = (): number => this.clock.monotonic()

  /** What was taken of a table, since `beganMs`. */
  took(reader: Reader, decoded: Decoded | undefined, beganMs: number): void {
    const counts = this.sources.get(reader)
    if (counts === undefined) return
    counts.records += decoded?.records ?? 0
    counts.rows += decoded?.batch.rowCount ?? 0
    counts.skipped += decoded?.skipped ?? 0
    counts.busyMs += this.now() - beganMs
  }

  /** A sink made of so many rows what is published, since `beganMs`. */
  encoded(insert: InsertNode, rows: number, beganMs: number): void {
    const counts = this.sinks.get(insert)
    if (counts === undefined) return
    counts.rows += rows
    counts.busyMs += this.now() - beganMs
  }

  /** What these sinks gave was published, since `beganMs`. */
  published(inserts: Iterable<InsertNode>, beganMs: number): void {
    const waitedMs = this.now() - beganMs
    this.publishingMs += waitedMs
    for (const insert of inserts) {
      const counts = this.sinks.get(insert)
      if (counts !== undefined) counts.waitedMs += waitedMs
    }
  }

  stepped(beganMs: number): void {
    this.stepMs += this.now() - beganMs
  }

  idled(beganMs: number): void {
    this.idleMs += this.now() - beganMs
  }

  times() {
    return {
      accumulateBusyTimeMs: this.stepMs - this.publishingMs,
      accumulateBackPressuredTimeMs: this.publishingMs,
      accumulateIdleTimeMs: this.idleMs,
    }
  }

  /** `watermarkOf`: the event time that a table has passed. */
  sourceMetrics(watermarkOf: (reader: Reader) => number): OperatorMetrics[] {
    return [...this.sources].map(([reader, { records, rows, skipped, busyMs }]) => {
      const watermark = watermarkOf(reader)
      return {
        name: reader.source.table.name,
        kind: 'source',
        numRecordsIn: records,
        numRecordsOut: rows,
        numRecordsSkipped: skipped,
        ...(Number.isFinite(watermark) && { currentOutputWatermark: watermark }),
        pendingRecords: reader.lag(),
        accumulateBusyTimeMs: busyMs,
        ...(reader.waitedMs !== undefined && { accumulateBackPressuredTimeMs: reader.waitedMs }),
      }
    })
  }

  sinkMetrics(): OperatorMetrics[] {
    return [...this.sinks].map(([{ table }, { rows, busyMs, waitedMs }], index) => ({
      name: `insert ${index + 1} into ${table.name}`,
      kind: 'sink',
      numRecordsIn: rows,
      accumulateBusyTimeMs: busyMs,
      accumulateBackPressuredTimeMs: waitedMs,
    }))
  }
}
