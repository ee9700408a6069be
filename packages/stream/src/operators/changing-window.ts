import type { AggregateCall } from '../plan/expression.js'
import { columnsOf } from '../plan/rewrite-expression.js'
import { fieldAt } from '../plan/type.js'
import { Slices } from '../state/slices.js'
import { columnName } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { alignedSql } from './duckdb/windows.js'
import { timesField } from './join-pairs.js'
import { rowKind } from './operator.js'
import {
  type AlignedAggregateNode,
  finalSql,
  layoutOf,
  microsSql,
  ordinals,
  partialItems,
  sliceField,
  type WindowQueries,
} from './window-queries.js'

/**
 * A grouping by windows over rows that may be taken back. Its partial rows are what the aggregates
 * read of the rows themselves, each with how often it is there: taken back, it is there once less,
 * so that times(A ∪ B) = times(A) + times(B) in whatever order they come. When a window ends, each
 * row that is left is taken as often as it is there, and aggregated as rows that only come are.
 *
 * A window of which nothing is left is not given out, as in Flink. A row that is taken back in a
 * window that was given out is late like any other.
 */
export function changingWindowQueries(node: AlignedAggregateNode, inputSql: string): WindowQueries {
  const slices = new Slices(node.window, node.window.isEnd)
  const read = [...new Set([...node.keys, ...node.aggregates.flatMap(readBy)])].sort(
    (a, b) => a - b,
  )
  const fields = [sliceField, ...read.map((index) => fieldAt(node.input.fields, index)), timesField]
  const times = columnName(fields.length - 1)
  const groups = Array.from({ length: fields.length - 1 }, (_, index) => columnName(index))
  const summed = (relation: string, having: string) =>
    `SELECT ${aliased([...groups, `CAST(sum(${times}) AS BIGINT)`])} FROM ${relation}() GROUP BY ${groups.join(', ')} HAVING sum(${times}) ${having}`
  return {
    fields,
    slices,
    micros: microsSql(node),
    partial: partialSql(node, slices, read, inputSql),
    merge: (relation) => summed(relation, '<> 0'),
    final: (relation) => {
      const own = read.map((index, place) => `${columnName(place + 1)} AS ${columnName(index)}`)
      const items = ['c0 AS slice', ...own, `unnest(range(${times}))`]
      const rows = `SELECT ${items.join(', ')} FROM (${summed(relation, '> 0')})`
      const layout = layoutOf(node)
      const partial = `SELECT ${aliased(partialItems(node, layout, 'slice'))} FROM (${rows}) GROUP BY ${ordinals(layout.groupCount)}`
      return finalSql(node, slices, layout, `(${partial})`)
    },
  }
}

function readBy({ argument, filter }: AggregateCall): number[] {
  return [argument, filter].flatMap((each) => (each === undefined ? [] : [...columnsOf(each)]))
}

function partialSql(
  node: AlignedAggregateNode,
  slices: Slices,
  read: readonly number[],
  inputSql: string,
): string {
  const start = alignedSql('micros', slices.sliceMs, slices.offsetMs)
  const sign = `CASE WHEN k IN (${rowKind.insert}, ${rowKind.updateAfter}) THEN 1 ELSE -1 END`
  const columns = read.map((index) => columnName(index))
  const items = aliased([start, ...columns, `CAST(sum(${sign}) AS BIGINT)`, 'count(*)'])
  const input = `SELECT *, ${microsSql(node)} AS micros FROM (${inputSql})`
  return `SELECT ${items} FROM (${input}) GROUP BY ${ordinals(read.length + 1)} ORDER BY 1 NULLS LAST`
}
