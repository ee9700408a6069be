import { notSupported, type Span } from '../sql/index.js'
import { changingNode, operatorName } from './changelog.js'
import type { Expression } from './expression.js'
import type { PlanNode } from './node.js'
import type { PendingSessions, PendingWindow, Relation, ScopeColumn } from './scope.js'
import { windowParts, windowType } from './window-columns.js'
import type { SessionTableNode } from './window-node.js'

/**
 * The relation with the columns of its sessions as fields: SESSION without a grouping by it. The
 * sessions are of all rows, also those that a condition on the way here leaves out, which a grouping
 * by them has not, as in Flink: so each row gets its session below the filters and projections.
 * @throws SqlError where rows may be taken back, or something else stands on the way.
 */
export function withSessions(
  relation: Relation,
  window: PendingWindow & { readonly windows: PendingSessions },
  at: Span,
): Relation {
  const changing = changingNode(relation.node)
  if (changing !== undefined) {
    throw notSupported(
      `a window over ${operatorName(changing)}, which changes rows that it gave before,`,
      at,
      'group by the window first',
    )
  }
  const node = withSessionsBelow(relation.node, window)
  if (node === undefined) {
    throw notSupported(
      `SESSION without a grouping by it, below ${operatorName(relation.node)},`,
      at,
      'group by window_start and window_end, or compute with them, in the query of SESSION',
    )
  }
  const first = node.fields.length - windowParts.length
  const columns = relation.columns.map((column): ScopeColumn => {
    if (column.value.kind !== 'window') return column
    return {
      ...column,
      value: { kind: 'field', index: first + windowParts.indexOf(column.value.part) },
    }
  })
  return { node, columns }
}

/** The window's columns are the last fields of each node, so that the others stay where they are. */
function withSessionsBelow(
  node: PlanNode,
  window: PendingWindow & { readonly windows: PendingSessions },
): PlanNode | undefined {
  if (node === window.windows.of.node) return sessionTable(window)
  if (node.kind !== 'filter' && node.kind !== 'project') return undefined
  const input = withSessionsBelow(node.input, window)
  if (input === undefined) return undefined
  if (node.kind === 'filter') return { ...node, input, fields: input.fields }
  const first = input.fields.length - windowParts.length
  const added = input.fields.slice(first)
  const columns = added.map(
    ({ name, type }, place): Expression => ({ kind: 'column', index: first + place, name, type }),
  )
  return {
    ...node,
    input,
    expressions: [...node.expressions, ...columns],
    fields: [...node.fields, ...added],
  }
}

function sessionTable({
  windows: { gapMs, of },
  timeType,
  isProcessingTime,
}: PendingWindow & { readonly windows: PendingSessions }): SessionTableNode {
  const { node: input, timeField: timeColumn, partition: partitionKeys } = of
  const added = windowParts.map((part) => ({
    name: `window_${part}`,
    type: windowType(part, timeType),
  }))
  const fields = [...input.fields, ...added]
  return {
    ...{ kind: 'sessionTable', input, gapMs, partitionKeys, timeColumn, fields },
    ...(isProcessingTime && { isProcessingTime }),
  }
}
