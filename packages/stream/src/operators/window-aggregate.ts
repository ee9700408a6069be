import type { AlignedWindows, SessionWindows, WindowAggregateNode } from '../plan/node.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { OperatorState } from '../state/operator-state.js'
import { PaneStore, runsOf } from '../state/panes.js'
import { Slices } from '../state/slices.js'
import { type SplitAggregate, splitAggregate } from './aggregate.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import { alignedSql } from './duckdb/windows.js'
import { dueWindows } from './due-windows.js'
import { OperatorError } from './errors.js'
import { LateFinder, microsOf } from './late-rows.js'
import type { OperatorLimits } from './limits.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { recordsOf } from './record-counts.js'
import { StepFlow } from './step-flow.js'

/** A grouping by windows that begin at the same times for all rows. */
type AlignedAggregateNode = Omit<WindowAggregateNode, 'window'> & {
  readonly window: AlignedWindows & Omit<WindowAggregateNode['window'], keyof SessionWindows>
}

/** The same node, which must not be of sessions. */
export function ofAlignedWindows(node: WindowAggregateNode): AlignedAggregateNode {
  const { window } = node
  if (window.kind === 'session') throw new TypeError('sessions have an operator of their own')
  return { ...node, window }
}

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
 * their groups. Modes: reads append-only, writes append-only.
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
    const layout = layoutOf(node)
    const slices = new Slices(node.window, node.window.isEnd)
    return WindowAggregate.ofQueries(of, {
      fields: layout.fields,
      slices,
      micros: microsSql(node),
      partial: partialSql(node, slices, layout, input.sql),
      merge: (rows) => mergeSql(layout, rows),
      final: (rows) => finalSql(node, slices, layout, rows),
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
    for (const start of this.panes.starts) yield [start, this.panes.rowsOf(start).rowCount]
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

/**
 * How the partial rows of windows are made, merged and read. Their first column is the start of
 * their slice.
 */
export interface WindowQueries {
  readonly fields: readonly Field[]
  readonly slices: Slices
  /** The time that says which slice a row of the input is in, in microseconds. */
  readonly micros: string
  /** Of the step's input: partial rows, and how many records each is of; by their starts. */
  readonly partial: string
  /** Fewer rows that mean the same as those of a relation. */
  readonly merge: (relation: string) => string
  /** What the windows give whose rows, each under its window's last slice, are in a relation. */
  readonly final: (relation: string) => string
}

/** The same rows under another start; the other columns are shared. */
function movedTo(startMs: number, rows: ColumnBatch): ColumnBatch {
  const [, ...columns] = rows.columns
  const starts = new ColumnBatch(rows.fields.slice(0, 1)).fixed(0)
  starts.extend(rows.rowCount)
  starts.int64.fill(BigInt(startMs) * 1000n, 0, rows.rowCount)
  return new ColumnBatch(rows.fields, [starts, ...columns])
}

/** Columns of a partial row: the slice's start, the keys, what DISTINCT groups by, partials. */
interface Layout {
  readonly fields: readonly Field[]
  readonly groupCount: number
  readonly aggregates: readonly { split: SplitAggregate; names: readonly string[] }[]
}

const rowsField: Field = { name: 'rows', type: { kind: 'bigint', nullable: false } }

function layoutOf(node: AlignedAggregateNode): Layout {
  const start: Field = {
    name: 'slice_start',
    type: { kind: 'timestamp', precision: 3, nullable: false },
  }
  const keys = node.keys.map((_, index) => fieldAt(node.fields, index))
  const splits = node.aggregates.map((call, ordinal) => splitAggregate(call, ordinal))
  const groups = splits.flatMap((split) => split.groupColumns)
  const partials = splits.flatMap((split) => split.columns)
  const fields = [
    start,
    ...keys,
    ...groups.map((column) => column.field),
    ...partials.map((column) => column.field),
  ]
  const groupCount = 1 + keys.length + groups.length
  let group = 1 + keys.length
  let partial = groupCount
  const aggregates = splits.map((split) => ({
    split,
    names: [
      ...split.groupColumns.map(() => columnName(group++)),
      ...split.columns.map(() => columnName(partial++)),
    ],
  }))
  return { fields, groupCount, aggregates }
}

function partialSql(
  node: AlignedAggregateNode,
  slices: Slices,
  layout: Layout,
  inputSql: string,
): string {
  const start = alignedSql('micros', slices.sliceMs, slices.offsetMs)
  const keys = node.keys.map((key) => columnName(key))
  const splits = layout.aggregates.map(({ split }) => split)
  const groups = splits.flatMap((split) => split.groupColumns.map(({ sql }) => sql))
  const partials = splits.flatMap((split) => split.columns.map(({ sql }) => sql))
  const input = `SELECT *, ${microsSql(node)} AS micros FROM (${inputSql})`
  const items = aliased([start, ...keys, ...groups, ...partials, 'count(*)'])
  return `SELECT ${items} FROM (${input}) GROUP BY ${ordinals(layout.groupCount)} ORDER BY 1 NULLS LAST`
}

/** A window's end is in the window after it. */
function microsSql({ window }: AlignedAggregateNode): string {
  return `${microsOf(window.timeColumn)}${window.isEnd ? ' - 1' : ''}`
}

function mergeSql(layout: Layout, relation: string): string {
  const groups = Array.from({ length: layout.groupCount }, (_, index) => columnName(index))
  let partial = layout.groupCount
  const merged = layout.aggregates.flatMap(({ split }) =>
    split.columns.map(({ merge }) => merge(columnName(partial++))),
  )
  return `SELECT ${aliased([...groups, ...merged])} FROM ${relation}() GROUP BY ${ordinals(layout.groupCount)}`
}

/** The start of a window, given that of its last slice. */
function startSql({ window }: AlignedAggregateNode, last: string): string {
  switch (window.kind) {
    case 'tumble':
      return last
    case 'hop':
      return `(${last} - to_milliseconds(${window.sizeMs - window.slideMs}))`
    case 'cumulate':
      return alignedSql(`epoch_us(${last})`, window.sizeMs, window.offsetMs)
  }
}

/** In order of the window's end, then of the keys, NULLs first as Flink sorts them. */
function finalSql(
  node: AlignedAggregateNode,
  slices: Slices,
  layout: Layout,
  closingName: string,
): string {
  const keyNames = node.keys.map((_, index) => columnName(index + 1))
  const end = `(any_value(c0) + to_milliseconds(${slices.sliceMs}))`
  const values = [
    ...keyNames,
    ...layout.aggregates.map(({ split, names }) => split.final(names)),
    startSql(node, 'any_value(c0)'),
    end,
    `(${end} - to_milliseconds(1))`,
  ]
  const items = values.map(
    (sql, index) => `CAST(${sql} AS ${duckdbTypeName(fieldAt(node.fields, index).type)})`,
  )
  const grouping = ['c0', ...keyNames]
  const order = grouping.map((name) => `closing.${name} NULLS FIRST`).join(', ')
  return `SELECT ${aliased(items)} FROM ${closingName}() AS closing GROUP BY ${grouping.map((name) => `closing.${name}`).join(', ')} ORDER BY ${order}`
}

function ordinals(count: number): string {
  return Array.from({ length: count }, (_, index) => index + 1).join(', ')
}

function fieldAt(fields: readonly Field[], index: number): Field {
  const field = fields[index]
  if (field === undefined) throw new RangeError(`no field ${index}`)
  return field
}
