import type { Expression } from '../plan/expression.js'
import type { Field } from '../plan/type.js'
import {
  columnName,
  type Engine,
  placeName,
  type Relation,
  type Statement,
} from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import { type Flow, kindField, type Operator, type OperatorStep } from './operator.js'
import { StepFlow } from './step-flow.js'

/**
 * The input's rows, with columns behind them for calls whose value is another one each time. A
 * step's flow may be read several times; so they are computed once, and lie in memory until the step
 * ends. Nothing is kept between steps.
 */
export class VolatileColumns implements Operator {
  readonly flow: StepFlow
  readonly states: Operator['states'] = new Map()
  private readonly input: Flow
  private readonly rows: Relation
  private readonly computed: Statement

  private constructor(input: Flow, rows: Relation, computed: Statement, columns: number) {
    this.input = input
    this.rows = rows
    this.computed = computed
    const changes = input.changelog !== 'append'
    const kind = changes ? `, ${columnName(columns)} AS k` : ''
    const names = Array.from({ length: columns }, (_, index) => columnName(index))
    this.flow = new StepFlow({
      changelog: input.changelog,
      sql: `SELECT ${[...names, placeName].join(', ')}${kind} FROM ${rows.name}()`,
      inputs: [input],
      passed: {
        batch: () => rows.rows,
        columns: [...names.keys()],
        ...(changes && { kinds: columns }),
        isWhole: true,
      },
    })
  }

  /** `fields` are those of the input. */
  static async compile(of: {
    engine: Engine
    relation: string
    fields: readonly Field[]
    calls: readonly Expression[]
    input: Flow
  }): Promise<VolatileColumns> {
    const { engine, relation, fields, calls, input } = of
    const kind = input.changelog === 'append' ? [] : [kindField]
    const columns = [
      ...fields,
      ...calls.map(({ type }, index): Field => {
        return { name: `$volatile${index}`, type: { ...type, nullable: true } }
      }),
    ]
    const items = aliased([
      ...fields.map((_, index) => columnName(index)),
      ...calls.map(expressionSql),
      ...kind.map(() => 'k'),
    ])
    const rows = engine.relation(relation, [...columns, ...kind])
    const sql = `SELECT ${items} FROM (${input.sql})`
    const computed = await engine.statement(sql, [...columns, ...kind])
    return new VolatileColumns(input, rows, computed, columns.length)
  }

  async step(): Promise<OperatorStep> {
    const { input, rows, computed } = this
    if (input.hasRows) rows.load([await computed.run()])
    this.flow.give({ hasRows: input.hasRows })
    return { changes: [], late: 0 }
  }

  async settle(): Promise<void> {
    this.rows.clear()
  }
}
