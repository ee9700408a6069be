import {
  type ExpressionNode,
  notSupported,
  type OrderItem,
  type Query,
  type QueryBody,
  SqlError,
} from '../sql/index.js'
import { childrenOf, isAggregate } from './aggregate-calls.js'
import { changingNode, operatorName } from './changelog.js'
import { withComputedFields } from './computed-fields.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import type { RankNode, SortNode } from './rank-node.js'
import type { Relation, ScopeColumn } from './scope.js'
import { type SortItem, sortItemOf, sortKeysOf } from './sort-key.js'

/**
 * ORDER BY, LIMIT and OFFSET of a query. With LIMIT the first rows in the order are a Top-N of one
 * partition; without it an order is that of event time, which a stream can be brought into. An order
 * of a query within another, without LIMIT, orders nothing: `isWithin`.
 */
export function planOrderAndLimit(query: Query, relation: Relation, isWithin: boolean): Relation {
  const { orderBy, limit, offset } = query
  const [first] = orderBy
  if (limit === undefined) {
    if (offset !== undefined) {
      throw notSupported('OFFSET without LIMIT', offset.at, 'add LIMIT')
    }
    if (first === undefined || isWithin) return relation
    return sorted(relation, orderBy, first)
  }
  const skipped = offset === undefined ? 0 : countOf(offset, 'OFFSET')
  const count = countOf(limit, 'LIMIT')
  if (count === 0) {
    throw new SqlError('LIMIT 0 lets no row through', limit.at, 'write a number from 1 on')
  }
  const items = orderBy.map((item) => sortItemOf(item, resolve(item, relation)))
  const { node: input, indexes } = withSortFields(relation, items)
  const node: RankNode = {
    kind: 'rank',
    input,
    partitionKeys: [],
    order: sortKeysOf(items, indexes),
    latestFirst: false,
    byTime: false,
    range: { from: skipped + 1, to: skipped + count },
    numbered: false,
    fields: input.fields,
  }
  return { ...relation, node }
}

/**
 * A query that selects, behind its columns, what its rows are ordered by and is none of them; and
 * the order by the places of these. The same body where nothing is missing, or nothing can be added.
 */
export function withUnselectedOrder(
  { body, orderBy }: Query,
  selected: Relation,
): { body: QueryBody; orderBy: readonly OrderItem[] } {
  if (body.kind !== 'select' || body.distinct) return { body, orderBy }
  const items = [...body.items]
  const places = orderBy.map((item): OrderItem => {
    const { expression } = item
    if (!isUnselected(expression, selected)) return item
    const name = { text: `$order${items.length}`, at: expression.at }
    const place =
      selected.columns.length + items.push({ expression, alias: name }) - body.items.length
    return { ...item, expression: { kind: 'number', at: expression.at, text: String(place) } }
  })
  return { body: items.length > body.items.length ? { ...body, items } : body, orderBy: places }
}

/** Does it read more than the columns that are selected? */
function isUnselected(node: ExpressionNode, selected: Relation): boolean {
  if (node.kind === 'column') {
    const [name, second] = node.path
    return second !== undefined || !selected.columns.some((column) => column.name === name?.text)
  }
  return isAggregate(node) || childrenOf(node).some((child) => isUnselected(child, selected))
}

/** A column of what is selected, by its name or its place; or what is computed of those. */
function resolve({ expression }: OrderItem, relation: Relation): Expression {
  if (expression.kind !== 'number' || !/^\d+$/.test(expression.text)) {
    return new ExpressionResolver(relation, 'ORDER BY').resolve(expression)
  }
  const column = relation.columns[Number(expression.text) - 1]
  if (column === undefined) {
    throw new SqlError(
      `there is no column ${expression.text}, but ${relation.columns.length}`,
      expression.at,
      'columns are counted from 1',
    )
  }
  return expressionOf(column)
}

function expressionOf({ name, type, value }: ScopeColumn): Expression {
  if (value.kind !== 'field') throw new Error('windows were assigned before')
  return { kind: 'column', index: value.index, name, type }
}

function withSortFields(relation: Relation, items: readonly SortItem[]) {
  return withComputedFields(
    relation.node,
    items.map(({ expression }) => ({ expression, name: '$order' })),
  )
}

/** The rows in the order of event time, and of others among those of the same time. */
function sorted(relation: Relation, orderBy: readonly OrderItem[], first: OrderItem): Relation {
  const items = orderBy.map((item) => sortItemOf(item, resolve(item, relation)))
  const [time] = items
  const column = relation.columns.find(({ value }) => {
    return (
      time?.expression.kind === 'column' &&
      value.kind === 'field' &&
      value.index === time.expression.index
    )
  })
  if (column?.proctime === true && items.length === 1 && time?.descending === false) {
    // Rows come in this order.
    return relation
  }
  if (column?.rowtime !== true || time === undefined || time.descending) {
    throw notSupported(
      'ORDER BY without LIMIT, but for event time ascending first,',
      first.expression.at,
      'add LIMIT, or order what reads the result',
    )
  }
  const changing = changingNode(relation.node)
  if (changing !== undefined) {
    throw notSupported(
      `ORDER BY over ${operatorName(changing)}, which changes rows that it gave before,`,
      first.expression.at,
      'add LIMIT',
    )
  }
  const { node: input, indexes } = withSortFields(relation, items)
  const order = sortKeysOf(items, indexes)
  const node: SortNode = { kind: 'sort', input, order, fields: input.fields }
  return { ...relation, node }
}

function countOf(node: ExpressionNode, clause: string): number {
  const count = node.kind === 'number' && /^\d+$/.test(node.text) ? Number(node.text) : Number.NaN
  if (Number.isSafeInteger(count)) return count
  throw new SqlError(`${clause} takes a whole number`, node.at, `write ${clause} 10`)
}
