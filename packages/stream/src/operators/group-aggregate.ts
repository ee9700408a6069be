import { keepsValues } from '../plan/aggregate-functions.js'
import { isSameExpression } from '../plan/equality.js'
import type { AggregateCall } from '../plan/expression.js'
import type { GroupAggregateNode } from '../plan/node.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import {
  type Accumulator,
  extremeAccumulator,
  listAccumulator,
  orderedAccumulator,
  retractedExtremeAccumulator,
  sumAccumulator,
  wholeListAccumulator,
} from './accumulator.js'
import { argumentType, filteredArgument, filterSql } from './aggregate.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import { isCounted, isListed } from './listed.js'
import { type Flow, type Operator, type OperatorStep, rowKind } from './operator.js'
import { RetractedExtreme } from './retracted-extreme.js'
import { StepFlow } from './step-flow.js'
import { ValueList } from './value-list.js'
import { enteredColumns, ValueSet } from './value-set.js'

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
      ...parts.lists.map((list) => [list.name, list.table] as const),
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
    const compiler = new AggregateCompiler(of)
    const accumulators: CompiledAccumulator[] = []
    for (const [ordinal, call] of node.aggregates.entries()) {
      accumulators.push(await compiler.compile(call, ordinal))
    }
    const layout = layoutOf(node, accumulators)
    const both = engine.relation(`${relation}_both`, layout.bothFields)
    const merged = engine.relation(`${relation}_merged`, layout.mergedFields)
    const parts: Parts = {
      name,
      input,
      layout,
      groups: new KeyedTable(layout.stateFields, layout.keyCount),
      sets: compiler.sets,
      lists: compiler.lists,
      extremes: compiler.extremes.map(({ extreme, ordinal }) => ({
        extreme,
        column: layout.columnsFrom[ordinal] ?? 0,
      })),
      both,
      merged,
      partial: await engine.statement(
        partialSql(node, layout, input, accumulators),
        layout.partialFields,
      ),
      merge: await engine.statement(mergeSql(layout, both.name), layout.mergedFields),
    }
    return new GroupAggregate(parts, outputSql(node, layout, merged.name, of))
  }

  async step(): Promise<OperatorStep> {
    const { input, groups, layout, both, merged, partial, merge, name } = this.parts
    const { sets, lists, extremes } = this.parts
    this.flow.give({ hasRows: false })
    if (!input.hasRows) return nothing
    const changes: StateChange[] = []
    for (const set of sets) changes.push(await set.step())
    for (const list of lists) changes.push(await list.step())
    for (const { extreme, column } of extremes) extreme.step(groups, column)
    const arrived = await partial.run()
    if (arrived.rowCount === 0) return nothing
    const before = groups.gather(groups.find(arrived), layout.keyCount)
    both.load([new ColumnBatch(layout.bothFields, [...arrived.columns, ...before.columns])])
    const rows = await merge.run()
    both.clear()
    merged.load([rows])
    this.flow.give({ hasRows: true })
    changes.push({ state: name, ...changeOf(layout, rows) })
    return { late: 0, changes }
  }

  async settle(): Promise<void> {
    const { merged, sets, lists, extremes } = this.parts
    merged.clear()
    for (const set of sets) set.clear()
    for (const list of lists) list.clear()
    for (const { extreme } of extremes) extreme.clear()
  }
}

const nothing: OperatorStep = { changes: [], late: 0 }

interface Parts {
  readonly name: string
  readonly input: Flow
  readonly layout: Layout
  readonly groups: KeyedTable
  readonly sets: readonly ValueSet[]
  readonly lists: readonly ValueList[]
  /** Each with the field of the state that has its extreme. */
  readonly extremes: readonly { readonly extreme: RetractedExtreme; readonly column: number }[]
  /** What came in, and beside it what the state has for its groups. */
  readonly both: Relation
  readonly merged: Relation
  readonly partial: Statement
  readonly merge: Statement
}

/** An accumulator, and the query of keys and partial columns where it is not over the rows. */
interface CompiledAccumulator extends Accumulator {
  readonly valuesSql?: string
}

/** Makes accumulators, and the values that some of them need: once for equal arguments. */
class AggregateCompiler {
  readonly sets: ValueSet[] = []
  readonly lists: ValueList[] = []
  readonly extremes: { extreme: RetractedExtreme; ordinal: number }[] = []
  private readonly of: {
    engine: Engine
    name: string
    relation: string
    node: GroupAggregateNode
    input: Flow
  }
  /** What the sets are of, and the lists. */
  private readonly calls: AggregateCall[] = []
  private readonly listCalls: AggregateCall[] = []

  constructor(of: AggregateCompiler['of']) {
    this.of = of
  }

