import {
  type ColumnDefinition,
  type CreateTable,
  type InsertStatement,
  type Name,
  parseTypeText,
  type Query,
  SqlError,
} from '../sql/index.js'
import { refuseUntypedNulls } from './projection.js'
import type { QueryPlanner } from './query.js'
import { listed } from './scope.js'
import { typeName } from './type-name.js'

/**
 * CREATE TABLE … AS SELECT: the table with the columns of its query, behind those that are declared.
 * A column that is declared and selected stands where it is selected, in the type that is declared.
 * Any other statement as it is.
 * @throws SqlError where the columns cannot be brought into the order that is written.
 */
export function withQuery(statement: CreateTable, planner: QueryPlanner): CreateTable {
  const { query, order, ...table } = statement
  if (query === undefined) return statement
  const selected = columnsOf(query, planner).map(({ name, type }): ColumnDefinition => {
    const declared = table.columns.find((column) => column.name.text === name)
    if (declared !== undefined) return declared
    const named: Name = { text: name, at: query.at }
    const written = parseTypeText(typeName(type), name)
    return { kind: 'physical', at: query.at, name: named, type: written }
  })
  const others = table.columns.filter((column) => !selected.includes(column))
  return { ...table, columns: [...others, ...inOrder(selected, order, query)] }
}

/** What fills the table. */
export function insertOf(
  { at, name: table }: CreateTable,
  query: Query,
  planner: QueryPlanner,
): InsertStatement {
  const columns = columnsOf(query, planner).map(({ name }): Name => ({ text: name, at: query.at }))
  return { kind: 'insert', at, overwrite: false, table, hints: [], columns, query }
}

function columnsOf(query: Query, planner: QueryPlanner) {
  const relation = planner.planWhole(query)
  refuseUntypedNulls(relation)
  return relation.columns.filter(({ hidden }) => hidden !== true)
}

function inOrder(
  columns: readonly ColumnDefinition[],
  order: readonly Name[] | undefined,
  query: Query,
): readonly ColumnDefinition[] {
  const [first] = order ?? []
  if (order === undefined || first === undefined) return columns
  const names = columns.map(({ name }) => name.text)
  if (order.length !== columns.length) {
    throw new SqlError(
      `${order.length} columns are named, but the query has ${columns.length}`,
      first.at,
      listed('its columns are', names),
    )
  }
  return order.map((name) => {
    const column = columns.find((each) => each.name.text === name.text)
    if (column !== undefined) return { ...column, name }
    const hint = listed('its columns are', names)
    throw new SqlError(`the query has no column \`${name.text}\``, name.at ?? query.at, hint)
  })
}
