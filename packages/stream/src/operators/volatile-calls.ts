import { branchOf, type Call, type Expression } from '../plan/expression.js'
import { isVolatile, isVolatileCall } from '../plan/volatile.js'

/** What is computed once for each row, and the expressions with columns in its place. */
export interface SteadyExpressions {
  readonly calls: readonly Expression[]
  readonly expressions: readonly Expression[]
}

/**
 * The outermost volatile calls become columns behind the others. A call that CASE, AND or OR leads to
 * is computed for the rows that they lead to it: for others it may fail.
 */
export function withoutVolatile(
  expressions: readonly Expression[],
  columnCount: number,
): SteadyExpressions {
  const calls: Expression[] = []
  const column = (call: Call, guards: readonly Expression[]): Expression => {
    const index = columnCount + calls.push(guarded(call, guards)) - 1
    return { kind: 'column', index, name: call.function, type: call.type }
  }
  const replaced = (expression: Expression, guards: readonly Expression[]): Expression => {
    switch (expression.kind) {
      case 'call': {
        if (isVolatileCall(expression)) return column(expression, guards)
        const goesOn = conditionToGoOn[expression.function]
        const before: Expression[] = []
        const operands = expression.arguments.map((operand) => {
          const inner = replaced(operand, [...guards, ...before])
          if (goesOn !== undefined) before.push(condition(goesOn, operand))
          return inner
        })
        return { ...expression, arguments: operands }
      }
      case 'cast':
        return { ...expression, input: replaced(expression.input, guards) }
      case 'case': {
        const before = [...guards]
        const branches = expression.branches.map(({ when, then }) => {
          const asked = replaced(when, before)
          const result = replaced(then, [...before, condition('IS TRUE', when)])
          before.push(condition('IS NOT TRUE', when))
          return branchOf(asked, result)
        })
        return { ...expression, branches, otherwise: replaced(expression.otherwise, before) }
      }
      default:
        return expression
    }
  }
  return { expressions: expressions.map((each) => replaced(each, [])), calls }
}

/** What an operand must be for the next one to be looked at. */
const conditionToGoOn: Readonly<Record<string, string>> = {
  AND: 'IS NOT FALSE',
  OR: 'IS NOT TRUE',
  COALESCE: 'IS NULL',
  IFNULL: 'IS NULL',
}

function condition(name: string, operand: Expression): Expression {
  const type = { kind: 'boolean', nullable: false } as const
  return { kind: 'call', function: name, arguments: [operand], type }
}

/** A guard that is volatile itself would be another one here. */
function guarded(call: Call, guards: readonly Expression[]): Expression {
  const steady = guards.filter((guard) => !isVolatile(guard))
  const [first, ...others] = steady
  if (first === undefined) return call
  const type = { kind: 'boolean', nullable: false } as const
  const all: Expression =
    others.length === 0 ? first : { kind: 'call', function: 'AND', arguments: steady, type }
  const nothing: Expression = {
    kind: 'literal',
    value: null,
    type: { ...call.type, nullable: true },
  }
  return {
    kind: 'case',
    branches: [branchOf(all, call)],
    otherwise: nothing,
    type: { ...call.type, nullable: true },
  }
}
