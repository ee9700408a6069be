import type { GroupAggregateNode } from '../plan/node.js'
import type { Field } from '../plan/type.js'
import { ColumnBatch } from '../state/batch.js'
import type { Column } from '../state/column.js'
import { KeyedTable } from '../state/keyed-table.js'
import type { OperatorState, StateChange } from '../state/operator-state.js'
import type { Accumulator } from './accumulator.js'
import { columnName, type Engine, type Relation, type Statement } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import {
  type CompiledAccumulator,
  compileAccumulators,
  type GroupValues,
  sameKeys,
  signOf,
} from './group-accumulators.js'
import { type Flow, type Operator, type OperatorStep, rowKind } from './operator.js'
import { recordsOf } from './record-counts.js'
import type { RetractedExtreme } from './retracted-extreme.js'
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
    const { accumulators, sets, extremes } = await compileAccumulators(of)
    const layout = layoutOf(node, accumulators, input)
    const both = engine.relation(`${relation}_both`, layout.bothFields)
    const merged = engine.relation(`${relation}_merged`, layout.mergedFields)
    const parts: Parts = {
      name,
      input,
      layout,
      groups: new KeyedTable(layout.stateFields, layout.keyCount),
      sets,
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
      changes: [...changes, { state: name, ...changeOf(layout, rows) }],
    }
  }

  /** What came in by groups, and how that changes the sets of values; DuckDB works on all at once. */
  private async arrive(): Promise<{ arrived: ColumnBatch; changes: readonly StateChange[] }> {
    const { groups, sets, extremes, ofRows, withValues } = this.parts
    const stepping = Promise.allSettled(sets.map((set) => set.step()))
    const [rows] = await Promise.allSettled([ofRows.run()])
    const changes = (await stepping).map((outcome) => fulfilled(outcome))
    const ofGroups = fulfilled(rows)
    if (withValues === undefined) return { arrived: ofGroups, changes }
    for (const { extreme, column } of extremes) extreme.step(groups, column)
    withValues.rows.load([ofGroups])
    const arrived = await withValues.statement.run()
    withValues.rows.clear()
    return { arrived, changes }
  }

  async settle(): Promise<void> {
    const { merged, sets, extremes } = this.parts
    merged.clear()
    for (const set of sets) set.clear()
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
  readonly layout: Layout
  readonly groups: KeyedTable
  readonly sets: readonly GroupValues[]
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

interface ValuesQuery {
  readonly rows: Relation
  readonly statement: Statement
}

/**
 * The columns of what is computed in a step:
 *
 *     rows     keys, rows, partial columns of the accumulators over rows, and records where rows
 *              may be taken back
 *     partial  the same with the partial columns of all accumulators
 *     state    keys, rows, accumulators
 *     both     partial, then rows and accumulators of the group before
 *     merged   state of the group after, was, is, aggregates before, aggregates after
 */
interface Layout {
  readonly keyCount: number
  readonly accumulators: readonly Accumulator[]
  readonly rowsFields: readonly Field[]
  readonly partialFields: readonly Field[]
  /** Of the partial columns: how many records came. */
  readonly recordsColumn: number
  readonly stateFields: readonly Field[]
  readonly bothFields: readonly Field[]
  readonly mergedFields: readonly Field[]
  readonly aggregateFields: readonly Field[]
  /** Where in the state the columns of each accumulator begin. */
  readonly columnsFrom: readonly number[]
}

const rowsField: Field = { name: 'rows', type: { kind: 'bigint', nullable: false } }
const recordsField: Field = { name: 'records', type: { kind: 'bigint', nullable: false } }
const wasField: Field = { name: 'was', type: { kind: 'boolean', nullable: false } }
const isField: Field = { name: 'is', type: { kind: 'boolean', nullable: false } }

function layoutOf(
  node: GroupAggregateNode,
  accumulators: readonly Accumulator[],
  input: Flow,
): Layout {
  const keyCount = node.keys.length
  const keyFields = node.fields.slice(0, keyCount)
  const values = [rowsField, ...accumulators.flatMap(({ columns }) => columns.map((c) => c.field))]
  const partialsOf = (some: readonly Accumulator[]) =>
    some.flatMap((each) => each.partials.map(({ field }) => nullable(field)))
  const overRows = accumulators.filter(({ over }) => over === 'rows')
  // Where rows are taken back, those of a group are not how many came.
  const records = signOf(input) === undefined ? [] : [recordsField]
  const partialFields = [...keyFields, rowsField, ...partialsOf(accumulators), ...records]
  const stateFields = [...keyFields, ...values]
  const aggregateFields = node.fields.slice(keyCount).map(nullable)
  let next = keyCount + 1
  return {
    keyCount,
    accumulators,
    rowsFields: [...keyFields, rowsField, ...partialsOf(overRows), ...records],
    partialFields,
    recordsColumn: records.length > 0 ? partialFields.length - 1 : keyCount,
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

function ofRowsSql(
  node: GroupAggregateNode,
  input: Flow,
  accumulators: readonly CompiledAccumulator[],
): string {
  const keys = node.keys.map((key) => columnName(key))
  const overRows = accumulators.filter(({ over }) => over === 'rows')
  const partials = overRows.flatMap((each) => each.partials.map(({ sql }) => sql))
  const rows = `CAST(sum(${signOf(input) ?? '1'}) AS BIGINT)`
  const grouping = keys.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${keys.join(', ')}`
  const records = signOf(input) === undefined ? [] : ['count(*)']
  return `SELECT ${aliased([...keys, rows, ...partials, ...records])} FROM (${input.sql}) ${grouping}`
}

async function valuesQuery(
  engine: Engine,
  relation: string,
  layout: Layout,
  accumulators: readonly CompiledAccumulator[],
): Promise<ValuesQuery | undefined> {
  const overValues = [...new Set(accumulators.flatMap(({ from }) => from ?? []))]
  if (overValues.length === 0) return undefined
  const rows = engine.relation(relation, layout.rowsFields)
  const keys = Array.from({ length: layout.keyCount }, (_, index) => columnName(index))
  const joins = overValues.map((from, index) => {
    const partials = accumulators
      .filter((each) => each.from === from)
      .flatMap((each) => each.partials)
    const sql = valuesSql(keys, from, partials)
    return `LEFT JOIN (${sql}) v${index} ON ${sameKeys(keys, 'p', `v${index}`)}`
  })
  const next = new Map<string, number>()
  const columns = accumulators.flatMap(({ partials, from }) =>
    partials.map(() => {
      const query = from === undefined ? 'p' : `v${overValues.indexOf(from)}`
      const place = next.get(query) ?? (from === undefined ? layout.keyCount + 1 : layout.keyCount)
      next.set(query, place + 1)
      return `${query}.${columnName(place)}`
    }),
  )
  const inRows = accumulators.filter(({ over }) => over === 'rows').flatMap((each) => each.partials)
  const hasRecords = layout.recordsColumn !== layout.keyCount
  const items = [
    ...keys.map((key) => `p.${key}`),
    `p.${columnName(layout.keyCount)}`,
    ...columns,
    ...(hasRecords ? [`p.${columnName(layout.keyCount + 1 + inRows.length)}`] : []),
  ]
  const sql = `SELECT ${aliased(items)} FROM ${rows.name}() p ${joins.join(' ')}`
  return { rows, statement: await engine.statement(sql, layout.partialFields) }
}

/** Partial columns of each group, over the changes of a set of values, which is known as `e`. */
function valuesSql(
  keys: readonly string[],
  from: string,
  partials: Accumulator['partials'],
): string {
  const ofEntries = keys.map((key) => `e.${key}`)
  const items = aliased([...ofEntries, ...partials.map(({ sql }) => sql)])
  const grouping = keys.length > 0 ? `GROUP BY ${ofEntries.join(', ')}` : 'HAVING count(*) > 0'
  return `SELECT ${items} FROM ${from} ${grouping}`
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
