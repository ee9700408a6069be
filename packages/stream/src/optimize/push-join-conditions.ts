import type { Expression } from '../plan/expression.js'
import { isOfLeft } from '../plan/join-node.js'
import type { FilterNode, PlanNode } from '../plan/node.js'
import { columnsOf, conjunctionOf, conjuncts, moveColumns } from '../plan/rewrite-expression.js'
import { isInteger, isNumeric, isText } from '../plan/type-family.js'
import { rewriteNode } from './rewrite.js'

type JoinKind = 'join' | 'intervalJoin' | 'windowJoin' | 'temporalJoin' | 'lookupJoin'
type AnyJoinNode = Extract<PlanNode, { kind: JoinKind }>

/**
 * What a join asks of the rows of one side alone is asked below it, so that the join keeps fewer:
 * only of a side whose rows come out beside a match or not at all, and only what can fail on no row.
 */
export function pushJoinConditions(node: PlanNode): PlanNode {
  return rewriteNode(node, (each) => (isJoin(each) ? pushed(each) : each))
}

function isJoin(node: PlanNode): node is AnyJoinNode {
  return ['join', 'intervalJoin', 'windowJoin', 'temporalJoin', 'lookupJoin'].includes(node.kind)
}

function pushed(node: AnyJoinNode): PlanNode {
  if (node.condition === undefined) return node
  const offset = node.left.fields.length
  const takes = sidesTaken(node)
  const ofLeft: Expression[] = []
  const ofRight: Expression[] = []
  const rest: Expression[] = []
  for (const each of conjuncts(node.condition)) {
    const columns = [...columnsOf(each)]
    const isOne = columns.length > 0 && failsNever(each)
    if (isOne && takes.left && columns.every((index) => index < offset)) ofLeft.push(each)
    else if (isOne && takes.right && columns.every((index) => index >= offset)) {
      ofRight.push(moveColumns(each, (index) => index - offset))
    } else rest.push(each)
  }
  if (ofLeft.length + ofRight.length === 0) return node
  const { condition: _, ...others } = node
  const condition = conjunctionOf(rest)
  return {
    ...others,
    left: filtered(node.left, ofLeft),
    right: filtered(node.right, ofRight),
    ...(condition !== undefined && { condition }),
  }
}

/** Which sides' rows may be left out where a condition on them is not TRUE. */
function sidesTaken({ kind, type }: AnyJoinNode): { left: boolean; right: boolean } {
  const left = type === 'inner' || type === 'semi' || type === 'right'
  const right = type === 'inner' || type === 'left' || isOfLeft(type)
  // Without one of its versions a key would have the one before it.
  return { left, right: right && kind !== 'temporalJoin' }
}

function filtered(input: PlanNode, conditions: readonly Expression[]): PlanNode {
  const condition = conjunctionOf(conditions)
  if (condition === undefined) return input
  const filter: FilterNode = { kind: 'filter', input, condition, fields: input.fields }
  return filter
}

const safeFunctions = new Set([
  ...['=', '<>', '<', '<=', '>', '>=', 'AND', 'OR', 'NOT', 'IN', 'BETWEEN'],
  ...['IS NULL', 'IS NOT NULL', 'IS TRUE', 'IS NOT TRUE', 'IS FALSE', 'IS NOT FALSE'],
  ...['IS DISTINCT FROM', 'IS NOT DISTINCT FROM'],
])

/** True only where the expression is known to fail on no row. */
function failsNever(expression: Expression): boolean {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return true
    case 'call':
      return safeFunctions.has(expression.function) && expression.arguments.every(failsNever)
    case 'cast': {
      const [from, to] = [expression.input.type, expression.type]
      const isSafe =
        (isNumeric(from) && to.kind === 'double') ||
        (isInteger(from) && to.kind === 'bigint') ||
        (isText(from) && to.kind === 'varchar' && to.length >= from.length)
      return isSafe && failsNever(expression.input)
    }
    default:
      return false
  }
}
