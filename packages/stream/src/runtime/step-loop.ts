import type { Host } from '@millrace/host'
import type { Dataflow, StepOutcome } from '../operators/dataflow.js'
import type { Source } from '../operators/source.js'
import type { InsertNode } from '../plan/plan.js'
import type { ColumnBatch } from '../state/batch.js'
import type { OutboxPart, StepEntry } from '../state/entry.js'
import type { StateStore } from '../state/store.js'
import type { Bell } from './bell.js'
import type { Decoded } from './decoding.js'
import { publishFiles } from './files/file-publisher.js'
import type { LateTopic } from './late-records.js'
import {
  endOfTimeMs,
  idleCheckMs,
  idleCheckMsMax,
  offsetCommitMsMax,
  snapshotPauseMs,
} from './limits.js'
import type { LookupTables } from './lookup-tables.js'
import type { JobMetrics } from './metrics.js'
import type { Publisher } from './publisher.js'
import type { Reader } from './reader.js'
import type { Sink } from './sink.js'
import { StepMeter } from './step-meter.js'

export interface StepLoopParts {
  readonly host: Host
  readonly dataflow: Dataflow
  readonly store: StateStore
  /** Absent where no table of the job is a topic. */
  readonly publisher: Publisher | undefined
  readonly sinks: ReadonlyMap<InsertNode, Sink>
  /** Where late records go, of tables that want them told. */
  readonly lateTopics: ReadonlyMap<Source, LateTopic>
  readonly lookups: LookupTables
  readonly readers: readonly Reader[]
  readonly bell: Bell
  /** Records after which a step takes no further batch. */
  readonly stepRecordsMax: number
}

interface WantedSavepoint {
  readonly directory: string
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/**
 * One step after another: take a batch from the backlog, decode, run it through the graph under
 * the watermark that it brings, commit, publish. A step is a transaction: until `store.commit` it
 * has happened nowhere, from then on it has happened, and what is published follows from it.
 *
 * Late is decided against the windows closed as of the step before, and the watermark moves only
 * after a batch; so where a batch ends changes nothing for records that are in time.
 */
export class StepLoop {
  private readonly parts: StepLoopParts
  private stopping = false
  private behind = false
  private watermarks = new Map<Source, number>()
  private offsetsCommittedMs: number
  private offsetsEpoch: number
  private readonly savepoints: WantedSavepoint[] = []
  private hasEnded = false
  private readonly meter: StepMeter
  /** How long the loop sleeps where nothing rings. */
  private readonly idleWaitMs: number

  constructor(parts: StepLoopParts) {
    this.parts = parts
    const { dataflow, readers, sinks } = parts
    const dependsOnTime =
      dataflow.dependsOnTime ||
      readers.some((reader) => reader.dependsOnTime === true) ||
      [...sinks.values()].some((sink) => sink.isDue !== undefined)
    this.idleWaitMs = dependsOnTime ? idleCheckMs : idleCheckMsMax
    this.meter = new StepMeter(parts.host.clock, parts.readers, parts.sinks.keys())
    this.offsetsCommittedMs = parts.host.clock.monotonic()
    this.offsetsEpoch = parts.store.standing.epoch
    for (const reader of parts.readers) {
      this.watermarks.set(reader.source, reader.watermarkMs())
      reader.source.watermarkMs = reader.watermarkMs()
    }
  }

  /** Until it is stopped or drained; rejects with the first failure. */
  async run(): Promise<void> {
    for (const reader of this.parts.readers) reader.start()
    try {
      await this.steps()
      await this.commitOffsets()
      // So that whatever becomes of the group's offsets, no outbox is published a second time.
      if (this.parts.store.standing.lastOutbox !== undefined) await this.parts.store.snapshot()
      await this.writeSavepoints()
    } finally {
      this.hasEnded = true
      for (const { reject } of this.savepoints.splice(0)) reject(new Error('the job has ended'))
    }
  }

