import type { SortNode } from '../plan/rank-node.js'
import type { OperatorState } from '../state/operator-state.js'
import { columnName, type Engine, type Relation } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { EventTimeBuffer } from './event-time-buffer.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { orderSql } from './rank-layout.js'
import { StepFlow } from './step-flow.js'

/**
 * The rows of a stream in the order of their event time. What the watermark reaches in a step comes
 * after all that it reached before, so each step's rows are ordered alone. State, bound and what is
 * late are those of `EventTimeBuffer`. Modes: reads append-only, writes append-only.
 */
export class EventTimeSort implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly buffer: EventTimeBuffer
  private readonly due: Relation

  private constructor(
    name: string,
    node: SortNode,
    input: Flow,
    buffer: EventTimeBuffer,
    due: Relation,
  ) {
    this.buffer = buffer
    this.due = due
    this.states = new Map([[name, buffer.state]])
    const columns = node.fields.map((_, index) => columnName(index))
    const order = [...node.order.map(orderSql), 'i'].join(', ')
    this.flow = new StepFlow({
      changelog: 'append',
      sql: `SELECT ${aliased(columns)} FROM (SELECT *, row_number() OVER () AS i FROM ${due.name}()) ORDER BY ${order}`,
      inputs: [input],
      holdsTime: true,
    })
  }

  /** `relation` begins the names of its relations. */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: SortNode
    input: Flow
  }): Promise<EventTimeSort> {
    const { engine, name, relation, node, input } = of
    const [time] = node.order
    if (time === undefined) throw new TypeError('an order has a first key')
    const { fields } = node
    const parts = { name, input, fields, timeColumn: time.column, keptMs: 0 }
    const buffer = await EventTimeBuffer.compile(engine, parts)
    return new EventTimeSort(name, node, input, buffer, engine.relation(`${relation}_due`, fields))
  }

  async step(drain: boolean): Promise<OperatorStep> {
    const { due, throughMs, counted, change } = await this.buffer.step(drain)
    this.due.load([due])
    this.flow.give({ hasRows: due.rowCount > 0, watermarkMs: throughMs })
    return { ...counted, changes: [change] }
  }

  async settle(): Promise<void> {
    this.due.clear()
  }
}
