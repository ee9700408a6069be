import type { Expression } from '../plan/expression.js'
import type { PlanNode, ProjectNode } from '../plan/node.js'
import { rewriteExpression, substitute } from '../plan/rewrite-expression.js'
import { rewriteNode } from './rewrite.js'

/**
 * Two projections on top of one another are one, where no expression of the lower one would be
 * computed twice; one that gives its input as it is, under the same names, is none.
 */
export function mergeProjections(node: PlanNode): PlanNode {
  return rewriteNode(node, (each) => {
    if (each.kind !== 'project') return each
    if (isIdentity(each)) return each.input
    if (each.input.kind !== 'project') return each
    return merge(each, each.input) ?? each
  })
}

function isIdentity({ input, expressions, fields }: ProjectNode): boolean {
  return (
    fields.length === input.fields.length &&
    expressions.every(
      (expression, index) =>
        expression.kind === 'column' &&
        expression.index === index &&
        fields[index]?.name === input.fields[index]?.name,
    )
  )
}

function merge(upper: ProjectNode, lower: ProjectNode): ProjectNode | undefined {
  const uses = usesOf(upper.expressions)
  const cheap = lower.expressions.every(
    (expression, index) => !isComputed(expression) || (uses.get(index) ?? 0) <= 1,
  )
  if (!cheap) return undefined
  const expressions = upper.expressions.map((expression) =>
    substitute(expression, (index) => lower.expressions[index]),
  )
  return { ...upper, input: lower.input, expressions }
}

function isComputed({ kind }: Expression): boolean {
  return kind !== 'column' && kind !== 'literal'
}

/** How often each column of the input is read. */
function usesOf(expressions: readonly Expression[]): ReadonlyMap<number, number> {
  const uses = new Map<number, number>()
  for (const expression of expressions) {
    rewriteExpression(expression, (part) => {
      if (part.kind === 'column') uses.set(part.index, (uses.get(part.index) ?? 0) + 1)
      return part
    })
  }
  return uses
}
