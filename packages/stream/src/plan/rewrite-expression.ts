import { branchOf, type ColumnReference, type Expression } from './expression.js'

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

/** The same expression, each of its columns where `move` says. */
export function moveColumns(expression: Expression, move: (index: number) => number): Expression {
  return rewriteExpression(expression, (part) =>
    part.kind === 'column' ? { ...part, index: move(part.index) } : part,
  )
}

/** The conditions that must all hold for a condition to hold. */
export function conjuncts(condition: Expression): readonly Expression[] {
  if (condition.kind !== 'call' || condition.function !== 'AND') return [condition]
  return condition.arguments.flatMap(conjuncts)
}

/** The condition that all of them hold; undefined for none. */
export function conjunctionOf([first, ...others]: readonly Expression[]): Expression | undefined {
  return others.reduce<Expression | undefined>(
    (left, right) =>
      left && {
        kind: 'call',
        function: 'AND',
        arguments: [left, right],
        type: { kind: 'boolean', nullable: left.type.nullable || right.type.nullable },
      },
    first,
  )
}
