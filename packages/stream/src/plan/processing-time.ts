import { notSupported, type Span } from '../sql/index.js'
import { changelogOf } from './changelog.js'
import type { Expression } from './expression.js'
import { inputsOf, type PlanNode } from './node.js'
import { rewriteExpression } from './rewrite-expression.js'
import { sourceChangelogOf } from './source-changelog.js'

/**
 * Processing time is the time of the step: the same for all rows of one, and in the results as
 * they were committed, so that a replay gives the same.
 */
export const processingTimeFunction = 'PROCTIME'

/** Functions whose value is made of the time of the step. */
const stepTimeFunctions: readonly string[] = [
  ...[processingTimeFunction, 'CURRENT_TIMESTAMP', 'NOW', 'CURRENT_ROW_TIMESTAMP'],
  ...['LOCALTIMESTAMP', 'CURRENT_DATE', 'CURRENT_TIME', 'LOCALTIME'],
]

/** Is the expression nothing but the time of the step? */
export function isProcessingTime(expression: Expression): boolean {
  return expression.kind === 'call' && expression.function === processingTimeFunction
}

function readsNow(part: Expression): boolean {
  if (part.kind !== 'call') return false
  // Without an argument, UNIX_TIMESTAMP is that of the present.
  const isUnixTime = part.function === 'UNIX_TIMESTAMP' && part.arguments.length === 0
  return isUnixTime || stepTimeFunctions.includes(part.function)
}

/** Does the value of the expression depend on the step in which it is computed? */
export function readsProcessingTime(expression: Expression): boolean {
  let reads = false
  rewriteExpression(expression, (part) => {
    reads ||= readsNow(part)
    return part
  })
  return reads
}

/**
 * A row that is taken back has to be the one that was given: where it holds the time of the step,
 * it is another by then. Only who keeps the latest row of each key does not mind.
 * @throws SqlError where an operator, or a sink of every change, would read such rows.
 */
export function refuseUnsteadyTime(node: PlanNode, isCompared: boolean, at: Span): void {
  const unsteady = (expressions: readonly Expression[], inputs: readonly PlanNode[]) =>
    expressions.some(readsProcessingTime) && inputs.some((input) => changelogOf(input) !== 'append')
  const refuseIf = (isUnsteady: boolean) => {
    if (!isUnsteady) return
    throw notSupported(
      'PROCTIME() or the present time in rows that may be taken back',
      at,
      'compute it over rows that stay, or in the SELECT of the INSERT into an upsert-kafka table',
    )
  }
  switch (node.kind) {
    case 'scan': {
      const names = new Set(node.fields.map(({ name }) => name))
      const computed = node.table.columns.flatMap(({ name, expression }) =>
        names.has(name) && expression !== undefined ? [expression] : [],
      )
      const isTold = sourceChangelogOf(node.table) === 'retract'
      refuseIf(isCompared && isTold && computed.some(readsProcessingTime))
      return
    }
    case 'project':
      refuseIf(isCompared && unsteady(node.expressions, [node.input]))
      refuseUnsteadyTime(node.input, isCompared, at)
      return
    case 'filter':
      refuseIf(unsteady([node.condition], [node.input]))
      refuseUnsteadyTime(node.input, isCompared, at)
      return
    case 'unnest':
      refuseIf(unsteady([node.collection], [node.input]))
      refuseUnsteadyTime(node.input, isCompared, at)
      return
    case 'join':
      refuseIf(node.condition !== undefined && unsteady([node.condition], inputsOf(node)))
      break
    case 'groupAggregate':
    case 'windowAggregate':
      refuseIf(
        unsteady(
          node.aggregates.flatMap(({ argument, filter }) => [argument ?? [], filter ?? []].flat()),
          [node.input],
        ),
      )
      break
    case 'union':
      for (const input of node.inputs) refuseUnsteadyTime(input, isCompared, at)
      return
  }
  for (const input of inputsOf(node)) refuseUnsteadyTime(input, true, at)
}