  async compile(call: AggregateCall, ordinal: number): Promise<CompiledAccumulator> {
    const { input } = this.of
    const sign = signOf(input)
    if (keepsValues(call.function)) {
      if (call.distinct || sign !== undefined) return this.listed(call, ordinal, sign ?? '1')
      return isListed(call) ? listAccumulator(call, ordinal) : orderedAccumulator(call, ordinal)
    }
    const isMinOrMax = isExtreme(call)
    if (isMinOrMax && sign === undefined) return extremeAccumulator(call, ordinal)
    if (!isMinOrMax && !call.distinct) {
      return sumAccumulator(call, ordinal, 'rows', filteredArgument(call), sign)
    }
    const set = await this.setOf(call, ordinal)
    const { keys, value, sign: entrySign } = enteredColumns(this.keyFields.length)
    const entries = `${set.entered.name}()`
    if (!isMinOrMax) {
      const accumulator = sumAccumulator(call, ordinal, 'values', `e.${value}`, `e.${entrySign}`)
      return { ...accumulator, valuesSql: valuesSql(accumulator, keys, `${entries} e`) }
    }
    const extreme = this.extremeOf(call, set, ordinal)
    const accumulator = retractedExtremeAccumulator(call, ordinal, {
      value: `e.${value}`,
      sign: `e.${entrySign}`,
      whole: 'r.whole',
      extreme: `r.${columnName(keys.length)}`,
    })
    const on = sameKeys(keys, 'e', 'r')
    const from = `${entries} e LEFT JOIN (${extreme.sql}) r ON ${on}`
    return { ...accumulator, valuesSql: valuesSql(accumulator, keys, from) }
  }

  private async listed(
    call: AggregateCall,
    ordinal: number,
    sign: string,
  ): Promise<CompiledAccumulator> {
    const list = await this.listOf(call, ordinal, sign)
    const { keys, value, sign: isThere } = enteredColumns(this.keyFields.length)
    const accumulator = wholeListAccumulator(call, ordinal, {
      value: `e.${value}`,
      isThere: `e.${isThere}`,
    })
    return { ...accumulator, valuesSql: valuesSql(accumulator, keys, `${list.lists.name}() e`) }
  }

  private async listOf(call: AggregateCall, ordinal: number, sign: string): Promise<ValueList> {
    const { engine, name, relation, node, input } = this.of
    const known = this.listCalls.findIndex(
      (other) => isSameArgument(call, other) && call.distinct === other.distinct,
    )
    const present = this.lists[known]
    if (present !== undefined) return present
    const type = { ...argumentType(call), nullable: true }
    const value = `CAST(${filteredArgument(call)} AS ${duckdbTypeName(type)})`
    const list = await ValueList.compile({
      engine,
      name: `${name}, list of a${ordinal}`,
      relation: `${relation}_list_${this.lists.length}`,
      inputSql: input.sql,
      keyFields: this.keyFields,
      keys: node.keys.map((key) => columnName(key)),
      valueField: { name: 'value', type },
      value,
      isCounted: isCounted(call, value, filterSql(call)),
      sign,
      isDistinct: call.distinct,
    })
    this.lists.push(list)
    this.listCalls.push(call)
    return list
  }

  private get keyFields(): readonly Field[] {
    const { node } = this.of
    return node.fields.slice(0, node.keys.length)
  }

  private async setOf(call: AggregateCall, ordinal: number): Promise<ValueSet> {
    const { engine, name, relation, node, input } = this.of
    const known = this.calls.findIndex((other) => isSameArgument(call, other))
    const present = this.sets[known]
    if (present !== undefined) return present
    const type = { ...argumentType(call), nullable: true }
    const set = await ValueSet.compile({
      engine,
      name: `${name}, values of a${ordinal}`,
      relation: `${relation}_values_${this.sets.length}`,
      inputSql: input.sql,
      keyFields: this.keyFields,
      keys: node.keys.map((key) => columnName(key)),
      valueField: { name: 'value', type },
      value: `CAST(${filteredArgument(call)} AS ${duckdbTypeName(type)})`,
      sign: signOf(input),
      byGroup: input.changelog !== 'append' && node.aggregates.some(isExtreme),
    })
    this.sets.push(set)
    this.calls.push(call)
    return set
  }

  private extremeOf(call: AggregateCall, set: ValueSet, ordinal: number): RetractedExtreme {
    const { engine, relation } = this.of
    const extreme = new RetractedExtreme({
      engine,
      relation: `${relation}_extreme_${ordinal}`,
      name: call.function === 'min' ? 'min' : 'max',
      set,
      keyFields: this.keyFields,
      valueField: { name: 'value', type: { ...argumentType(call), nullable: true } },
    })
    this.extremes.push({ extreme, ordinal })
    return extreme
  }
}

