import type { ExpressionNode, GroupItem, Select } from '../sql/index.js'
import { aggregatesOf, childrenOf } from './aggregate-calls.js'
import { findPath, pendingWindowOf, type Relation } from './scope.js'

/**
 * Does a query compute with the columns of a window that is not grouped yet, so that its rows must
 * be given their windows first? Selecting the columns as they are, or grouping by them, is no such
 * thing; SELECT DISTINCT, which compares them, is.
 */
export function computesWithWindow(select: Select, input: Relation, isGrouped: boolean): boolean {
  if (pendingWindowOf(input) === undefined) return false
  const items = select.items.map(({ expression }) => expression)
  const computed = (node: ExpressionNode) => node.kind !== 'column' && readsWindow(node, input)
  if (select.where !== undefined && readsWindow(select.where, input)) return true
  const ofWindows = select.windows.flatMap(({ window }) => [
    ...window.partitionBy,
    ...window.orderBy.map(({ expression }) => expression),
  ])
  if (!isGrouped && ofWindows.some((node) => readsWindow(node, input))) return true
  // Of windows that nobody can ask for any more, the rows are still as many as they are in windows.
  const keepsWindow = items.some((node) => node.kind === 'star' || readsWindow(node, input))
  if (!isGrouped) return select.distinct || items.some(computed) || !keepsWindow
  const above = [...items, ...(select.having === undefined ? [] : [select.having])]
  const ofRows = above.flatMap(aggregatesOf).flatMap((call) => {
    return call.filter === undefined ? call.arguments : [...call.arguments, call.filter]
  })
  return (
    ofRows.some((node) => readsWindow(node, input)) ||
    (select.groupBy ?? []).flatMap(expressionsOf).some(computed)
  )
}

function readsWindow(node: ExpressionNode, input: Relation): boolean {
  if (node.kind === 'column') return findPath(input, node).column.value.kind === 'window'
  return childrenOf(node).some((child) => readsWindow(child, input))
}

function expressionsOf(item: GroupItem): readonly ExpressionNode[] {
  return item.kind === 'expression' ? [item.expression] : item.items.flatMap(expressionsOf)
}
