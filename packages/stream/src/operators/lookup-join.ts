import type { LookupJoinNode } from '../plan/join-node.js'
import { type PlanNode, scansOf } from '../plan/node.js'
import type { Field } from '../plan/type.js'
import { withNullable } from '../plan/type-family.js'
import type { ColumnBatch } from '../state/batch.js'
import { BatchIndex } from '../state/batch-index.js'
import { ChosenColumns, DeferredRows } from '../state/deferred-rows.js'
import type { OperatorState } from '../state/operator-state.js'
import type { Rows } from '../state/rows.js'
import {
  columnName,
  type Engine,
  placeName,
  type Relation,
  type Statement,
} from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { aliased } from './duckdb/relation.js'
import { InputRows } from './input-rows.js'
import { inFieldOrder, placeField } from './joined-rows.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import type { Source } from './source.js'
import { filterFlow, projectFlow } from './stateless.js'
import { StepFlow } from './step-flow.js'

/**
 * A join of the rows of the left with a table that lies in memory.
 *
 * Delta rule. With R the rows of the table as they were last read, before the step, a step that
 * brings dL gives dL ⋈ R: each row as it comes, beside its matches in the order of the table, and of
 * a left join beside NULLs where it has none.
 *
 * State: none; the table is read whenever the job starts, and now and then, and rows that were given out stay as they
 * are. Bound: its rows. Modes: reads append-only, writes append-only.
 */
export class LookupJoin implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState> = new Map()
  private readonly parts: Parts
  private table: LookedUpTable | undefined

  private constructor(parts: Parts) {
    this.parts = parts
    const { node, left, given } = parts
    const columns = node.fields.map((_, index) => columnName(index))
    this.flow = new StepFlow({
      changelog: 'append',
      sql: `SELECT ${columns.join(', ')}, ${placeName} FROM ${given.name}()`,
      inputs: [left],
      passed: { batch: () => given.rows, columns: [...columns.keys()], isWhole: true },
    })
  }

  /** `relation` begins the names of its relations. */
  static async compile(of: {
    engine: Engine
    relation: string
    node: LookupJoinNode
    left: Flow
    right: Flow
  }): Promise<LookupJoin> {
    const { engine, relation, node, left, right } = of
    const leftOrder = keysFirst(node.left.fields, node.leftKeys)
    const rightOrder = keysFirst(node.right.fields, node.rightKeys)
    const fieldsOf = (fields: readonly Field[], order: readonly number[]) =>
      order.map((index) => fields[index] as Field)
    // NULL is equal to nothing.
    const isKnown = node.rightKeys.map((key) => `${columnName(key)} IS NOT NULL`).join(' AND ')
    const items = aliased(rightOrder.map((column) => columnName(column)))
    const pairs = engine.relation(`${relation}_pairs`, node.fields)
    const { condition } = node
    return new LookupJoin({
      node,
      left,
      leftOrder,
      rightOrder,
      takeLeft: await InputRows.compile(
        engine,
        left,
        leftOrder,
        fieldsOf(node.left.fields, leftOrder),
      ),
      takeRight: await engine.statement(
        `SELECT ${items} FROM (${right.sql}) WHERE ${isKnown}`,
        fieldsOf(node.right.fields, rightOrder).map((field) => ({
          ...field,
          type: withNullable(field.type, true),
        })),
      ),
      pairs,
      holding:
        condition &&
        (await engine.statement(
          `SELECT ${placeName} AS c0 FROM ${pairs.name}() WHERE ${expressionSql(condition)}`,
          [placeField],
        )),
      given: engine.relation(relation, node.fields),
    })
  }

  /** Takes the rows of its table, which are those that its flow gives now. */
  async prepare(tables: ReadonlySet<string>): Promise<void> {
    const { takeRight, node } = this.parts
    if (!scansOf(node.right).some(({ table }) => tables.has(table.name))) return
    const rows = await takeRight.run()
    const index = new BatchIndex(rows, node.rightKeys.length)
    // Behind those that are found: what stands beside a row without a match.
    const nothing = rows.rowCount
    for (const column of rows.columns) column.pushNull()
    this.table = { rows, index, nothing }
  }

  async step(): Promise<OperatorStep> {
    const { takeLeft, given } = this.parts
    this.flow.give({ hasRows: false })
    const left = await takeLeft.read()
    if (left.rowCount === 0) return { changes: [], late: 0 }
    const { index, nothing } = this.lookedUp
    const matched = await this.holding(left, matchesOf(left, index))
    const pairs =
      this.parts.node.type === 'left' ? padded(matched, left.rowCount, nothing) : matched
    given.load([this.batchOf(left, pairs)])
    this.flow.give({ hasRows: pairs.left.length > 0 })
    return { changes: [], late: 0, recordsIn: [left.rowCount] }
  }

  async settle(): Promise<void> {
    this.parts.given.clear()
  }

  private get lookedUp(): LookedUpTable {
    if (this.table === undefined) throw new Error('the table that is looked up was not read')
    return this.table
  }

  /** The pairs for which the condition holds. */
  private async holding(left: ColumnBatch, matches: Pairs): Promise<Pairs> {
    const { pairs, holding } = this.parts
    if (holding === undefined || matches.left.length === 0) return matches
    pairs.load([this.batchOf(left, matches)])
    const places = (await holding.run()).fixed(0)
    pairs.clear()
    const chosen = places.int32.subarray(0, places.length)
    return {
      left: chosen.map((place) => matches.left[place] as number),
      right: chosen.map((place) => matches.right[place] as number),
    }
  }

  private batchOf(left: ColumnBatch, pairs: Pairs): Rows {
    const { node, leftOrder, rightOrder } = this.parts
    const { rows } = this.lookedUp
    const ofLeft = new DeferredRows(left.fields, left, pairs.left)
    const ofRight = new DeferredRows(rows.fields, rows, pairs.right)
    return new ChosenColumns(node.fields, pairs.left.length, [
      ...inFieldOrder({ order: leftOrder, rows: ofLeft }),
      ...inFieldOrder({ order: rightOrder, rows: ofRight }),
    ])
  }
}

