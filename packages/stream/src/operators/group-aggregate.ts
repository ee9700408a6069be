import type { GroupAggregateNode } from '../plan/node.js'
import { ColumnBatch } from '../state/batch.js'
import type { Column } from '../state/column.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import type { Engine, Relation, Statement } from './duckdb/engine.js'
import {
  type CompiledAccumulator,
  type CompiledSet,
  compileAccumulators,
  type GroupValues,
} from './group-accumulators.js'
import { type GroupLayout, groupLayoutOf } from './group-layout.js'
import { mergeSql, ofRowsSql, outputSql, type ValuesQuery, valuesQuery } from './group-queries.js'
import { NumberedGroups } from './numbered-groups.js'
import type { Flow, Operator, OperatorStep } from './operator.js'
import { recordsOf } from './record-counts.js'
import type { RetractedExtreme } from './retracted-extreme.js'
import { SeenRows } from './seen-rows.js'
import type { SeenStep, SeenValues } from './seen-values.js'
import { StepFlow } from './step-flow.js'

/**
 * Grouping by keys, without a window.
 *
 * Delta rule. Let A(g) be the accumulators of group g. A step's changes B make A'(g) =
 * merge(A(g), partial(B_g)); where final(A') differs from final(A), or the group appears or goes,
 * the change is given out. Since merge is associative, how the input was cut into batches changes
 * which changes are given out, and not what they add up to.
 *
 * State: one row a group: its keys, how many rows it has, its accumulators; and for DISTINCT, and
 * for MIN and MAX over what may be taken back, each value of each group; for aggregates of all
 * values the values, in their order where that may change. Bound: the number of groups, and of
 * their values. Modes: reads append-only or retract, writes retract.
 *
 * DuckDB aggregates the batch before it meets the state, and merges what the state has for these
 * groups with it; the state itself is only asked and told by key.
 */
export class GroupAggregate implements Operator {
  readonly flow: StepFlow
  readonly states: ReadonlyMap<string, OperatorState>
  private readonly parts: Parts

