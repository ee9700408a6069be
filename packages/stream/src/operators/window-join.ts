import type { WindowJoinNode } from '../plan/join-node.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import { PaneStore, runsOf } from '../state/panes.js'
import { Slices } from '../state/slices.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import { dueWindows } from './due-windows.js'
import { LateFinder, type LateRows, microsOf } from './late-rows.js'
import type { OperatorLimits } from './limits.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { StepFlow } from './step-flow.js'

/**
 * A join of two inputs whose rows have their windows, of rows of the same window.
 *
 * Delta rule. Rows wait by their window until the watermark of both inputs passes its last instant;
 * then the rows of both sides are joined once, and dropped. So what is given out is of whole
 * windows, and is never taken back.
 *
 * State: a pane of rows for each open window, on either side. Bound: the rows of the open windows.
 * Modes: reads append-only, writes append-only. Late is what comes for a window that was given out.
 */
export class WindowJoin implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly inputs: readonly Flow[]
  private readonly sides: readonly [WindowSide, WindowSide]
  private readonly slices: Slices
  private readonly limits: OperatorLimits

  private constructor(parts: {
    inputs: readonly Flow[]
    sides: readonly [WindowSide, WindowSide]
    slices: Slices
    limits: OperatorLimits
    sql: string
  }) {
    this.inputs = parts.inputs
    this.sides = parts.sides
    this.slices = parts.slices
    this.limits = parts.limits
    this.states = new Map(parts.sides.map((side) => [side.name, side.panes] as const))
    this.flow = new StepFlow({
      changelog: 'append',
      sql: parts.sql,
      inputs: parts.inputs,
      holdsTime: true,
    })
  }

  /** `relation` begins the names of its relations. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: WindowJoinNode
    left: Flow
    right: Flow
    limits: OperatorLimits
  }): Promise<WindowJoin> {
    const { engine, name, relation, node, limits } = of
    const slices = new Slices(node.windows, true)
    const left = await WindowSide.compile({
      engine,
      name: `${name}, left`,
      relation: `${relation}_left`,
      input: of.left,
      which: 0,
      fields: node.left.fields,
      end: node.leftEnd,
      slices,
    })
    const right = await WindowSide.compile({
      engine,
      name: `${name}, right`,
      relation: `${relation}_right`,
      input: of.right,
      which: 1,
      fields: node.right.fields,
      end: node.rightEnd,
      slices,
    })
    const sql = joinSql(node, left.closing.name, right.closing.name)
    return new WindowJoin({
      inputs: [of.left, of.right],
      sides: [left, right],
      slices,
      limits,
      sql,
    })
  }

  async step(drain: boolean): Promise<OperatorStep> {
    const { inputs, sides, slices, limits } = this
    let late = 0
    const recordsIn: number[] = []
    const lateRows: LateRows[] = []
    for (const side of sides) {
      const tooLate = await side.take()
      late += tooLate
      recordsIn.push(tooLate + side.freshCount)
      if (tooLate > 0) lateRows.push(...(await side.findLate()))
    }
    const isBehind = inputs.some((input) => input.behind)
    // Above a window that stopped early, draining must not close what is still to come.
    const closesAll = drain && !isBehind
    const watermarkMs = Math.min(...inputs.map((input) => input.watermarkMs))
    const decision = dueWindows({
      slices,
      closedThroughMs: sides[0].panes.closedThroughMs,
      rowsBySlice: sides.flatMap((side) => [...side.rowsBySlice()]),
      watermarkMs: closesAll ? Number.POSITIVE_INFINITY : watermarkMs,
      rowsMax: limits.closedRowsPerStepMax,
    })
    for (const side of sides) side.close(decision.due)
    this.flow.give({
      hasRows: decision.due.length > 0,
      watermarkMs: decision.throughMs,
      behind: decision.behind,
    })
    const changes = sides.map((side) => side.change(decision.throughMs))
    return { late, recordsIn, lateRows, changes }
  }

  async settle(): Promise<void> {
    for (const side of this.sides) side.clear()
  }
}

/** One side: the rows of its open windows, and those that the step brings. */
class WindowSide {
  readonly name: string
  readonly panes: PaneStore
  /** The rows of the windows that close in this step. */
  readonly closing: Relation
  private readonly input: Flow
  private readonly arrive: Statement
  private readonly lateRows: LateFinder | undefined
  private fresh: ColumnBatch

