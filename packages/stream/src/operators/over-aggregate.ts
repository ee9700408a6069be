import type { OverNode } from '../plan/node.js'
import { ColumnBatch } from '../state/batch.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { EventTimeBuffer } from './event-time-buffer.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { OverHistory } from './over-history.js'
import { fromEndField, type OverLayout, overLayoutOf, overSql } from './over-layout.js'
import { StepFlow } from './step-flow.js'

/**
 * Functions of the rows before each row of its partition, in the order of event time.
 *
 * Delta rule. Rows wait until the watermark reaches them; no row comes before those any more, so
 * what a row sees is settled, and it is given out once. What is due in a step is computed by
 * DuckDB's window functions over these rows and what they need of earlier ones: all rows of the
 * range before them, the last rows of their partitions, or, of all rows before, what the functions'
 * parts came to (`over-function.ts`), since part(A ++ B) = merge(part(A), part(B)).
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
      [name, buffer.state],
      ...(history === undefined ? [] : ([[history.name, history.table]] as const)),
    ])
    const columns = node.fields.map((_, index) => columnName(index))
    const isDue = columnName(parts.layout.resultFields.length - 1)
    this.flow = new StepFlow({
      changelog: 'append',
      sql: `SELECT ${aliased(columns)} FROM ${results.name}() WHERE ${isDue}`,
      inputs: [input],
      holdsTime: true,
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
    const buffer = await EventTimeBuffer.compile(engine, {
      name,
      input,
      fields,
      timeColumn,
      keptMs,
    })
    const rows = engine.relation(`${relation}_rows`, layout.rowFields)
    const isOfAll = frame.preceding === undefined
    const before = isOfAll ? engine.relation(`${relation}_before`, layout.beforeFields) : undefined
    const sql = overSql(node, layout, rows.name, before?.name)
    return new OverAggregate({
      name,
      node,
      input,
      layout,
      buffer,
      history: isOfRange ? undefined : new OverHistory(`${name}, before`, node, layout),
      rows,
      before,
      results: engine.relation(`${relation}_results`, layout.resultFields),
      compute: await engine.statement(sql, layout.resultFields),
    })
  }

  async step(drain: boolean): Promise<OperatorStep> {
    const { buffer, history, results, before, compute, rows } = this.parts
    const afterMs = buffer.givenThroughMs
    const { due, throughMs, late, change } = await buffer.step(drain)
    this.flow.give({ hasRows: due.rowCount > 0, watermarkMs: throughMs })
    const changes: StateChange[] = [change]
    if (due.rowCount === 0) return { late, changes }
    before?.load([history?.partsBefore(due) ?? new ColumnBatch(this.parts.layout.beforeFields)])
    rows.load([...this.earlierRows(due, afterMs), this.withFromEnd(due)])
    const computed = await compute.run()
    rows.clear()
    before?.clear()
    results.load([computed])
    if (history !== undefined) changes.push(history.change(computed))
    return { late, changes }
  }

  async settle(): Promise<void> {
    this.parts.results.clear()
  }

  /** The rows of earlier steps that those that are due see; each counts from the end of something. */
  private earlierRows(due: ColumnBatch, afterMs: number): ColumnBatch[] {
    const { buffer, history, before, node } = this.parts
    if (before !== undefined) return []
    if (history !== undefined) return [history.rowsBefore(due)]
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
  readonly buffer: EventTimeBuffer
  /** Absent where the frame is a range of time: then the buffer keeps the rows in it. */
  readonly history: OverHistory | undefined
  /** The rows that are due, and the earlier ones that they see. */
  readonly rows: Relation
  readonly before: Relation | undefined
  readonly results: Relation
  readonly compute: Statement
}
