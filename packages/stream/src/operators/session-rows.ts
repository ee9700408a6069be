import { type AggregateCall, columnAt, type Expression } from '../plan/expression.js'
import type { FilterNode, PlanNode } from '../plan/node.js'
import type { DataType } from '../plan/type.js'
import type { SessionTableNode, WindowAggregateNode } from '../plan/window-node.js'

/**
 * Each row with its session, as nodes that there are: a grouping by sessions collects the rows, and
 * each is taken out again when its session ends.
 *
 *     rows(S) = unnest(array_agg(row) of each session)
 */
export function collectedRows(node: SessionTableNode): PlanNode {
  const { fields } = node
  const input = ofTime(node)
  const count = input.fields.length
  const groups = collected(node, input)
  const rowsAt = node.partitionKeys.length
  const collection = columnAt(groups.fields, rowsAt)
  const unnested = [...groups.fields, ...input.fields]
  const places = [
    ...Array.from({ length: count }, (_, index) => groups.fields.length + index),
    ...Array.from({ length: fields.length - count }, (_, part) => rowsAt + 1 + part),
  ]
  return {
    kind: 'project',
    input: {
      kind: 'unnest',
      input: groups,
      collection,
      isOuter: false,
      withOrdinality: false,
      fields: unnested,
    },
    expressions: places.map((index) => columnAt(unnested, index)),
    fields,
  }
}

function ofTime({ input, timeColumn }: SessionTableNode): PlanNode {
  const time = columnAt(input.fields, timeColumn)
  if (!time.type.nullable) return input
  const condition: Expression = {
    kind: 'call',
    function: 'IS NOT NULL',
    arguments: [time],
    type: { kind: 'boolean', nullable: false },
  }
  const filter: FilterNode = { kind: 'filter', input, condition, fields: input.fields }
  return filter
}

/** The rows of each session as an array, in the order in which they came. */
function collected(node: SessionTableNode, input: PlanNode): WindowAggregateNode {
  const { partitionKeys, timeColumn, gapMs, isProcessingTime } = node
  const row: DataType = {
    kind: 'row',
    fields: input.fields.map(({ type }, index) => ({ name: `f${index}`, type })),
    nullable: false,
  }
  const rows: AggregateCall = {
    function: 'array_agg',
    argument: {
      kind: 'call',
      function: 'ROW',
      arguments: input.fields.map((_, index) => columnAt(input.fields, index)),
      type: row,
    },
    distinct: false,
    keepsNull: true,
    type: { kind: 'array', element: row, nullable: false },
  }
  const keys = partitionKeys.map((key) => columnAt(input.fields, key))
  return {
    kind: 'windowAggregate',
    input,
    window: {
      ...{ kind: 'session', gapMs, partitionKeys: [...keys.keys()], timeColumn },
      ...(isProcessingTime && { isProcessingTime }),
    },
    keys: partitionKeys,
    aggregates: [rows],
    fields: [
      ...keys.map(({ name, type }) => ({ name, type })),
      { name: '$rows', type: rows.type },
      ...node.fields.slice(input.fields.length),
    ],
  }
}
