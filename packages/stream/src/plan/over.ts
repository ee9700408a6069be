import { type ExpressionNode, notSupported, type Select } from '../sql/index.js'
import { computedFieldsOf } from './computed-fields.js'
import type { Expression } from './expression.js'
import type { ExpressionResolver } from './expression-resolver.js'
import { planOverFunctions } from './over-aggregate.js'
import { type OverCall, overCallsOf } from './over-call.js'
import type { OverNode } from './over-node.js'
import { planRowNumber } from './rank.js'
import type { RankNode } from './rank-node.js'
import type { Relation } from './scope.js'

/** A relation with a field for each call with OVER, and what resolves a SELECT list over it. */
export interface OverQuery {
  readonly relation: Relation
  readonly resolver: ExpressionResolver
}

/**
 * Plans the calls with OVER of a query, over its rows or over its groups. `resolver` makes what
 * resolves expressions over them, for a clause.
 */
export function planOver(
  select: Select,
  relation: Relation,
  resolver: (clause: string) => ExpressionResolver,
  isGrouping: boolean,
): OverQuery {
  const calls = overCallsOf(select)
  if (calls.length === 0) return { relation, resolver: resolver('SELECT') }
  const { node, values } = planCalls(calls, relation, resolver('OVER'), isGrouping)
  const known = new Map<ExpressionNode, Expression>()
  calls.forEach(({ node: call }, index) => {
    const value = values[index]
    if (value !== undefined) known.set(call, value)
  })
  const computed = computedFieldsOf(node.input, relation.node)
  const selecting = resolver('SELECT').knowing(known, computed)
  return { relation: { ...relation, node }, resolver: selecting }
}

/** ROW_NUMBER alone may become a Top-N, in any order; all else is by event time. */
function planCalls(
  calls: readonly OverCall[],
  relation: Relation,
  resolver: ExpressionResolver,
  isGrouping: boolean,
): { node: RankNode | OverNode; values: readonly Expression[] } {
  const [first, second] = calls
  if (first?.name === 'ROW_NUMBER' && second === undefined) {
    return planRowNumber(first, relation, resolver)
  }
  if (isGrouping && first !== undefined) {
    throw notSupported('OVER of groups, but for a Top-N,', first.node.at, 'group in a query below')
  }
  return planOverFunctions(calls, relation, resolver)
}
