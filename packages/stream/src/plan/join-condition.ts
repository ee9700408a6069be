import { isSameExpression } from './equality.js'
import type { Expression } from './expression.js'
import { columnsOf, moveColumns } from './rewrite-expression.js'

/** A pair of expressions that have to be equal: over the left's fields, and over the right's. */
export interface KeyPair {
  readonly left: Expression
  readonly right: Expression
}

/**
 * Of conditions over the fields of two sides, the right's from `offset` on, those that make keys,
 * and the others.
 */
export function splitKeys(
  conditions: readonly Expression[],
  offset: number,
): { keys: KeyPair[]; rest: Expression[] } {
  const keys: KeyPair[] = []
  const rest: Expression[] = []
  for (const each of conditions) {
    const pair = pairOf(each, offset)
    // A column is a key once; what else it has to be equal to is a condition like any other.
    const isNew =
      pair !== undefined &&
      !keys.some(
        (key) => isSameExpression(key.left, pair.left) || isSameExpression(key.right, pair.right),
      )
    if (isNew) keys.push(pair)
    else rest.push(each)
  }
  return { keys, rest }
}

function pairOf(condition: Expression, offset: number): KeyPair | undefined {
  if (condition.kind !== 'call' || condition.function !== '=') return undefined
  const [one, other] = condition.arguments
  if (one === undefined || other === undefined) return undefined
  const sides = [sideOf(one, offset), sideOf(other, offset)]
  const lowered = (expression: Expression) => moveColumns(expression, (index) => index - offset)
  if (sides[0] === 'left' && sides[1] === 'right') return { left: one, right: lowered(other) }
  if (sides[0] === 'right' && sides[1] === 'left') return { left: other, right: lowered(one) }
  return undefined
}

/** Of which side an expression reads columns; undefined for both or none. */
function sideOf(expression: Expression, offset: number): 'left' | 'right' | undefined {
  const sides = new Set<'left' | 'right'>()
  for (const index of columnsOf(expression)) sides.add(index < offset ? 'left' : 'right')
  const [side, another] = sides
  return another === undefined ? side : undefined
}
