import type { Expression } from './expression.js'
import { inputsOf, type PlanNode } from './node.js'
import type { OverFunction } from './over-node.js'

/** The expressions of a node itself, those of the columns that its table computes included. */
export function expressionsOf(node: PlanNode): readonly Expression[] {
  switch (node.kind) {
    case 'scan':
      return node.table.columns.flatMap(({ expression }) => expression ?? [])
    case 'project':
      return node.expressions
    case 'filter':
      return [node.condition]
    case 'unnest':
      return [node.collection]
    case 'over':
      return node.functions.flatMap(argumentsOf)
    case 'windowAggregate':
    case 'groupAggregate':
      return node.aggregates.flatMap(argumentsOf)
    case 'match':
      return [
        ...node.pattern.flatMap(({ condition }) => condition ?? []),
        ...node.measures,
        ...node.references.flatMap((each) => (each.kind === 'row' ? [] : argumentsOf(each.call))),
      ]
    default:
      return 'condition' in node && node.condition !== undefined ? [node.condition] : []
  }
}

/** Those of a node and of all below it. */
export function expressionsIn(node: PlanNode): readonly Expression[] {
  return [...expressionsOf(node), ...inputsOf(node).flatMap(expressionsIn)]
}

function argumentsOf(call: OverFunction): Expression[] {
  return (['argument', 'filter', 'otherwise'] as const).flatMap((part) => {
    const value =
      part in call ? (call as Partial<Record<typeof part, Expression>>)[part] : undefined
    return value ?? []
  })
}
