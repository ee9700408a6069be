import type { AggregateCall, Expression } from './expression.js'

/** Do both compute the same from the same row? Names of columns do not count. */
export function isSameExpression<E extends Expression | AggregateCall>(left: E, right: E): boolean {
  return fingerprint(left) === fingerprint(right)
}

function fingerprint(expression: Expression | AggregateCall): string {
  return JSON.stringify(expression, (key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    return key === 'name' ? undefined : value
  })
}
