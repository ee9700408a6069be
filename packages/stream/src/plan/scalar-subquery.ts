import {
  type ExpressionNode,
  notSupported,
  type Query,
  SqlError,
  type SubqueryNode,
} from '../sql/index.js'
import { childrenOf } from './aggregate-calls.js'
import { uniqueKeysOf } from './changelog.js'
import type { Expression } from './expression.js'
import { joinNode } from './join-node.js'
import type { Relation, ScopeColumn } from './scope.js'
import { withNullable } from './type-family.js'

/** A relation with a field for each query that stands as a value, and which field that is. */
export interface WithValues {
  readonly relation: Relation
  readonly values: ReadonlyMap<ExpressionNode, Expression>
}

/**
 * Joins each row with the one row of every query that stands as a value in these expressions, as an
 * outer join without a condition: NULL while there is none.
 * @throws SqlError for a query that may have more than one row, or has more than one column.
 */
export function withQueryValues(
  relation: Relation,
  nodes: readonly ExpressionNode[],
  planQuery: (query: Query) => Relation,
): WithValues {
  const values = new Map<ExpressionNode, Expression>()
  let joined = relation
  for (const node of nodes.flatMap(subqueriesOf)) {
    const { query, at } = node
    const inner = planQuery(query)
    const [column, another] = inner.columns
    if (column === undefined || another !== undefined) {
      throw new SqlError(
        `a query that stands as a value has ${inner.columns.length} columns`,
        at,
        'select one column',
      )
    }
    if (!uniqueKeysOf(inner.node).some((key) => key.length === 0)) {
      throw notSupported(
        'a query as a value that may have more than one row',
        at,
        'select an aggregate without GROUP BY, such as MAX(…)',
      )
    }
    const join = joinNode('left', joined.node, inner.node, [], undefined)
    if (column.value.kind !== 'field') throw new Error('windows were assigned before')
    const index = join.left.fields.length + column.value.index
    values.set(node, {
      kind: 'column',
      index,
      name: column.name,
      type: withNullable(column.type, true),
    })
    joined = { node: join, columns: joined.columns.map(withoutTime) }
  }
  return { relation: joined, values }
}

/** The outermost queries that stand as values in an expression. */
function subqueriesOf(node: ExpressionNode): readonly SubqueryNode[] {
  return node.kind === 'subquery' ? [node] : childrenOf(node).flatMap(subqueriesOf)
}

function withoutTime(column: ScopeColumn): ScopeColumn {
  if (column.value.kind !== 'field') throw new Error('windows were assigned before')
  return { ...column, rowtime: false, value: { kind: 'field', index: column.value.index } }
}
