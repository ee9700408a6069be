import { type ColumnNode, didYouMean, type Name, type Span, SqlError } from '../sql/index.js'
import type { PlanNode } from './node.js'
import type { Place } from './place.js'
import type { DataType, Field } from './type.js'
import type { AlignedWindows } from './window-node.js'

/** What stands in FROM: a plan node, and the names by which its columns are known. */
export interface Relation {
  readonly node: PlanNode
  readonly columns: readonly ScopeColumn[]
}

export interface ScopeColumn {
  readonly name: string
  /** The name of the table, or its alias. */
  readonly relation?: string
  /** The database and catalog of the table, where it stands under its own name. */
  readonly place?: Place
  readonly type: DataType
  readonly value: ColumnValue
  /** The event time, by which windows can be cut. */
  readonly rowtime: boolean
  /** The time of the step (PROCTIME), as it is. */
  readonly proctime?: true
  /** Of what USING or NATURAL make one column, its place among those: `*` gives them first. */
  readonly shared?: number
  /** `*` passes over it. */
  readonly hidden?: true
  /** Where it was written, for messages about its type. */
  readonly at?: Span
}

/**
 * Where a column's value is: in a field of the node, or in what a window that is not grouped yet
 * will give: only its grouping computes that. A field may be a column of the window that the row
 * was given: a grouping by that ends with the window.
 */
export type ColumnValue =
  | { readonly kind: 'field'; readonly index: number; readonly window?: AssignedWindow }
  | { readonly kind: 'window'; readonly part: WindowPart; readonly window: PendingWindow }

export type WindowPart = 'start' | 'end' | 'time'

/** A column of a window that its rows have already. */
export interface AssignedWindow {
  readonly part: WindowPart
  readonly windows: AlignedWindows
  readonly timeType: DataType
  /** Of the time of the step in which a row came: nothing ends with the window, as in Flink. */
  readonly isProcessingTime?: true
}

/** A window over the rows of a relation, by the field that holds their time. */
export interface PendingWindow {
  readonly windows: AlignedWindows | PendingSessions
  readonly timeField: number
  readonly timeType: DataType
  /** Present where `timeField` is the end of the windows that the rows have already. */
  readonly isEnd?: true
  /** The time is that of the step in which a row comes, and windows end by the clock. */
  readonly isProcessingTime?: true
}

/** Sessions of the rows that are equal in some fields. */
export interface PendingSessions {
  readonly kind: 'session'
  readonly gapMs: number
  readonly partition: readonly { readonly field: number; readonly name: string }[]
  /** The rows that they were asked of, before anything was filtered or projected. */
  readonly of: SessionRows
}

/** Rows of sessions, by the fields of their node. */
export interface SessionRows {
  readonly node: PlanNode
  readonly timeField: number
  readonly partition: readonly number[]
}

/** The window of a relation that is not grouped yet. */
export function pendingWindowOf(relation: Relation): PendingWindow | undefined {
  for (const { value } of relation.columns) if (value.kind === 'window') return value.window
  return undefined
}

/** Which column of this window a column is; undefined for none of them. */
export function windowPartOf(
  { value }: ScopeColumn,
  window?: PendingWindow,
): WindowPart | undefined {
  if (value.kind === 'window') return value.part
  if (window?.isEnd !== true || value.window?.windows !== window.windows) return undefined
  return value.window.part
}

/** A relation whose columns are the fields of its node, under the same names. */
export function relationOf(node: PlanNode, fields: readonly Field[], rowtime?: string): Relation {
  const columns = fields.map(
    ({ name, type }, index): ScopeColumn => ({
      name,
      type,
      value: { kind: 'field', index },
      rowtime: name === rowtime,
    }),
  )
  return { node, columns }
}

/** The same relation under an alias, or, with its place, under its own name. */
export function renamed(relation: Relation, name: string, place?: Place): Relation {
  const columns = relation.columns.map(({ place: _, ...column }) => {
    return { ...column, relation: name, ...(place && { place }) }
  })
  return { ...relation, columns }
}

