import type { AggregateCall, Expression } from '../plan/expression.js'
import type { MatchNode } from '../plan/match-node.js'
import { type PlanNode, withInputs } from '../plan/node.js'
import type { OverFunction } from '../plan/over-node.js'

/** The same tree with `change` made to each node, the leaves first. */
export function rewriteNode(node: PlanNode, change: (node: PlanNode) => PlanNode): PlanNode {
  return change(withInputs(node, (input) => rewriteNode(input, change)))
}

/** The same node with `change` made to each of its own expressions. */
export function rewriteExpressionsOf(
  node: PlanNode,
  change: (expression: Expression) => Expression,
): PlanNode {
  switch (node.kind) {
    case 'scan':
    case 'normalize':
    case 'materialize':
    case 'union':
    case 'windowTable':
    case 'sessionTable':
    case 'expand':
    case 'rank':
    case 'firstRow':
    case 'windowRank':
    case 'sort':
      return node
    case 'join':
    case 'intervalJoin':
    case 'windowJoin':
    case 'temporalJoin':
    case 'lookupJoin':
      return node.condition === undefined ? node : { ...node, condition: change(node.condition) }
    case 'unnest':
      return { ...node, collection: change(node.collection) }
    case 'filter':
      return { ...node, condition: change(node.condition) }
    case 'project':
      return { ...node, expressions: node.expressions.map(change) }
    case 'over':
      return { ...node, functions: node.functions.map((each) => changedFunction(each, change)) }
    case 'match':
      return changedMatch(node, change, change)
    case 'windowAggregate':
    case 'groupAggregate':
      return {
        ...node,
        aggregates: node.aggregates.map((call) => changedCall(call, change)),
      }
  }
}

/** The same match with changes made to what is over its rows, and to what is over its input. */
export function changedMatch(
  node: MatchNode,
  ofRows: (expression: Expression) => Expression,
  ofInput: (expression: Expression) => Expression,
): MatchNode {
  return {
    ...node,
    pattern: node.pattern.map((term) => ({
      ...term,
      ...(term.condition && { condition: ofRows(term.condition) }),
    })),
    measures: node.measures.map(ofRows),
    references: node.references.map((reference) =>
      reference.kind === 'row'
        ? reference
        : { ...reference, call: changedCall(reference.call, ofInput) },
    ),
  }
}

function changedCall(
  call: AggregateCall,
  change: (expression: Expression) => Expression,
): AggregateCall {
  return {
    ...call,
    ...(call.argument && { argument: change(call.argument) }),
    ...(call.filter && { filter: change(call.filter) }),
  }
}

/** The same function with `change` made to each of its expressions. */
export function changedFunction(
  call: OverFunction,
  change: (expression: Expression) => Expression,
): OverFunction {
  return {
    ...call,
    ...('argument' in call && call.argument && { argument: change(call.argument) }),
    ...('filter' in call && call.filter && { filter: change(call.filter) }),
    ...('otherwise' in call && call.otherwise && { otherwise: change(call.otherwise) }),
  }
}
