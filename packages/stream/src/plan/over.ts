import type { ExpressionNode, Select } from '../sql/index.js'
import { computedFieldsOf } from './computed-fields.js'
import type { Expression } from './expression.js'
import type { ExpressionResolver } from './expression-resolver.js'
import { isRankFunction, overCallsOf, unsupportedOver } from './over-call.js'
import { planRowNumber } from './rank.js'
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
): OverQuery {
  const calls = overCallsOf(select)
  const [first, second] = calls
  if (first === undefined) return { relation, resolver: resolver('SELECT') }
  if (!isRankFunction(first)) throw unsupportedOver(first)
  if (second !== undefined) throw unsupportedOver(second)
  const { node, number } = planRowNumber(first, relation, resolver('OVER'))
  const values = new Map<ExpressionNode, Expression>([[first.node, number]])
  const computed = computedFieldsOf(node.input, relation.node)
  const selecting = resolver('SELECT').knowing(values, computed)
  return { relation: { ...relation, node }, resolver: selecting }
}
