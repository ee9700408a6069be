import { notSupported, type Span } from '../sql/index.js'
import { lateTopicOf, lateTopicOption } from './late-topic.js'
import { inputsOf, type PlanNode } from './node.js'
import { isVolatile } from './volatile.js'

/**
 * @throws SqlError where late records of a table that wants them told come to an operator that
 * cannot say which of the table's records they are.
 */
export function refuseUntoldLate(node: PlanNode, at: Span): void {
  recordsOf(node, at)
}

/** A table whose records come to a node one by one, and what hides which of them a row is. */
interface Coming {
  readonly table: string
  readonly hiddenBy?: string
}

function recordsOf(node: PlanNode, at: Span): Coming[] {
  const coming = inputsOf(node).flatMap((input) => recordsOf(input, at))
  switch (node.kind) {
    case 'scan':
      return lateTopicOf(node.table) === undefined ? [] : [{ table: node.table.name }]
    case 'filter':
      return hidden(coming, isVolatile(node.condition) ? 'a function like RAND' : undefined)
    case 'project':
      return hidden(coming, node.expressions.some(isVolatile) ? 'a function like RAND' : undefined)
    case 'windowTable':
    case 'expand':
    case 'unnest':
      return coming
    case 'union':
      return hidden(coming, 'UNION')
    case 'rank':
      // What it gives keeps its time: a window above may find it late.
      return hidden(coming, 'a ranking')
    case 'windowAggregate':
      if (!node.window.isProcessingTime) refuse(coming, at)
      return []
    case 'match':
      if (!node.isArrival) refuse(coming, at)
      return []
    case 'sessionTable':
      if (!node.isProcessingTime) refuse(coming, at)
      return []
    case 'temporalJoin':
    case 'lookupJoin':
      return hidden(recordsOf(node.left, at), 'FOR SYSTEM_TIME AS OF')
    case 'over':
      if (node.isArrival) return hidden(coming, 'OVER by processing time')
      refuse(coming, at)
      return []
    case 'windowRank':
    case 'windowJoin':
    case 'sort':
    case 'firstRow':
      refuse(coming, at)
      return []
    case 'intervalJoin':
      refuse(hidden(coming, 'a join within an interval'), at)
      return []
    // What has no time finds nothing late.
    default:
      return []
  }
}

function hidden(coming: readonly Coming[], by: string | undefined): Coming[] {
  return coming.map((each) => (by === undefined ? each : { hiddenBy: by, ...each }))
}

function refuse(coming: readonly Coming[], at: Span): void {
  const found = coming.find(({ hiddenBy }) => hiddenBy !== undefined)
  if (found === undefined) return
  throw notSupported(
    `'${lateTopicOption}' of \`${found.table}\` behind ${found.hiddenBy}`,
    at,
    'leave the option out: late records are counted then',
  )
}
