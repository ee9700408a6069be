import { type ExpressionNode, type Name, type Select, SqlError, textOf } from '../sql/index.js'
import { untypedNull } from './coercion.js'
import { columnAt, type Expression } from './expression.js'
import type { ExpressionResolver } from './expression-resolver.js'
import type { ProjectNode } from './node.js'
import { isProcessingTime } from './processing-time.js'
import {
  findPath,
  listed,
  type PendingWindow,
  pendingWindowOf,
  type Relation,
  type ScopeColumn,
  tableIn,
} from './scope.js'
import type { Field } from './type.js'

/** One item of a SELECT list, stars expanded. */
export interface ProjectionItem {
  readonly node: ExpressionNode
  readonly name: string
  /** The column, where the item is nothing but one. */
  readonly column?: ScopeColumn
}

/** The items of a SELECT list, with every `*` replaced by columns. */
export function expandItems(select: Select, relation: Relation): ProjectionItem[] {
  return select.items.flatMap(({ expression, alias }, index): ProjectionItem[] => {
    if (expression.kind === 'star') {
      if (alias !== undefined) throw new SqlError('* has no name of its own', alias.at)
      return expandStar(expression, relation)
    }
    if (expression.kind !== 'column') {
      return [{ node: expression, name: alias?.text ?? `EXPR$${index}` }]
    }
    const { column, fields } = findPath(relation, expression)
    const name = alias?.text ?? fields.at(-1)?.text ?? column.name
    return [{ node: expression, name, ...(fields.length === 0 && { column }) }]
  })
}

function expandStar(
  star: Extract<ExpressionNode, { kind: 'star' }>,
  relation: Relation,
): ProjectionItem[] {
  const [table] = star.qualifier
  const found = tableIn(relation.columns, star.qualifier)
  const isWhole = found.parts === star.qualifier.length
  const columns = table === undefined ? sharedFirst(relation.columns) : isWhole ? found.columns : []
  if (columns.length === 0 && table === undefined) {
    throw new SqlError('* stands for no column, since there is no FROM', star.at, 'name values')
  }
  if (columns.length === 0 && table !== undefined) {
    const tables = relation.columns.flatMap((column) => column.relation ?? [])
    throw new SqlError(
      `no table \`${table.text}\` is in this FROM`,
      table.at,
      listed('the tables are', tables),
    )
  }
  return columns.flatMap((column): ProjectionItem[] => {
    if (column.hidden) return []
    const path: readonly Name[] = [{ text: column.name, at: star.at }]
    return [{ node: { kind: 'column', at: star.at, path }, name: column.name, column }]
  })
}

function sharedFirst(columns: readonly ScopeColumn[]): readonly ScopeColumn[] {
  const placeOf = ({ shared }: ScopeColumn) => shared ?? columns.length
  return [...columns].sort((one, other) => placeOf(one) - placeOf(other))
}

/**
 * A projection of a relation. Event time stays event time where a column is passed on as it is,
 * and so does a window that waits for its grouping: its time goes along in a field without a name.
 */
export function project(
  relation: Relation,
  items: readonly ProjectionItem[],
  resolver: ExpressionResolver,
): Relation {
  const expressions: Expression[] = []
  const fields: Field[] = []
  const add = (expression: Expression, name: string): number => {
    expressions.push(expression)
    fields.push({ name, type: expression.type })
    return fields.length - 1
  }
  const columns = items.map(({ node, name, column }): ScopeColumn => {
    if (column?.value.kind === 'window') {
      return { ...unnamed(column), name, at: node.at }
    }
    const expression =
      column?.value.kind === 'field'
        ? columnAt(relation.node.fields, column.value.index)
        : resolver.resolve(node)
    const index = add(expression, name)
    const window = column?.value.kind === 'field' ? column.value.window : undefined
    return {
      name,
      type: expression.type,
      value: { kind: 'field', index, ...(window && { window }) },
      rowtime: column?.rowtime === true,
      ...((column?.proctime === true || isProcessingTime(expression)) && { proctime: true }),
      at: node.at,
    }
  })
  const window = pendingWindowOf({ node: relation.node, columns })
  if (window === undefined) return { node: projectNode(relation, expressions, fields), columns }
  const moved: PendingWindow = {
    ...window,
    timeField: add(columnAt(relation.node.fields, window.timeField), '$window_time'),
    windows: movedWindows(window.windows, (field) => {
      const place = expressions.findIndex((each) => each.kind === 'column' && each.index === field)
      return place >= 0 ? place : add(columnAt(relation.node.fields, field), '$window_partition')
    }),
  }
  return {
    node: projectNode(relation, expressions, fields),
    columns: columns.map((column) =>
      column.value.kind === 'window'
        ? { ...column, value: { ...column.value, window: moved } }
        : column,
    ),
  }
}

function movedWindows(
  windows: PendingWindow['windows'],
  placeOf: (field: number) => number,
): PendingWindow['windows'] {
  if (windows.kind !== 'session') return windows
  const partition = windows.partition.map((each) => ({ ...each, field: placeOf(each.field) }))
  return { ...windows, partition }
}

function unnamed({ type, value, rowtime }: ScopeColumn): Omit<ScopeColumn, 'name'> {
  return { type, value, rowtime }
}

function projectNode(
  relation: Relation,
  expressions: readonly Expression[],
  fields: readonly Field[],
): ProjectNode {
  return { kind: 'project', input: relation.node, expressions, fields }
}

/** Refuses a NULL that nothing gave a type, where its column will be read by name. */
export function refuseUntypedNulls(relation: Relation): void {
  const { node } = relation
  if (node.kind !== 'project') return
  for (const { at, name, value } of relation.columns) {
    if (value.kind !== 'field' || node.expressions[value.index] !== untypedNull) continue
    if (at === undefined) continue
    throw new SqlError(
      `the type of this ${textOf(at)} is not known`,
      at,
      `give it one: CAST(NULL AS INT) AS ${name}`,
    )
  }
}

/** A relation whose columns have these names; their own where there are none. `at`: who gives them. */
export function withColumnNames(relation: Relation, names: readonly Name[], at: Name): Relation {
  refuseUntypedNulls(relation)
  if (names.length === 0) return relation
  const seen = relation.columns.filter(({ hidden }) => hidden !== true)
  if (names.length !== seen.length) {
    throw new SqlError(
      `\`${at.text}\` names ${names.length} columns, but its query has ${seen.length}`,
      at.at,
      'name each column once',
    )
  }
  const columns = relation.columns.map((column) => ({
    ...column,
    name: names[seen.indexOf(column)]?.text ?? column.name,
  }))
  return { ...relation, columns }
}
