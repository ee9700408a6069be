import type { ColumnNode, ExpressionNode, Join } from '../sql/index.js'
import { childrenOf } from './aggregate-calls.js'
import { currentWatermarkFunction } from './current-watermark.js'
import { functions } from './functions.js'
import type { Relation } from './scope.js'

/** The parts of a condition as written that all have to hold. */
export function writtenConjuncts(condition: ExpressionNode): ExpressionNode[] {
  if (condition.kind !== 'binary' || condition.operator !== 'AND') return [condition]
  return [...writtenConjuncts(condition.left), ...writtenConjuncts(condition.right)]
}

/** May a condition of WHERE stand in the join as well? Only where it takes rows away, and pads none. */
export function takesConditions({ type, natural, using }: Join): boolean {
  return (type === 'INNER' || type === 'CROSS') && !natural && using === undefined
}

/**
 * Can the condition be told from these relations alone? It was resolved before, over all of FROM,
 * so that each of its names stands for one column.
 */
export function isOver(condition: ExpressionNode, relations: readonly Relation[]): boolean {
  switch (condition.kind) {
    case 'column':
      return relations.some((relation) => hasColumn(relation, condition))
    case 'inQuery':
    case 'exists':
    case 'subquery':
      return false
    case 'call':
      // Its value is one of the joined rows, not of each pair that is looked at.
      if (isOfRows(condition.name.at(-1)?.text.toUpperCase() ?? '')) return false
      return childrenOf(condition).every((child) => isOver(child, relations))
    default:
      return childrenOf(condition).every((child) => isOver(child, relations))
  }
}

function isOfRows(name: string): boolean {
  return functions.get(name)?.volatile === true || name === currentWatermarkFunction
}

/** Has the relation a column that the name may stand for? */
export function hasColumn({ columns }: Relation, { path }: ColumnNode): boolean {
  const [first, second] = path.map(({ text }) => text)
  return columns.some(({ name, relation }) => {
    return name === first || (relation === first && name === second)
  })
}

/** Is there a query within the expression? */
export function holdsQuery(node: ExpressionNode): boolean {
  if (node.kind === 'inQuery' || node.kind === 'exists' || node.kind === 'subquery') return true
  return childrenOf(node).some(holdsQuery)
}