  private constructor(parts: {
    name: string
    panes: PaneStore
    closing: Relation
    input: Flow
    arrive: Statement
    lateRows: LateFinder | undefined
  }) {
    this.name = parts.name
    this.panes = parts.panes
    this.closing = parts.closing
    this.input = parts.input
    this.arrive = parts.arrive
    this.lateRows = parts.lateRows
    this.fresh = new ColumnBatch(parts.panes.fields)
  }

  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    input: Flow
    /** Its place among the inputs. */
    which: number
    fields: readonly Field[]
    /** The field that is the end of a row's window. */
    end: number
    slices: Slices
  }): Promise<WindowSide> {
    const { engine, name, relation, input, which, fields, end, slices } = of
    const withStart = [startField, ...fields]
    const start = `CAST(${columnName(end)} - to_milliseconds(${slices.sliceMs}) AS TIMESTAMP)`
    const items = aliased([start, ...fields.map((_, index) => columnName(index))])
    const arrive = await engine.statement(
      `SELECT ${items} FROM (${input.sql}) ORDER BY 1`,
      withStart,
    )
    const closing = engine.relation(relation, withStart)
    const micros = `${microsOf(end)} - ${BigInt(slices.sliceMs) * 1000n}::BIGINT`
    const lateRows = await LateFinder.compile(engine, input, { micros }, which)
    const panes = new PaneStore(withStart, slices)
    return new WindowSide({ name, panes, closing, input, arrive, lateRows })
  }

  /** Reads what the input brings; answers how many rows came too late. */
  async take(): Promise<number> {
    this.fresh = new ColumnBatch(this.panes.fields)
    if (!this.input.hasRows) return 0
    const arrived = await this.arrive.run()
    let late = 0
    for (const { startMs, from, to } of runsOf(arrived)) {
      if (this.panes.isClosed(startMs)) late += to - from
      else this.fresh.appendRows(arrived.columns, from, to)
    }
    return late
  }

  /** Rows of the step that are not late. */
  get freshCount(): number {
    return this.fresh.rowCount
  }

  async findLate(): Promise<LateRows[]> {
    const { panes } = this
    const found = await this.lateRows?.find((ms) => panes.isClosed(ms), panes.closedThroughMs)
    return found === undefined ? [] : [found]
  }

  *rowsBySlice(): Generator<readonly [number, number]> {
    for (const start of this.panes.starts) yield [start, this.panes.rowCountOf(start)]
    for (const { startMs, from, to } of runsOf(this.fresh)) yield [startMs, to - from]
  }

  /** Loads the rows of these windows into `closing`. */
  close(windows: readonly number[]): void {
    const isDue = new Set(windows)
    const batches = windows.flatMap((window) =>
      this.panes.has(window) ? [this.panes.rowsOf(window)] : [],
    )
    const arrived = new ColumnBatch(this.panes.fields)
    for (const { startMs, from, to } of runsOf(this.fresh)) {
      if (isDue.has(startMs)) arrived.appendRows(this.fresh.columns, from, to)
    }
    this.closing.load([...batches, arrived])
  }

  change(throughMs: number): StateChange {
    return {
      state: this.name,
      ...(this.fresh.rowCount > 0 && { rows: this.fresh }),
      ...(Number.isFinite(throughMs) && { closedThroughMs: throughMs }),
    }
  }

  clear(): void {
    this.closing.clear()
    this.fresh = new ColumnBatch(this.panes.fields)
  }
}

const startField: Field = {
  name: 'slice_start',
  type: { kind: 'timestamp', precision: 3, nullable: false },
}

const joinWords = {
  inner: 'JOIN',
  left: 'LEFT JOIN',
  right: 'RIGHT JOIN',
  full: 'FULL JOIN',
  semi: 'SEMI JOIN',
  anti: 'ANTI JOIN',
} as const

function joinSql(node: WindowJoinNode, left: string, right: string): string {
  const offset = node.left.fields.length
  const side = (relation: string, start: string, fields: readonly Field[], from: number) => {
    const columns = fields.map(
      (_, index) => `${columnName(index + 1)} AS ${columnName(index + from)}`,
    )
    return `(SELECT ${[`c0 AS ${start}`, ...columns].join(', ')} FROM ${relation}())`
  }
  const on = [
    'left_start = right_start',
    ...node.leftKeys.map((key, index) => {
      return `${columnName(key)} = ${columnName(offset + (node.rightKeys[index] as number))}`
    }),
    ...(node.condition === undefined ? [] : [expressionSql(node.condition)]),
  ]
  const from = `${side(left, 'left_start', node.left.fields, 0)} ${joinWords[node.type]} ${side(right, 'right_start', node.right.fields, offset)} ON ${on.join(' AND ')}`
  const columns = node.fields.map((_, index) => columnName(index)).join(', ')
  return `SELECT ${columns} FROM ${from}`
}
