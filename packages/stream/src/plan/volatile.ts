import { notSupported, type Span } from '../sql/index.js'
import { changelogOf } from './changelog.js'
import { readsWatermark } from './current-watermark.js'
import type { Call, Expression } from './expression.js'
import { functions } from './functions.js'
import { inputsOf, type PlanNode } from './node.js'
import { expressionsOf } from './node-expressions.js'
import { rewriteExpression } from './rewrite-expression.js'

/**
 * Functions whose value is another one each time: each of their calls is computed once for each
 * row, and what is above reads that value (`operators/volatile-columns.ts`). They stand in
 * projections and filters only. What a step gave is published before the next, so that nobody sees
 * two values of one row.
 */
export function isVolatileCall({ function: name, user }: Call): boolean {
  if (user !== undefined) return !user.deterministic
  return functions.get(name)?.volatile === true
}

export function isVolatile(expression: Expression): boolean {
  let found = false
  rewriteExpression(expression, (part) => {
    found ||= part.kind === 'call' && isVolatileCall(part)
    return part
  })
  return found
}

/**
 * A row that is taken back has to be the one that was given: its values cannot be computed anew.
 * Only who keeps the latest row of each key does not mind.
 * @throws SqlError where an operator, or a sink of every change, would read such rows; and for a
 * call where it would be computed more than once.
 */
export function refuseVolatile(node: PlanNode, isCompared: boolean, at: Span): void {
  const hint = 'select it in a query below, and use its name here'
  switch (node.kind) {
    case 'scan':
      if (node.table.columns.some(({ expression }) => expression && isVolatile(expression))) {
        throw notSupported(
          `${nameOf(node.table.columns.flatMap(({ expression }) => expression ?? []))} in a computed column`,
          at,
          'select it in a view over the table',
        )
      }
      return
    case 'project':
    case 'filter': {
      const expressions = node.kind === 'project' ? node.expressions : [node.condition]
      const isTakenBack = changelogOf(node.input) !== 'append'
      const isRead = isCompared || node.kind === 'filter'
      if (expressions.some(isVolatile) && isTakenBack && isRead) {
        throw notSupported(
          `${nameOf(expressions)} in rows that may be taken back`,
          at,
          'compute it over rows that stay, or in the SELECT of the INSERT into an upsert-kafka table',
        )
      }
      refuseVolatile(node.input, isCompared || node.kind === 'filter', at)
      return
    }
    case 'union':
      for (const input of node.inputs) refuseVolatile(input, isCompared, at)
      return
  }
  const own = expressionsOf(node)
  if (own.some((each) => isVolatile(each) || readsWatermark(each))) {
    throw notSupported(
      `${nameOf(own)} in a join, an aggregate, OVER, UNNEST or MATCH_RECOGNIZE`,
      at,
      hint,
    )
  }
  for (const input of inputsOf(node)) refuseVolatile(input, true, at)
}

function nameOf(expressions: readonly Expression[]): string {
  let name = ''
  for (const expression of expressions) {
    rewriteExpression(expression, (part) => {
      const isOne = part.kind === 'call' && (isVolatileCall(part) || readsWatermark(part))
      if (isOne) name ||= part.function
      return part
    })
  }
  return name
}
