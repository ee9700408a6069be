import type { Expression } from './expression.js'
import type { FilterNode } from './node.js'
import type { Relation } from './scope.js'

/** The rows for which a condition over the fields of their node is TRUE. */
export function filtered(input: Relation, condition: Expression): Relation {
  const node: FilterNode = {
    kind: 'filter',
    input: input.node,
    condition,
    fields: input.node.fields,
  }
  return { ...input, node }
}
