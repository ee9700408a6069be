import type { Expression } from '../plan/expression.js'
import { type FilterNode, type PlanNode, type ProjectNode, withInputs } from '../plan/node.js'
import { columnsOf, substitute } from '../plan/rewrite-expression.js'

/**
 * A filter above a projection goes below it, where what it reads is passed on as it is or is
 * constant: then the projection computes less, and fails on no row that it would not have seen.
 * A filter above a window stays: it reads whole groups.
 */
export function pushFilters(node: PlanNode): PlanNode {
  const pushed = withInputs(node, pushFilters)
  if (pushed.kind !== 'filter' || pushed.input.kind !== 'project') return pushed
  return pushBelow(pushed, pushed.input) ?? pushed
}

function pushBelow(filter: FilterNode, project: ProjectNode): PlanNode | undefined {
  const passedOn = [...columnsOf(filter.condition)].every((index) =>
    isPassedOn(project.expressions[index]),
  )
  if (!passedOn) return undefined
  const condition = substitute(filter.condition, (index) => project.expressions[index])
  const { input } = project
  const below: FilterNode = { kind: 'filter', input, condition, fields: input.fields }
  return { ...project, input: pushFilters(below) }
}

function isPassedOn(expression: Expression | undefined): boolean {
  return expression?.kind === 'column' || expression?.kind === 'literal'
}
