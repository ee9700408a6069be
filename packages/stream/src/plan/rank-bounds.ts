import type { Expression } from './expression.js'

/** Between which numbers a condition lets rows through; absent where it does not say. */
export interface NumberBounds {
  readonly from?: number
  readonly to?: number
}

/** What conditions say about a column of whole numbers, and those that say nothing about it. */
export function numberBounds(
  conditions: readonly Expression[],
  column: number,
): { bounds: NumberBounds; rest: readonly Expression[] } {
  const rest: Expression[] = []
  let from: number | undefined
  let to: number | undefined
  for (const condition of conditions) {
    const found = boundsOf(condition, column)
    if (found === undefined) {
      rest.push(condition)
      continue
    }
    if (found.from !== undefined) from = Math.max(from ?? found.from, found.from)
    if (found.to !== undefined) to = Math.min(to ?? found.to, found.to)
  }
  return { bounds: { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }, rest }
}

const mirrored: Readonly<Record<string, string>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=': '=',
}

function boundsOf(condition: Expression, column: number): NumberBounds | undefined {
  if (condition.kind !== 'call') return undefined
  const [left, right, third] = condition.arguments
  if (left === undefined || right === undefined) return undefined
  if (condition.function === 'BETWEEN') {
    const [from, to] = [constantOf(right), constantOf(third)]
    if (!isColumn(left, column) || from === undefined || to === undefined) return undefined
    return { from, to }
  }
  if (isColumn(left, column)) return compared(condition.function, constantOf(right))
  if (!isColumn(right, column)) return undefined
  return compared(mirrored[condition.function] ?? '', constantOf(left))
}

function compared(comparison: string, value: number | undefined): NumberBounds | undefined {
  if (value === undefined) return undefined
  switch (comparison) {
    case '<':
      return { to: value - 1 }
    case '<=':
      return { to: value }
    case '>':
      return { from: value + 1 }
    case '>=':
      return { from: value }
    case '=':
      return { from: value, to: value }
    default:
      return undefined
  }
}

function isColumn(expression: Expression, column: number): boolean {
  return expression.kind === 'column' && expression.index === column
}

/** A whole number as written; undefined for anything that has to be computed. */
function constantOf(expression: Expression | undefined): number | undefined {
  if (expression?.kind === 'cast' && expression.type.kind === 'bigint') {
    return constantOf(expression.input)
  }
  if (expression?.kind !== 'literal') return undefined
  const { value } = expression
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
  return Number.isSafeInteger(Number(value)) ? Number(value) : undefined
}