  private async steps(): Promise<void> {
    const { bell, host, store } = this.parts
    while (!this.stopping) {
      await this.writeSavepoints()
      const isLast = this.isDrained()
      if (this.behind || isLast || this.hasWork()) {
        const beganMs = this.meter.now()
        await this.step(isLast)
        this.meter.stepped(beganMs)
        if (isLast && !this.behind) break
      } else {
        await this.commitOffsetsWhenDue()
        const beganMs = this.meter.now()
        // Nobody waits for the slices of a snapshot now.
        const isWriting = store.isWritingSnapshot
        if (isWriting) await store.snapshotWhenDue()
        await bell.wait(host.clock, isWriting ? snapshotPauseMs : this.idleWaitMs)
        this.meter.idled(beganMs)
      }
    }
  }

  /** Makes the loop end with the inputs' present ends. Rejects when these cannot be found out. */
  async drain(): Promise<void> {
    const { readers, bell } = this.parts
    await Promise.all(readers.map((reader) => reader.endHere()))
    bell.ring()
  }

  /** Resolves when it was written, between two steps. */
  savepoint(directory: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.hasEnded) reject(new Error('the job has ended'))
      else this.savepoints.push({ directory, resolve, reject })
      this.parts.bell.ring()
    })
  }

  private async writeSavepoints(): Promise<void> {
    const { store, host } = this.parts
    for (const { directory, resolve, reject } of this.savepoints.splice(0)) {
      try {
        await store.savepoint(directory, host.random.uuid())
        resolve()
      } catch (error) {
        reject(error)
      }
    }
  }

  stop(): void {
    this.stopping = true
    this.parts.bell.ring()
  }

  metrics(): JobMetrics {
    const { store, readers, dataflow } = this.parts
    const { totals, epoch } = store.standing
    const { meter } = this
    const watermark = Math.min(...this.watermarks.values())
    return {
      ...totals,
      ...(Number.isFinite(watermark) ? { watermark } : {}),
      lag: readers.reduce((sum, reader) => sum + reader.lag(), 0),
      epoch,
      stateBytes: store.sizeBytes,
      stateBytesMax: store.bytesMax,
      stateSpilledBytes: store.spilledBytes,
      ...meter.times(),
      operators: [
        ...meter.sourceMetrics(
          ({ source }) => this.watermarks.get(source) ?? Number.NEGATIVE_INFINITY,
        ),
        ...dataflow.metrics(),
        ...meter.sinkMetrics(),
      ],
    }
  }

  private hasWork(): boolean {
    const { readers, sinks, host, dataflow } = this.parts
    const nowMs = host.clock.now()
    if (dataflow.isDue(nowMs)) return true
    if ([...sinks.values()].some((sink) => sink.isDue?.(nowMs))) return true
    return readers.some(
      (reader) =>
        reader.hasBacklog || this.watermarkOf(reader) > (this.watermarks.get(reader.source) ?? 0),
    )
  }

  /**
   * A table that was read to its end holds back none that go on for ever. Where all of them end,
   * the last step closes what is open, through the last row that came: so a job that is started
   * again goes on with later windows.
   */
  private watermarkOf(reader: Reader): number {
    const { readers } = this.parts
    const goesOn = reader.isFinished && readers.some((each) => !each.isBounded)
    return goesOn && reader.source.hasWatermark ? endOfTimeMs : reader.watermarkMs()
  }

  /** Has everything been taken that was asked for? */
  private isDrained(): boolean {
    return this.parts.readers.every((reader) => reader.isFinished)
  }

  private async step(drain: boolean): Promise<void> {
    const { dataflow, store, publisher, readers, lookups, host } = this.parts
    if (!this.behind) await lookups.refresh()
    const decoded = this.behind || drain ? new Map<Source, Decoded>() : await this.takeBatches()
    const batches = new Map<Source, ColumnBatch>()
    for (const [source, { batch }] of decoded) batches.set(source, batch)

    const nowMs = Math.max(host.clock.now(), dataflow.clockAtLeastMs)
    const times = await dataflow.load(batches, nowMs)
    for (const reader of readers) reader.observe(times.get(reader.source) ?? new Map())
    for (const reader of readers) {
      const before = this.watermarks.get(reader.source) ?? Number.NEGATIVE_INFINITY
      this.watermarks.set(reader.source, Math.max(before, this.watermarkOf(reader)))
    }
    const { now } = this.meter
    const outcome = await dataflow.step({ watermarkMs: this.watermarks, drain, now })

    const isEnd = drain && !outcome.behind
    const entry = this.entryOf(outcome, decoded, { nowMs, isEnd })
    await store.commit(entry)
    await publishFiles(host.disk, entry.outbox)
    if (publisher !== undefined && entry.outbox.length > 0) {
      const beganMs = now()
      await publisher.publish(entry.epoch, entry.outbox, entry.positions)
      this.meter.published(
        outcome.outputs.map(({ insert }) => insert),
        beganMs,
      )
      if (publisher.commitsOffsets) this.noteOffsets(entry.epoch)
    }
    this.behind = outcome.behind
    await dataflow.settle()
    for (const { release } of decoded.values()) release?.()
    await this.commitOffsetsWhenDue()
    await store.snapshotWhenDue()
  }

  private async takeBatches(): Promise<Map<Source, Decoded>> {
    const { readers, stepRecordsMax } = this.parts
    const decoded = new Map<Source, Decoded>()
    for (const reader of readers) {
      const beganMs = this.meter.now()
      const taken = await reader.take(stepRecordsMax)
      this.meter.took(reader, taken, beganMs)
      if (taken !== undefined) decoded.set(reader.source, taken)
    }
    return decoded
  }

  private entryOf(
    outcome: StepOutcome,
    decoded: ReadonlyMap<Source, Decoded>,
    { nowMs, isEnd }: { nowMs: number; isEnd: boolean },
  ): StepEntry {
    const { store, readers, sinks, lateTopics } = this.parts
    const epoch = store.standing.epoch + 1
    const before = store.standing.totals
    const outbox: OutboxPart[] = []
    let recordsOut = 0
    for (const output of outcome.outputs) {
      recordsOut += output.rows.rowCount
      const beganMs = this.meter.now()
      const parts = sinks.get(output.insert)?.encode(output, { epoch, nowMs }) ?? []
      this.meter.encoded(output.insert, output.rows.rowCount, beganMs)
      outbox.push(...parts)
    }
    for (const late of outcome.lateRecords) {
      const read = decoded.get(late.source)
      if (read !== undefined) {
        outbox.push(...(lateTopics.get(late.source)?.encode(late, read, nowMs) ?? []))
      }
    }
    for (const sink of sinks.values())
      outbox.push(...(sink.finish?.({ epoch, nowMs }, isEnd) ?? []))
    const sum = (pick: (each: Decoded) => number) =>
      [...decoded.values()].reduce((total, each) => total + pick(each), 0)
    return {
      epoch,
      positions: readers.flatMap((reader) => reader.positions()),
      totals: {
        recordsIn: before.recordsIn + sum(({ records }) => records),
        recordsOut: before.recordsOut + recordsOut,
        late: before.late + outcome.late,
        skipped: before.skipped + sum(({ skipped }) => skipped),
      },
      changes: outcome.changes,
      outbox,
      openFiles: [...sinks.values()].flatMap((sink) => sink.openFiles?.() ?? []),
    }
  }

  /** Steps that emit nothing are published by no transaction; this one is for those who watch. */
  private async commitOffsetsWhenDue(): Promise<void> {
    const { host } = this.parts
    if (host.clock.monotonic() - this.offsetsCommittedMs < offsetCommitMsMax) return
    await this.commitOffsets()
  }

  private async commitOffsets(): Promise<void> {
    const { store, publisher } = this.parts
    const { epoch, positions } = store.standing
    if (epoch > this.offsetsEpoch) await publisher?.commitOffsets(epoch, positions)
    this.noteOffsets(epoch)
  }

  private noteOffsets(epoch: number): void {
    this.offsetsEpoch = epoch
    this.offsetsCommittedMs = this.parts.host.clock.monotonic()
  }
}