/**
 * The columns of the table that a path begins with, and how many of its parts name the table:
 * `table`, `database.table` or `catalog.database.table`. None where it is no table of this FROM.
 */
export function tableIn(
  columns: readonly ScopeColumn[],
  path: readonly Name[],
): { readonly columns: readonly ScopeColumn[]; readonly parts: number } {
  const [one, two, three] = path.map(({ text }) => text)
  const named: readonly ((column: ScopeColumn) => boolean)[] = [
    ({ relation }) => relation === one,
    ({ relation, place }) => relation === two && place?.database === one,
    ({ relation, place }) =>
      relation === three && place?.database === two && place?.catalog === one,
  ]
  for (const [index, isNamed] of named.slice(0, path.length).entries()) {
    const found = columns.filter(isNamed)
    if (found.length > 0) return { columns: found, parts: index + 1 }
  }
  return { columns: [], parts: 0 }
}

/** The column that a name stands for, where it stands for a whole one. */
export function findColumn(relation: Relation, node: ColumnNode): ScopeColumn {
  const { column, fields } = findPath(relation, node)
  if (fields.length === 0) return column
  throw new SqlError(
    `\`${column.name}\` is wanted as it is, and not a field of it`,
    node.at,
    'select the field in a query below',
  )
}

/**
 * The column that a name begins with, and the fields of it that the rest names. Names are compared
 * with their case, as Flink does.
 */
export function findPath(
  relation: Relation,
  node: ColumnNode,
): { readonly column: ScopeColumn; readonly fields: readonly Name[] } {
  const [first, ...further] = node.path
  if (first === undefined) throw new Error('a name path is never empty')
  const { columns } = relation
  const named = columns.filter(({ name }) => name === first.text)
  const whole = () => onlyOne(named, node, () => unknownColumn(first, columns))
  if (further.length === 0) return { column: whole(), fields: [] }
  const table = tableIn(columns, node.path.slice(0, -1))
  if (table.parts !== 1 && named.length > 0) return { column: whole(), fields: further }
  if (table.parts === 0) {
    const tables = new Set(columns.flatMap((column) => column.relation ?? []))
    throw new SqlError(
      `no table \`${first.text}\` is in this FROM`,
      first.at,
      didYouMean(first.text, tables) ?? listed('the tables are', tables),
    )
  }
  const [second = first, ...fields] = node.path.slice(table.parts)
  const tableName = node.path.slice(0, table.parts).map(({ text }) => text)
  const column = onlyOne(
    table.columns.filter(({ name }) => name === second.text),
    node,
    () => unknownColumn(second, table.columns, tableName.join('.')),
  )
  return { column, fields }
}

function onlyOne(
  found: readonly ScopeColumn[],
  node: ColumnNode,
  none: () => SqlError,
): ScopeColumn {
  const [column, another] = found
  if (column === undefined) throw none()
  if (another === undefined) return column
  const name = node.path.map(({ text }) => text).join('.')
  throw new SqlError(
    `\`${name}\` may be any of ${found.length} columns`,
    node.at,
    'write the table before it, or give each column a name of its own with AS',
  )
}

function unknownColumn(
  { text: name, at }: Name,
  columns: readonly ScopeColumn[],
  table?: string,
): SqlError {
  const names = columns.map((column) => column.name)
  const where = table === undefined ? '' : ` in \`${table}\``
  return new SqlError(
    `there is no column \`${name}\`${where}`,
    at,
    didYouMean(name, names) ?? listed('the columns are', names),
  )
}

/** `the columns are a, b and c`; nothing where there are none. */
export function listed(introduction: string, names: Iterable<string>): string | undefined {
  const shown = [...new Set(names)]
  if (shown.length === 0) return undefined
  if (shown.length === 1) return `${introduction.replace(/s are$/, ' is')} ${shown[0]}`
  return `${introduction} ${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** A column of rows that may be given out at any time: its time is event time no more. */
export function withoutTime(column: ScopeColumn): ScopeColumn {
  if (column.value.kind !== 'field') throw new Error('windows were assigned before')
  return { ...column, rowtime: false, value: { kind: 'field', index: column.value.index } }
}
