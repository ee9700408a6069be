import {
  type ColumnDefinition,
  type CreateTable,
  didYouMean,
  type ExpressionNode,
  lastOf,
  type Name,
  type PlacedColumn,
  type SchemaChange,
  type SchemaItems,
  type Span,
  SqlError,
} from '../sql/index.js'
import { childrenOf } from './aggregate-calls.js'
import { listed } from './scope.js'

/**
 * A table with a change of ALTER TABLE to its columns, its watermark or its key made to how it was
 * written.
 * @throws SqlError where what is changed is not there, or what is added is; and where something else
 * of the table reads a column that goes.
 */
export function withSchemaChange(table: CreateTable, change: SchemaChange): CreateTable {
  switch (change.kind) {
    case 'add':
    case 'modify':
      return withItems(table, change)
    case 'dropColumns':
      return withoutColumns(table, change.names)
    case 'dropKey':
      return withoutKey(table, change.at, change.name)
    case 'dropWatermark':
      if (table.watermarks.length === 0) throw isNotThere(table, 'WATERMARK', change.at)
      return { ...table, watermarks: [] }
    case 'renameColumn':
      return withRenamed(table, change.from, change.to)
  }
}

function withItems(table: CreateTable, change: SchemaItems): CreateTable {
  const isAdded = change.kind === 'add'
  const columns = change.columns.reduce(
    (before, placed) => (isAdded ? withAdded(before, placed) : withModified(before, placed)),
    table.columns,
  )
  const given = { WATERMARK: change.watermarks[0], 'PRIMARY KEY': change.primaryKeys[0] } as const
  const there = { WATERMARK: table.watermarks[0], 'PRIMARY KEY': table.primaryKeys[0] } as const
  for (const what of ['WATERMARK', 'PRIMARY KEY'] as const) {
    const at = given[what]?.at
    if (at === undefined || isAdded === (there[what] === undefined)) continue
    throw isAdded
      ? new SqlError(`there is a ${what} already`, at, `write MODIFY, or DROP ${what} first`)
      : isNotThere(table, what, at)
  }
  return {
    ...table,
    columns,
    watermarks: change.watermarks.length > 0 ? change.watermarks : table.watermarks,
    primaryKeys: change.primaryKeys.length > 0 ? change.primaryKeys : table.primaryKeys,
  }
}

type Columns = readonly ColumnDefinition[]

function withAdded(columns: Columns, { column, place }: PlacedColumn): Columns {
  const { text, at } = column.name
  if (columns.some(({ name }) => name.text === text)) {
    throw new SqlError(`there is a column \`${text}\` already`, at, 'write MODIFY')
  }
  return columns.toSpliced(
    place === undefined ? columns.length : placeIn(columns, place),
    0,
    column,
  )
}

function withModified(columns: Columns, { column, place }: PlacedColumn): Columns {
  const index = indexOf(columns, column.name)
  if (place === undefined) return columns.with(index, column)
  const others = columns.toSpliced(index, 1)
  return others.toSpliced(placeIn(others, place), 0, column)
}

function placeIn(columns: Columns, place: 'first' | Name): number {
  return place === 'first' ? 0 : indexOf(columns, place) + 1
}

function withoutColumns(table: CreateTable, names: readonly Name[]): CreateTable {
  const gone = new Set<string>()
  for (const name of names) {
    indexOf(table.columns, name)
    if (gone.has(name.text)) throw new SqlError(`\`${name.text}\` is named twice`, name.at)
    gone.add(name.text)
  }
  const left = { ...table, columns: table.columns.filter(({ name }) => !gone.has(name.text)) }
  for (const name of names) refuseRead(left, name)
  return left
}

function withoutKey(table: CreateTable, at: Span, name: Name | undefined): CreateTable {
  const [key] = table.primaryKeys
  if (key === undefined) throw isNotThere(table, 'PRIMARY KEY', at)
  const given = key.name?.text ?? `PK_${key.columns.map(({ text }) => text).join('_')}`
  if (name !== undefined && name.text !== given) {
    const hint = `the PRIMARY KEY is \`${given}\``
    throw new SqlError(`there is no constraint \`${name.text}\``, name.at, hint)
  }
  return { ...table, primaryKeys: [] }
}

/** The key goes along; who else reads the column would have to be written anew. */
function withRenamed(table: CreateTable, from: Name, to: Name): CreateTable {
  const index = indexOf(table.columns, from)
  if (table.columns.some(({ name }) => name.text === to.text)) {
    throw new SqlError(`there is a column \`${to.text}\` already`, to.at, 'give it another name')
  }
  const column = table.columns[index] as ColumnDefinition
  const others = table.columns.toSpliced(index, 1)
  refuseRead({ ...table, columns: others, primaryKeys: [] }, from)
  return {
    ...table,
    columns: table.columns.with(index, { ...column, name: to }),
    primaryKeys: table.primaryKeys.map((key) => ({
      ...key,
      columns: key.columns.map((name) => (name.text === from.text ? to : name)),
    })),
  }
}

/** Does something of the table read a column that is not there any more? */
function refuseRead(table: CreateTable, { text, at }: Name): void {
  const by = readerOf(table, text)
  if (by === undefined) return
  throw new SqlError(`\`${text}\` is read by ${by}`, at, 'change that first')
}

function readerOf(table: CreateTable, name: string): string | undefined {
  for (const column of table.columns) {
    if (column.kind === 'computed' && reads(column.expression, name)) {
      return `the column \`${column.name.text}\``
    }
  }
  const isOf = (names: readonly Name[]) => names.some(({ text }) => text === name)
  if (table.primaryKeys.some(({ columns }) => isOf(columns))) return 'the PRIMARY KEY'
  if (isOf(table.partitionedBy)) return 'PARTITIONED BY'
  const isTime = table.watermarks.some(({ column, expression }) => {
    return column[0]?.text === name || reads(expression, name)
  })
  return isTime ? 'the WATERMARK' : undefined
}

function reads(node: ExpressionNode, name: string): boolean {
  if (node.kind === 'column') return node.path[0]?.text === name
  return childrenOf(node).some((child) => reads(child, name))
}

function indexOf(columns: Columns, { text, at }: Name): number {
  const index = columns.findIndex(({ name }) => name.text === text)
  if (index >= 0) return index
  const names = columns.map(({ name }) => name.text)
  throw new SqlError(
    `there is no column \`${text}\` in this table`,
    at,
    didYouMean(text, names) ?? listed('the columns are', names),
  )
}

function isNotThere({ name }: CreateTable, what: string, at: Span): SqlError {
  return new SqlError(`\`${lastOf(name).text}\` has no ${what}`, at, `write ADD ${what}`)
}
