import type { RankNode } from '../plan/rank-node.js'
import { ColumnBatch } from '../state/batch.js'
import { ChosenColumns } from '../state/deferred-rows.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import type { Rows } from '../state/rows.js'
import {
  columnName,
  type Engine,
  placeName,
  type Relation,
  type Statement,
} from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { InputRows } from './input-rows.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { Candidates, TouchedPartitions } from './rank-candidates.js'
import { FirstRows } from './rank-firsts.js'
import { arrivalsSql, type RankLayout, rankLayoutOf } from './rank-layout.js'
import { RankedChanges } from './ranked-changes.js'
import { StepFlow } from './step-flow.js'

/**
 * The rows of each partition whose number in an order is within a range.
 *
 * Delta rule. With T(p) the rows that partition p keeps, in their order, a step's rows B make
 * T'(p) of T(p) and B_p; what differs between the two within the range is given out. Over an input
 * that only adds rows T(p) is the first `to` rows, and first(T ∪ B) = first(first(T) ∪ first(B)):
 * so DuckDB ranks the batch before it meets the state, unless its rows lie in memory as they are,
 * where comparing them costs less than a query. Where rows are taken back T(p) is all of
 * them, for any may come up to the range again.
 *
 * Where a row's number is given out, or there is one row of each partition, a change is what has the
 * number after what had it; else a row goes, and another comes.
 *
 * State: of each row its partition, its columns, and the order in which it came, but where there is
 * one row of each; over rows that are taken back also how often it is there. Bound: `to` rows a partition, or all of the input's
 * rows. Modes: reads append-only or retract; writes retract, but append-only where the order is
 * that in which rows come and none is taken back.
 */
export class Rank implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly parts: Parts
  /** What the step gives out, in the columns that the layout calls `given`. */
  private rows: Rows

  private constructor(parts: Parts, changelog: Flow['changelog']) {
    this.parts = parts
    this.rows = new ColumnBatch(parts.layout.givenFields)
    this.states = new Map([[parts.name, parts.table]])
    const { input, layout, given } = parts
    const kind = changelog === 'append' ? '' : `, ${columnName(layout.givenFields.length - 1)} AS k`
    this.flow = new StepFlow({
      changelog,
      sql: `SELECT ${aliased(layout.outputOrder.map(columnName))}${kind}, ${placeName} FROM ${given.name}()`,
      passed: {
        batch: () => this.rows,
        columns: parts.layout.outputOrder,
        ...(changelog === 'append' ? {} : { kinds: parts.layout.givenFields.length - 1 }),
        isWhole: true,
      },
      inputs: [input],
    })
  }

  /**
   * `relation` begins the names of its relations. Without `needsBefore` the rows before a change
   * are left out: what is above keeps only the latest of each key.
   */
  static async compile(of: {
    engine: Engine
    name: string
    relation: string
    node: RankNode
    input: Flow
    needsBefore: boolean
  }): Promise<Rank> {
    const { engine, name, relation, node, input, needsBefore } = of
    const { range } = node
    if (range === undefined) throw new TypeError('a plan has no ranking without a range')
    const layout = rankLayoutOf(node, input.changelog !== 'append')
    const parts: Parts = {
      name,
      node: { ...node, range },
      input,
      layout,
      needsBefore,
      table: layout.isOfFirsts
        ? new KeyedTable(layout.fields, layout.keyCount)
        : new KeyedTable(layout.fields, layout.keyCount, layout.partitionCount),
      given: engine.relation(`${relation}_given`, layout.givenFields),
      arrivals: await arrivalsOf(engine, node, layout, input),
    }
    const isAppend = input.changelog === 'append' && node.order.length === 0 && !node.latestFirst
    return new Rank(parts, isAppend ? 'append' : 'retract')
  }

  async step(): Promise<OperatorStep> {
    const { input, name, node, layout, table, given, arrivals, needsBefore } = this.parts
    this.flow.give({ hasRows: false })
    if (!input.hasRows) return nothing
    const arrived =
      'read' in arrivals
        ? withConstant(layout, await arrivals.readDeferred())
        : await arrivals.run()
    if (arrived.rowCount === 0) return nothing
    const { latestFirst, numbered } = node
    const { from, to } = node.range
    const parts = { layout, table, arrived, to, latestFirst }
    const bySlot = numbered || (from === to && node.partitionKeys.length > 0)
    const changed = { layout, table, arrived, from, to, bySlot, needsBefore }
    let change: Omit<StateChange, 'state'>
    let rows: Rows
    if (layout.isOfFirsts) {
      const firsts = new FirstRows(parts)
      const changes = new RankedChanges({ ...changed, places: firsts.places })
      firsts.tell(changes)
      change = firsts.stateChange()
      rows = changes.rows(firsts.rows)
    } else {
      const touched = new TouchedPartitions(parts)
      const changes = new RankedChanges({ ...changed, places: touched.places })
      const candidates = new Candidates(parts, touched)
      for (let group = 0; group < candidates.groupCount; group++) {
        const before = candidates.before(group)
        changes.add(before, candidates.after(group, before))
      }
      change = candidates.stateChange()
      rows = changes.rows()
    }
    given.load([rows])
    this.rows = rows
    this.flow.give({ hasRows: rows.rowCount > 0 })
    return { late: 0, recordsIn: [arrived.rowCount], changes: [{ state: name, ...change }] }
  }

  async settle(): Promise<void> {
    this.parts.given.clear()
    this.rows = new ColumnBatch(this.parts.layout.givenFields)
  }
}

const nothing: OperatorStep = { changes: [], late: 0 }

/** Of rows that lie in memory all arrive, for what cannot count is soon left out. */
function arrivalsOf(
  engine: Engine,
  node: RankNode,
  layout: RankLayout,
  input: Flow,
): Promise<Statement | InputRows> {
  if (input.passed === undefined || layout.retracts) {
    return engine.statement(arrivalsSql(node, layout, input), layout.arrivalFields)
  }
  const columns = layout.data.filter((column) => column >= 0)
  const fields = layout.dataFields.filter((_, index) => (layout.data[index] ?? -1) >= 0)
  return InputRows.compile(engine, input, columns, fields)
}

function withConstant(layout: RankLayout, rows: Rows): Rows {
  let next = 0
  const columns = layout.data.map((column, place) => {
    if (column >= 0) return { rows, index: next++ }
    return () => {
      const constant = new ColumnBatch(layout.dataFields.slice(place, place + 1)).fixed(0)
      constant.extend(rows.rowCount)
      return constant
    }
  })
  return new ChosenColumns(layout.dataFields, rows.rowCount, columns)
}

interface Parts {
  readonly name: string
  readonly node: RankNode & { readonly range: { readonly from: number; readonly to: number } }
  readonly input: Flow
  readonly layout: RankLayout
  readonly needsBefore: boolean
  readonly table: KeyedTable
  /** What the step gives out. */
  readonly given: Relation
  readonly arrivals: Statement | InputRows
}
