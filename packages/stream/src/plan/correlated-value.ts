import {
  type ExpressionNode,
  type GroupItem,
  notSupported,
  type Query,
  type Select,
  type SelectItem,
  type SubqueryNode,
} from '../sql/index.js'
import { aggregatesOf, childrenOf, isAggregate } from './aggregate-calls.js'
import { callFunction } from './call-resolution.js'
import type { Expression } from './expression.js'
import { type ExpressionResolver, functionName } from './expression-resolver.js'
import { isGrouped } from './grouping.js'
import { splitKeys } from './join-condition.js'
import { joinNode } from './join-node.js'
import { conjunctionOf } from './rewrite-expression.js'
import { type Relation, withoutTime } from './scope.js'
import { correlatedConditions, type QueryPlanners } from './subquery.js'
import { withNullable } from './type-family.js'
import { isOver } from './where-in-joins.js'

/**
 * Each row beside the value of an aggregate of the rows of a query that are equal to it in some
 * columns: `(SELECT MAX(x) FROM u WHERE u.a = t.a)`. The query is grouped by its side of these
 * comparisons, and joined by them: NULL, or a count of 0, where it has no row. Undefined for a query
 * that reads no column of those around it.
 * @throws SqlError where it is compared otherwise, or its value of no row would not be known.
 */
export function withCorrelatedValue(
  outer: Relation,
  { query, at }: SubqueryNode,
  planners: QueryPlanners,
  resolver: () => ExpressionResolver,
): { readonly relation: Relation; readonly value: Expression } | undefined {
  const correlated = correlatedConditions(query, planners.planRows)
  if (correlated === undefined) return undefined
  const { select, all, outside, own } = correlated
  const [item, another] = select.items
  const isPlain = isGrouped(select) && !select.groupBy && !select.having && !select.distinct
  if (
    item === undefined ||
    another !== undefined ||
    !isPlain ||
    !isNothingOfNone(item.expression)
  ) {
    throw notSupported(
      'this query as a value, which reads columns of the query around it,',
      at,
      'select one aggregate such as MAX(…), and compute with it outside',
    )
  }
  const pairs = outside.map((condition) => sidesOf(condition, all))
  const inner = planners.planQuery(groupedByPairs(query, select, own, pairs))
  const [column, ...keys] = inner.columns.map(({ value, name, type }): Expression => {
    if (value.kind !== 'field') throw new Error('a group has no windows')
    return { kind: 'column', index: value.index, name, type }
  })
  if (column?.kind !== 'column') throw new Error('the item is a column')
  const offset = outer.node.fields.length
  const equal = pairs.map(({ outside: node }, place) => {
    const key = keys[place]
    if (key?.kind !== 'column') throw new Error('each key is a column')
    const moved: Expression = { ...key, index: key.index + offset }
    return callFunction('=', node.at, [resolver().resolve(node), moved], [node.at, at])
  })
  const split = splitKeys(equal, offset)
  const node = joinNode('left', outer.node, inner.node, split.keys, conjunctionOf(split.rest))
  const found: Expression = {
    ...column,
    index: node.left.fields.length + column.index,
    type: withNullable(column.type, true),
  }
  const zero: Expression = { kind: 'literal', value: 0n, type: column.type }
  // Flink says that it may be NULL.
  const value = isCount(item.expression)
    ? { ...callFunction('COALESCE', at, [found, zero]), type: found.type }
    : found
  return { relation: { node, columns: outer.columns.map(withoutTime) }, value }
}

/** Both sides of a comparison, as they are written. */
export interface Pair {
  readonly inside: ExpressionNode
  readonly outside: ExpressionNode
}

/** @throws SqlError for what is no equality of a side within and a side outside. */
export function sidesOf(condition: ExpressionNode, inner: Relation): Pair {
  if (condition.kind === 'binary' && condition.operator === '=') {
    const { left, right } = condition
    if (isOver(left, [inner])) return { inside: left, outside: right }
    if (isOver(right, [inner])) return { inside: right, outside: left }
  }
  throw notSupported(
    'a query of groups that is compared with the query around it otherwise than by =',
    condition.at,
    'join the two, and group above',
  )
}

/** The query with its side of the comparisons as keys, which it gives behind what it selects. */
export function groupedByPairs(
  query: Query,
  { where: _, ...select }: Select,
  own: readonly ExpressionNode[],
  pairs: readonly Pair[],
): Query {
  const keys = pairs.map(({ inside }, place): SelectItem => {
    return { expression: inside, alias: { text: `$key${place}`, at: inside.at } }
  })
  const added = pairs.map(({ inside }): GroupItem => {
    return { kind: 'expression', at: inside.at, expression: inside }
  })
  const items = [...select.items, ...keys]
  const groupBy = [...(select.groupBy ?? []), ...added]
  const [first, ...others] = own
  const where = others.reduce<ExpressionNode | undefined>((left, right) => {
    return left && { kind: 'binary', at: query.at, operator: 'AND', left, right }
  }, first)
  const body: Select = { ...select, ...(where && { where }), items, groupBy }
  return { ...query, body }
}

function isCount(node: ExpressionNode): boolean {
  return node.kind === 'call' && functionName(node).toUpperCase() === 'COUNT'
}

/** Is the value of no rows NULL, or a count alone? */
function isNothingOfNone(node: ExpressionNode): boolean {
  return isCount(node) || (aggregatesOf(node).length > 0 && isNullOfNone(node))
}

function isNullOfNone(node: ExpressionNode): boolean {
  if (isAggregate(node)) return !isCount(node)
  const isComputed =
    node.kind === 'cast' ||
    (node.kind === 'unary' && node.operator !== 'NOT') ||
    (node.kind === 'binary' && ['+', '-', '*', '/', '%', '||'].includes(node.operator))
  return isComputed && childrenOf(node).some(isNullOfNone) && !childrenOf(node).some(holdsCount)
}

function holdsCount(node: ExpressionNode): boolean {
  return isCount(node) || childrenOf(node).some(holdsCount)
}
