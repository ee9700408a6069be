import type { OverNode } from '../plan/over-node.js'
import { ColumnBatch } from '../state/batch.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { EventTimeBuffer } from './event-time-buffer.js'
import { InputRows } from './input-rows.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { OverHistory } from './over-history.js'
import { fromEndField, type OverLayout, overLayoutOf, overSql } from './over-layout.js'
import { stepTimeFlow } from './processing-time-windows.js'
import { StepFlow } from './step-flow.js'

/**
 * Functions of the rows before each row of its partition, in the order of event time or in that in
 * which rows come.
 *
 * Delta rule. Rows wait until the watermark reaches them; no row comes before those any more, so
 * what a row sees is settled, and it is given out once. What is due in a step is computed by
 * DuckDB's window functions over these rows and what they need of earlier ones: all rows of the
 * range before them, the last rows of their partitions, or, of all rows before, what the functions'
 * parts came to (`over-function.ts`), since part(A ++ B) = merge(part(A), part(B)). In the order in
 * which rows come a row is due when it comes; where a range of the clock's time counts, the rows of a
 * step have its time, and see each other.
 *
 * State: the rows that wait, and what earlier ones left behind (`event-time-buffer.ts`,
 * `over-history.ts`). Modes: reads append-only, writes append-only.
 */
export class OverAggregate implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly parts: Parts

  private constructor(parts: Parts) {
    this.parts = parts
    const { name, node, input, buffer, history, results } = parts
    this.states = new Map<string, OperatorState>([
      ...(buffer === undefined ? [] : ([[name, buffer.state]] as const)),
      ...(history === undefined ? [] : ([[history.name, history.table]] as const)),
    ])
    const columns = node.fields.map((_, index) => columnName(index))
    const isDue = columnName(parts.layout.resultFields.length - 1)
    this.flow = new StepFlow({
      changelog: 'append',
      sql: `SELECT ${aliased(columns)} FROM ${results.name}() WHERE ${isDue}`,
      inputs: [input],
      holdsTime: !node.isArrival,
    })
  }

  /** `relation` begins the names of its relations. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: OverNode
    input: Flow
  }): Promise<OverAggregate> {
    const { engine, name, relation, node, input } = of
    const { frame, timeColumn } = node
    const { fields } = node.input
    const layout = overLayoutOf(node)
    const isOfRange = frame.unit === 'range' && frame.preceding !== undefined
    const keptMs = isOfRange ? (frame.preceding ?? 0) : 0
    const timed = node.isArrival ? stepTimeFlow(input, engine) : input
    const buffer =
      timeColumn === undefined
        ? undefined
        : await EventTimeBuffer.compile(engine, { name, input: timed, fields, timeColumn, keptMs })
    const rows = engine.relation(`${relation}_rows`, layout.rowFields)
    const isOfAll = frame.preceding === undefined
    const before = isOfAll ? engine.relation(`${relation}_before`, layout.beforeFields) : undefined
    const sql = overSql(node, layout, rows.name, before?.name)
    return new OverAggregate({
      name,
      node,
      layout,
      buffer,
      arrived:
        buffer === undefined
          ? await InputRows.compile(engine, input, [...fields.keys()], fields)
          : undefined,
      input,
      history: isOfRange ? undefined : new OverHistory(`${name}, before`, node, layout),
      rows,
      before,
      results: engine.relation(`${relation}_results`, layout.resultFields),
      compute: await engine.statement(sql, layout.resultFields),
    })
  }

  async step(drain: boolean): Promise<OperatorStep> {
    const { buffer, history, results, before, compute, rows } = this.parts
    const afterMs = buffer?.givenThroughMs ?? Number.NEGATIVE_INFINITY
    const { due, changes, ...counted } = await this.settled(drain)
    if (due.rowCount === 0) return { ...counted, changes }
    before?.load([history?.partsBefore(due) ?? new ColumnBatch(this.parts.layout.beforeFields)])
    rows.load([...this.earlierRows(due, afterMs), this.withFromEnd(due)])
    const computed = await compute.run()
    rows.clear()
    before?.clear()
    results.load([computed])
    if (history !== undefined) changes.push(history.change(computed))
    return { ...counted, changes }
  }

  async settle(): Promise<void> {
    this.parts.results.clear()
  }

  /** By the clock no step may have a time whose rows were given out. */
  get clockAtLeastMs(): number {
    const { node, buffer } = this.parts
    if (!node.isArrival || buffer === undefined) return Number.NEGATIVE_INFINITY
    return buffer.givenThroughMs + 1
  }

  /** The rows before which none come any more. */
  private async settled(
    drain: boolean,
  ): Promise<Omit<OperatorStep, 'changes'> & { due: ColumnBatch; changes: StateChange[] }> {
    const { node, buffer, arrived } = this.parts
    if (buffer === undefined) {
      const due = (await arrived?.read()) ?? new ColumnBatch(node.input.fields)
      this.flow.give({ hasRows: due.rowCount > 0 })
      return { due, late: 0, recordsIn: [due.rowCount], changes: [] }
    }
    const isByClock = node.isArrival === true
    const { due, throughMs, counted, change } = await buffer.step(drain && !isByClock)
    const hasRows = due.rowCount > 0
    this.flow.give(isByClock ? { hasRows } : { hasRows, watermarkMs: throughMs })
    return { due, ...counted, changes: [change] }
  }

  /** The rows of earlier steps that those that are due see; each counts from the end of something. */
  private earlierRows(due: ColumnBatch, afterMs: number): ColumnBatch[] {
    const { buffer, history, before, node } = this.parts
    if (before !== undefined) return []
    if (history !== undefined) return [history.rowsBefore(due)]
    if (buffer === undefined || node.timeColumn === undefined) return []
    const times = due.fixed(node.timeColumn)
    let first = Number.POSITIVE_INFINITY
    for (let row = 0; row < due.rowCount; row++) first = Math.min(first, times.numberAt(row))
    return [this.withFromEnd(buffer.keptBefore(Math.floor(first / 1000), afterMs), 1)]
  }

  private withFromEnd(rows: ColumnBatch, value = 0): ColumnBatch {
    const column = new ColumnBatch([fromEndField]).fixed(0)
    for (let row = 0; row < rows.rowCount; row++) column.pushSafeInteger(value)
    return new ColumnBatch(this.parts.layout.rowFields, [...rows.columns, column])
  }
}

interface Parts {
  readonly name: string
  readonly node: OverNode
  readonly input: Flow
  readonly layout: OverLayout
  /** What waits for its time; absent where the order is that in which rows come. */
  readonly buffer: EventTimeBuffer | undefined
  /** Present where `buffer` is not. */
  readonly arrived: InputRows | undefined
  /** Absent where the frame is a range of time: then the buffer keeps the rows in it. */
  readonly history: OverHistory | undefined
  /** The rows that are due, and the earlier ones that they see. */
  readonly rows: Relation
  readonly before: Relation | undefined
  readonly results: Relation
  readonly compute: Statement
}
