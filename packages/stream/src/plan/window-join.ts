import { notSupported, type Span, SqlError } from '../sql/index.js'
import { changingNode, operatorName } from './changelog.js'
import type { Expression } from './expression.js'
import type { KeyPair } from './join-condition.js'
import { type JoinNode, joinNode, type WindowJoinNode } from './join-node.js'
import type { AssignedWindow, Relation } from './scope.js'

/**
 * A join of rows that are equal in some expressions: where these are the start and the end of the
 * windows that the rows of both sides have, a join of windows, and otherwise one for ever.
 * @throws SqlError where the windows are not of one kind, or their rows change.
 */
export function joinByKeys(of: {
  type: WindowJoinNode['type']
  left: Relation
  right: Relation
  keys: readonly KeyPair[]
  condition: Expression | undefined
  at: Span
}): JoinNode | WindowJoinNode {
  const { type, left, right, keys, condition, at } = of
  const pairOf = (part: 'start' | 'end') =>
    keys.find(
      (pair) =>
        windowOf(pair.left, left)?.part === part && windowOf(pair.right, right)?.part === part,
    )
  const [start, end] = [pairOf('start'), pairOf('end')]
  if (start === undefined || end === undefined) {
    return joinNode(type, left.node, right.node, keys, condition)
  }
  if (windowOf(end.left, left)?.isProcessingTime || windowOf(end.right, right)?.isProcessingTime) {
    throw notSupported('a join of windows of processing time', at, 'group by the windows first')
  }
  const windows = windowOf(end.left, left)?.windows
  if (windows === undefined || end.left.kind !== 'column' || end.right.kind !== 'column') {
    throw new Error('the columns are those of windows')
  }
  if (JSON.stringify(windows) !== JSON.stringify(windowOf(end.right, right)?.windows)) {
    throw new SqlError(
      'the windows of the two sides are not the same',
      at,
      'give both sides the same function with the same lengths',
    )
  }
  refuseChangingWindows([left, right], at)
  const others = keys.filter((pair) => pair !== start && pair !== end)
  const joined = joinNode(type, left.node, right.node, others, condition)
  const ends = { leftEnd: end.left.index, rightEnd: end.right.index }
  return { ...joined, type, kind: 'windowJoin', windows, ...ends }
}

/** What an expression is of the windows that the rows of a relation have. */
function windowOf(expression: Expression, { columns }: Relation): AssignedWindow | undefined {
  if (expression.kind !== 'column') return undefined
  for (const { value } of columns) {
    if (value.kind !== 'field' || value.index !== expression.index) continue
    if (value.window !== undefined) return value.window
  }
  return undefined
}

function refuseChangingWindows(sides: readonly Relation[], at: Span): void {
  for (const { node } of sides) {
    const changing = changingNode(node)
    if (changing === undefined) continue
    throw new SqlError(
      `a join of windows takes new rows only, but ${operatorName(changing)} changes rows that it gave before`,
      at,
      'join what comes before that',
    )
  }
}
