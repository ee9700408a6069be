import type { GroupAggregateNode } from '../plan/node.js'
import { fieldAt } from '../plan/type.js'
import type { Accumulator } from './accumulator.js'
import {
  columnName,
  type Engine,
  placeName,
  type Relation,
  type Statement,
} from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import { type CompiledAccumulator, sameKeys, signOf } from './group-accumulators.js'
import type { GroupLayout } from './group-layout.js'
import { type Flow, rowKind } from './operator.js'

/** What came, by groups: aggregates over rows. */
export function ofRowsSql(
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

/** Adds to what came, which is loaded as `rows`, what is over sets of values. */
export interface ValuesQuery {
  readonly rows: Relation
  readonly statement: Statement
}

/** Absent where nothing is over sets of values. */
export async function valuesQuery(
  engine: Engine,
  relation: string,
  layout: GroupLayout,
  accumulators: readonly CompiledAccumulator[],
): Promise<ValuesQuery | undefined> {
  const overValues = [...new Set(accumulators.flatMap(({ from }) => from ?? []))]
  if (overValues.length === 0) return undefined
  const rows = engine.relation(relation, layout.arrivedFields)
  const keys = Array.from({ length: layout.keyCount }, (_, index) => columnName(index))
  const joins = overValues.map((from, index) => {
    const over = accumulators.filter((each) => each.from === from)
    const partials = over.flatMap((each) => each.partials)
    const join = (known: readonly string[], on: string) =>
      `LEFT JOIN (${valuesSql(known, from, partials)}) v${index} ON ${on}`
    return over[0]?.isByPlace === true
      ? join([columnName(0)], `p.${placeName} = v${index}.${columnName(0)}`)
      : join(keys, sameKeys(keys, 'p', `v${index}`))
  })
  const next = new Map<string, number>()
  const columns = accumulators.flatMap(({ partials, from, isByPlace }) =>
    partials.map(() => {
      const query = from === undefined ? 'p' : `v${overValues.indexOf(from)}`
      const first = isByPlace === true ? 1 : layout.keyCount
      const place = next.get(query) ?? (from === undefined ? layout.firstColumn : first)
      next.set(query, place + 1)
      return `${query}.${columnName(place)}`
    }),
  )
  const inRows = accumulators
    .filter(({ over }) => over !== 'values')
    .flatMap((each) => each.partials)
  const hasRecords = layout.recordsColumn !== layout.keyCount
  const items = [
    ...Array.from({ length: layout.firstColumn }, (_, index) => `p.${columnName(index)}`),
    ...columns,
    ...(hasRecords ? [`p.${columnName(layout.firstColumn + inRows.length)}`] : []),
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
export function mergeSql(layout: GroupLayout, both: string): string {
  const { keyCount, partialFields, accumulators, mergedFields, numberColumn, firstColumn } = layout
  const keys = Array.from({ length: keyCount }, (_, index) => columnName(index))
  const rowsBefore = columnName(partialFields.length)
  const number = numberColumn === undefined ? [] : [columnName(numberColumn)]
  let partial = firstColumn
  let column = partialFields.length + firstColumn - keyCount
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
    ...[...keys, ...number],
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
    ...[...keys, 'rows_after', ...number],
    ...after.map((_, index) => `after_${index}`),
    'was',
    is,
    ...finals('before'),
    ...finals('after'),
  ].map((sql, index) => `CAST(${sql} AS ${duckdbTypeName(fieldAt(mergedFields, index).type)})`)
  return `SELECT ${aliased(outer)} FROM (SELECT ${inner.join(', ')} FROM ${both}())`
}

/** Rows before first, so that each comes before the row after it. */
export function outputSql(
  node: GroupAggregateNode,
  layout: GroupLayout,
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
