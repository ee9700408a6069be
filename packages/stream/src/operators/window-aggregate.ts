import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { OperatorState } from '../state/operator-state.js'
import { PaneStore, runsOf } from '../state/panes.js'
import { Slices } from '../state/slices.js'
import { changingWindowQueries } from './changing-window.js'
import type { Engine, Relation, Statement } from './duckdb/engine.js'
import { alignedSql } from './duckdb/windows.js'
import { dueWindows } from './due-windows.js'
import { OperatorError } from './errors.js'
import { LateFinder } from './late-rows.js'
import type { OperatorLimits } from './limits.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { recordsOf } from './record-counts.js'
import { StepFlow } from './step-flow.js'
import {
  type AlignedAggregateNode,
  finalSql,
  layoutOf,
  mergeSql,
  microsSql,
  partialSql,
  type WindowQueries,
} from './window-queries.js'

/**
 * Grouping by a tumbling, hopping or cumulating window and keys.
 *
 * Delta rule. Let S(s) be the partial rows of slice s (`Slices`). A batch B adds partial(B_s) to
 * S(s); when the watermark passes the last instant of window w, final of all S(s) with s in w is
 * emitted once, and each slice that no later window needs is dropped. Since final(partial(A) ++
 * partial(B)) = final(partial(A ∪ B)), how the input was cut into batches and slices does not
 * show, up to the last digits of sums of doubles.
 *
 * State: a pane for each slice of an open window, of one row for each group of each batch,
 * compacted when it grows. Bound: the slices from the first open window to the latest event, times
 * their groups. Modes: reads append-only, or retract with
 * partial rows of its own (`changing-window.ts`); writes append-only.
 *
 * Late is what comes for a slice whose windows all end at or before `closedThroughMs` as of the
 * step before; it is counted and dropped. What comes for a slice of which some windows are open
 * still counts in those, as in Flink.
 */
