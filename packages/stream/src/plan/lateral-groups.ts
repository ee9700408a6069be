import type { DerivedTable } from '../sql/index.js'
import { callFunction } from './call-resolution.js'
import { groupedByPairs, sidesOf } from './correlated-value.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { splitKeys } from './join-condition.js'
import { type JoinNode, joinNode } from './join-node.js'
import { conjunctionOf } from './rewrite-expression.js'
import type { Relation } from './scope.js'
import type { Correlated, QueryPlanners } from './subquery.js'
import { withNullable } from './type-family.js'

/** Each row of the left beside what a query says of it. */
export interface BesideRows {
  readonly joined: JoinNode
  /** What the query selects, over the fields of the join. */
  readonly items: readonly { readonly name: string; readonly value: Expression }[]
}

/**
 * Each row of the left beside the groups of a query of the rows that are equal to it in some columns:
 * the query is grouped by its side of these comparisons too, and joined by them. So a row for which it
 * has none has no match, also without GROUP BY, as in Flink: there a count of nothing is no 0.
 * @throws SqlError where it is compared otherwise than by equality.
 */
export function besideGroups(
  type: 'inner' | 'left',
  left: Relation,
  right: DerivedTable,
  { select, all, outside, own }: Correlated,
  planners: QueryPlanners,
): BesideRows {
  const { query, at } = right
  const pairs = outside.map((condition) => sidesOf(condition, all))
  const inner = planners.planQuery(groupedByPairs(query, select, own, pairs))
  const offset = left.node.fields.length
  const columns = inner.columns.map(({ value, name, type: given }) => {
    if (value.kind !== 'field') throw new Error('a group has no windows')
    return {
      name,
      value: { kind: 'column', index: value.index + offset, name, type: given },
    } as const
  })
  const items = columns.slice(0, select.items.length)
  const equal = pairs.map(({ outside: node }, place) => {
    const key = columns[items.length + place]?.value
    if (key === undefined) throw new Error('each key is a column')
    const own = new ExpressionResolver(left, 'WHERE').resolve(node)
    return callFunction('=', node.at, [own, key], [node.at, at])
  })
  const split = splitKeys(equal, offset)
  const joined = joinNode(type, left.node, inner.node, split.keys, conjunctionOf(split.rest))
  const moved = joined.left.fields.length - offset
  return {
    joined,
    items: items.map(({ name, value }) => {
      const nullable = type === 'left' || value.type.nullable
      const index = value.index + moved
      return { name, value: { ...value, index, type: withNullable(value.type, nullable) } }
    }),
  }
}
