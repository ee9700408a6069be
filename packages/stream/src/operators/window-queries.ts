import { type Field, fieldAt } from '../plan/type.js'
import type { AlignedWindows, SessionWindows, WindowAggregateNode } from '../plan/window-node.js'
import type { Slices } from '../state/slices.js'
import { type SplitAggregate, splitAggregate } from './aggregate.js'
import { columnName } from './duckdb/engine.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import { alignedSql } from './duckdb/windows.js'
import { microsOf } from './late-rows.js'

/** A grouping by windows that begin at the same times for all rows. */
export type AlignedAggregateNode = Omit<WindowAggregateNode, 'window'> & {
  readonly window: AlignedWindows & Omit<WindowAggregateNode['window'], keyof SessionWindows>
}

/** The same node, which must not be of sessions. */
export function ofAlignedWindows(node: WindowAggregateNode): AlignedAggregateNode {
  const { window } = node
  if (window.kind === 'session') throw new TypeError('sessions have an operator of their own')
  return { ...node, window }
}

/**
 * How the partial rows of windows are made, merged and read. Their first column is the start of
 * their slice.
 */
export interface WindowQueries {
  readonly fields: readonly Field[]
  readonly slices: Slices
  /** The time that says which slice a row of the input is in, in microseconds. */
  readonly micros: string
  /** Of the step's input: partial rows, and how many records each is of; by their starts. */
  readonly partial: string
  /** Fewer rows that mean the same as those of a relation. */
  readonly merge: (relation: string) => string
  /** What the windows give whose rows, each under its window's last slice, are in a relation. */
  readonly final: (relation: string) => string
}

/** Columns of a partial row: the slice's start, the keys, what DISTINCT groups by, partials. */
export interface Layout {
  readonly fields: readonly Field[]
  readonly groupCount: number
  readonly aggregates: readonly { split: SplitAggregate; names: readonly string[] }[]
}

export const sliceField: Field = {
  name: 'slice_start',
  type: { kind: 'timestamp', precision: 3, nullable: false },
}

export function layoutOf(node: AlignedAggregateNode): Layout {
  const keys = node.keys.map((_, index) => fieldAt(node.fields, index))
  const splits = node.aggregates.map((call, ordinal) => splitAggregate(call, ordinal))
  const groups = splits.flatMap((split) => split.groupColumns)
  const partials = splits.flatMap((split) => split.columns)
  const fields = [
    sliceField,
    ...keys,
    ...groups.map((column) => column.field),
    ...partials.map((column) => column.field),
  ]
  const groupCount = 1 + keys.length + groups.length
  let group = 1 + keys.length
  let partial = groupCount
  const aggregates = splits.map((split) => ({
    split,
    names: [
      ...split.groupColumns.map(() => columnName(group++)),
      ...split.columns.map(() => columnName(partial++)),
    ],
  }))
  return { fields, groupCount, aggregates }
}

export function partialSql(
  node: AlignedAggregateNode,
  slices: Slices,
  layout: Layout,
  inputSql: string,
): string {
  const start = alignedSql('micros', slices.sliceMs, slices.offsetMs)
  const input = `SELECT *, ${microsSql(node)} AS micros FROM (${inputSql})`
  const items = aliased([...partialItems(node, layout, start), 'count(*)'])
  return `SELECT ${items} FROM (${input}) GROUP BY ${ordinals(layout.groupCount)} ORDER BY 1 NULLS LAST`
}

/** The columns of a partial row, of rows whose slice begins at `start`. */
export function partialItems(node: AlignedAggregateNode, layout: Layout, start: string): string[] {
  const keys = node.keys.map((key) => columnName(key))
  const splits = layout.aggregates.map(({ split }) => split)
  const groups = splits.flatMap((split) => split.groupColumns.map(({ sql }) => sql))
  const partials = splits.flatMap((split) => split.columns.map(({ sql }) => sql))
  return [start, ...keys, ...groups, ...partials]
}

/** A window's end is in the window after it. */
export function microsSql({ window }: AlignedAggregateNode): string {
  return `${microsOf(window.timeColumn)}${window.isEnd ? ' - 1' : ''}`
}

export function mergeSql(layout: Layout, relation: string): string {
  const groups = Array.from({ length: layout.groupCount }, (_, index) => columnName(index))
  let partial = layout.groupCount
  const merged = layout.aggregates.flatMap(({ split }) =>
    split.columns.map(({ merge }) => merge(columnName(partial++))),
  )
  return `SELECT ${aliased([...groups, ...merged])} FROM ${relation}() GROUP BY ${ordinals(layout.groupCount)}`
}

/** The start of a window, given that of its last slice. */
function startSql({ window }: AlignedAggregateNode, last: string): string {
  switch (window.kind) {
    case 'tumble':
      return last
    case 'hop':
      return `(${last} - to_milliseconds(${window.sizeMs - window.slideMs}))`
    case 'cumulate':
      return alignedSql(`epoch_us(${last})`, window.sizeMs, window.offsetMs)
  }
}

/**
 * What windows give of their partial rows, which `closing` is a query of: in order of the window's
 * end, then of the keys, NULLs first as Flink sorts them.
 */
export function finalSql(
  node: AlignedAggregateNode,
  slices: Slices,
  layout: Layout,
  closing: string,
): string {
  const keyNames = node.keys.map((_, index) => columnName(index + 1))
  const end = `(any_value(c0) + to_milliseconds(${slices.sliceMs}))`
  const values = [
    ...keyNames,
    ...layout.aggregates.map(({ split, names }) => split.final(names)),
    startSql(node, 'any_value(c0)'),
    end,
    `(${end} - to_milliseconds(1))`,
  ]
  const items = values.map(
    (sql, index) => `CAST(${sql} AS ${duckdbTypeName(fieldAt(node.fields, index).type)})`,
  )
  const grouping = ['c0', ...keyNames]
  const order = grouping.map((name) => `closing.${name} NULLS FIRST`).join(', ')
  return `SELECT ${aliased(items)} FROM ${closing} AS closing GROUP BY ${grouping.map((name) => `closing.${name}`).join(', ')} ORDER BY ${order}`
}

export function ordinals(count: number): string {
  return Array.from({ length: count }, (_, index) => index + 1).join(', ')
}