/** What a table that is looked up gives: it is filtered and projected, and nothing else. */
export function lookedUpFlow(node: PlanNode, tables: ReadonlyMap<string, Source>): Flow {
  switch (node.kind) {
    case 'scan': {
      const table = tables.get(node.table.name)
      if (table === undefined) throw new RangeError(`no table ${node.table.name}`)
      return table.flow(node)
    }
    case 'filter':
      return filterFlow(node, lookedUpFlow(node.input, tables))
    case 'project':
      return projectFlow(node, lookedUpFlow(node.input, tables))
    default:
      throw new RangeError(`a ${node.kind} is looked up`)
  }
}

interface Parts {
  readonly node: LookupJoinNode
  readonly left: Flow
  /** Which of the side's fields each column is: its keys are first. */
  readonly leftOrder: readonly number[]
  readonly rightOrder: readonly number[]
  readonly takeLeft: InputRows
  readonly takeRight: Statement
  /** What the condition is asked of, and the places for which it holds; absent without one. */
  readonly pairs: Relation
  readonly holding: Statement | undefined
  readonly given: Relation
}

interface LookedUpTable {
  readonly rows: ColumnBatch
  readonly index: BatchIndex
  /** The place of a row of NULLs. */
  readonly nothing: number
}

/** Places of rows of either side, side by side, in the order of the left. */
interface Pairs {
  readonly left: Int32Array
  readonly right: Int32Array
}

function matchesOf(rows: ColumnBatch, index: BatchIndex): Pairs {
  const { places, ends } = index.find(rows)
  const left = new Int32Array(places.length)
  for (let row = 0; row < ends.length; row++) {
    const from = ends[row - 1] ?? 0
    const to = ends[row] as number
    left.fill(row, from, to)
    // The index gives the last row first.
    places.subarray(from, to).reverse()
  }
  return { left, right: places }
}

/** With each row that is in no pair beside `nothing`. */
function padded(pairs: Pairs, rowCount: number, nothing: number): Pairs {
  const left: number[] = []
  const right: number[] = []
  let at = 0
  for (let row = 0; row < rowCount; row++) {
    if (pairs.left[at] !== row) {
      left.push(row)
      right.push(nothing)
    }
    for (; pairs.left[at] === row; at++) {
      left.push(row)
      right.push(pairs.right[at] as number)
    }
  }
  return { left: Int32Array.from(left), right: Int32Array.from(right) }
}

function keysFirst(fields: readonly Field[], keys: readonly number[]): number[] {
  return [...keys, ...[...fields.keys()].filter((column) => !keys.includes(column))]
}
