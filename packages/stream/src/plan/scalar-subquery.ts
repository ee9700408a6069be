import {
  type ExistsNode,
  type ExpressionNode,
  type InQueryNode,
  notSupported,
  SqlError,
  type SubqueryNode,
} from '../sql/index.js'
import { childrenOf } from './aggregate-calls.js'
import { uniqueKeysOf } from './changelog.js'
import { withCorrelatedValue } from './correlated-value.js'
import type { Expression } from './expression.js'
import { ExpressionResolver } from './expression-resolver.js'
import { joinNode } from './join-node.js'
import { type Relation, withoutTime } from './scope.js'
import { planMembershipValue, type QueryPlanners, testedQuery } from './subquery.js'
import { withNullable } from './type-family.js'

/** A relation with a field for each query that stands as a value, and which field that is. */
export interface WithValues {
  readonly relation: Relation
  readonly values: ReadonlyMap<ExpressionNode, Expression>
}

/**
 * Joins each row with what every query within these expressions says of it: the one row of a query
 * that stands as a value, and whether IN and EXISTS hold. `isCondition`: the expressions are asked
 * for what is TRUE. `resolver` makes what resolves them, over the relation's own columns where absent.
 * @throws SqlError for a value that may have more than one row, or has more than one column.
 */
export function withQueryValues(
  relation: Relation,
  nodes: readonly ExpressionNode[],
  isCondition: boolean,
  planners: QueryPlanners,
  resolver?: () => ExpressionResolver,
): WithValues {
  const values = new Map<ExpressionNode, Expression>()
  let joined = relation
  for (const { node, isNullFalse } of nodes.flatMap((each) => queriesOf(each, isCondition))) {
    if (node.kind !== 'subquery') {
      const tested = testedQuery(node, planners)
      const own = resolver?.() ?? new ExpressionResolver(joined, 'WHERE')
      const found = planMembershipValue(joined, node, tested, {
        isNullFalse,
        resolver: own.knowing(values, []),
      })
      values.set(node, found.value)
      joined = found.relation
      continue
    }
    const one =
      withCorrelatedValue(joined, node, planners, () => {
        const own = resolver?.() ?? new ExpressionResolver(joined, 'WHERE')
        return own.knowing(values, [])
      }) ?? withOneRow(joined, node, planners.planQuery(node.query))
    values.set(node, one.value)
    joined = one.relation
  }
  return { relation: joined, values }
}

/**
 * Each row beside the one row of a query, as an outer join without a condition: NULL while there is
 * none.
 */
function withOneRow(outer: Relation, { at }: SubqueryNode, inner: Relation) {
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
  const node = joinNode('left', outer.node, inner.node, [], undefined)
  if (column.value.kind !== 'field') throw new Error('windows were assigned before')
  const index = node.left.fields.length + column.value.index
  const value: Expression = {
    kind: 'column',
    index,
    name: column.name,
    type: withNullable(column.type, true),
  }
  return { relation: { node, columns: outer.columns.map(withoutTime) }, value }
}

interface WithinExpression {
  readonly node: SubqueryNode | InQueryNode | ExistsNode
  /** Whether NULL means the same as FALSE there. */
  readonly isNullFalse: boolean
}

/** The outermost queries of an expression, which is asked for a value or for what is TRUE. */
function queriesOf(node: ExpressionNode, isNullFalse: boolean): readonly WithinExpression[] {
  const within = (nodes: readonly ExpressionNode[], isAsked: boolean) =>
    nodes.flatMap((each) => queriesOf(each, isAsked))
  switch (node.kind) {
    case 'subquery':
    case 'exists':
      return [{ node, isNullFalse }]
    case 'inQuery':
      return [...within([node.operand], false), { node, isNullFalse }]
    case 'binary': {
      const keeps = node.operator === 'AND' || node.operator === 'OR'
      return within(childrenOf(node), keeps && isNullFalse)
    }
    case 'is':
      return within(childrenOf(node), node.test === 'TRUE')
    case 'case': {
      const { operand, branches, otherwise } = node
      return [
        ...within(operand ? [operand] : [], false),
        ...branches.flatMap(({ when, result }) => [
          ...queriesOf(when, operand === undefined),
          ...queriesOf(result, isNullFalse),
        ]),
        ...within(otherwise ? [otherwise] : [], isNullFalse),
      ]
    }
    default:
      return within(childrenOf(node), false)
  }
}