  private constructor(parts: Parts, outputSql: string) {
    this.parts = parts
    this.states = new Map<string, OperatorState>([
      [parts.name, parts.groups],
      ...parts.sets.map((set) => [set.name, set.table] as const),
      ...(parts.seen?.sets ?? []).map((set) => [set.name, set.table] as const),
    ])
    this.flow = new StepFlow({
      changelog: 'retract',
      sql: outputSql,
      inputs: [parts.input],
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
    node: GroupAggregateNode
    input: Flow
    needsBefore: boolean
    /** Where groups are forgotten so long after they last changed. */
    ttlMs?: number
  }): Promise<GroupAggregate> {
    const { engine, name, relation, node, input } = of
    const { accumulators, sets, seen, extremes } = await compileAccumulators(of)
    const layout = groupLayoutOf(node, accumulators, input, seen.length > 0)
    const groups = new KeyedTable(layout.stateFields, layout.keyCount)
    const both = engine.relation(`${relation}_both`, layout.bothFields)
    const merged = engine.relation(`${relation}_merged`, layout.mergedFields)
    const parts: Parts = {
      name,
      input,
      layout,
      accumulators,
      groups,
      sets,
      seen: await seenBy(of, groups, layout, seen),
      extremes: extremes.map(({ extreme, ordinal }) => ({
        extreme,
        column: layout.columnsFrom[ordinal] ?? 0,
      })),
      both,
      merged,
      ofRows: await engine.statement(ofRowsSql(node, input, accumulators), layout.rowsFields),
      withValues: await valuesQuery(engine, `${relation}_rows`, layout, accumulators),
      merge: await engine.statement(mergeSql(layout, both.name), layout.mergedFields),
    }
    return new GroupAggregate(parts, outputSql(node, layout, merged.name, of))
  }

  async step(): Promise<OperatorStep> {
    const { input, groups, layout, both, merged, merge, name } = this.parts
    this.flow.give({ hasRows: false })
    if (!input.hasRows) return nothing
    const { arrived, changes } = await this.arrive()
    if (arrived.rowCount === 0) return nothing
    const places = groups.find(arrived)
    const before = groups.gather(places, layout.keyCount)
    const came = withKnownZeros(arrived, groups, places)
    both.load([new ColumnBatch(layout.bothFields, [...came, ...before.columns])])
    const rows = await merge.run()
    both.clear()
    merged.load([rows])
    this.flow.give({ hasRows: true })
    return {
      late: 0,
      recordsIn: [recordsOf(arrived.fixed(layout.recordsColumn))],
      changes: [...changes, { state: name, ...changeOf(layout, rows, places) }],
    }
  }

  /** What came in by groups, and how that changes the sets of values; DuckDB works on all at once. */
  private async arrive(): Promise<{ arrived: ColumnBatch; changes: readonly StateChange[] }> {
    const { groups, sets, seen, extremes, ofRows, withValues } = this.parts
    const stepping = Promise.allSettled(sets.map((set) => set.step()))
    const [came, read] = await Promise.allSettled([ofRows.run(), seen?.rows.read()])
    const changes = (await stepping).map((outcome) => fulfilled(outcome))
    let arrived = fulfilled(came)
    const rows = fulfilled(read)
    if (seen !== undefined && rows !== undefined) {
      const stepped = seen.numbered.step(rows, arrived)
      changes.push(...stepped.sets.map(({ change }) => change))
      arrived = this.withSeen(arrived, stepped.numbers, stepped.sets)
    }
    if (withValues === undefined) return { arrived, changes }
    for (const { extreme, column } of extremes) extreme.step(groups, column)
    withValues.rows.load([arrived])
    const whole = await withValues.statement.run()
    withValues.rows.clear()
    return { arrived: whole, changes }
  }

  /** What came with the numbers of the groups, and with what the sets of seen values count. */
  private withSeen(
    { columns, rowCount }: ColumnBatch,
    numbers: Column,
    sets: readonly SeenStep[],
  ): ColumnBatch {
    const { layout, accumulators } = this.parts
    const { arrivedFields, keyCount } = layout
    const head = keyCount + 1
    let next = head
    const partials = accumulators.flatMap(({ over, partials: own, counted }) => {
      if (counted !== undefined)
        return [(sets[counted.set] as SeenStep).countFor(counted.bit, rowCount)]
      if (over === 'values') return []
      next += own.length
      return columns.slice(next - own.length, next)
    })
    return new ColumnBatch(arrivedFields, [...columns.slice(0, head), numbers, ...partials])
  }

  async settle(): Promise<void> {
    const { merged, sets, seen, extremes } = this.parts
    merged.clear()
    for (const set of sets) set.clear()
    seen?.numbered.clear()
    for (const { extreme } of extremes) extreme.clear()
  }
}

/**
 * The columns of what came, with the keys of groups that are there as they were given out: of the
 * two zeros, which are one key, the one that came first.
 */
function withKnownZeros(arrived: ColumnBatch, groups: KeyedTable, places: Int32Array): Column[] {
  return arrived.columns.map((column, index) => {
    if (index >= groups.keyCount || !holdsZero(column)) return column
    const known = groups.take(places, [index])
    const keys = new ColumnBatch(known.fields)
    for (let row = 0; row < places.length; row++) {
      const from = (places[row] as number) < 0 ? column : known.column(0)
      keys.appendRows([from], row, row + 1)
    }
    return keys.column(0)
  })
}

function holdsZero(column: Column): boolean {
  if (column.kind !== 'fixed') return false
  const { float32, float64, length } = column
  if (column.type.kind === 'double') return float64.subarray(0, length).includes(0)
  return column.type.kind === 'float' && float32.subarray(0, length).includes(0)
}

function fulfilled<Value>(outcome: PromiseSettledResult<Value>): Value {
  if (outcome.status === 'rejected') throw outcome.reason
  return outcome.value
}

const nothing: OperatorStep = { changes: [], late: 0 }

interface Parts {
  readonly name: string
  readonly input: Flow
  readonly layout: GroupLayout
  readonly accumulators: readonly CompiledAccumulator[]
  readonly groups: KeyedTable
  readonly sets: readonly GroupValues[]
  readonly seen: Seen | undefined
  /** Each with the field of the state that has its extreme. */
  readonly extremes: readonly { readonly extreme: RetractedExtreme; readonly column: number }[]
  /** What came in, and beside it what the state has for its groups. */
  readonly both: Relation
  readonly merged: Relation
  readonly ofRows: Statement
  /** Adds to what came in what is over sets of values; absent where nothing is. */
  readonly withValues: ValuesQuery | undefined
  readonly merge: Statement
}

/** Sets of seen values, and what they read of a step's rows. */
interface Seen {
  readonly rows: SeenRows
  readonly sets: readonly SeenValues[]
  readonly numbered: NumberedGroups
}

/** The lane of what sets of seen values read, beside that of what comes by groups. */
const seenLane = 1

async function seenBy(
  { engine, node, input }: { engine: Engine; node: GroupAggregateNode; input: Flow },
  groups: KeyedTable,
  layout: GroupLayout,
  seen: readonly CompiledSet[],
): Promise<Seen | undefined> {
  if (layout.numberColumn === undefined) return undefined
  const sets = seen.map(({ set }) => set)
  const rows = await SeenRows.compile({
    ...{ engine, input, keys: node.keys, lane: seenLane },
    keyFields: layout.stateFields.slice(0, layout.keyCount),
    sets: seen.map(({ calls }) => calls),
  })
  return { rows, sets, numbered: new NumberedGroups(groups, layout.numberColumn, sets) }
}

/**
 * Groups that are there after the step are put, those that are not are removed; `places` is where
 * the state has them.
 */
function changeOf(
  layout: GroupLayout,
  merged: ColumnBatch,
  places: Int32Array,
): Omit<StateChange, 'state'> {
  const { keyCount, stateFields } = layout
  const state = new ColumnBatch(stateFields, merged.columns.slice(0, stateFields.length))
  const { int8: is } = merged.fixed(stateFields.length + 1)
  const gone: number[] = []
  for (let row = 0; row < merged.rowCount; row++) if (is[row] !== 1) gone.push(row)
  if (gone.length === 0) return { rows: state, places }
  const rows = new ColumnBatch(stateFields)
  const removed = new ColumnBatch(stateFields.slice(0, keyCount))
  let from = 0
  for (const row of [...gone, merged.rowCount]) {
    rows.appendRows(state.columns, from, row)
    if (row < merged.rowCount) removed.appendRows(state.columns, row, row + 1)
    from = row + 1
  }
  return { removed, ...(rows.rowCount > 0 && { rows }) }
}
