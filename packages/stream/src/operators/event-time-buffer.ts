import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { FixedColumn } from '../state/column.js'
import type { StateChange } from '../state/operator-state.js'
import { PaneStore } from '../state/panes.js'
import { Slices } from '../state/slices.js'
import { lastMicros } from '../state/waiting-table.js'
import { columnName, type Engine, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { alignedSql } from './duckdb/windows.js'
import { OperatorError } from './errors.js'
import { LateFinder, microsOf } from './late-rows.js'
import { eventTimeSliceMs } from './limits.js'
import type { Flow, OperatorStep } from './operator.js'

/**
 * Rows that wait until the watermark reaches their event time; and for some time after that, where
 * they are part of what later rows are computed of.
 *
 * State: the rows in panes by slices of event time, which are dropped whole: `closedThroughMs` of
 * the state is `keptMs` behind the time through which rows were given out. Bound: the rows from
 * `keptMs` before that, cut down to a slice, to the latest.
 *
 * Late is a row whose time is at or before that through which rows were given out as of the step
 * before; it is counted and dropped, as in Flink's OVER windows.
 */
export class EventTimeBuffer {
  readonly state: PaneStore
  private readonly of: BufferParts
  private readonly arrivals: Statement
  private readonly lateRows: LateFinder | undefined

  private constructor(of: BufferParts, arrivals: Statement, lateRows: LateFinder | undefined) {
    this.of = of
    this.arrivals = arrivals
    this.lateRows = lateRows
    const slices = new Slices({ kind: 'tumble', sizeMs: eventTimeSliceMs, offsetMs: 0 })
    this.state = new PaneStore([sliceField, ...of.fields], slices)
  }

  /** `fields` are those of the input, all of which are kept. */
  static async compile(engine: Engine, of: BufferParts): Promise<EventTimeBuffer> {
    const columns = of.fields.map((_, index) => columnName(index))
    const micros = microsOf(of.timeColumn)
    const items = aliased([alignedSql('micros', eventTimeSliceMs, 0), ...columns])
    const sql = `SELECT ${items} FROM (SELECT *, row_number() OVER () AS i, ${micros} AS micros FROM (${of.input.sql})) ORDER BY 1 NULLS LAST, i`
    const arrivals = await engine.statement(sql, [sliceField, ...of.fields])
    return new EventTimeBuffer(of, arrivals, await LateFinder.compile(engine, of.input, { micros }))
  }

  /** Rows up to this time were given out. */
  get givenThroughMs(): number {
    return this.state.closedThroughMs + this.of.keptMs
  }

  /** Takes what the input gives, and decides what is due under its watermark. */
  async step(drain: boolean): Promise<BufferStep> {
    const { input, name, timeColumn, keptMs } = this.of
    const { fresh, late } = await this.admit()
    // Above a window that stopped early, draining must not give out what is still to come.
    const through = drain && !input.behind ? Number.POSITIVE_INFINITY : input.watermarkMs
    const after = this.givenThroughMs
    const due = new ColumnBatch(this.state.fields)
    let last = after
    for (const batch of [...this.batchesFrom(after, through), fresh]) {
      const times = batch.fixed(timeColumn + 1)
      const rows = rowsWithin(times, after, through)
      for (const row of rows) last = Math.max(last, Math.floor(times.numberAt(row) / 1000))
      due.appendTaken(batch.columns, rows)
    }
    // Draining gives out through the last row there is, so that later ones are still accepted.
    const throughMs = Math.max(after, through === Number.POSITIVE_INFINITY ? last : through)
    const kept = keptMs > 0 ? fresh : waitingOf(fresh, timeColumn + 1, throughMs)
    const closedThroughMs = throughMs - keptMs
    const change: StateChange = {
      state: name,
      ...(kept.rowCount > 0 && { rows: kept }),
      ...(Number.isFinite(closedThroughMs) && { closedThroughMs }),
    }
    const counted = {
      late,
      recordsIn: [fresh.rowCount + late],
      ...(late > 0 && (await this.findLate())),
    }
    return { due: withoutSlice(due), fresh, throughMs, counted, change }
  }

  /** Rows before what is due, as far back as they are kept, that came in the steps before. */
  keptBefore(dueFromMs: number, afterMs: number): ColumnBatch {
    const { timeColumn, keptMs } = this.of
    const kept = new ColumnBatch(this.state.fields)
    for (const batch of this.batchesFrom(dueFromMs - keptMs - 1, afterMs)) {
      const rows = rowsWithin(batch.fixed(timeColumn + 1), dueFromMs - keptMs - 1, afterMs)
      kept.appendTaken(batch.columns, rows)
    }
    return withoutSlice(kept)
  }

  private async findLate(): Promise<Pick<OperatorStep, 'lateRows'>> {
    const throughMs = this.givenThroughMs
    const found = await this.lateRows?.find((timeMs) => timeMs <= throughMs, throughMs)
    return found === undefined ? {} : { lateRows: [found] }
  }

  private async admit(): Promise<{ fresh: ColumnBatch; late: number }> {
    const { input, name, timeColumn } = this.of
    const fresh = new ColumnBatch(this.state.fields)
    if (!input.hasRows) return { fresh, late: 0 }
    const arrived = await this.arrivals.run()
    // NULLs come last in the order that was asked for.
    if (arrived.rowCount > 0 && !arrived.fixed(0).validity.isValid(arrived.rowCount - 1)) {
      throw new OperatorError('TIME_IS_NULL', `${name}: a row has NULL as its event time`)
    }
    const times = arrived.fixed(timeColumn + 1)
    const rows = rowsWithin(times, this.givenThroughMs, Number.POSITIVE_INFINITY)
    if (rows.length === arrived.rowCount) return { fresh: arrived, late: 0 }
    fresh.appendTaken(arrived.columns, rows)
    return { fresh, late: arrived.rowCount - rows.length }
  }

  /** The rows of the slices in which some of these times are, by time. */
  private *batchesFrom(afterMs: number, throughMs: number): Generator<ColumnBatch> {
    const { state } = this
    const starts = [...state.starts].filter((start) => {
      return start + eventTimeSliceMs > afterMs && start <= throughMs
    })
    for (const start of starts.sort((left, right) => left - right)) yield state.rowsOf(start)
  }
}

export interface BufferStep {
  /** Rows that are given out, those of earlier slices first, within a slice as they came. */
  readonly due: ColumnBatch
  /** All rows that came and are not late; their first column is the slice. */
  readonly fresh: ColumnBatch
  /** What is due is due through this time. */
  readonly throughMs: number
  readonly counted: Omit<OperatorStep, 'changes'>
  readonly change: StateChange
}

interface BufferParts {
  readonly name: string
  readonly input: Flow
  readonly fields: readonly Field[]
  readonly timeColumn: number
  /** How long rows are kept after they were given out. */
  readonly keptMs: number
}

const sliceField: Field = {
  name: 'slice_start',
  type: { kind: 'timestamp', precision: 3, nullable: false },
}

/** The rows with a time after one and not after another. */
function rowsWithin(times: FixedColumn, afterMs: number, throughMs: number): number[] {
  const [after, through] = [lastMicros(afterMs), lastMicros(throughMs)]
  const rows: number[] = []
  for (let row = 0; row < times.length; row++) {
    const micros = times.numberAt(row)
    if (micros > after && micros <= through) rows.push(row)
  }
  return rows
}

function waitingOf(fresh: ColumnBatch, timeColumn: number, throughMs: number): ColumnBatch {
  const rows = rowsWithin(fresh.fixed(timeColumn), throughMs, Number.POSITIVE_INFINITY)
  if (rows.length === fresh.rowCount) return fresh
  const waiting = new ColumnBatch(fresh.fields)
  waiting.appendTaken(fresh.columns, rows)
  return waiting
}

function withoutSlice({ fields, columns }: ColumnBatch): ColumnBatch {
  return new ColumnBatch(fields.slice(1), columns.slice(1))
}