/** Do both take the same values of the same rows? */
function isSameArgument(left: AggregateCall, right: AggregateCall): boolean {
  return (
    isSameExpression(left.argument ?? countAll, right.argument ?? countAll) &&
    isSameExpression(left.filter ?? countAll, right.filter ?? countAll) &&
    left.keepsNull === right.keepsNull
  )
}

function isExtreme({ function: name }: AggregateCall): boolean {
  return name === 'min' || name === 'max'
}

/** Stands for an argument or a filter that is not there, where two are compared. */
const countAll: AggregateCall = {
  function: 'count',
  distinct: false,
  type: { kind: 'bigint', nullable: false },
}

function valuesSql(accumulator: Accumulator, keys: readonly string[], from: string): string {
  const ofEntries = keys.map((key) => `e.${key}`)
  const items = aliased([...ofEntries, ...accumulator.partials.map(({ sql }) => sql)])
  const grouping = keys.length > 0 ? `GROUP BY ${ofEntries.join(', ')}` : 'HAVING count(*) > 0'
  return `SELECT ${items} FROM ${from} ${grouping}`
}

function sameKeys(keys: readonly string[], left: string, right: string): string {
  const same = keys.map((key) => `${left}.${key} IS NOT DISTINCT FROM ${right}.${key}`)
  return same.length > 0 ? same.join(' AND ') : 'TRUE'
}

/**
 * The columns of what is computed in a step:
 *
 *     partial  keys, rows, partial columns
 *     state    keys, rows, accumulators
 *     both     partial, then rows and accumulators of the group before
 *     merged   state of the group after, was, is, aggregates before, aggregates after
 */
interface Layout {
  readonly keyCount: number
  readonly accumulators: readonly Accumulator[]
  readonly partialFields: readonly Field[]
  readonly stateFields: readonly Field[]
  readonly bothFields: readonly Field[]
  readonly mergedFields: readonly Field[]
  readonly aggregateFields: readonly Field[]
  /** Where in the state the columns of each accumulator begin. */
  readonly columnsFrom: readonly number[]
}

const rowsField: Field = { name: 'rows', type: { kind: 'bigint', nullable: false } }
const wasField: Field = { name: 'was', type: { kind: 'boolean', nullable: false } }
const isField: Field = { name: 'is', type: { kind: 'boolean', nullable: false } }

function layoutOf(node: GroupAggregateNode, accumulators: readonly Accumulator[]): Layout {
  const keyCount = node.keys.length
  const keyFields = node.fields.slice(0, keyCount)
  const values = [rowsField, ...accumulators.flatMap(({ columns }) => columns.map((c) => c.field))]
  const partials = accumulators.flatMap((each) => each.partials.map(({ field }) => field))
  const partialFields = [...keyFields, rowsField, ...partials.map(nullable)]
  const stateFields = [...keyFields, ...values]
  const aggregateFields = node.fields.slice(keyCount).map(nullable)
  let next = keyCount + 1
  return {
    keyCount,
    accumulators,
    partialFields,
    stateFields,
    bothFields: [...partialFields, ...values.map(nullable)],
    mergedFields: [...stateFields, wasField, isField, ...aggregateFields, ...aggregateFields],
    aggregateFields,
    columnsFrom: accumulators.map(({ columns }) => {
      next += columns.length
      return next - columns.length
    }),
  }
}

function nullable({ name, type }: Field): Field {
  return { name, type: { ...type, nullable: true } }
}

/** 1 for a row that comes, -1 for one that is taken back; undefined where none ever is. */
function signOf({ changelog }: Flow): string | undefined {
  if (changelog === 'append') return undefined
  return `CASE WHEN k IN (${rowKind.insert}, ${rowKind.updateAfter}) THEN 1 ELSE -1 END`
}

