import type { PlanNode } from '../plan/node.js'
import { rewriteNode } from './rewrite.js'

/** Two filters on top of one another are one; a filter that keeps every row is none. */
export function mergeFilters(node: PlanNode): PlanNode {
  return rewriteNode(node, (each) => {
    if (each.kind !== 'filter') return each
    const { condition, input } = each
    if (condition.kind === 'literal' && condition.value === true) return input
    if (input.kind !== 'filter') return each
    const nullable = condition.type.nullable || input.condition.type.nullable
    return {
      ...input,
      condition: {
        kind: 'call',
        function: 'AND',
        // The lower one first: rows that it takes away may be such that the upper one fails on.
        arguments: [input.condition, condition],
        type: { kind: 'boolean', nullable },
      },
    }
  })
}
