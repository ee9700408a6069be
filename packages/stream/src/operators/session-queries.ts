import { fieldAt } from '../plan/type.js'
import { columnName, placeName } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import { microsOf } from './late-rows.js'
import type { SessionAggregateNode, SessionLayout } from './session-layout.js'

/** The batch as sessions: rows further from the one before than the gap begin a new one. */
export function sessionPartialSql(
  node: SessionAggregateNode,
  layout: SessionLayout,
  inputSql: string,
  arrivalSql?: string,
): string {
  const { partitionKeys, otherKeys } = layout
  const columnOf = (key: number) => columnName(node.keys[key] ?? -1)
  const partition = partitionKeys.length > 0 ? partitionKeys.map(columnOf) : ['0::TINYINT']
  const by = `PARTITION BY ${partition.join(', ')}`
  const gap = `${BigInt(node.window.gapMs) * 1000n}::BIGINT`
  const times = `SELECT *, epoch_us(${columnName(node.window.timeColumn)}) AS micros${arrivalSql === undefined ? '' : `, ${arrivalSql} AS arrival`} FROM (${inputSql})`
  const begins = `SELECT *, CASE WHEN micros - lag(micros) OVER (${by} ORDER BY micros) <= ${gap} THEN 0 ELSE 1 END AS begins FROM (${times})`
  // Rows of the same time are peers, and so of the same island.
  const islands = `SELECT *, sum(begins) OVER (${by} ORDER BY micros) AS island FROM (${begins})`
  const splits = layout.aggregates.map(({ split }) => split)
  const others = [
    ...otherKeys.map(columnOf),
    ...splits.flatMap((split) => split.groupColumns.map(({ sql }) => sql)),
  ]
  // What is grouped by nothing more is one row a session, whose extent an aggregate finds.
  const isWhole = others.length === 0
  const within = `${by}, island`
  const extents = `SELECT *, min(micros) OVER (${within}) AS since, max(micros) OVER (${within}) AS latest, micros IS NULL AS timeless FROM (${islands})`
  const since = isWhole ? 'min(micros)' : 'any_value(since)'
  const latest = isWhole ? 'max(micros)' : 'any_value(latest)'
  const timeless = isWhole ? 'micros IS NULL' : 'timeless'
  const groups = [
    ...partition,
    `CASE WHEN NOT bool_or(${timeless}) THEN make_timestamp(${since}) END`,
    ...others,
  ]
  const values = [
    `make_timestamp(${latest} + ${gap})`,
    ...splits.flatMap((split) => split.columns.map(({ sql }) => sql)),
    ...(arrivalSql === undefined ? [] : ['CAST(max(arrival) AS BIGINT)']),
    'count(*)',
    `row_number() OVER (${by}) = 1`,
  ]
  // The start is the island's, so it need not be grouped by.
  const grouping = groups
    .map((_, index) => index)
    .filter((index) => index !== layout.partitionCount)
    .map((index) => index + 1)
  return `SELECT ${aliased([...groups, ...values])} FROM (${isWhole ? islands : extents}) GROUP BY ${[...grouping, 'island'].join(', ')}`
}

/** The places of the records that are in sessions of a relation. */
export function inSessionsSql(
  node: SessionAggregateNode,
  layout: SessionLayout,
  inputSql: string,
  sessions: string,
): string {
  const { partitionKeys, partitionCount, groupCount } = layout
  const isSame = partitionKeys.map((key, index) => {
    return `s.${columnName(index)} IS NOT DISTINCT FROM i.${columnName(node.keys[key] ?? -1)}`
  })
  const gap = `${BigInt(node.window.gapMs) * 1000n}::BIGINT`
  const conditions = [
    ...isSame,
    `i.micros >= epoch_us(s.${columnName(partitionCount)})`,
    `i.micros <= epoch_us(s.${columnName(groupCount)}) - ${gap}`,
  ]
  const records = `SELECT *, ${microsOf(node.window.timeColumn)} AS micros FROM (${inputSql})`
  return `SELECT DISTINCT i.${placeName} AS c0 FROM (${records}) i JOIN ${sessions}() s ON ${conditions.join(' AND ')} ORDER BY 1`
}

/** Sessions that touch become one, and rows of the same group of it one row. */
export function sessionMergeSql(layout: SessionLayout, both: string): string {
  const { partitionCount, groupCount } = layout
  const partition = names(0, partitionCount)
  const [start, end] = [columnName(partitionCount), columnName(groupCount)]
  const by = `PARTITION BY ${partition.join(', ')}`
  const before = `max(${end}) OVER (${by} ORDER BY ${start}, ${end} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`
  const begins = `SELECT *, CASE WHEN ${start} <= ${before} THEN 0 ELSE 1 END AS begins FROM ${both}()`
  const islands = `SELECT *, sum(begins) OVER (${by} ORDER BY ${start}) AS island FROM (${begins})`
  const within = `${by}, island`
  const extents = `SELECT *, min(${start}) OVER (${within}) AS since, max(${end}) OVER (${within}) AS until FROM (${islands})`
  const others = names(partitionCount + 1, groupCount)
  let partial = groupCount + 1
  const merged = layout.aggregates.flatMap(({ split }) =>
    split.columns.map(({ merge }) => merge(columnName(partial++))),
  )
  const arrival = layout.arrivalPlace === undefined ? [] : [columnName(layout.arrivalPlace)]
  const latest = arrival.map((name) => `CAST(max(${name}) AS BIGINT)`)
  const records = `CAST(sum(${columnName(layout.fields.length)}) AS BIGINT)`
  const items = [...partition, 'since', ...others, 'until', ...merged, ...latest, records]
  const grouping = [...partition, 'since', ...others, 'until'].join(', ')
  return `SELECT ${aliased(items)} FROM (${extents}) GROUP BY ${grouping}`
}

/** In order of the session's end, then of the keys, NULLs first as Flink sorts them. */
export function sessionFinalSql(
  node: SessionAggregateNode,
  layout: SessionLayout,
  closing: string,
): string {
  const start = `closing.${columnName(layout.partitionCount)}`
  const end = `closing.${columnName(layout.groupCount)}`
  const keys = layout.placeOfKey.map((place) => `closing.${columnName(place)}`)
  const values = [
    ...keys,
    ...layout.aggregates.map(({ split, names: columns }) => split.final(columns)),
    start,
    end,
    `(${end} - to_milliseconds(1))`,
  ]
  const items = values.map(
    (sql, index) => `CAST(${sql} AS ${duckdbTypeName(fieldAt(node.fields, index).type)})`,
  )
  const order = [end, ...keys].map((sql) => `${sql} NULLS FIRST`).join(', ')
  return `SELECT ${aliased(items)} FROM ${closing}() AS closing GROUP BY ${[start, end, ...keys].join(', ')} ORDER BY ${order}`
}

function names(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => columnName(from + index))
}
