import type { WindowRankNode } from '../plan/rank-node.js'
import type { Field } from '../plan/type.js'
import { Slices } from '../state/slices.js'
import { columnName, type Engine } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { alignedSql } from './duckdb/windows.js'
import { microsOf } from './late-rows.js'
import type { OperatorLimits } from './limits.js'
import type { Flow } from './operator.js'
import { orderSql } from './rank-layout.js'
import { WindowAggregate } from './window-aggregate.js'

/**
 * A ranking of the rows of each window: an aggregate whose partial rows are the first `to` rows of
 * each partition, in the order in which they came, for first(A ∪ B) = first(first(A) ∪ first(B)).
 * State, bound and what is late are those of `WindowAggregate`.
 */
export function compileWindowRank(of: {
  engine: Engine
  name: string
  relation: string
  node: WindowRankNode
  input: Flow
  limits: OperatorLimits
}): Promise<WindowAggregate> {
  const { node, input } = of
  const slices = new Slices(node.window, true)
  return WindowAggregate.ofQueries(of, {
    fields: [sliceField, ...node.input.fields],
    slices,
    micros: microsSql(node),
    partial: partialSql(node, slices, input.sql),
    merge: (rows) => mergeSql(node, rows),
    final: (rows) => finalSql(node, rows),
  })
}

const sliceField: Field = {
  name: 'slice_start',
  type: { kind: 'timestamp', precision: 3, nullable: false },
}

/** The ranking's own window, over columns that lie `offset` further on. */
function rankWindow({ partitionKeys, order, latestFirst }: WindowRankNode, offset: number): string {
  const keys = partitionKeys.map((key) => columnName(key + offset))
  const sorted = order.map((key) => orderSql({ ...key, column: key.column + offset }))
  const arrival = `i ${latestFirst ? 'DESC' : 'ASC'}`
  return `(PARTITION BY ${keys.join(', ')} ORDER BY ${[...sorted, arrival].join(', ')})`
}

/** A window's end is in the window after it. */
function microsSql({ window }: WindowRankNode): string {
  return `${microsOf(window.timeColumn)} - 1`
}

/** Every record counts with the first of its partition, so that what is late can be counted. */
function partialSql(node: WindowRankNode, slices: Slices, inputSql: string): string {
  const columns = node.input.fields.map((_, index) => columnName(index))
  const keys = node.partitionKeys.map((key) => columnName(key)).join(', ')
  const ranked = `SELECT *, row_number() OVER ${rankWindow(node, 0)} AS place, count(*) OVER (PARTITION BY ${keys}) AS records
    FROM (SELECT *, row_number() OVER () AS i, ${microsSql(node)} AS micros FROM (${inputSql}))`
  const items = aliased([
    alignedSql('micros', slices.sliceMs, slices.offsetMs),
    ...columns,
    'CASE WHEN place = 1 THEN records ELSE 0 END',
  ])
  return `SELECT ${items} FROM (${ranked}) WHERE place <= ${node.range.to} ORDER BY 1 NULLS LAST, i`
}

function mergeSql(node: WindowRankNode, relation: string): string {
  const columns = Array.from({ length: node.input.fields.length + 1 }, (_, i) => columnName(i))
  return `SELECT ${aliased(columns)} FROM (${rankedSql(node, relation)}) WHERE place <= ${node.range.to} ORDER BY i`
}

/** In order of the window's end, then of the partition, then of the number. */
function finalSql(node: WindowRankNode, relation: string): string {
  const { from, to } = node.range
  const columns = node.input.fields.map((_, index) => `r.${columnName(index + 1)}`)
  const keys = node.partitionKeys.map((key) => `r.${columnName(key + 1)} NULLS FIRST`)
  const items = aliased([...columns, ...(node.numbered ? ['r.place'] : [])])
  return `SELECT ${items} FROM (${rankedSql(node, relation)}) r WHERE r.place BETWEEN ${from} AND ${to} ORDER BY ${['r.c0', ...keys, 'r.place'].join(', ')}`
}

function rankedSql(node: WindowRankNode, relation: string): string {
  return `SELECT *, row_number() OVER ${rankWindow(node, 1)} AS place FROM (SELECT *, row_number() OVER () AS i FROM ${relation}())`
}