function partialSql(
  node: GroupAggregateNode,
  layout: Layout,
  input: Flow,
  accumulators: readonly CompiledAccumulator[],
): string {
  const keys = node.keys.map((key) => columnName(key))
  const outer = node.keys.map((_, index) => columnName(index))
  const overRows = accumulators.filter(({ over }) => over === 'rows')
  const inRows = overRows.flatMap(({ partials }) => partials.map(({ sql }) => sql))
  const rows = `CAST(sum(${signOf(input) ?? '1'}) AS BIGINT)`
  const grouping = keys.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${keys.join(', ')}`
  const ofRows = `SELECT ${aliased([...keys, rows, ...inRows])} FROM (${input.sql}) ${grouping}`
  if (overRows.length === accumulators.length) return ofRows
  let nextInRows = layout.keyCount + 1
  const joins: string[] = []
  const columns = accumulators.flatMap(({ partials, valuesSql: sql }, ordinal) => {
    if (sql === undefined) return partials.map(() => `p.${columnName(nextInRows++)}`)
    joins.push(`LEFT JOIN (${sql}) v${ordinal} ON ${sameKeys(outer, 'p', `v${ordinal}`)}`)
    return partials.map((_, index) => `v${ordinal}.${columnName(layout.keyCount + index)}`)
  })
  const items = [...outer.map((key) => `p.${key}`), `p.${columnName(layout.keyCount)}`, ...columns]
  return `SELECT ${aliased(items)} FROM (${ofRows}) p ${joins.join(' ')}`
}

/** Finals come twice, of the group before and after, so that what did not change is not told. */
function mergeSql(layout: Layout, both: string): string {
  const { keyCount, partialFields, accumulators, mergedFields } = layout
  const keys = Array.from({ length: keyCount }, (_, index) => columnName(index))
  const rowsBefore = columnName(partialFields.length)
  let partial = keyCount + 1
  let column = partialFields.length + 1
  const before: string[] = []
  const after: string[] = []
  for (const { partials, columns } of accumulators) {
    const names = partials.map(() => columnName(partial++))
    for (const { merge } of columns) {
      const name = columnName(column++)
      before.push(name)
      after.push(merge(name, names))
    }
  }
  const inner = [
    ...keys,
    `coalesce(${rowsBefore}, 0) + ${columnName(keyCount)} AS rows_after`,
    `${rowsBefore} IS NOT NULL AS was`,
    ...after.map((sql, index) => `${sql} AS after_${index}`),
    ...before.map((sql, index) => `${sql} AS before_${index}`),
  ]
  // The group without keys stays, with no row, once it is there.
  const is = keyCount === 0 ? 'TRUE' : 'rows_after > 0'
  const finals = (side: string) => {
    let next = 0
    return accumulators.map((each) => each.final(each.columns.map(() => `${side}_${next++}`)))
  }
  const outer = [
    ...keys,
    'rows_after',
    ...after.map((_, index) => `after_${index}`),
    'was',
    is,
    ...finals('before'),
    ...finals('after'),
  ].map((sql, index) => `CAST(${sql} AS ${duckdbTypeName(fieldAt(mergedFields, index).type)})`)
  return `SELECT ${aliased(outer)} FROM (SELECT ${inner.join(', ')} FROM ${both}())`
}

/** Rows before first, so that each comes before the row after it. */
function outputSql(
  node: GroupAggregateNode,
  layout: Layout,
  merged: string,
  { needsBefore, ttlMs }: { needsBefore: boolean; ttlMs?: number },
): string {
  const { keyCount, stateFields, aggregateFields } = layout
  const keys = Array.from({ length: keyCount }, (_, index) => columnName(index))
  const was = columnName(stateFields.length)
  const is = columnName(stateFields.length + 1)
  const before = aggregateFields.map((_, index) => columnName(stateFields.length + 2 + index))
  const after = aggregateFields.map((_, index) =>
    columnName(stateFields.length + 2 + node.aggregates.length + index),
  )
  const differs = before.map((column, index) => `${column} IS DISTINCT FROM ${after[index]}`)
  // Of a group that would be forgotten those above must hear, lest they forget it.
  const changed = ttlMs === undefined ? [`${was} <> ${is}`, ...differs].join(' OR ') : 'TRUE'
  const latest = after.map(
    (column, index) => `CASE WHEN ${is} THEN ${column} ELSE ${before[index]} END`,
  )
  const kind = `CASE WHEN NOT ${was} THEN ${rowKind.insert} WHEN ${is} THEN ${rowKind.updateAfter} ELSE ${rowKind.delete} END`
  const seen = `(${was} OR ${is}) AND (${changed})`
  const rowsAfter = `SELECT ${items([...keys, ...latest], kind)} FROM ${merged}() WHERE ${seen}`
  if (!needsBefore) return rowsAfter
  const rowsBefore = `SELECT ${items([...keys, ...before], String(rowKind.updateBefore))} FROM ${merged}() WHERE ${was} AND ${is} AND (${changed})`
  return `${rowsBefore} UNION ALL ${rowsAfter}`
}

function items(columns: readonly string[], kind: string): string {
  return [...(columns.length > 0 ? [aliased(columns)] : []), `CAST(${kind} AS TINYINT) AS k`].join(
    ', ',
  )
}

/** Groups that are there after the step are put, those that are not are removed. */
function changeOf(layout: Layout, merged: ColumnBatch): Omit<StateChange, 'state'> {
  const { keyCount, stateFields } = layout
  const state = new ColumnBatch(stateFields, merged.columns.slice(0, stateFields.length))
  const { int8: is } = merged.fixed(stateFields.length + 1)
  const gone: number[] = []
  for (let row = 0; row < merged.rowCount; row++) if (is[row] !== 1) gone.push(row)
  if (gone.length === 0) return { rows: state }
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

function fieldAt(fields: readonly Field[], index: number): Field {
  const field = fields[index]
  if (field === undefined) throw new RangeError(`no field ${index}`)
  return field
}