export class WindowAggregate implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly name: string
  private readonly input: Flow
  private readonly panes: PaneStore
  /** The partial rows of the windows that close in this step, for what is above. */
  private readonly closing: Relation
  private readonly compacting: Relation
  private readonly partial: Statement
  private readonly merge: Statement
  private readonly lateRows: LateFinder | undefined
  private readonly limits: OperatorLimits

  private constructor(parts: {
    name: string
    input: Flow
    outputSql: string
    panes: PaneStore
    closing: Relation
    compacting: Relation
    partial: Statement
    merge: Statement
    lateRows: LateFinder | undefined
    limits: OperatorLimits
  }) {
    this.name = parts.name
    this.input = parts.input
    this.panes = parts.panes
    this.states = new Map([[parts.name, parts.panes]])
    this.closing = parts.closing
    this.compacting = parts.compacting
    this.partial = parts.partial
    this.merge = parts.merge
    this.lateRows = parts.lateRows
    this.limits = parts.limits
    this.flow = new StepFlow({
      changelog: 'append',
      sql: parts.outputSql,
      inputs: [parts.input],
      holdsTime: true,
    })
  }

  /** `relation` begins the names of its relations. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: AlignedAggregateNode
    input: Flow
    limits: OperatorLimits
  }): Promise<WindowAggregate> {
    const { node, input } = of
    if (input.changelog !== 'append') {
      return WindowAggregate.ofQueries(of, changingWindowQueries(node, input.sql))
    }
    const layout = layoutOf(node)
    const slices = new Slices(node.window, node.window.isEnd)
    return WindowAggregate.ofQueries(of, {
      fields: layout.fields,
      slices,
      micros: microsSql(node),
      partial: partialSql(node, slices, layout, input.sql),
      merge: (rows) => mergeSql(layout, rows),
      final: (rows) => finalSql(node, slices, layout, `${rows}()`),
    })
  }

  /** The same for any partial rows of windows. */
  static async ofQueries(
    of: {
      engine: Engine
      name: string
      relation: string
      input: Flow
      limits: OperatorLimits
    },
    queries: WindowQueries,
  ): Promise<WindowAggregate> {
    const { engine, name, relation, input, limits } = of
    const { fields, slices } = queries
    const closing = engine.relation(`${relation}_closing`, fields)
    const compacting = engine.relation(`${relation}_compacting`, fields)
    const partial = await engine.statement(queries.partial, [...fields, rowsField])
    const merge = await engine.statement(queries.merge(compacting.name), fields)
    const panes = new PaneStore(fields, slices)
    const outputSql = queries.final(closing.name)
    const { micros } = queries
    const time = alignedSql('micros', slices.sliceMs, slices.offsetMs)
    const lateRows = await LateFinder.compile(engine, input, { micros, time })
    const statements = { partial, merge, lateRows }
    return new WindowAggregate({
      ...{ name, input, outputSql, panes, closing, compacting, limits },
      ...statements,
    })
  }

  /**
   * Takes what the input gives, decides what closes under its watermark, and loads that into
   * `closing`.
   */
  async step(drain: boolean): Promise<OperatorStep> {
    const { input } = this
    const arrived = input.hasRows ? await this.partial.run() : undefined
    const { fresh, late, recordsIn } = this.admit(arrived)
    const lateRows = late > 0 ? await this.findLate() : {}
    // Above a window that stopped early, draining must not close what is still to come.
    const closesAll = drain && !input.behind
    const decision = dueWindows({
      slices: this.panes.slices,
      closedThroughMs: this.panes.closedThroughMs,
      rowsBySlice: this.rowsBySlice(fresh),
      watermarkMs: closesAll ? Number.POSITIVE_INFINITY : input.watermarkMs,
      rowsMax: this.limits.closedRowsPerStepMax,
    })
    const closingRows = this.rowsOfWindows(decision.due, fresh)
    this.closing.load(closingRows)
    this.flow.give({
      hasRows: closingRows.length > 0,
      // No row before this comes any more.
      watermarkMs: decision.throughMs,
      behind: decision.behind,
    })
    const closes = Number.isFinite(decision.throughMs)
    const change = {
      state: this.name,
      ...(fresh.rowCount > 0 ? { rows: fresh } : {}),
      ...(closes ? { closedThroughMs: decision.throughMs } : {}),
    }
    return { late, ...lateRows, recordsIn: [recordsIn], changes: [change] }
  }

  hasDue(throughMs: number): boolean {
    const { slices, starts } = this.panes
    for (const start of starts) {
      const [window] = slices.windowsOf(start, this.closedThroughMs, throughMs)
      if (window !== undefined) return true
    }
    return false
  }

  get closedThroughMs(): number {
    return this.panes.closedThroughMs
  }

  /** Compacts what has grown. */
  async settle(): Promise<void> {
    for (const start of this.panes.overgrown(this.limits.paneCompactionRowsMin)) {
      this.compacting.load([this.panes.rowsOf(start)])
      this.panes.compact(start, await this.merge.run())
    }
    this.compacting.clear()
    this.closing.clear()
  }

  private async findLate(): Promise<Pick<OperatorStep, 'lateRows'>> {
    const isLate = (startMs: number) => this.panes.isClosed(startMs)
    const found = await this.lateRows?.find(isLate, this.closedThroughMs)
    return found === undefined ? {} : { lateRows: [found] }
  }

  /** Splits partial rows into those of open windows and the count of records that are late. */
  private admit(arrived: ColumnBatch | undefined): Admitted {
    const fresh = new ColumnBatch(this.panes.fields)
    let late = 0
    if (arrived === undefined || arrived.rowCount === 0) return { fresh, late, recordsIn: 0 }
    const starts = arrived.fixed(0)
    // NULLs come last in the order that `partialSql` asks for.
    if (!starts.validity.isValid(arrived.rowCount - 1)) {
      throw new OperatorError('TIME_IS_NULL', `${this.name}: a row has NULL as its event time`)
    }
    const records = arrived.fixed(arrived.columns.length - 1)
    for (const { startMs, from, to } of runsOf(arrived)) {
      if (this.panes.isClosed(startMs)) {
        for (let row = from; row < to; row++) late += records.numberAt(row)
      } else {
        fresh.appendRows(arrived.columns, from, to)
      }
    }
    return { fresh, late, recordsIn: recordsOf(records) }
  }

  private *rowsBySlice(fresh: ColumnBatch): Generator<readonly [number, number]> {
    for (const start of this.panes.starts) yield [start, this.panes.rowCountOf(start)]
    for (const { startMs, from, to } of runsOf(fresh)) yield [startMs, to - from]
  }

  /** The partial rows of the windows, each under the start of its window's last slice. */
  private rowsOfWindows(windows: readonly number[], fresh: ColumnBatch): ColumnBatch[] {
    const arrived = new Map<number, ColumnBatch>()
    for (const { startMs, from, to } of windows.length > 0 ? runsOf(fresh) : []) {
      const run = new ColumnBatch(fresh.fields)
      run.appendRows(fresh.columns, from, to)
      arrived.set(startMs, run)
    }
    const batches: ColumnBatch[] = []
    for (const window of windows) {
      for (const start of this.panes.slices.inFlinksOrder(window)) {
        const kept = this.panes.has(start) ? this.panes.rowsOf(start) : undefined
        for (const rows of [kept, arrived.get(start)]) {
          if (rows !== undefined) batches.push(start === window ? rows : movedTo(window, rows))
        }
      }
    }
    return batches
  }
}

/** What came in a step. */
interface Admitted {
  /** Partial rows of windows that are open. */
  readonly fresh: ColumnBatch
  readonly late: number
  /** Records that the partial rows are of. */
  readonly recordsIn: number
}

/** The same rows under another start; the other columns are shared. */
function movedTo(startMs: number, rows: ColumnBatch): ColumnBatch {
  const [, ...columns] = rows.columns
  const starts = new ColumnBatch(rows.fields.slice(0, 1)).fixed(0)
  starts.extend(rows.rowCount)
  starts.int64.fill(BigInt(startMs) * 1000n, 0, rows.rowCount)
  return new ColumnBatch(rows.fields, [starts, ...columns])
}

const rowsField: Field = { name: 'rows', type: { kind: 'bigint', nullable: false } }
