import { branchOf, type ColumnReference, type Expression } from '../plan/expression.js'
import { type PlanNode, withInputs } from '../plan/node.js'

/** The same expression with `change` made to each part, the innermost first. */
export function rewriteExpression(
  expression: Expression,
  change: (expression: Expression) => Expression,
): Expression {
  const inner = (part: Expression) => rewriteExpression(part, change)
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return change(expression)
    case 'call':
      return change({ ...expression, arguments: expression.arguments.map(inner) })
    case 'cast':
      return change({ ...expression, input: inner(expression.input) })
    case 'case':
      return change({
        ...expression,
        branches: expression.branches.map(({ when, then }) => branchOf(inner(when), inner(then))),
        otherwise: inner(expression.otherwise),
      })
  }
}

/** The same expression over another input: each column becomes what `replacement` says. */
export function substitute(
  expression: Expression,
  replacement: (index: number, column: ColumnReference) => Expression | undefined,
): Expression {
  return rewriteExpression(expression, (part) => {
    if (part.kind !== 'column') return part
    const replaced = replacement(part.index, part)
    if (replaced === undefined) throw new Error(`nothing replaces the column ${part.index}`)
    return replaced
  })
}

/** The columns of the input that an expression reads. */
export function columnsOf(expression: Expression): ReadonlySet<number> {
  const columns = new Set<number>()
  rewriteExpression(expression, (part) => {
    if (part.kind === 'column') columns.add(part.index)
    return part
  })
  return columns
}

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
    case 'union':
      return node
    case 'filter':
      return { ...node, condition: change(node.condition) }
    case 'project':
      return { ...node, expressions: node.expressions.map(change) }
    case 'windowAggregate':
    case 'groupAggregate':
      return {
        ...node,
        aggregates: node.aggregates.map((call) => ({
          ...call,
          ...(call.argument && { argument: change(call.argument) }),
          ...(call.filter && { filter: change(call.filter) }),
        })),
      }
  }
}
